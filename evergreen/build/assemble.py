"""Assemble the site that is published: what a build makes anew, and what it leaves as it is.

The set of files, and the content of all that show only a post's metadata, depend on the metadata of
all pages. While that is the same, only files are made that show the content of a changed post, from
their tasks as the last build stored them; no other page is even read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import field
from functools import partial

from evergreen import publish as destination
from evergreen.build.cache.pages import CachedPage, CacheMissing
from evergreen.build.cache.similar import SimilarMemory
from evergreen.build.cache.state import BuildState, CachedFile, read_tasks
from evergreen.build.chart_libraries import read_library
from evergreen.build.kept_pages import keep_published
from evergreen.build.load import LoadedPosts, is_wanted
from evergreen.build.parallel import beside
from evergreen.build.pdf import print_pdfs
from evergreen.build.pdf_links import pdf_path
from evergreen.build.pictures import open_copies
from evergreen.build.project import Project
from evergreen.build.search import SearchFiles, find_search_files, is_index_file
from evergreen.build.site_builder import (
    PublishedFiles,
    SiteBuilder,
    content_key,
    plugin_state,
)
from evergreen.build.static_files import read_linked_files, read_static_files
from evergreen.check import history
from evergreen.content.liquid.shared import BlogContext
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem, paths_with_errors
from evergreen.model import Artifact, ExistingContent, LastCheck, Page
from evergreen.model.hashing import digest
from evergreen.site.jinja import Templates, read_templates
from evergreen.site.tasks import FileTask, TaskFailure, extra_files


@dataclass(frozen=True, slots=True)
class AssembledSite:
    """All files of a site, and what the next build begins with."""

    artifacts: tuple[Artifact, ...]
    pages: Mapping[str, CachedPage]
    """By path of the post: those that are published, last good ones among them."""
    failed: Set[str]
    """Paths of the posts whose own page cannot be made."""
    problems: tuple[Problem, ...]
    state: BuildState
    """Without the hashes of its files."""
    tasks: Mapping[str, FileTask]
    """Those of files that were made now, by path of the file."""
    replaced: Set[str] = frozenset()
    """Paths of our files that files of the blog's own replace."""
    index: SearchFiles = field(default_factory=SearchFiles)
    """The search index."""
    conflicts: frozenset[str] = frozenset()
    """Paths of those of the posts that failed whose address is another's, too."""

    def published(self, hashes: Mapping[str, str]) -> BuildState:
        """Return the state with the SHA-256 of each published file."""
        hashes = {**hashes, **dict.fromkeys(self.replaced, "")}
        made = {
            path: each if each.sha256 == hashes[path] else each._replace(sha256=hashes[path])
            for path, each in self.state.made.items()
        }
        return replace(self.state, made=made)


@dataclass(slots=True)
class _Pages:
    """The cached pages as the source of a SiteBuilder."""

    project: Project
    published: Mapping[str, str]
    """SHA-256 of the published files, by path."""
    entries: dict[str, CachedPage]
    checks: Mapping[str, LastCheck] = field(default_factory=dict)

    def digest(self, path: str) -> str:
        """Return the hash of a cached page."""
        return self.entries[path].summary.digest

    def whole(self, path: str) -> Page:
        """Return a page with its content and files. Raises CacheMissing."""
        return self.project.whole(self.entries[path])

    def last(self, path: str) -> Page | None:
        """Show the last good page of a post from now on, and return it; None if there is none."""
        return self.outlined(path) if self.fall_back(path) else None

    def kept(self, path: str, file: str) -> Artifact | None:
        """Return a published file of a post's last good page as it is; None if there is none."""
        sha256 = self.published.get(file)
        return Artifact(file, ExistingContent(sha256), path) if sha256 else None

    def fall_back(self, path: str) -> bool:
        """Take the last good page of a post, if there is one, in place of that made now."""
        entry = self.project.previous.entries.get(path)
        if entry is None or not is_wanted(entry.summary, self.project.options):
            self.entries.pop(path, None)
            return False
        summary = entry.summary._replace(source="", stamp=(), problems=())
        self.entries[path] = replace(entry, summary=summary)
        return True

    def outlined(self, path: str) -> Page:
        """Return a page without its content, with its last check, for the outline."""
        entry = self.entries[path]
        files = tuple(self.own_files([entry]))
        return replace(entry.read(), artifacts=files, check=self.checks.get(path))

    def own_files(self, entries: Iterable[CachedPage]) -> Iterator[Artifact]:
        """Yield figures and downloads, with their content if one of a page's is not published."""
        for entry in entries:
            files = entry.summary.files
            if all(self.published.get(path) == sha256 for path, sha256 in files):
                yield from (Artifact(path, ExistingContent(sha256)) for path, sha256 in files)
            else:
                yield from entry.files if entry.content else self.project.whole(entry).artifacts


