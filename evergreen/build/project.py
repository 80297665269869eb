"""An open blog: what its pages and plans share, and what the last build left in the cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import field
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from evergreen.build.browser import find_browser
from evergreen.build.cache import database
from evergreen.build.cache.fingerprint import EngineFiles, read_engine
from evergreen.build.cache.pages import (
    CachedPage,
    CacheMissing,
    Stamp,
    entry_of,
    read_whole,
    spooled,
    unspooled,
)
from evergreen.build.cache.state import BuildState, read_state, write_state
from evergreen.build.gc_tuning import setting_up
from evergreen.build.load import LoadedPosts, read_blog
from evergreen.build.options import BuildOptions
from evergreen.build.parallel import forked_map
from evergreen.build.parse import ParsedPost
from evergreen.build.plugins import open_extensions
from evergreen.build.render import PageRenderer, make_page, open_renderer
from evergreen.build.results import has_outdated
from evergreen.build.search_parts import pack_part
from evergreen.build.spool import Spool
from evergreen.content.files import check_links
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem, bug
from evergreen.model import Page
from evergreen.model.hashing import digest
from evergreen.records.interpreters import kernel_names
from evergreen.render.languages import LANGUAGES
from evergreen.site.tasks import FileTask

if TYPE_CHECKING:
    from evergreen.build.planning.execute import PostRun
    from evergreen.build.runs import ProjectRuns

ENGINE = "engine-files"
"""Name in the cache of what is remembered of the engine's files."""

R = TypeVar("R")


@dataclass(frozen=True)
class Project:
    """A blog, opened once for all stages of a build, a check or a preview."""

    options: BuildOptions
    renderer: PageRenderer
    previous: BuildState
    """The page cache as the last build left it."""
    engine: EngineFiles = field(default_factory=EngineFiles)

    @classmethod
    def open(cls, options: BuildOptions, *, cached: bool = True) -> Project:
        """Open a blog, by default with its page cache.

        Raises EvergreenError if a template is a link out of the blog, a language file is broken, or
        a plugin cannot be loaded.
        """
        check_links(options.root)
        given, options = repr(replace(options.site, plugins={})), open_extensions(options)
        look = repr(options.site.look)
        of_plugins = options.site.hooks.folders
        folders = [folder for folder in options.templates if folder not in of_plugins]
        folders += (folder / LANGUAGES for folder in of_plugins)
        engine = read_engine(folders, options.cache / ENGINE) if cached else EngineFiles()
        machine = find_browser(), *kernel_names()
        base = digest(engine.digest, given, look, *machine) if cached else ""
        with setting_up():
            previous = read_state(options.memo, base) if cached else BuildState()
        return cls(options, open_renderer(options, base), previous, engine)

    def retrying(self, work: Callable[[Project], R]) -> R:
        """Return `work(self)`; if a cached page is lost, do it again without the cache."""
        try:
            return work(self)
        except CacheMissing:
            return work(self.without_cache())

    def without_cache(self) -> Project:
        """Return the project as if no build had been before."""
        return replace(self, previous=BuildState(self.renderer.base))

    def shows_old_results(self, pages: Mapping[str, CachedPage]) -> bool:
        """True if a page shows results of another post that are not those of its last run."""
        return has_outdated(pages, self.options)

    def reopened(self) -> Project:
        """Return the project with the state that a build has left."""
        return replace(self, previous=read_state(self.options.memo, self.renderer.base))

    @cached_property
    def spool(self) -> Spool:
        """Return the file for content that is not yet published or stored."""
        return Spool(self.options.cache)

    @cached_property
    def runs(self) -> ProjectRuns:
        """Return what plans and executes posts; blogs without code need not even import it."""
        from evergreen.build.runs import ProjectRuns

        return ProjectRuns(self.options)

    def load(self, stamps: Mapping[str, Stamp] = MappingProxyType({})) -> LoadedPosts:
        """Read all posts; `stamps` are those of files that did not change just before, by path."""
        return read_blog(
            self.options, self.renderer, self.previous, self._is_fresh, stamps, self.spool
        )

    def render(
        self, loaded: LoadedPosts, runs: Mapping[str, PostRun]
    ) -> tuple[dict[str, CachedPage], list[Problem]]:
        """Return all pages by the path of their post, and why some are missing.

        Pages of posts whose code failed are missing too.
        """
        pages = {**loaded.cached, **loaded.rendered}
        problems: list[Problem] = []
        _ = self.spool  # one for all processes
        good = [each for each in loaded.parsed_posts if runs[each.post.path].problem is None]
        render = partial(self._try_to_render, loaded.stamps, runs)
        made = forked_map(render, good, self.options.jobs)
        for parsed, page in zip(good, made, strict=True):
            if isinstance(page, CachedPage):
                pages[parsed.post.path] = page
            else:
                problems += page
        return pages, problems

    def _try_to_render(
        self, stamps: Mapping[str, Stamp], runs: Mapping[str, PostRun], parsed: ParsedPost
    ) -> CachedPage | list[Problem]:
        path = parsed.post.path
        try:
            return self._rendered(parsed, runs[path], stamps.get(path, ()))
        except EvergreenError as error:
            return list(error.problems)
        except Exception as error:  # one post does not decide for the others
            return [bug(path, "the page could not be made", error)]

    def _rendered(self, parsed: ParsedPost, run: PostRun, stamp: Stamp) -> CachedPage:
        page, problems = make_page(self.renderer, parsed, run.execution, run.identity)
        indexed = pack_part(self.options.site, page)
        key, record = run.plan.key, run.identity
        entry = entry_of(page, parsed.source, stamp, key, record, problems, indexed)
        return spooled(entry, self.spool)

    def whole(self, entry: CachedPage) -> Page:
        """Return a page with its content and files. Raises CacheMissing."""
        return unspooled(entry) if entry.content else read_whole(self.options.memo, entry)

    def save(self, state: BuildState, tasks: Mapping[str, FileTask] = MappingProxyType({})) -> None:
        """Write the state for the next build; `tasks` are those of files made now, by path."""
        write_state(self.options.memo, self.previous, state, tasks)
        self.engine.remember(self.options.cache / ENGINE)

    @cached_property
    def _stored_pages(self) -> Set[str]:
        return database.contents(self.options.memo)

    def _is_fresh(self, entry: CachedPage) -> bool:
        """True if the cached page of an unchanged post is the page that would be made now."""
        summary = entry.summary
        if summary.digest not in self._stored_pages:
            return False
        if not summary.key:
            return True
        if self.options.force or summary.stand_ins:
            return False
        found = self.runs.identity(entry.page.post, summary.key)
        return summary.record == found and bool(found or not self.options.execute)
