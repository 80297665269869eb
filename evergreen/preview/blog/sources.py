"""Posts as they are on disk → sheets: which are to be read again, and what they had before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache, partial

from evergreen.build.cache.pages import CacheMissing, slim
from evergreen.build.cache.state import BuildState, read_state, write_state
from evergreen.build.load import LoadedPosts, read_blog
from evergreen.build.options import BuildOptions
from evergreen.build.planning.context import PlanContext
from evergreen.build.planning.freshness import base_of, freshness, open_context
from evergreen.build.render import PageRenderer, open_renderer
from evergreen.content.index import PostIndex
from evergreen.content.jekyll.files import find_files
from evergreen.content.liquid.expand import holds
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import find_posts
from evergreen.errors import EvergreenError
from evergreen.preview.blog.files import Files
from evergreen.preview.blog.pages import PageMaker, PreviewPage
from evergreen.publish import lock


class Sources(Files):
    """Keeps the sheets up with the posts."""

    def __init__(self, build: BuildOptions) -> None:
        """Nothing is read yet."""
        super().__init__(build)
        self.beside: dict[str, int] = {}
        """Folder → how often something in it has changed that is no post."""
        self.gone: dict[str, str] = {}
        """The text of a post that is gone → its address: it may come back under another name."""

    def _open(self) -> None:
        """Read all posts, those that a former build left as they are excepted."""
        build = self.build
        renderer = open_renderer(build, base_of(build))
        self.pages = PageMaker(build, renderer, self._desk(), self._blog())
        with lock(build.cache):
            try:
                reading, known = self._read_all(renderer, read_state(build.memo, renderer.base))
            except CacheMissing:  # somebody was in the cache: all pages are made anew
                reading, known = self._read_all(renderer, BuildState(renderer.base))
        before, self.sheets = self.sheets, known
        self.pages.blog = reading.blog
        for path in [path for path, sheet in known.items() if sheet.key]:
            self._recall(path)
        for made in reading.parsed_posts:
            path = made.post.path
            self.sheets[path] = self.pages.print(made, before.get(path, PreviewPage("")))
        for problem in reading.problems:
            sheet = self.sheets.get(problem.path) or before.get(problem.path, PreviewPage(""))
            problems = (*(sheet.problems if not sheet.source else ()), problem)
            self.sheets[problem.path] = replace(sheet, source="", problems=problems)

    def _read_all(
        self, renderer: PageRenderer, previous: BuildState
    ) -> tuple[LoadedPosts, dict[str, PreviewPage]]:
        """All posts, and the sheets of those whose code need not be looked at."""
        reading = read_blog(
            self.build, renderer, previous, freshness(self.build, self.pages.context)
        )
        if reading.made:  # for the next start, and for publishing
            entries = {**previous.entries, **reading.known, **reading.made}
            write_state(self.build.memo, previous, replace(previous, entries=entries))
        sheets = {
            path: PreviewPage(
                entry.summary.source, slim(entry.page), entry.summary.problems, entry.summary.key
            )
            for path, entry in {**reading.known, **reading.made}.items()
        }
        return reading, sheets

    def _blog(self) -> BlogContext:
        """What posts with Liquid ask of others, as the others are now."""

        def catalogue() -> PostIndex:
            posts = [sheet.page.post for sheet in self.sheets.values() if sheet.page]
            jekyll = self.build.site.jekyll
            return PostIndex(posts, find_files(self.build.root, jekyll).static if jekyll else ())

        return BlogContext(self.build.root, self.build.site, catalogue)

    def _recall(self, path: str) -> None:
        """Find the kept run of a page that stood as it was."""
        sheet = self.sheets[path]
        try:
            made = self.pages.parsed(path, sheet.source)
        except EvergreenError:
            return
        self.sheets[path] = replace(sheet, ran=self.pages.kept(made, sheet.key))

    def _desk(self) -> Callable[[], PlanContext]:
        return cache(partial(open_context, self.build, None))

    def _concerned(self, changed: Set[str]) -> list[str]:
        """The posts that a change of files concerns."""
        known = [path for path in changed if path in self.sheets]
        others = [path for path in changed if path not in self.sheets]
        if not self.build.site.jekyll:
            others = [path for path in others if path.split("/")[0] in ("posts", "pages")]
        gone = [path for path in known if not (self.build.root / path).exists()]
        if not others and not gone:
            return known
        found = set(find_posts(self.build.root, self.build.site))
        self.pages.context = self._desk()
        new = found - self.sheets.keys()
        lost = self.sheets.keys() - found
        below = [p for p in found if any(p.startswith(f"{other}/") for other in others)]
        readers = self._readers(set(others) - new)
        return sorted({*known, *new, *lost, *below, *readers})

    def _askers(self, paths: Sequence[str]) -> list[str]:
        """Posts whose text took something from elsewhere that is not as it was."""
        self.pages.blog = self._blog()
        sheets = [(p, s.page.post) for p, s in self.sheets.items() if s.page and p not in paths]
        return [p for p, post in sheets if post.uses and not holds(post.uses, self.pages.blog)]

    def _readers(self, files: Set[str]) -> list[str]:
        """Posts that name one of these files, or whose code may read one that stands beside."""
        readers = []
        for path, sheet in self.sheets.items():
            post = sheet.page.post if sheet.page else None
            if post is None:
                continue
            if files & set(post.bibliography):
                readers.append(path)
            if sheet.key and any(file.startswith(f"{post.bundle}/") for file in files):
                self.beside[post.bundle] = self.beside.get(post.bundle, 0) + 1
                self._doubt(path, sheet)
        return readers

    def _doubt(self, path: str, sheet: PreviewPage) -> None:
        """See whether a post's kept run still holds."""
        if sheet.ran and sheet.ran.record and sheet.page:
            ran = None
            if sheet.source:
                ran = self.pages.kept(self.pages.parsed(path, sheet.source), sheet.key)
            self.sheets[path] = replace(sheet, ran=ran or replace(sheet.ran, holds=False))

    def _read(self, path: str) -> None:
        """Read a post, or forget it where it is gone."""
        if not (self.build.root / path).exists():
            self.sheets.pop(path, None)
            return
        before = self.sheets.get(path)
        sheet = self.pages.read(path, before)
        if before is None and sheet.page and (live_site := self._former(sheet)):
            sheet = replace(sheet, ran=live_site.ran)
        self._retire(before)
        self.sheets[path] = sheet

    def _former(self, sheet: PreviewPage) -> PreviewPage | None:
        """The sheet of the same code under another path: a post that was renamed."""
        if not sheet.key or sheet.ran:
            return None
        others = self.sheets.values()
        return next((each for each in others if each.key == sheet.key and each.ran), None)

    def _jekyll_config(self, before: Mapping[str, PreviewPage | None]) -> dict[str, str]:
        """Old address → new one, or "" where the post is gone.

        A file that is renamed may come before it goes, or go before it comes.
        """
        jekyll: dict[str, str] = {}
        for path, old in before.items():
            if old is None or old.page is None:
                continue
            now = self.sheets.get(path) or self._like(old.source)
            url = now.page.post.url if now and now.page else ""
            if url != old.page.post.url:
                jekyll[old.page.post.url] = url
            if not url and old.source:
                self.gone[old.source] = old.page.post.url
        for path, old in before.items():
            now = self.sheets.get(path)
            if old is None and now and now.page and (url := self.gone.pop(now.source, "")):
                jekyll[url] = now.page.post.url
        return jekyll

    def _like(self, source: str) -> PreviewPage | None:
        """A sheet of the same text."""
        others = self.sheets.values()
        return next((each for each in others if source and each.source == source), None)