def assemble_site(
    project: Project,
    pages: Mapping[str, CachedPage],
    failed: Set[str],
    loaded: LoadedPosts,
    published: Mapping[str, str],
) -> AssembledSite:
    """Return all files of the site of these pages, and the last good ones of posts that `failed`,
    or else their published files.

    `published` are the SHA-256 of the files that are published now. Raises EvergreenError if lists
    or all posts are concerned.
    """
    source = _Pages(project, published, dict(pages))
    for path in failed - pages.keys():
        source.fall_back(path)
    source.checks = _last_checks(project, source.entries)
    builder = _open_builder(project, source)
    metadata_hash = _metadata_hash(source, builder.templates)
    site = None
    if metadata_hash == project.previous.metadata_hash:
        site = _amend(project, source, builder)
    site = site or _make_all(project, source, builder, metadata_hash)
    site = _complete(project, source, site, loaded.blog)
    lost = [p.post for p in loaded.parsed_posts if p.post.path in failed - site.pages.keys()]
    made = {artifact.path for artifact in site.artifacts} if lost else ()
    read = partial(destination.read, project.options.output)
    kept = keep_published(lost, project.options.site, made, published, read)
    return replace(site, artifacts=(*site.artifacts, *kept))


def _open_builder(project: Project, source: _Pages) -> SiteBuilder:
    options = project.options

    def library(name: str) -> bytes:
        try:
            return read_library(options.cache, name)
        except OSError:
            raise CacheMissing(name) from None

    templates = read_templates(options.templates, options.compiled, options.site)
    store = PublishedFiles(project.previous.made, source.published)
    copies = open_copies(options, source.whole)
    return SiteBuilder(
        options.site,
        templates,
        source,
        store,
        library,
        copies=copies,
        similar=SimilarMemory(options.cache, project.renderer.base),
        jobs=options.jobs,
        spool=project.spool,
    )


def _amend(project: Project, source: _Pages, builder: SiteBuilder) -> AssembledSite | None:
    """Return the last site, with those files made anew that show content that has changed.

    Files that the blog's own took are left out. None if a task is lost or a file cannot be made.
    """
    previous = project.previous
    site = {p: m for p, m in previous.made.items() if not is_index_file(p)}
    kept, stale = [], []
    for path, made in site.items():
        if not made.sha256:
            continue
        is_same = made.content == content_key(source, made.shows)
        if is_same and source.published.get(path) == made.sha256:
            kept.append(Artifact(path, ExistingContent(made.sha256)))
        else:
            stale.append(path)
    tasks = read_tasks(project.options.memo, previous.made, stale, builder.hooks_of)
    new = builder.make(tasks) if tasks is not None else []
    if tasks is None or any(isinstance(each, TaskFailure) for each in new):
        return None
    shown = _without(source.entries, previous.left_out)
    artifacts = (*kept, *(each for each in new if isinstance(each, Artifact)))
    state = replace(previous, entries=source.entries, made={**site, **builder.keys})
    files = (*artifacts, *source.own_files(shown.values()))
    by_path = {task.path: task for task in tasks}
    index = find_search_files(project, shown, source.published)
    return AssembledSite(files, shown, frozenset(), previous.warnings, state, by_path, index=index)


