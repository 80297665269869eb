"""Outline → tasks → files: the one place where a site is put together.

A build makes all files at once and has the published tree as its store; a preview makes a file when
it is asked for and has memory. Both reuse a file as long as its key is the same: a hash of its
task's inputs, and one of the content of the posts that it shows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Protocol

from evergreen.build.cache.state import CachedFile, task_key
from evergreen.build.parallel import forked_map
from evergreen.build.pictures import CopyMaker
from evergreen.build.spool import Spool
from evergreen.content.static_pages import is_static
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Artifact, ExistingContent, Page, Site
from evergreen.model.hashing import digest
from evergreen.model.picture import PictureCopy
from evergreen.site.address_conflicts import LISTED, settle
from evergreen.site.analytics import check_analytics
from evergreen.site.assets import check_themes
from evergreen.site.comments import check_comments
from evergreen.site.jinja import Templates, check_menus
from evergreen.site.outline import Outline, in_order, outline_site
from evergreen.site.related import SimilarPosts
from evergreen.site.tasks import (
    FileTask,
    RenderContext,
    TaskFailure,
    at_post,
    no_copy,
    no_library,
    once,
    run_tasks,
)

MadeFile = Artifact | TaskFailure
"""A file, or why it cannot be made."""


class PageSource(Protocol):
    """The pages that are shown, by the path of their post, as they are now."""

    def digest(self, path: str) -> str:
        """Return the hash of all that a page is made of."""

    def whole(self, path: str) -> Page:
        """Return a page with its content and files."""

    def last(self, path: str) -> Page | None:
        """Show, from now on, the last good page of a post that fails, and return it, if any."""

    def kept(self, path: str, file: str) -> Artifact | None:
        """Return a published file of a post's last good page as it is; None if there is none."""


class FileStore(Protocol):
    """Files that were made before, with their keys."""

    def find(self, path: str, key: CachedFile) -> MadeFile | None:
        """Return the file if it has this key."""

    def add(self, task: FileTask, key: CachedFile, made: MadeFile) -> None:
        """Take over a file that was made now."""


