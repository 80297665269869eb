"""Pages → the files of the site: made, or kept where they stand in the destination as they would be
made.

Which files there are, and all of them that show no more of a post than its face, depend on the
faces of all pages. While these are the same, only files that show the content of a changed post are
made, of what they were made of the last time; no other page is even read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from evergreen.build.cache.pages import Entry, LostPage, digest, whole
from evergreen.build.cache.state import Made, Memory, read_tasks
from evergreen.build.chart_libraries import read_library
from evergreen.build.load import is_wanted
from evergreen.build.options import Build
from evergreen.build.parallel import forked_map
from evergreen.build.static_files import leftovers
from evergreen.check import history as ledger
from evergreen.content.liquid.shared import Blog
from evergreen.errors import Problem, paths_with_errors
from evergreen.model import Artifact, Kept, LastCheck, Page
from evergreen.site import search_index as search
from evergreen.site.jinja import read_templates
from evergreen.site.render_site import render_site
from evergreen.site.tasks import Failure, Kit, Shelf, Task, run_tasks

Entries = Mapping[str, Entry]
"""By the path of the post."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a site, of what they were made, and what is wrong with it."""

    artifacts: tuple[Artifact, ...]
    made: Mapping[str, Made]
    """Of what those were made that no post has of its own, by path; without their hashes."""
    tasks: Mapping[str, Task]
    """Of those that were made now, by path."""
    faces: str
    """See `Memory.faces`."""
    left_out: frozenset[str] = frozenset()
    """The paths of the posts that have no page, not even their last good one."""
    problems: tuple[Problem, ...] = ()
    """Errors at posts whose own page cannot be made, and warnings."""
    aside: frozenset[str] = frozenset()
    """Paths of files that made room for one that the blog has of its own."""

    @property
    def failed(self) -> frozenset[str]:
        """The paths of the posts whose own page cannot be made."""
        return paths_with_errors(self.problems)


def make_artifacts(
    build: Build, memory: Memory, published: Mapping[str, str], entries: Entries
) -> Files:
    """All files of the site; those that stand in the destination (`published`: path → SHA-256) as
    they would be made are kept.
    """
    checks = _checks(build, entries)
    faces = digest(
        *(f"{path} {entries[path].brief.face} {checks.get(path)!r}" for path in sorted(entries))
    )
    if faces == memory.faces and (files := _amend(build, memory, published, entries)):
        return files
    return _make_all(build, memory, published, entries, checks, faces)


def complete(
    build: Build,
    memory: Memory,
    published: Mapping[str, str],
    entries: Entries,
    blog: Blog,
    files: Files,
) -> tuple[Files, Sequence[Problem]]:
    """The files with the search index and those that the blog has of its own, and what is wrong
    with these. Raises LostPage where such a file is gone and ours, in its place, was not made.
    """
    index, indexed, warnings = _search_index(build, memory, published, entries)
    ours = {artifact.path: artifact for artifact in (*files.artifacts, *index)}
    found, told = leftovers(build, blog, ours, published)
    theirs = {artifact.path: artifact for artifact in found}
    if lost := files.made.keys() - ours.keys() - theirs.keys():
        raise LostPage(min(lost))
    made = {**files.made, **indexed}
    aside = frozenset(made.keys() & theirs.keys())
    whole_site = replace(files, artifacts=(*(ours | theirs).values(),), made=made, aside=aside)
    return whole_site, (*warnings, *told)


def _amend(
    build: Build, memory: Memory, published: Mapping[str, str], entries: Entries
) -> Files | None:
    """The files of the last site, with those made anew that show content that has changed; without
    those in whose place another stood. None where one is not there, or one cannot be made.
    """
    digests = {path: entry.brief.digest for path, entry in entries.items()}
    site = {p: m for p, m in memory.made.items() if not p.startswith(f"{search.FOLDER}/")}
    kept, stale = [], []
    for path, made in site.items():
        if not made.sha256:
            continue
        if made.content == _content(made.shows, digests) and published.get(path) == made.sha256:
            kept.append(Artifact(path, Kept(made.sha256)))
        else:
            stale.append(path)
    tasks = read_tasks(build.memo, memory.made, stale)
    if tasks is None:
        return None
    kit = Kit(
        read_templates(build.templates, build.compiled),
        build.site,
        lambda path: whole(build.memo, entries[path].page),
        partial(_library, build),
    )
    new = _run(build, kit, tasks)
    if any(isinstance(each, Failure) for each in new):
        return None
    shown = (entry for path, entry in entries.items() if path not in memory.left_out)
    own = _own_files(build, published, shown)
    artifacts = (*kept, *(each for each in new if isinstance(each, Artifact)), *own)
    now = {task.path: _made(task, digests) for task in tasks}
    return Files(
        artifacts,
        {**site, **now},
        {task.path: task for task in tasks},
        memory.faces,
        memory.left_out,
        memory.warnings,
    )


