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

from evergreen.build.cache.pages import CachedPage, CacheMissing, whole
from evergreen.build.cache.state import BuildState, CachedFile, read_tasks
from evergreen.build.chart_libraries import read_library
from evergreen.build.load import is_wanted
from evergreen.build.options import BuildOptions
from evergreen.build.parallel import forked_map
from evergreen.build.static_files import leftovers
from evergreen.check import history
from evergreen.content.liquid.shared import BlogContext
from evergreen.errors import Problem, paths_with_errors
from evergreen.model import Artifact, Kept, LastCheck, Page
from evergreen.model.hashing import digest
from evergreen.site import search_index as search
from evergreen.site.jinja import read_templates
from evergreen.site.render_site import render_site
from evergreen.site.tasks import FileTask, RenderContext, ReuseHooks, TaskFailure, run_tasks

Entries = Mapping[str, CachedPage]
"""By the path of the post."""


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """The files of a site, of what they were made, and what is wrong with it."""

    artifacts: tuple[Artifact, ...]
    made: Mapping[str, CachedFile]
    """Of what those were made that no post has of its own, by path; without their hashes."""
    tasks: Mapping[str, FileTask]
    """Of those that were made now, by path."""
    metadata_hash: str
    """See `BuildState.metadata_hash`."""
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
    build: BuildOptions, previous: BuildState, published: Mapping[str, str], entries: Entries
) -> SiteFiles:
    """All files of the site; those that stand in the destination (`published`: path → SHA-256) as
    they would be made are kept.
    """
    checks = _checks(build, entries)
    metadata_hash = digest(
        *(
            f"{path} {entries[path].summary.metadata_hash} {checks.get(path)!r}"
            for path in sorted(entries)
        )
    )
    if metadata_hash == previous.metadata_hash and (
        files := _amend(build, previous, published, entries)
    ):
        return files
    return _make_all(build, previous, published, entries, checks, metadata_hash)


def complete(
    build: BuildOptions,
    previous: BuildState,
    published: Mapping[str, str],
    entries: Entries,
    blog: BlogContext,
    files: SiteFiles,
) -> tuple[SiteFiles, Sequence[Problem]]:
    """The files with the search index and those that the blog has of its own, and what is wrong
    with these. Raises LostPage where such a file is gone and ours, in its place, was not made.
    """
    index, indexed, warnings = _search_index(build, previous, published, entries)
    ours = {artifact.path: artifact for artifact in (*files.artifacts, *index)}
    found, told = leftovers(build, blog, ours, published)
    theirs = {artifact.path: artifact for artifact in found}
    if lost := files.made.keys() - ours.keys() - theirs.keys():
        raise CacheMissing(min(lost))
    made = {**files.made, **indexed}
    aside = frozenset(made.keys() & theirs.keys())
    whole_site = replace(files, artifacts=(*(ours | theirs).values(),), made=made, aside=aside)
    return whole_site, (*warnings, *told)


def _amend(
    build: BuildOptions, previous: BuildState, published: Mapping[str, str], entries: Entries
) -> SiteFiles | None:
    """The files of the last site, with those made anew that show content that has changed; without
    those in whose place another stood. None where one is not there, or one cannot be made.
    """
    digests = {path: entry.summary.digest for path, entry in entries.items()}
    site = {p: m for p, m in previous.made.items() if not p.startswith(f"{search.FOLDER}/")}
    kept, stale = [], []
    for path, made in site.items():
        if not made.sha256:
            continue
        if made.content == _content(made.shows, digests) and published.get(path) == made.sha256:
            kept.append(Artifact(path, Kept(made.sha256)))
        else:
            stale.append(path)
    tasks = read_tasks(build.memo, previous.made, stale)
    if tasks is None:
        return None
    context = RenderContext(
        read_templates(build.templates, build.compiled),
        build.site,
        lambda path: whole(build.memo, entries[path].page),
        partial(_library, build),
    )
    new = _run(build, context, tasks)
    if any(isinstance(each, TaskFailure) for each in new):
        return None
    shown = (entry for path, entry in entries.items() if path not in previous.left_out)
    own = _own_files(build, published, shown)
    artifacts = (*kept, *(each for each in new if isinstance(each, Artifact)), *own)
    now = {task.path: _made(task, digests) for task in tasks}
    return SiteFiles(
        artifacts,
        {**site, **now},
        {task.path: task for task in tasks},
        previous.metadata_hash,
        previous.left_out,
        previous.warnings,
    )