@dataclass(slots=True)
class SiteBuilder:
    """Outlines a site, and makes its files."""

    site: Site
    templates: Templates
    pages: PageSource
    store: FileStore
    library: Callable[[str], bytes] = no_library
    """Returns a library of charts by its file's name."""
    read_linked: Callable[[str], bytes | None] = lambda source: None
    """Returns a file of the blog by its path; None if it is gone."""
    copies: CopyMaker | None = None
    """Makes copies of pictures."""
    similar: SimilarPosts | None = None
    """Remembers the similar posts of each."""
    jobs: int = 0
    """Files made at once; 0: one per core."""
    spool: Spool | None = None
    """Where new files are kept; None: in memory."""
    shown: Sequence[Page] = ()
    """The outlined pages, newest first; their content may be left out."""
    outline: Outline = field(default_factory=lambda: Outline((), ()))
    tasks: Mapping[str, FileTask] = field(default_factory=dict)
    """By the path of the file."""
    ready: Mapping[str, Artifact] = field(default_factory=dict)
    """Files that need no task, by path: styles, scripts, sitemap."""
    static: Mapping[str, Artifact] = field(default_factory=dict)
    """The blog's own files, by path; they replace ours."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Figures and downloads by path: the path of a post whose page has them."""
    linked: Mapping[str, str] = field(default_factory=dict)
    """Files of the blog that pages name, by path: their path in the blog."""
    keys: dict[str, CachedFile] = field(default_factory=dict)
    """Of the files that were asked for, by path."""
    failures: list[TaskFailure] = field(default_factory=list)
    """Why posts have no page, or only their last good one."""
    conflicts: set[str] = field(default_factory=set)
    """Paths of posts that fail for their address alone."""
    kept: dict[str, Artifact] = field(default_factory=dict)
    """Files of posts whose last good page cannot be made again, as they are published, by path."""
    warnings: Sequence[Problem] = ()

    def arrange(self, pages: Iterable[Page]) -> None:
        """Outline the site of these pages.

        Of posts with the same address each shows its last good page, or none.
        """
        self.failures, self.conflicts, self.kept = [], set(), {}
        self.shown, conflicts = settle(self.site, in_order(pages))
        about = [problem for problem in conflicts if problem.rule != LISTED]
        themes = check_themes(self.templates.assets, self.site, self.shown)
        menus = check_menus(self.templates, self.site)
        settings = (*menus, *check_comments(self.site), *check_analytics(self.site))
        self.warnings = (*about, *themes, *settings)
        self._outline()

    def make(self, tasks: Sequence[FileTask]) -> list[MadeFile]:
        """Return the file of each task, in order; files with the same key are reused."""
        keys = {task.path: self._key(task) for task in tasks}
        self.keys |= keys
        made = {path: found for path, key in keys.items() if (found := self.store.find(path, key))}
        missing = [task for task in tasks if task.path not in made]
        for task, new in zip(missing, self._run(missing), strict=True):
            self.store.add(task, keys[task.path], new)
            made[task.path] = new
        return [made[task.path] for task in tasks]

    def make_all(self) -> list[Artifact]:
        """Return all files but figures, downloads and `static`.

        A post whose own page cannot be made is shown as it last was: made of its last good content,
        or else as it is published. One that was never published is left out. Raises EvergreenError
        with everything that is wrong if lists or all posts are concerned.
        """
        while True:
            if self.failures and self._is_hopeless():
                raise EvergreenError(*once(dict.fromkeys(self.failures)))
            tasks = [task for task in self.outline.tasks if task.path not in self.kept]
            made = self.make(tasks)
            pairs = zip(tasks, made, strict=True)
            failed = [(task, each) for task, each in pairs if isinstance(each, TaskFailure)]
            if not failed:
                artifacts = (each for each in made if isinstance(each, Artifact))
                return [*artifacts, *self.kept.values(), *self.ready.values()]
            self.conflicts -= {each.source for _, each in failed}
            self._leave_out(self._without_kept(failed))
            self._outline()

    def read(self, path: str) -> MadeFile | None:
        """Return one file, made if need be; None if the site has no file of this path."""
        if found := self.static.get(path):
            return found
        if task := self.tasks.get(path):
            return self.make([task])[0]
        if found := self.ready.get(path):
            return found
        owner = self.owners.get(path)
        own = self.pages.whole(owner).artifacts if owner else ()
        if found := next((file for file in own if file.path == path), None):
            return found
        content = self.read_linked(self.linked[path]) if path in self.linked else None
        return None if content is None else Artifact(path, content, self.linked[path])

    def use_templates(self, templates: Templates) -> None:
        """Make files with other templates from now on, and have their styles and scripts."""
        before = {file.path for file in self.templates.assets.artifacts}
        others = {path: file for path, file in self.ready.items() if path not in before}
        self.ready = others | {file.path: file for file in templates.assets.artifacts}
        self.templates = templates

    def claim(self, pages: Sequence[Page]) -> None:
        """Add the files of pages whose metadata is as it was outlined."""
        own = {file.path: page.post.path for page in pages for file in page.artifacts}
        if own.keys() - self.owners.keys():
            self.owners = {**self.owners, **own}
        self.linked = {**self.linked, **_linked(pages)}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the failures as errors at their posts, and the warnings."""
        return (*dict.fromkeys(map(at_post, self.failures)), *self.warnings)

    def _outline(self) -> None:
        outline = outline_site(self.templates, self.site, self.shown, self.similar)
        while outline.collisions:
            before = {failure.source for failure in self.failures}
            if not self._leave_out(outline.collisions):
                break
            self.conflicts |= {each.source for each in outline.collisions} - before
            outline = outline_site(self.templates, self.site, self.shown, self.similar)
        self.outline = outline
        self.tasks = {task.path: task for task in outline.tasks}
        self.ready = {artifact.path: artifact for artifact in outline.ready}
        self.owners = {file.path: p.post.path for p in self.shown for file in p.artifacts}
        self.linked = _linked(self.shown)

    def _without_kept(self, failed: Sequence[tuple[FileTask, TaskFailure]]) -> list[TaskFailure]:
        """Keep published files of posts whose last good page failed as well; return the other
        failures."""
        before = {failure.source for failure in self.failures if failure.source}
        rest: list[TaskFailure] = []
        for task, failure in failed:
            file = self.pages.kept(failure.source, task.path) if failure.source in before else None
            if file is None:
                rest.append(failure)
            else:
                self.kept[task.path] = file
                del self.keys[task.path]  # it is not what its inputs would give
        return rest

    def _leave_out(self, failures: Sequence[TaskFailure]) -> bool:
        """Show posts that fail as they last were, or, if they fail again, not at all.

        Return True if the pages are others now.
        """
        before = {failure.source for failure in self.failures}
        self.failures += failures
        failed = {failure.source for failure in failures}
        rest = [page for page in self.shown if page.post.path not in failed]
        changed = len(rest) < len(self.shown)
        last = [page for path in sorted(failed - before) if (page := self.pages.last(path))]
        self.shown = in_order([*rest, *last])
        return changed

    def _is_hopeless(self) -> bool:
        is_of_list = any(not failure.source for failure in self.failures)
        kept = {file.source for file in self.kept.values()}
        shown = (page.post for page in self.shown)
        return is_of_list or all(is_static(post) or post.path in kept for post in shown)

    def _key(self, task: FileTask) -> CachedFile:
        """Return what a file is made of, besides settings, templates and engine."""
        inputs = task_key(task, self.hooks_of(task))
        return CachedFile(inputs, task.shows, content_key(self.pages, task.shows), "")

    def hooks_of(self, task: FileTask) -> str:
        """Return a hash of what a file shows of plugins, besides the content of posts."""
        return plugin_state(self.site, self.templates, task.template)

    def _run(self, tasks: Sequence[FileTask]) -> list[MadeFile]:
        copy = no_copy
        if self.copies:
            wanted = (each for task in tasks for each in task.args)
            self.copies.prepare(each for each in wanted if isinstance(each, PictureCopy))
            copy = self.copies.content
        context = RenderContext(self.templates, self.site, self.pages.whole, self.library, copy)
        slices = [tasks[at : at + 8] for at in range(0, len(tasks), 8)]
        parts = forked_map(partial(_made, context, self.spool), slices, self.jobs)
        return [made for part in parts for made in part]


def _made(context: RenderContext, spool: Spool | None, tasks: Sequence[FileTask]) -> list[MadeFile]:
    made = run_tasks(context, tasks)
    return [_spooled(spool, each) for each in made] if spool else made


def _spooled(spool: Spool, made: MadeFile) -> MadeFile:
    if isinstance(made, Artifact) and isinstance(made.content, bytes):
        return replace(made, content=spool.add(made.content))
    return made


def plugin_state(site: Site, templates: Templates, name: str | None = None) -> str:
    """Return a hash of the plugins that a file depends on which is made with the template of this
    name, "" for one without; of those that any file depends on by default. "" for no plugins."""
    parts = templates.parts
    shown = (parts.whole if name is None else parts.of(name)) if parts else ""
    hooks = site.hooks.state("filters", "globals", "file")
    found = [each for each in (hooks, shown, templates.settings) if each]
    return " ".join(found)


def _linked(pages: Iterable[Page]) -> dict[str, str]:
    return {file.path: file.source for page in pages for file in page.files}


def content_key(pages: PageSource, paths: Sequence[str]) -> str:
    """Return a hash of the content of some posts; "" for none."""
    if len(paths) == 1:
        return pages.digest(paths[0])
    return digest(*map(pages.digest, paths)) if paths else ""


@dataclass(slots=True)
class WholePages:
    """Pages that are all in memory, with their content."""

    by_path: dict[str, Page]
    before: Mapping[str, Page] = field(default_factory=dict)
    """The last good pages of posts."""

    def digest(self, path: str) -> str:
        """Return the hash of a page."""
        return self.by_path[path].digest

    def whole(self, path: str) -> Page:
        """Return a page."""
        return self.by_path[path]

    def last(self, path: str) -> Page | None:
        """Show the last good page of a post from now on, and return it; None if there is none."""
        if page := self.before.get(path):
            self.by_path[path] = page
        return page

    def kept(self, path: str, file: str) -> Artifact | None:
        """Return None: nothing is published from memory."""
        return None


@dataclass(slots=True)
class MemoryFiles:
    """A store in memory, which may be read from many threads."""

    most: int = 4_000
    """Files that are kept."""
    generation: int = 0
    """Part of every key: the number of times that settings or templates changed."""
    made: OrderedDict[str, tuple[int, CachedFile, MadeFile]] = field(default_factory=OrderedDict)
    good: dict[str, bytes] = field(default_factory=dict)
    """The last content of files that cannot be made now."""

    def find(self, path: str, key: CachedFile) -> MadeFile | None:
        """Return the file if it has this key and was made in this generation."""
        generation, known, made = self.made.get(path, (-1, None, None))
        return made if (generation, known) == (self.generation, key) else None

    def add(self, task: FileTask, key: CachedFile, made: MadeFile) -> None:
        """Store a file; of one that cannot be made keep the last good content."""
        before = self.made.get(task.path)
        if isinstance(made, Artifact):
            self.good.pop(task.path, None)
        elif before and isinstance(before[2], Artifact) and isinstance(before[2].content, bytes):
            self.good[task.path] = before[2].content
        self.made[task.path] = self.generation, key, made
        while len(self.made) > self.most:
            self.good.pop(self.made.popitem(last=False)[0], None)


@dataclass(slots=True)
class PublishedFiles:
    """The published tree as a store: what it has is not read, but kept as it is."""

    previous: Mapping[str, CachedFile]
    """The keys of its files, by path."""
    published: Mapping[str, str]
    """SHA-256 of its files, by path."""

    def find(self, path: str, key: CachedFile) -> Artifact | None:
        """Return a published file without its content if it has this key."""
        known = self.previous.get(path)
        if known is None or known[:3] != key[:3] or self.published.get(path) != known.sha256:
            return None
        return Artifact(path, ExistingContent(known.sha256))

    def add(self, task: FileTask, key: CachedFile, made: MadeFile) -> None:
        """Do nothing: publishing stores the file."""
