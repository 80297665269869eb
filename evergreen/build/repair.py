"""Report how a post that fails could be repaired; nothing is changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from evergreen.build.options import BuildOptions
from evergreen.build.suggestions import Suggestion, find_suggestions
from evergreen.build.verify import check, find_post
from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.execution.progress import Progress
from evergreen.execution.removed import RemovedName, find_removed
from evergreen.model import CheckReport, Notebook


@dataclass(frozen=True, slots=True)
class Repair:
    """How a post could be repaired."""

    path: str
    verdict: str
    """Of a check made now."""
    problem: Problem | None = None
    """Why it fails; None if it does not."""
    removed: RemovedName | None = None
    """The name that is not there any more, if it is known."""
    diff: tuple[str, ...] = ()
    """The lines of a unified diff that uses its replacement."""
    suggestions: tuple[Suggestion, ...] = ()
    """What other tools would change."""
    day: str = ""
    """The day of the post, whose releases it could run with; "" if it already has one."""


def repair(options: BuildOptions, name: str, progress: Progress) -> Repair:
    """Run a post, and report why it fails and what could be done. Raises EvergreenError if it is
    unknown or cannot be read.
    """
    _, parsed = find_post(options, name)
    path = parsed.post.path
    report = check(options, [path], progress=progress, once=True)
    failed = next((each for each in report.findings if each.path == path and each.details), None)
    verdict = _verdict(report, path)
    if verdict != "failed":
        return Repair(path, verdict)
    failed = failed or next((each for each in report.findings if each.path == path), None)
    removed = find_removed(failed.message) if failed else None
    diff = tuple(_diff(path, parsed.notebook, removed)) if removed else ()
    message = failed.message if failed else ""
    tools = find_suggestions(path, parsed.notebook, message)
    day = "" if parsed.post.execute.as_of else parsed.post.date.date().isoformat()
    return Repair(path, verdict, failed, removed, diff, _others(tools, diff), day)


def _others(suggestions: Iterable[Suggestion], diff: Sequence[str]) -> tuple[Suggestion, ...]:
    """Return the suggestions that differ from a diff that is shown already."""
    return tuple(each for each in suggestions if each.notes or each.diff != tuple(diff))


def _verdict(report: CheckReport, path: str) -> str:
    return next((each.verdict for each in report.posts if each.path == path), "")


def _diff(path: str, notebook: Notebook, removed: RemovedName) -> Iterator[str]:
    """Yield a diff of each cell in which the last part of the removed name is replaced."""
    old = removed.name.rpartition(".")[2]
    new = removed.replacement.rpartition(".")[2]
    if not new or removed.replacement.rpartition(".")[0] != removed.name.rpartition(".")[0]:
        return  # the replacement is elsewhere, so that an import has to change too
    for cell in notebook.cells:
        before = cell.source.split("\n")
        after = [re.sub(rf"(?<=\.){old}\b", new, line) for line in before]
        if before != after:
            lines = difflib.unified_diff(before, after, path, path, lineterm="", n=0)
            yield from (_moved(line, cell.line) for line in lines)


def _moved(line: str, first: int) -> str:
    """Return a line of a diff; its header gets the line numbers of the post."""
    if not line.startswith("@@"):
        return line
    return re.sub(r"(?<=[-+])\d+", lambda found: str(int(found[0]) + first - 1), line)
