"""Run the code of a blog that migrates, to report which posts still work, and with what.

A post first runs with what is installed here, and if it fails, with the releases of its day. Posts
that call a shell do not run. Nothing is published, recorded or changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from evergreen.build.load import LoadedPosts
from evergreen.build.options import BuildOptions
from evergreen.build.parse import ParsedPost
from evergreen.build.planning.execute import PostRun
from evergreen.build.project import Project
from evergreen.build.verify import dated_environments, needed
from evergreen.content.static_pages import NO_DATE
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.execution.environments.dated_overrides import DatedOverride
from evergreen.execution.environments.installer import NotInstalled
from evergreen.execution.progress import Progress
from evergreen.model import Notebook
from evergreen.regex import regex

Outcome = Literal["works", "works as of its day", "fails", "not run"]

_SHELL = regex(
    r"^\s*(?:[\w, ]+=\s*)?!|^\s*%%?(?:bash|sh|script|sx|system|cmd|ruby|perl|!)\b"
    r"|\bos\.(?:system|popen|exec\w+)\s*\(|\bsubprocess\b",
    re.M,
)


@dataclass(frozen=True, slots=True)
class TrialRun:
    """What happened when a post's code ran."""

    path: str
    outcome: Outcome
    day: str = ""
    """Day of the releases with which it works, or with which it failed too."""
    reason: str = ""
    """Why it fails, or does not run."""
    line: int = 0
    """Line of the post; 0 if there is none."""


def try_posts(
    options: BuildOptions, progress: Progress, untrusted: bool = False
) -> tuple[TrialRun, ...]:
    """Run all posts with code, but for those that turn it off; return what happened, by path."""
    execute = replace(options.site.execute, enabled=True, as_of="")
    site = replace(options.site, execute=execute)
    project = Project.open(replace(options, site=site, execute=True, force=True))
    loaded: LoadedPosts = project.retrying(Project.load)
    shells = {each.post.path: line for each in loaded.parsed_posts if (line := _shell(each))}
    work = [each for each in loaded.parsed_posts if each.post.path not in shells]
    runs = _run(project, work, progress, untrusted)
    failed = [each for each in work if runs[each.post.path].problem]
    found = [
        *(TrialRun(path, "not run", "", "it calls a shell", line) for path, line in shells.items()),
        *(TrialRun(each.post.path, "works") for each in work if each not in failed),
        *_as_of_their_days(project, failed, runs, progress, untrusted),
    ]
    return tuple(sorted(found, key=lambda each: each.path))


def _run(
    project: Project, work: Sequence[ParsedPost], progress: Progress, untrusted: bool
) -> Mapping[str, PostRun]:
    context = project.runs.context_for_runs(progress)
    context = replace(context, sandboxed=untrusted, checkpoints=None)
    return project.runs.run(work, progress, context, keep=False)


def _as_of_their_days(
    project: Project,
    failed: Sequence[ParsedPost],
    here: Mapping[str, PostRun],
    progress: Progress,
    untrusted: bool,
) -> Iterator[TrialRun]:
    """Yield what happens to posts that fail here with the releases of their days."""
    dated = dated_environments(project.options, progress)
    for each in failed:
        path, problem = each.post.path, here[each.post.path].problem
        day = "" if each.post.date == NO_DATE else each.post.date.date().isoformat()
        requires = needed(project.options, each) if day else None
        if not requires:
            yield _failed(path, problem)
        elif isinstance(requires, NotInstalled):
            yield _failed(path, problem, day, requires.message)
        else:
            context = project.runs.context_for_runs(progress)
            source = DatedOverride(dated, day, {path: requires}, untrusted)
            context = replace(context, overrides=source, sandboxed=untrusted, checkpoints=None)
            then = project.runs.run([each], progress, context, keep=False)[path].problem
            if then is None:
                reason = _text(problem)
                yield TrialRun(path, "works as of its day", day, reason, _line(problem))
            else:
                yield _failed(path, problem, day, _text(then))
    dated.trim()


def _failed(path: str, problem: Problem | None, day: str = "", then: str = "") -> TrialRun:
    reason = _text(problem)
    more = f"; with the releases of {day}: {then}" if then and then != reason else ""
    return TrialRun(path, "fails", day, reason + more, _line(problem))


def _text(problem: Problem | None) -> str:
    return problem.message if problem else "it did not run"


def _line(problem: Problem | None) -> int:
    return problem.line if problem else 0


def _shell(parsed: ParsedPost) -> int:
    """Return the line of the post at which its code calls a shell; 0 for none."""
    return next(_shell_lines(parsed.notebook), 0)


def _shell_lines(notebook: Notebook) -> Iterator[int]:
    for cell, _ in notebook.cell_steps:
        if found := _SHELL.search(cell.source):
            at = found.end() - len(found[0].lstrip())
            yield cell.line + cell.source.count("\n", 0, at)
