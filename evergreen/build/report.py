"""The report of a build, and what must stay as it is for the report to hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from evergreen.build.cache.pages import CachedPage
from evergreen.build.load import LoadedPosts, why_held_back
from evergreen.build.planning.execute import PostRun, cleaned
from evergreen.build.planning.plan import record_in_force
from evergreen.build.project import Project
from evergreen.content.static_pages import is_page_file
from evergreen.errors import Problem, paths_with_errors
from evergreen.model import Post, Report
from evergreen.publish import Published


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
    known = [path for path in loaded.known if path in summaries and summaries[path].record]
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


def machine_facts(
    project: Project, pages: Mapping[str, CachedPage], runs: Mapping[str, PostRun]
) -> dict[str, str]:
    """Return all facts of the published executions; those that a record states, too."""
    used: dict[str, str] = {}
    for path, page in pages.items():
        run, summary = runs.get(path), page.summary
        if run and run.execution:
            facts = run.execution.facts
        elif summary.record and (
            record := record_in_force(project.context, page.page.post, summary.key)
        ):
            facts = record.facts
        else:
            continue
        asked = summary.requires
        used.update(project.context.environments.stable(asked, facts) if asked else facts)
    return used


def next_due(held_back: Iterable[Post]) -> datetime | None:
    """Return the time at which the next post of the future is to be published."""
    now = datetime.now(UTC)
    return min((post.date for post in held_back if post.date > now), default=None)
