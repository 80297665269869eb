"""The spine: the stages in their order, each from values to new values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial

from evergreen import publish as destination
from evergreen.build.assemble import SiteFiles, complete, make_artifacts
from evergreen.build.cache import unchanged as snapshot
from evergreen.build.cache.pages import CachedPage, CacheMissing, entry_of
from evergreen.build.cache.state import BuildState, read_state, write_state
from evergreen.build.gc_tuning import seldom_collecting
from evergreen.build.load import LoadedPosts, is_wanted, read_blog, why_held_back
from evergreen.build.options import BuildOptions
from evergreen.build.parse import ParsedPost, parse_content
from evergreen.build.planning.context import PlanContext
from evergreen.build.planning.execute import PostRun, carry_out, cleaned
from evergreen.build.planning.forecast import BuildForecast, make_outlook
from evergreen.build.planning.freshness import base_of, freshness, open_context
from evergreen.build.planning.plan import make_plans, record_in_force
from evergreen.build.render import PageRenderer, make_page, open_renderer
from evergreen.check.links import LinkTargets, find_broken
from evergreen.content.files import check_links
from evergreen.content.notebook import load_libraries
from evergreen.content.post import read_branch
from evergreen.content.static_pages import is_page_file
from evergreen.errors import EvergreenError, Problem, paths_with_errors
from evergreen.execution.datasets import fetch_data, find_data, read_mirrors
from evergreen.execution.environments.environments import Environments
from evergreen.execution.executors import open_executor
from evergreen.execution.progress import Progress, SilentProgress
from evergreen.model import Artifact, Report
from evergreen.model.urls import file_of
from evergreen.publish import Published, lock
from evergreen.records import store as records
from evergreen.records.store import execution_key, identity


def publish(build: BuildOptions, progress: Progress | None = None) -> Report:
    """Build the blog and publish it; the report says what was done and what is wrong.

    A post that fails keeps its last good page. Raises EvergreenError when the site as a whole
    cannot be made: nothing is then changed.
    """
    check_links(build.root)
    with lock(build.cache), seldom_collecting():
        renderer = open_renderer(build, base_of(build))
        previous = read_state(build.memo, renderer.base)
        try:
            return _publish(build, progress or SilentProgress(), renderer, previous)
        except CacheMissing:  # somebody was in the cache: all pages are made anew
            return _publish(
                build, progress or SilentProgress(), renderer, BuildState(renderer.base)
            )


def _publish(
    build: BuildOptions, progress: Progress, renderer: PageRenderer, previous: BuildState
) -> Report:
    start = time.monotonic()
    seen = snapshot.take(build)
    context = cache(partial(open_context, build, None))
    reading = read_blog(build, renderer, previous, freshness(build, context), seen.settled)
    if reading.parsed_posts:
        destination.inspect(build.output)  # where it is refused, it is so before code runs
    runs = execute(build, reading.parsed_posts, progress)
    made = {**reading.made, **render(renderer, reading, runs)}
    entries = {**reading.known, **made}
    last = _last_good(build, previous, _problems(reading, runs), entries)
    try:
        there = destination.inspect(build.output)
        files = make_artifacts(build, previous, there.files, {**entries, **last})
        entries = {path: each for path, each in entries.items() if path not in files.failed}
        last |= _last_good(build, previous, files.problems, entries)
        shown = {p: e for p, e in {**entries, **last}.items() if p not in files.left_out}
        files, told = complete(build, previous, there.files, shown, reading.blog, files)
        published = destination.publish(files.artifacts, build.output, seen=there)
    except EvergreenError as error:  # all that is wrong is said at once
        raise EvergreenError(*_problems(reading, runs), *error.problems) from error
    state = _state(previous, {**entries, **last}, files, published)
    write_state(build.memo, previous, state, files.tasks)
    broken = find_broken(
        [entry.summary.page_links for path, entry in entries.items() if path in shown],
        _grounds(build, reading, shown.values(), files.artifacts),
    )
    problems = [*_problems(reading, runs), *files.problems, *told, *broken]
    report = _report(entries, runs, reading, published, problems)
    report = replace(report, seconds=time.monotonic() - start)
    facts, due = _machine_facts(context, entries, runs), _next_due(reading)
    snapshot.keep(build, seen, report, facts, due, published.files)
    return report


def execute(
    build: BuildOptions, parsed_posts: Sequence[ParsedPost], progress: Progress
) -> dict[str, PostRun]:
    """The runs of all posts with code, by path: reused where a record holds, else done now."""
    if not parsed_posts:
        return {}
    fetch = partial(
        fetch_data, cache=build.cache / "data", mirrors=read_mirrors(), progress=progress.download
    )
    context = open_context(build, fetch if build.execute else None, progress.download)
    plans = make_plans(context, [(each.post, each.notebook) for each in parsed_posts])
    executor = open_executor(build.executor, build.jobs, build.prewarm)
    return carry_out(plans, build.store, executor, progress, load_libraries)


def render(
    renderer: PageRenderer, reading: LoadedPosts, runs: Mapping[str, PostRun]
) -> dict[str, CachedPage]:
    """The pages of the posts with code that did not fail, by path."""
    entries = {}
    for parsed in reading.parsed_posts:
        path, source = parsed.post.path, parsed.source
        run = runs[path]
        if run.problem is None:
            record = identity(run.execution.facts, run.execution.finished) if run.execution else ""
            page, problems = make_page(renderer, parsed, run.execution, record)
            stamp = reading.stamps.get(path, ())
            entries[path] = entry_of(page, source, stamp, run.plan.key, record, problems)
    return entries


def preview_plans(build: BuildOptions) -> BuildForecast:
    """What a publish would run, and why; nothing is fetched, run or written."""
    check_links(build.root)
    reading = read_blog(build, open_renderer(build, ""), BuildState())
    parsed_posts = reading.parsed_posts
    find = partial(find_data, cache=build.cache / "data", mirrors=read_mirrors())
    context = open_context(build, find if build.execute else None)
    plans = make_plans(context, [(each.post, each.notebook) for each in parsed_posts])
    return make_outlook(plans, list(reading.made), reading.problems)


def prune(build: BuildOptions, branches: Sequence[str] = ()) -> int:
    """Remove the records that neither the posts nor those of the branches need; how many."""
    everything = replace(build, drafts=True, future=True)
    reading = read_blog(everything, open_renderer(build, ""), BuildState())
    parsed_posts = [*reading.parsed_posts]
    for branch in branches:
        parsed_posts += map(parse_content, read_branch(build.root, branch, build.site))
    keys = {execution_key(each.notebook, each.post.execute) for each in parsed_posts}
    with lock(build.cache):
        requires = {each.post.execute.requires for each in parsed_posts} - {()}
        Environments(build.store, build.environments).prune(requires)
        return records.prune(build.store, keys)


def _problems(reading: LoadedPosts, runs: Mapping[str, PostRun]) -> list[Problem]:
    return [*reading.problems, *(each for run in runs.values() for each in run.problems)]


def _last_good(
    build: BuildOptions,
    previous: BuildState,
    problems: Sequence[Problem],
    entries: Mapping[str, CachedPage],
) -> dict[str, CachedPage]:
    """The last good pages of posts that cannot be published now."""
    paths = paths_with_errors(problems)
    found = {path: previous.entries.get(path) for path in sorted(paths - entries.keys())}
    return {
        path: replace(entry, summary=entry.summary._replace(source="", stamp=(), problems=()))
        for path, entry in found.items()
        if entry and is_wanted(entry.summary, build)
    }


def _state(
    previous: BuildState, entries: Mapping[str, CachedPage], files: SiteFiles, published: Published
) -> BuildState:
    """What the next build begins with."""
    made = {
        path: each._replace(sha256="" if path in files.aside else published.files[path])
        for path, each in files.made.items()
    }
    return BuildState(
        previous.base, entries, made, files.metadata_hash, files.left_out, files.problems
    )


def _grounds(
    build: BuildOptions,
    reading: LoadedPosts,
    entries: Iterable[CachedPage],
    artifacts: Iterable[Artifact],
) -> LinkTargets:
    """What the addresses of a site may lead to, once it stands in its destination."""
    return LinkTargets(
        files=frozenset(artifact.path for artifact in artifacts),
        pages={entry.summary.page_links.file: entry.summary.page_links for entry in entries},
        held_back={file_of(post): post.path for post in reading.held_back},
        read=partial(destination.read, build.output),
    )


def _machine_facts(
    context: Callable[[], PlanContext],
    entries: Mapping[str, CachedPage],
    runs: Mapping[str, PostRun],
) -> dict[str, str]:
    """All that the published executions used and no file of the blog shows."""
    used: dict[str, str] = {}
    for path, entry in entries.items():
        run, summary = runs.get(path), entry.summary
        if run and run.execution:
            facts = run.execution.facts
        elif summary.record and (
            record := record_in_force(context(), entry.page.post, summary.key)
        ):
            facts = record.facts
        else:
            continue
        asked = summary.requires
        used.update(context().environments.stable(asked, facts) if asked else facts)
    return used


def _next_due(reading: LoadedPosts) -> datetime | None:
    """When the next post of the future is to be published."""
    now = datetime.now(UTC)
    return min((post.date for post in reading.held_back if post.date > now), default=None)


def _report(
    entries: Mapping[str, CachedPage],
    runs: Mapping[str, PostRun],
    reading: LoadedPosts,
    published: Published,
    problems: Sequence[Problem],
) -> Report:
    done = runs.values()
    summaries = {path: entry.summary for path, entry in entries.items()}
    problems = [*problems, *(each for summary in summaries.values() for each in summary.problems)]
    known = [path for path in reading.known if path in summaries and summaries[path].record]
    failed = paths_with_errors(problems)
    good = [summary for path, summary in summaries.items() if path not in failed]
    held_back = sorted(map(why_held_back, reading.held_back), key=lambda held: held.path)
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
