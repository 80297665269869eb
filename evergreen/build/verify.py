"""Check a blog: run every post with code again, and compare the outputs with the published ones.

Nothing published is changed; the verdicts are stored.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from evergreen.build.cache.state import BuildState
from evergreen.build.forecast import is_named
from evergreen.build.imported import imported_packages
from evergreen.build.load import LoadedPosts
from evergreen.build.measure import Pair, compare_pairs
from evergreen.build.options import BuildOptions
from evergreen.build.parse import ParsedPost
from evergreen.build.planning.context import PlanContext
from evergreen.build.planning.execute import PostRun, carry_out
from evergreen.build.planning.plan import NOT_INSTALLED, ExecutionPlan, record_in_force
from evergreen.build.project import Project
from evergreen.check import figures, findings, history
from evergreen.content.post import find_posts
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError, Problem, SettingsError, Severity, paths_with_errors
from evergreen.execution.environments.dated import DatedEnvironments
from evergreen.execution.environments.dated_overrides import DatedOverride, EnvironmentSource
from evergreen.execution.environments.installer import NotInstalled
from evergreen.execution.environments.overrides import (
    EnvironmentOverride,
    OverriddenEnvironments,
    read_allowed,
)
from evergreen.execution.executors.routing import open_executors
from evergreen.execution.progress import Progress, SilentProgress
from evergreen.model import CheckReport, Execution, LastCheck, PostCheck
from evergreen.model.check import DayCheck, DayVerdict
from evergreen.publish import lock
from evergreen.records import store as records
from evergreen.records.store import identity

LOCKED = 60.0
"""Seconds that a check waits for a running build before it stores the verdicts."""


def check(
    options: BuildOptions,
    names: Sequence[str] = (),
    *,
    accept: bool = False,
    progress: Progress | None = None,
    override: EnvironmentOverride | None = None,
    once: bool = False,
) -> CheckReport:
    """Run the named posts, or all, and compare; return what was found, by the posts' paths.

    With `accept` the new results become the published ones at the next publish. With an `override`
    of the environment the verdicts are not stored. Raises SettingsError for a name that no post
    has, and for an environment that cannot be made. A post that differs runs again, to tell noise
    from drift, unless it is to run `once`.
    """
    start = time.monotonic()
    progress = progress or SilentProgress()
    project = Project.open(replace(options, execute=True, force=True))
    options = project.options
    loaded = project.retrying(Project.load)
    wanted = _named(loaded, names)
    work = [each for each in loaded.parsed_posts if each.post.path in wanted]
    context = _context(project, work, progress, override or EnvironmentOverride())
    runs = project.runs.run(work, progress, context, keep=False)
    posts = [*_unread(loaded, wanted), *_compare_runs(project, work, runs, progress, once)]
    posts = [figures.draw(options.cache / "check", options.root, post) for post in posts]
    unkept: list[Problem] = []
    if override is None:
        posts, unkept = _keep(options, posts, accept)
    elif not override.untrusted:
        _keep_versions(options, posts)
    if override and override.as_of:
        posts = [_as_of(post, override.as_of, runs) for post in posts]
        _keep_days(options, posts)
    broken = (problem for problem in loaded.problems if problem.path in wanted)
    found = sorted([*map(findings.failure, broken), *_findings(posts, runs), *unkept])
    if context.overrides:  # nothing of it is installed here: there is nothing to do about it
        found = [replace(each, advice="") for each in found]
    return CheckReport(
        posts=tuple(sorted(posts, key=lambda post: post.path)),
        findings=tuple(found),
        overrides=context.overrides.changes if context.overrides else (),
        idle=sum(path in wanted for path in (*loaded.cached, *loaded.rendered)),
        seconds=time.monotonic() - start,
    )


def _context(
    project: Project,
    work: Sequence[ParsedPost],
    progress: Progress,
    override: EnvironmentOverride,
) -> PlanContext:
    """Return the planner's inputs, with another environment for each post if so asked."""
    context = project.runs.context_for_runs(progress)
    context = replace(context, sandboxed=override.untrusted, checkpoints=None)
    if override.is_here:
        return context
    if override.as_of:
        dated = dated_environments(project.options, progress)
        requires = {each.post.path: needed(project.options, each) for each in work}
        source = DatedOverride(dated, override.as_of, requires, override.untrusted)
        return replace(context, overrides=source)
    posts = [(each.post, each.notebook) for each in work]
    allowed = read_allowed(project.options.root)
    environments = OverriddenEnvironments(
        override, context.environments, progress.download, posts, allowed
    )
    return replace(context, overrides=environments)


def dated_environments(options: BuildOptions, progress: Progress) -> DatedEnvironments:
    """Return the environments for checks as of a day; their locks are kept in the cache."""
    downloads = options.site.execution.python_downloads
    store = options.cache / "dated"
    return DatedEnvironments(store, options.environments, progress.download, downloads)