def _make_all(
    build: Build,
    memory: Memory,
    published: Mapping[str, str],
    entries: Entries,
    checks: Mapping[str, LastCheck],
    faces: str,
) -> Files:
    def page(entry: Entry) -> Page:
        files = tuple(_own_files(build, published, [entry]))
        return replace(entry.page, artifacts=files, check=checks.get(entry.brief.linked.path))

    made: dict[str, Made] = {}

    def kept(task: Task, digests: Mapping[str, str]) -> Artifact | None:
        made[task.path] = now = _made(task, digests)
        known = memory.made.get(task.path)
        if known is None or known[:3] != now[:3] or published.get(task.path) != known.sha256:
            return None
        return Artifact(task.path, Kept(known.sha256))

    def last(path: str) -> Page | None:
        entry = memory.entries.get(path)
        return page(entry) if entry and is_wanted(entry.brief, build) else None

    shelf = Shelf(
        kept,
        partial(whole, build.memo),
        last,
        partial(_library, build),
        partial(_run, build),
        build.compiled,
    )
    found = render_site(build.site, [*map(page, entries.values())], build.templates, shelf)
    tasks = {task.path: task for task in found.tasks}
    own = {path for entry in entries.values() for path, _ in entry.brief.files}
    paths = (artifact.path for artifact in found.artifacts if artifact.path not in own)
    made = {path: made[path] if path in tasks else Made("", (), "", "") for path in paths}
    left_out = frozenset(entries.keys() - found.shown.keys())
    return Files(
        found.artifacts, made, tasks, "" if found.failed else faces, left_out, found.problems
    )


def _checks(build: Build, entries: Entries) -> dict[str, LastCheck]:
    """What the last check of each page's execution found."""
    known = ledger.read(build.verdicts)
    found = {
        path: ledger.of_record(known, path, entries[path].brief.record)
        for path in known
        if path in entries
    }
    return {path: check for path, check in found.items() if check}


def _made(task: Task, digests: Mapping[str, str]) -> Made:
    return Made(digest(task.inputs), task.shows, _content(task.shows, digests), "")


def _content(shows: Sequence[str], digests: Mapping[str, str]) -> str:
    """What names the content of some posts."""
    if len(shows) == 1:
        return digests[shows[0]]
    return digest(*(digests[path] for path in shows)) if shows else ""


def _run(build: Build, kit: Kit, tasks: Sequence[Task]) -> list[Artifact | Failure]:
    slices = [tasks[at : at + 8] for at in range(0, len(tasks), 8)]
    parts = forked_map(partial(run_tasks, kit), slices, build.jobs)
    return [made for part in parts for made in part]


def _own_files(
    build: Build, published: Mapping[str, str], entries: Iterable[Entry]
) -> Iterator[Artifact]:
    """The posts' figures and downloads, with their bytes where one does not stand in the site."""
    for entry in entries:
        files = entry.brief.files
        if all(published.get(path) == sha256 for path, sha256 in files):
            yield from (Artifact(path, Kept(sha256)) for path, sha256 in files)
        else:
            yield from whole(build.memo, entry.page).artifacts


def _search_index(
    build: Build, memory: Memory, published: Mapping[str, str], entries: Entries
) -> tuple[Sequence[Artifact], Mapping[str, Made], Sequence[Problem]]:
    """The files of the search index, of what they were made, and why there are none; they are kept
    while no page that they were made of has changed.
    """
    if not build.site.search:
        return (), {}, ()
    briefs = (entry.brief for entry in entries.values())
    inputs = search.index_inputs((brief.linked.file, brief.digest) for brief in briefs)
    known = {path: made for path, made in memory.made.items() if made.inputs == inputs}
    if known and all(published.get(path) == made.sha256 for path, made in known.items()):
        return [Artifact(path, Kept(made.sha256)) for path, made in known.items()], known, ()
    files, problems = search.make_index(whole(build.memo, entry.page) for entry in entries.values())
    return files, {file.path: Made(inputs, (), "", "") for file in files}, problems


def _library(build: Build, name: str) -> bytes:
    try:
        return read_library(build.cache, name)
    except OSError:
        raise LostPage(name) from None
