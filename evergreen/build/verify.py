"""The spine of a check: every post with code runs anew, and what it gives is held against what is
published. Nothing published is touched; the verdicts are remembered.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from evergreen.build.cache.state import BuildState, read_state
from evergreen.build.load import LoadedPosts, read_blog
from evergreen.build.options import BuildOptions
from evergreen.build.parse import ParsedPost
from evergreen.build.planning.context import PlanContext
from evergreen.build.planning.execute import PostRun, carry_out
from evergreen.build.planning.forecast import is_named
from evergreen.build.planning.freshness import open_context
from evergreen.build.planning.plan import make_plans, record_in_force
from evergreen.build.render import open_renderer
from evergreen.check import figures, findings, history
from evergreen.check.drift import compare
from evergreen.content.files import check_links
from evergreen.content.post import find_posts
from evergreen.errors import EvergreenError, Problem, SettingsError, Severity, paths_with_errors
from evergreen.execution.datasets import fetch_data, read_mirrors
from evergreen.execution.environments.overrides import (
    EnvironmentOverride,
    OverriddenEnvironments,
    read_allowed,
)
from evergreen.execution.executors import open_executor
from evergreen.execution.progress import Progress, SilentProgress
from evergreen.model import CheckReport, Execution, PostCheck
from evergreen.publish import lock
from evergreen.records import store as records
from evergreen.records.store import identity

LOCKED = 60.0
"""Seconds that a check waits for a build to end before it writes down what it found."""


def check(
    build: BuildOptions,
    names: Sequence[str] = (),
    *,
    accept: bool = False,
    progress: Progress | None = None,
    world: EnvironmentOverride | None = None,
) -> CheckReport:
    """Run the named posts, or all, and compare; what is found, by the posts' paths.

    With `accept` the new results become the published ones at the next publish. In another `world`
    a verdict says what would be, and is not remembered. Raises SettingsError for a name that no
    post has, and for a world that cannot be had.
    """
    start = time.monotonic()
    check_links(build.root)
    reading = read_blog(build, open_renderer(build, ""), BuildState())
    wanted = _named(reading, names)
    work = [each for each in reading.parsed_posts if each.post.path in wanted]
    context = _open_context(
        build, work, progress or SilentProgress(), world or EnvironmentOverride()
    )
    runs = run_anew(build, context, work, progress or SilentProgress())
    posts = [*_unread(reading, wanted), *compare_runs(build, work, runs)]
    posts = [figures.draw(build.cache / "check", build.root, post) for post in posts]
    unkept: list[Problem] = []
    if world is None:
        posts, unkept = _keep(build, posts, accept)
    broken = (problem for problem in reading.problems if problem.path in wanted)
    found = sorted([*map(findings.failure, broken), *_findings(posts, runs), *unkept])
    if context.worlds:  # nothing of it is here, to be mended or taken
        found = [replace(each, advice="") for each in found]
    return CheckReport(
        posts=tuple(sorted(posts, key=lambda post: post.path)),
        findings=tuple(found),
        world=context.worlds.changes if context.worlds else (),
        idle=sum(path in wanted for path in reading.made),
        seconds=time.monotonic() - start,
    )


def _open_context(
    build: BuildOptions, work: Sequence[ParsedPost], progress: Progress, world: EnvironmentOverride
) -> PlanContext:
    """What the runs are made with."""
    cache, tell = build.cache / "data", progress.download
    fetch = partial(fetch_data, cache=cache, mirrors=read_mirrors(), progress=tell)
    context = replace(open_context(build, fetch, tell), force=True, sandboxed=world.untrusted)
    if world.is_here:
        return context
    posts = [(each.post, each.notebook) for each in work]
    allowed = read_allowed(build.root)
    worlds = OverriddenEnvironments(world, context.environments, tell, posts, allowed)
    return replace(context, worlds=worlds)


def run_anew(
    build: BuildOptions, context: PlanContext, work: Sequence[ParsedPost], progress: Progress
) -> Mapping[str, PostRun]:
    """A fresh run of each post with code, by path, whatever the records say; none is kept."""
    if not work:
        return {}
    plans = make_plans(context, [(each.post, each.notebook) for each in work])
    executor = open_executor(build.executor, build.jobs, build.prewarm)
    return carry_out(plans, None, executor, progress)


def compare_runs(
    build: BuildOptions, work: Sequence[ParsedPost], runs: Mapping[str, PostRun]
) -> Iterator[PostCheck]:
    """The verdict on each run."""
    previous, context = (
        read_state(build.memo, ""),
        replace(open_context(build, None), may_run=False),
    )
    for each in work:
        yield _compare_run(context, previous, each, runs[each.post.path])


def _compare_run(
    context: PlanContext, previous: BuildState, parsed: ParsedPost, run: PostRun
) -> PostCheck:
    post, now = parsed.post, run.execution
    about = PostCheck(post.path, post.title, "failed", key=run.plan.key, execution=now)
    about = replace(about, finished=datetime.now(UTC).replace(microsecond=0))
    if now:
        about = replace(
            about, environment=now.environment, finished=now.finished, seconds=now.seconds
        )
    published, reason = _published(context, previous, parsed, run.plan.key)
    if published:
        about = replace(about, record=identity(published.facts, published.finished))
    if run.problem or now is None:
        return replace(about, reason=run.problem.message if run.problem else "it did not run")
    if published is None:
        return replace(about, verdict="not comparable", reason=reason)
    if reason := _incomparable(post.check.same_platform, published, now):
        return replace(about, verdict="not comparable", reason=reason)
    found = compare(parsed.notebook, published, now, post.check)
    return replace(
        about,
        verdict=found.verdict,
        differences=found.differences,
        compared=found.compared,
        ignored=found.ignored,
    )


def _published(
    context: PlanContext, previous: BuildState, parsed: ParsedPost, key: str
) -> tuple[Execution | None, str]:
    """The execution that the post's page shows; else None, and why there is none.

    Where no page is remembered, as in a fresh clone with records, it is what a build would show.
    """
    entry = previous.entries.get(parsed.post.path)
    if entry and entry.summary.record and entry.summary.key != key:
        return None, "its code has changed since it was published"
    kept, damaged = records.find_records(context.store, key)
    shown = [r for r in kept if entry and identity(r.facts, r.finished) == entry.summary.record]
    in_force = record_in_force(context, parsed.post, key)
    for record in (*shown, *([in_force] if in_force else []), *kept):
        if execution := records.load(context.store, record):
            return execution, ""
    lost = "the record of what is published is damaged"
    return None, lost if kept or damaged else "nothing is published yet"


def _incomparable(same_platform: bool, published: Execution, now: Execution) -> str:
    """Why two executions say nothing about each other; "" where they do."""
    if now.stand_ins:
        return f"it ran on stand-in data: {', '.join(now.stand_ins)}"
    if published.stand_ins:
        return f"what is published is of stand-in data: {', '.join(published.stand_ins)}"
    here, there = now.environment.platform, published.environment.platform
    if same_platform and here != there:
        return f"it was published on {there}, and this is {here}"
    return ""


def _keep(
    build: BuildOptions, posts: list[PostCheck], accept: bool
) -> tuple[list[PostCheck], list[Problem]]:
    """Remember the verdicts, and the executions that are accepted; what was found is told also
    where a build that does not end keeps it from being written down.
    """
    try:
        with lock(build.cache, LOCKED):
            if accept:
                posts = [_accept(build, post) for post in posts]
            history.note(build.verdicts, posts, find_posts(build.root, build.site))
        return posts, []
    except EvergreenError as error:
        severity: Severity = "error" if accept else "warning"
        rule = findings.UNKEPT
        return posts, [replace(each, severity=severity, rule=rule) for each in error.problems]


def _accept(build: BuildOptions, post: PostCheck) -> PostCheck:
    """The check of a post whose new execution is the published one from now on; the caller holds
    the cache. A failure is never that, nor what ran on stand-in data.
    """
    execution = post.execution
    if execution is None or post.verdict == "failed" or execution.stand_ins:
        return post
    records.keep(build.store, post.key, execution)
    name = identity(execution.facts, execution.finished)
    return replace(post, accepted=True, record=name, reason="")


def _unread(reading: LoadedPosts, wanted: Collection[str]) -> Iterator[PostCheck]:
    """Posts that cannot even be read."""
    for path in sorted(paths_with_errors(reading.problems) & set(wanted)):
        reason = next(problem.message for problem in reading.problems if problem.path == path)
        yield PostCheck(path, path, "failed", reason)


def _findings(posts: Sequence[PostCheck], runs: Mapping[str, PostRun]) -> Iterator[Problem]:
    for post in posts:
        yield from findings.find(post)
        if (run := runs.get(post.path)) and run.problem:
            yield findings.failure(run.problem)


def _named(reading: LoadedPosts, names: Sequence[str]) -> set[str]:
    """The paths of the posts that the names mean; of all where there are none."""
    paths = {each.post.path for each in reading.parsed_posts} | set(reading.made)
    paths |= {problem.path for problem in reading.problems}
    for name in names:
        if not any(is_named(path, name) for path in paths):
            raise SettingsError(Problem(name, message="no such post", advice="give its path"))
    return {path for path in paths if not names or any(is_named(path, name) for name in names)}