def _make_all(
    build: BuildOptions,
    previous: BuildState,
    published: Mapping[str, str],
    entries: Entries,
    checks: Mapping[str, LastCheck],
    metadata_hash: str,
) -> SiteFiles:
    def page(entry: CachedPage) -> Page:
        files = tuple(_own_files(build, published, [entry]))
        return replace(entry.page, artifacts=files, check=checks.get(entry.summary.page_links.path))

    made: dict[str, CachedFile] = {}

    def kept(task: FileTask, digests: Mapping[str, str]) -> Artifact | None:
        made[task.path] = now = _made(task, digests)
        known = previous.made.get(task.path)
        if known is None or known[:3] != now[:3] or published.get(task.path) != known.sha256:
            return None
        return Artifact(task.path, Kept(known.sha256))

    def last(path: str) -> Page | None:
        entry = previous.entries.get(path)
        return page(entry) if entry and is_wanted(entry.summary, build) else None

    reuse = ReuseHooks(
        kept,
        partial(whole, build.memo),
        last,
        partial(_library, build),
        partial(_run, build),
        build.compiled,
    )
    found = render_site(build.site, [*map(page, entries.values())], build.templates, reuse)
    tasks = {task.path: task for task in found.tasks}
    own = {path for entry in entries.values() for path, _ in entry.summary.files}
    paths = (artifact.path for artifact in found.artifacts if artifact.path not in own)
    made = {path: made[path] if path in tasks else CachedFile("", (), "", "") for path in paths}
    left_out = frozenset(entries.keys() - found.shown.keys())
    return SiteFiles(
        found.artifacts,
        made,
        tasks,
        "" if found.failed else metadata_hash,
        left_out,
        found.problems,
    )


def _checks(build: BuildOptions, entries: Entries) -> dict[str, LastCheck]:
    """What the last check of each page's execution found."""
    known = history.read(build.verdicts)
    found = {
        path: history.of_record(known, path, entries[path].summary.record)
        for path in known
        if path in entries
    }
    return {path: check for path, check in found.items() if check}


def _made(task: FileTask, digests: Mapping[str, str]) -> CachedFile:
    return CachedFile(digest(task.inputs), task.shows, _content(task.shows, digests), "")


def _content(shows: Sequence[str], digests: Mapping[str, str]) -> str:
    """What names the content of some posts."""
    if len(shows) == 1:
        return digests[shows[0]]
    return digest(*(digests[path] for path in shows)) if shows else ""


def _run(
    build: BuildOptions, context: RenderContext, tasks: Sequence[FileTask]
) -> list[Artifact | TaskFailure]:
    slices = [tasks[at : at + 8] for at in range(0, len(tasks), 8)]
    parts = forked_map(partial(run_tasks, context), slices, build.jobs)
    return [made for part in parts for made in part]


def _own_files(
    build: BuildOptions, published: Mapping[str, str], entries: Iterable[CachedPage]
) -> Iterator[Artifact]:
    """The posts' figures and downloads, with their bytes where one does not stand in the site."""
    for entry in entries:
        files = entry.summary.files
        if all(published.get(path) == sha256 for path, sha256 in files):
            yield from (Artifact(path, Kept(sha256)) for path, sha256 in files)
        else:
            yield from whole(build.memo, entry.page).artifacts


def _search_index(
    build: BuildOptions, previous: BuildState, published: Mapping[str, str], entries: Entries
) -> tuple[Sequence[Artifact], Mapping[str, CachedFile], Sequence[Problem]]:
    """The files of the search index, of what they were made, and why there are none; they are kept
    while no page that they were made of has changed.
    """
    if not build.site.search:
        return (), {}, ()
    summaries = (entry.summary for entry in entries.values())
    inputs = search.index_inputs((summary.page_links.file, summary.digest) for summary in summaries)
    known = {path: made for path, made in previous.made.items() if made.inputs == inputs}
    if known and all(published.get(path) == made.sha256 for path, made in known.items()):
        return [Artifact(path, Kept(made.sha256)) for path, made in known.items()], known, ()
    files, problems = search.make_index(whole(build.memo, entry.page) for entry in entries.values())
    return files, {file.path: CachedFile(inputs, (), "", "") for file in files}, problems


def _library(build: BuildOptions, name: str) -> bytes:
    try:
        return read_library(build.cache, name)
    except OSError:
        raise CacheMissing(name) from None
