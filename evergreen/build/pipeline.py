"""The spine: the stages in their order, each from values to new values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial

from evergreen import publish as destination
from evergreen.build.assemble import Files, complete, make_artifacts
from evergreen.build.cache import unchanged as snapshot
from evergreen.build.cache.pages import Entry, LostPage, entry_of
from evergreen.build.cache.state import Memory, read_memory, write_memory
from evergreen.build.gc_tuning import seldom_collecting
from evergreen.build.load import Reading, is_wanted, read_blog
from evergreen.build.options import Build
from evergreen.build.parse import Manuscript, read_manuscript
from evergreen.build.planning.context import Desk
from evergreen.build.planning.execute import Run, carry_out, cleaned
from evergreen.build.planning.forecast import Outlook, make_outlook
from evergreen.build.planning.freshness import base_of, open_desk, standing
from evergreen.build.planning.plan import make_plans, record_in_force
from evergreen.build.render import Press, make_page, open_press
from evergreen.check.links import Grounds, find_broken
from evergreen.content.files import check_links
from evergreen.content.notebook import load_libraries
from evergreen.content.post import read_branch
from evergreen.errors import EvergreenError, Problem, paths_with_errors
from evergreen.execution.datasets import fetch_data, find_data, places
from evergreen.execution.environments.environments import Environments
from evergreen.execution.executors import open_executor
from evergreen.execution.progress import Progress, Silent
from evergreen.model import Artifact, Report
from evergreen.model.urls import file_of
from evergreen.publish import Published, lock
from evergreen.records import store as records
from evergreen.records.store import execution_key, identity


def publish(build: Build, progress: Progress | None = None) -> Report:
    """Build the blog and publish it; the report says what was done and what is wrong.

    A post that fails keeps its last good page. Raises EvergreenError when the site as a whole
    cannot be made: nothing is then changed.
    """
    check_links(build.root)
    with lock(build.cache), seldom_collecting():
        press = open_press(build, base_of(build))
        memory = read_memory(build.memo, press.base)
        try:
            return _publish(build, progress or Silent(), press, memory)
        except LostPage:  # somebody was in the cache: all pages are made anew
            return _publish(build, progress or Silent(), press, Memory(press.base))


def _publish(build: Build, progress: Progress, press: Press, memory: Memory) -> Report:
    start = time.monotonic()
    seen = snapshot.take(build)
    desk = cache(partial(open_desk, build, None))
    reading = read_blog(build, press, memory, standing(build, desk), seen.settled)
    if reading.manuscripts:
        destination.look(build.output)  # where it is refused, it is so before code runs
    runs = execute(build, reading.manuscripts, progress)
    made = {**reading.made, **render(press, reading, runs)}
    entries = {**reading.known, **made}
    last = _last_good(build, memory, _problems(reading, runs), entries)
    try:
        there = destination.look(build.output)
        files = make_artifacts(build, memory, there.files, {**entries, **last})
        entries = {path: each for path, each in entries.items() if path not in files.failed}
        last |= _last_good(build, memory, files.problems, entries)
        shown = {p: e for p, e in {**entries, **last}.items() if p not in files.left_out}
        files, told = complete(build, memory, there.files, shown, reading.blog, files)
        published = destination.publish(files.artifacts, build.output, seen=there)
    except EvergreenError as error:  # all that is wrong is said at once
        raise EvergreenError(*_problems(reading, runs), *error.problems) from error
    state = _state(memory, {**entries, **last}, files, published)
    write_memory(build.memo, memory, state, files.tasks)
    broken = find_broken(
        [entry.brief.linked for path, entry in entries.items() if path in shown],
        _grounds(build, reading, shown.values(), files.artifacts),
    )
    problems = [*_problems(reading, runs), *files.problems, *told, *broken]
    report = _report(entries, runs, reading, published, problems)
    report = replace(report, seconds=time.monotonic() - start)
    facts, due = _machine_facts(desk, entries, runs), _next_due(reading)
    snapshot.keep(build, seen, report, facts, due, published.files)
    return report


def execute(build: Build, manuscripts: Sequence[Manuscript], progress: Progress) -> dict[str, Run]:
    """The runs of all posts with code, by path: reused where a record holds, else done now."""
    if not manuscripts:
        return {}
    fetch = partial(
        fetch_data, cache=build.cache / "data", asked_first=places(), progress=progress.download
    )
    desk = open_desk(build, fetch if build.execute else None, progress.download)
    plans = make_plans(desk, [(each.post, each.notebook) for each in manuscripts])
    executor = open_executor(build.executor, build.jobs, build.prewarm)
    return carry_out(plans, build.store, executor, progress, load_libraries)


def render(press: Press, reading: Reading, runs: Mapping[str, Run]) -> dict[str, Entry]:
    """The pages of the posts with code that did not fail, by path."""
    entries = {}
    for manuscript in reading.manuscripts:
        path, source = manuscript.post.path, manuscript.source
        run = runs[path]
        if run.problem is None:
            record = identity(run.execution.facts, run.execution.finished) if run.execution else ""
            page, problems = make_page(press, manuscript, run.execution, record)
            stamp = reading.stamps.get(path, ())
            entries[path] = entry_of(page, source, stamp, run.plan.key, record, problems)
    return entries


def preview_plans(build: Build) -> Outlook:
    """What a publish would run, and why; nothing is fetched, run or written."""
    check_links(build.root)
    reading = read_blog(build, open_press(build, ""), Memory())
    manuscripts = reading.manuscripts
    find = partial(find_data, cache=build.cache / "data", asked_first=places())
    desk = open_desk(build, find if build.execute else None)
    plans = make_plans(desk, [(each.post, each.notebook) for each in manuscripts])
    return make_outlook(plans, list(reading.made), reading.problems)


def prune(build: Build, branches: Sequence[str] = ()) -> int:
    """Remove the records that neither the posts nor those of the branches need; how many."""
    everything = replace(build, drafts=True, future=True)
    reading = read_blog(everything, open_press(build, ""), Memory())
    manuscripts = [*reading.manuscripts]
    for branch in branches:
        manuscripts += map(read_manuscript, read_branch(build.root, branch, build.site))
    keys = {execution_key(each.notebook, each.post.execute) for each in manuscripts}
    with lock(build.cache):
        requires = {each.post.execute.requires for each in manuscripts} - {()}
        Environments(build.store, build.environments).prune(requires)
        return records.prune(build.store, keys)


def _problems(reading: Reading, runs: Mapping[str, Run]) -> list[Problem]:
    return [*reading.problems, *(each for run in runs.values() for each in run.problems)]


def _last_good(
    build: Build, memory: Memory, problems: Sequence[Problem], entries: Mapping[str, Entry]
) -> dict[str, Entry]:
    """The last good pages of posts that cannot be published now."""
    paths = paths_with_errors(problems)
    found = {path: memory.entries.get(path) for path in sorted(paths - entries.keys())}
    return {
        path: replace(entry, brief=entry.brief._replace(source="", stamp=(), problems=()))
        for path, entry in found.items()
        if entry and is_wanted(entry.brief, build)
    }


def _state(
    memory: Memory, entries: Mapping[str, Entry], files: Files, published: Published
) -> Memory:
    """What the next build begins with."""
    made = {
        path: each._replace(sha256="" if path in files.aside else published.files[path])
        for path, each in files.made.items()
    }
    return Memory(memory.base, entries, made, files.faces, files.left_out, files.problems)


def _grounds(
    build: Build, reading: Reading, entries: Iterable[Entry], artifacts: Iterable[Artifact]
) -> Grounds:
    """What the addresses of a site may lead to, once it stands in its destination."""
    return Grounds(
        files=frozenset(artifact.path for artifact in artifacts),
        pages={entry.brief.linked.file: entry.brief.linked for entry in entries},
        held_back={file_of(post): post.path for post in reading.held_back},
        read=partial(destination.read, build.output),
    )


def _machine_facts(
    desk: Callable[[], Desk], entries: Mapping[str, Entry], runs: Mapping[str, Run]
) -> dict[str, str]:
    """All that the published executions used and no file of the blog shows."""
    used: dict[str, str] = {}
    for path, entry in entries.items():
        run, brief = runs.get(path), entry.brief
        if run and run.execution:
            facts = run.execution.facts
        elif brief.record and (record := record_in_force(desk(), entry.page.post, brief.key)):
            facts = record.facts
        else:
            continue
        asked = brief.requires
        used.update(desk().environments.stable(asked, facts) if asked else facts)
    return used


def _next_due(reading: Reading) -> datetime | None:
    """When the next post of the future is to be published."""
    now = datetime.now(UTC)
    return min((post.date for post in reading.held_back if post.date > now), default=None)


def _report(
    entries: Mapping[str, Entry],
    runs: Mapping[str, Run],
    reading: Reading,
    published: Published,
    problems: Sequence[Problem],
) -> Report:
    done = runs.values()
    briefs = {path: entry.brief for path, entry in entries.items()}
    problems = [*problems, *(each for brief in briefs.values() for each in brief.problems)]
    known = [path for path in reading.known if path in briefs and briefs[path].record]
    return Report(
        posts=sum(not brief.static for brief in briefs.values()),
        pages=sum(brief.static for brief in briefs.values()),
        ran=tuple(run.plan.post.path for run in done if run.plan.job and not run.problem),
        reused=tuple(sorted([*known, *(r.plan.post.path for r in done if r.plan.execution)])),
        failed=tuple(sorted(paths_with_errors(problems))),
        held_back=len(reading.held_back),
        blocks=sum(brief.blocks for brief in briefs.values()),
        blocks_run=sum(brief.ran for brief in briefs.values()),
        stand_ins=tuple(path for path, brief in briefs.items() if brief.stand_ins),
        cleaned=cleaned(done),
        written=published.written,
        removed=published.removed,
        problems=tuple(problems),
    )
