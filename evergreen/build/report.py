"""The report of a build, and what must stay as it is for the report to hold."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from evergreen.build.cache.pages import CachedPage
from evergreen.build.cache.unchanged import PostFacts
from evergreen.build.load import LoadedPosts, why_held_back
from evergreen.build.project import Project
from evergreen.content.static_pages import is_page_file
from evergreen.errors import Problem, paths_with_errors
from evergreen.model import Execution, Post, Report
from evergreen.paths import SET_ASIDE
from evergreen.publish import Published
from evergreen.settings import at_lines

if TYPE_CHECKING:
    from evergreen.build.planning.execute import PostRun
    from evergreen.records.store import Record


_OUTDATED = Execution(
    (), facts={"site .": "changed by a run"}, finished=datetime.fromtimestamp(0, UTC)
)
"""Stands for a record that does not hold any more: nothing has this fact."""


def make_report(
    pages: Mapping[str, CachedPage],
    runs: Mapping[str, PostRun],
    loaded: LoadedPosts,
    published: Published,
    problems: Sequence[Problem],
) -> Report:
    """Return the report of a build; `pages` are those made of posts that did not fail."""
    done = runs.values()
    summaries = {path: page.summary for path, page in pages.items()}
    own = (each for summary in summaries.values() for each in summary.problems)
    problems = [*at_lines(loaded.blog.root, problems), *own]
    known = [path for path in loaded.cached if path in summaries and summaries[path].record]
    failed = paths_with_errors(problems)
    good = [summary for path, summary in summaries.items() if path not in failed]
    held_back = sorted(map(why_held_back, loaded.held_back), key=lambda held: held.path)
    missing = [*failed, *(held.path for held in held_back)]
    return Report(
        posts=sum(not summary.static for summary in good),
        pages=sum(summary.static for summary in good),
        missing_pages=sum(map(is_page_file, missing)),
        ran=tuple(run.plan.post.path for run in done if run.plan.job and not run.problem),
        reused=tuple(sorted([*known, *(r.plan.post.path for r in done if r.plan.execution)])),
        failed=tuple(sorted(failed)),
        held_back=tuple(held_back),
        blocks=sum(summary.blocks for summary in good),
        blocks_run=sum(summary.ran for summary in good),
        stand_ins=tuple(path for path, summary in summaries.items() if summary.stand_ins),
        cleaned=_cleaned(done),
        written=published.written,
        removed=published.removed,
        written_files=published.written_files,
        removed_files=published.removed_files,
        remade={path: why for path, why in loaded.remade.items() if path in summaries},
        problems=tuple(dict.fromkeys(problems)),  # many posts may cite from one file
    )


def _cleaned(runs: Iterable[PostRun]) -> dict[str, int]:
    """Count what was removed from the outputs of new runs, by kind."""
    made = [run.execution for run in runs if run.plan.job and run.execution]
    return dict(sorted(sum((Counter(each.cleaned) for each in made), Counter()).items()))


def post_facts(
    project: Project, pages: Mapping[str, CachedPage], runs: Mapping[str, PostRun]
) -> dict[str, PostFacts]:
    """Return the facts of each published execution, with where they are looked up, by the path of
    the post; of one that no longer holds, since a run has changed what it read, a fact that never
    does.
    """
    found = {}
    for path, page in pages.items():
        run, summary = runs.get(path), page.summary
        if run is None and not summary.record:
            continue  # without code: the page need not even be read
        post = page.page.post
        kept: Execution | Record | None = run.execution if run else None
        if run is None:
            kept = project.runs.record(post, summary.key) or _OUTDATED
        if kept and kept.finished:
            found[path] = PostFacts(
                post.bundle,
                sorted(project.runs.context.beside.get(post.bundle, ())),
                list(post.execute.requires),
                post.execute.as_of,
                post.execute.expires,
                kept.finished.isoformat(),
                dict(kept.facts),
            )
    return found


def without_expiry(used: PostFacts) -> PostFacts:
    """Return what may have changed since a run; what makes it run in each build is left out."""
    from evergreen.records.facts import NOT_OBSERVED  # most builds run nothing

    facts = {fact: value for fact, value in used.facts.items() if value != NOT_OBSERVED}
    return replace(used, expires="", facts=facts)


def named_files(pages: Mapping[str, CachedPage]) -> set[str]:
    """Return the paths of the blog's files that pages name."""
    uses = (use for page in pages.values() for use in page.summary.uses)
    return {use.removeprefix("file ") for use in uses if use.startswith("file ")}


def next_due(held_back: Iterable[Post]) -> datetime | None:
    """Return the time at which the next post of the future is to be published."""
    now = datetime.now(UTC)
    return min((post.date for post in held_back if post.date > now), default=None)


def warn_if_unwritten(keep: Callable[[], None]) -> list[Problem]:
    """Write to the cache once the site is published; return a warning if that fails."""
    try:
        keep()
    except OSError as error:
        where = os.fsdecode(error.filename) if error.filename else "the cache"
        message = f"cannot be written: {error.strerror or error}: the site is published"
        advice = "free space or fix the permissions, or the next build makes everything anew"
        return [Problem(where, 0, 0, message, advice, "warning")]
    return []


def renamed_files() -> Iterator[Problem]:
    """Yield a warning for each thing that was in the place of a file of the cache."""
    while SET_ASIDE:
        message = "was not a file of Evergreen's and was renamed"
        yield Problem(SET_ASIDE.pop(), 0, 0, message, "delete it if you do not need it", "warning")