def needed(options: BuildOptions, parsed: ParsedPost) -> tuple[str, ...] | NotInstalled | None:
    """Return what a post requires, or imports; None if it has no environment of its own."""
    post = parsed.post
    if post.language != "python" or post.kernel != "python3":
        return None
    if post.execute.requires:
        return post.execute.requires
    try:
        return imported_packages(post.path, parsed.notebook, options.root / post.bundle)
    except EvergreenError as error:
        return NotInstalled(error.problems[0].message, error.problems[0].advice)


def find_post(options: BuildOptions, name: str) -> tuple[Project, ParsedPost]:
    """Open the blog to check one post. Raises EvergreenError if it is unknown or cannot be read."""
    project = Project.open(replace(options, execute=True, force=True))
    loaded = project.retrying(Project.load)
    paths = _named(loaded, [name])
    if broken := [problem for problem in loaded.problems if problem.path in paths]:
        raise EvergreenError(*broken)
    found = [each for each in loaded.parsed_posts if each.post.path in paths]
    if len(found) != 1:
        message = "several posts have this name" if found else "the post has no code that runs"
        raise SettingsError(Problem(name, 0, 0, message, "give the path of a post with code"))
    return project, found[0]


def results_shown(project: Project, parsed: ParsedPost) -> PostCheck:
    """Return a check that only describes the published outputs, or why there are none."""
    context = replace(project.runs.context, may_run=False, force=False)
    key = records.execution_key(parsed.notebook, parsed.post.execute)
    published, reason = _published(context, project.previous, parsed, key)
    about = PostCheck(parsed.post.path, parsed.post.title, "not comparable", reason, key=key)
    return _with_published(about, published) if published else about


def check_in(
    project: Project,
    parsed: ParsedPost,
    source: EnvironmentSource,
    progress: Progress,
    untrusted: bool = False,
) -> tuple[PostCheck, Problem | None]:
    """Run a post in another environment; return the verdict, and why it failed; store nothing."""
    context = project.runs.context_for_runs(progress)
    context = replace(context, overrides=source, sandboxed=untrusted)
    runs = project.runs.run([parsed], progress, context, keep=False)
    (found,) = _compare_runs(project, [parsed], runs, progress, once=False)
    return found, runs[parsed.post.path].problem


def _compare_runs(
    project: Project,
    work: Sequence[ParsedPost],
    runs: Mapping[str, PostRun],
    progress: Progress,
    once: bool,
) -> Iterator[PostCheck]:
    """Yield the verdict on each run."""
    context = replace(project.runs.context, may_run=False, force=False)
    checks = history.read(project.options.verdicts)
    both = [_pair(context, project.previous, each, runs[each.post.path], checks) for each in work]
    rerun = None if once else partial(_run_again, project.options, progress)
    found = compare_pairs([pair for _, pair in both if pair], rerun)
    for about, pair in both:
        if pair is None:
            yield about
            continue
        comparison = found[about.path]
        yield replace(
            about,
            verdict=comparison.verdict,
            differences=comparison.differences,
            compared=comparison.compared,
            ignored=comparison.ignored,
            redrawn=comparison.redrawn,
            noise=comparison.noise,
            dated=comparison.dated,
        )


def _run_again(
    options: BuildOptions, progress: Progress, plans: Sequence[ExecutionPlan]
) -> Mapping[str, PostRun]:
    """Run plans in fresh processes: forks of one process share its addresses and hash seed."""
    executor = open_executors(options.executors, options.jobs, prewarm=False)
    return carry_out(plans, None, executor, progress)


def _pair(
    context: PlanContext,
    previous: BuildState,
    parsed: ParsedPost,
    run: PostRun,
    checks: Mapping[str, LastCheck],
) -> tuple[PostCheck, Pair | None]:
    """Return the check as far as it is known, and what is to be compared; None if nothing is."""
    post, now = parsed.post, run.execution
    about = PostCheck(post.path, post.title, "failed", key=run.plan.key, execution=now)
    about = replace(about, finished=datetime.now(UTC).replace(microsecond=0))
    if now:
        about = replace(
            about, environment=now.environment, finished=now.finished, seconds=now.seconds
        )
    published, reason = _published(context, previous, parsed, run.plan.key)
    if published:
        about = _with_published(about, published)
    if run.problem or now is None:
        message = run.problem.message if run.problem else "it did not run"
        return replace(about, reason=message), None
    if published is None:
        return replace(about, verdict="not comparable", reason=reason), None
    if reason := _incomparable(post.check.same_platform, published, now):
        return replace(about, verdict="not comparable", reason=reason), None
    known = history.known_noise(checks, post.path, about.results)
    return about, Pair(parsed, published, now, run.plan, known)


def _with_published(about: PostCheck, published: Execution) -> PostCheck:
    results, record = history.results_of(published), identity(published)
    return replace(about, record=record, results=results, published=published.finished)


