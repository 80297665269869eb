"""The report of a build, and what must stay as it is for the report to hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from evergreen.build.cache.pages import CachedPage
from evergreen.build.cache.unchanged import PostFacts
from evergreen.build.load import LoadedPosts, why_held_back
from evergreen.build.planning.execute import PostRun, cleaned
from evergreen.build.planning.plan import record_in_force
from evergreen.build.project import Project
from evergreen.content.static_pages import is_page_file
from evergreen.errors import Problem, paths_with_errors
from evergreen.model import Execution, Post, Report
from evergreen.publish import Published
from evergreen.records.store import Record


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
    problems = [*problems, *(each for summary in summaries.values() for each in summary.problems)]
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
        cleaned=cleaned(done),
        written=published.written,
        removed=published.removed,
        problems=tuple(problems),
    )


def post_facts(
    project: Project, pages: Mapping[str, CachedPage], runs: Mapping[str, PostRun]
) -> list[PostFacts]:
    """Return the facts of each published execution, with where they are looked up."""
    found = []
    for path, page in pages.items():
        run, summary, post = runs.get(path), page.summary, page.page.post
        kept: Execution | Record | None = run.execution if run else None
        if run is None and summary.record:
            kept = record_in_force(project.context, post, summary.key)
        if kept and kept.finished:
            found.append(
                PostFacts(
                    post.bundle,
                    sorted(project.context.beside.get(post.bundle, ())),
                    list(post.execute.requires),
                    post.execute.expires,
                    kept.finished.isoformat(),
                    dict(kept.facts),
                )
            )
    return found


def next_due(held_back: Iterable[Post]) -> datetime | None:
    """Return the time at which the next post of the future is to be published."""
    now = datetime.now(UTC)
    return min((post.date for post in held_back if post.date > now), default=None)