def _make_all(
    project: Project, source: _Pages, builder: SiteBuilder, metadata_hash: str
) -> AssembledSite:
    before = source.entries.keys() | set()
    builder.arrange([source.outlined(path) for path in source.entries])
    planned = _shown(source, builder)
    find_index = partial(find_search_files, project, published=source.published)
    with beside(partial(find_index, planned)) as planned_index:
        made = builder.make_all()
        shown = _shown(source, builder)
        index = planned_index() if shown == planned else find_index(shown)
    own = dict.fromkeys(file for page in builder.shown for file in page.artifacts)
    no_key = CachedFile("", (), "", "")
    keys = {file.path: builder.keys.get(file.path, no_key) for file in made}
    left_out = frozenset(before - {page.post.path for page in builder.shown})
    failed = paths_with_errors(builder.problems)
    state = BuildState(
        project.previous.base,
        source.entries,
        keys,
        "" if failed else metadata_hash,
        left_out,
        builder.problems,
    )
    return AssembledSite(
        (*made, *own),
        shown,
        failed,
        builder.problems,
        state,
        builder.tasks,
        index=index,
        conflicts=frozenset(builder.conflicts),
    )


def _shown(source: _Pages, builder: SiteBuilder) -> dict[str, CachedPage]:
    return {page.post.path: source.entries[page.post.path] for page in builder.shown}


def _complete(
    project: Project, source: _Pages, site: AssembledSite, blog: BlogContext
) -> AssembledSite:
    """Add the search index and the blog's own files.

    Raises CacheMissing if such a file is gone, and ours, whose place it had, was not made.
    """
    ours = {artifact.path: artifact for artifact in (*site.artifacts, *site.index.artifacts)}
    found, problems = read_static_files(project.options, blog, ours, source.published)
    own = {artifact.path: artifact for artifact in found}
    linked = [file for entry in site.pages.values() for file in entry.summary.linked]
    root, taken = project.options.root, ours.keys() | own.keys()
    named, conflicts = read_linked_files(root, linked, taken, source.published)
    blog.hashes.write()
    if lost := site.state.made.keys() - ours.keys() - own.keys():
        raise CacheMissing(min(lost))
    state = replace(site.state, made={**site.state.made, **site.index.keys})
    files = (*(ours | own).values(), *named)
    urls = {path: entry.summary.pdf for path, entry in site.pages.items() if entry.summary.pdf}
    wanted = {path: pdf_path(url, project.options.site) for path, url in urls.items()}
    printed, unprinted = print_pdfs(project.options, files, wanted, source.whole)
    files = (*files, *printed)
    return replace(
        site,
        artifacts=(*files, *extra_files(project.options.site, files)),
        problems=(*site.problems, *problems, *conflicts, *unprinted),
        state=state,
        replaced=state.made.keys() & own.keys(),
    )


def _metadata_hash(source: _Pages, templates: Templates) -> str:
    """Return a hash of the metadata of all pages: see `BuildState.metadata_hash`."""
    about = sorted((path, entry.summary.metadata_hash) for path, entry in source.entries.items())
    site = source.project.options.site
    hooks = [state for state in (plugin_state(site, templates), site.hooks.state("pages")) if state]
    return digest(*(f"{path} {shown} {source.checks.get(path)!r}" for path, shown in about), *hooks)


def _last_checks(project: Project, pages: Mapping[str, CachedPage]) -> dict[str, LastCheck]:
    """Return what the last check of each page's execution found, by path of the post."""
    known = history.read(project.options.verdicts)
    records = {path: pages[path].summary.record for path in known.keys() & pages.keys()}
    found = {path: history.of_record(known, path, record) for path, record in records.items()}
    return {path: check for path, check in found.items() if check}


def _without(pages: Mapping[str, CachedPage], paths: Set[str]) -> dict[str, CachedPage]:
    return {path: entry for path, entry in pages.items() if path not in paths}