def _published(
    context: PlanContext, previous: BuildState, parsed: ParsedPost, key: str
) -> tuple[Execution | None, str]:
    """Return the execution that the post's page shows, or None and the reason.

    If no page is cached, as in a fresh clone with records, it is what a build would show.
    """
    entry = previous.entries.get(parsed.post.path)
    if entry and entry.summary.record and entry.summary.key != key:
        return None, "its code has changed since it was published"
    kept, damaged = records.find_records(context.store, key)
    shown = [r for r in kept if entry and identity(r) == entry.summary.record]
    in_force = record_in_force(context, parsed.post, key)
    for record in (*shown, *([in_force] if in_force else []), *kept):
        if execution := records.load(context.store, record):
            return execution, ""
    lost = "the record of what is published is damaged"
    return None, lost if kept or damaged else "nothing is published yet"


def _incomparable(same_platform: bool, published: Execution, now: Execution) -> str:
    """Return why two executions cannot be compared; "" if they can."""
    if now.stand_ins:
        return f"it ran on stand-in data: {', '.join(now.stand_ins)}"
    if published.stand_ins:
        return f"the published outputs are of stand-in data: {', '.join(published.stand_ins)}"
    here, there = now.environment.platform, published.environment.platform
    if same_platform and here != there:
        return f"it was published on {there}, and this is {here}"
    return ""


def _keep(
    options: BuildOptions, posts: list[PostCheck], accept: bool
) -> tuple[list[PostCheck], list[Problem]]:
    """Store the verdicts, and the executions that are accepted.

    If a running build holds the lock for too long, the findings are returned all the same.
    """
    try:
        with lock(options.cache, LOCKED):
            if accept:
                posts = [_accept(options, post) for post in posts]
            history.note(options.verdicts, posts, find_posts(options.root, options.site))
        return posts, []
    except EvergreenError as error:
        severity: Severity = "error" if accept else "warning"
        rule = findings.UNKEPT
        return posts, [replace(each, severity=severity, rule=rule) for each in error.problems]


def _keep_versions(options: BuildOptions, posts: Sequence[PostCheck]) -> None:
    """Remember the versions of another environment that gave the published outputs.

    While a build holds the lock they are not remembered: another check will find them again.
    """
    with suppress(EvergreenError), lock(options.cache, LOCKED):
        checked = find_posts(options.root, options.site)
        history.note_elsewhere(options.verdicts, posts, checked)


def _as_of(post: PostCheck, day: str, runs: Mapping[str, PostRun]) -> PostCheck:
    """Return a check with its verdict for a day."""
    run = runs.get(post.path)
    problem = run.problem if run else None
    verdict: DayVerdict = post.verdict
    if problem and problem.rule == NOT_INSTALLED:
        verdict = "not installed"
    changes = [each.message for each in post.differences if each.matters]
    reason = post.reason or next(iter(changes), "")
    return replace(post, day=DayCheck(day, verdict, reason))


def _keep_days(options: BuildOptions, posts: Sequence[PostCheck]) -> None:
    """Remember the verdicts for a day; while a build holds the lock they are not remembered."""
    with suppress(EvergreenError), lock(options.cache, LOCKED):
        checked = find_posts(options.root, options.site)
        history.note_days(options.verdicts, posts, checked)


def _accept(options: BuildOptions, post: PostCheck) -> PostCheck:
    """Make a post's new execution the published one; the caller holds the cache's lock.

    A failure, or a run on stand-in data, is not accepted.
    """
    execution = post.execution
    if execution is None or post.verdict == "failed" or execution.stand_ins:
        return post
    records.keep(options.store, post.key, execution)
    name = identity(execution)
    results = history.results_of(execution)
    published = execution.finished
    return replace(
        post,
        accepted=True,
        record=name,
        reason="",
        noise=(),
        results=results,
        published=published,
    )


def _unread(loaded: LoadedPosts, wanted: Collection[str]) -> Iterator[PostCheck]:
    """Yield the check of each post that cannot be read."""
    for path in sorted(paths_with_errors(loaded.problems) & set(wanted)):
        reason = next(problem.message for problem in loaded.problems if problem.path == path)
        yield PostCheck(path, path, "failed", reason)


def _findings(posts: Sequence[PostCheck], runs: Mapping[str, PostRun]) -> Iterator[Problem]:
    for post in posts:
        yield from findings.find(post)
        if (run := runs.get(post.path)) and run.problem:
            yield findings.failure(run.problem)


def _named(loaded: LoadedPosts, names: Sequence[str]) -> set[str]:
    """Return the paths of the posts that the names mean; all paths if there are no names."""
    paths = {each.post.path for each in loaded.parsed_posts} | {*loaded.cached, *loaded.rendered}
    paths |= {problem.path for problem in loaded.problems}
    for name in names:
        if not any(is_named(path, name) for path in paths):
            raise SettingsError(Problem(name, message="no such post", advice="give its path"))
    return {path for path in paths if not names or any(is_named(path, name) for name in names)}
