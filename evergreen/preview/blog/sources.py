"""Posts as they are on disk → sheets: which are to be read again, and what they had before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache, partial

from evergreen.build.cache.pages import LostPage, slim
from evergreen.build.cache.state import Memory, read_memory, write_memory
from evergreen.build.load import Reading as BlogReading
from evergreen.build.load import read_blog
from evergreen.build.options import Build
from evergreen.build.planning.context import Desk
from evergreen.build.planning.freshness import base_of, open_desk, standing
from evergreen.build.render import Press, open_press
from evergreen.content.index import Catalogue
from evergreen.content.jekyll.files import find_files
from evergreen.content.liquid.expand import holds
from evergreen.content.liquid.shared import Blog as LiquidBlog
from evergreen.content.post import find_posts
from evergreen.errors import EvergreenError
from evergreen.preview.blog.files import Files
from evergreen.preview.blog.pages import Pages, Sheet
from evergreen.publish import lock


class Reading(Files):
    """Keeps the sheets up with the posts."""

    def __init__(self, build: Build) -> None:
        """Nothing is read yet."""
        super().__init__(build)
        self.beside: dict[str, int] = {}
        """Folder → how often something in it has changed that is no post."""
        self.gone: dict[str, str] = {}
        """The text of a post that is gone → its address: it may come back under another name."""

    def _open(self) -> None:
        """Read all posts, those that a former build left as they are excepted."""
        build = self.build
        press = open_press(build, base_of(build))
        self.pages = Pages(build, press, self._desk(), self._blog())
        with lock(build.cache):
            try:
                reading, known = self._read_all(press, read_memory(build.memo, press.base))
            except LostPage:  # somebody was in the cache: all pages are made anew
                reading, known = self._read_all(press, Memory(press.base))
        before, self.sheets = self.sheets, known
        self.pages.blog = reading.blog
        for path in [path for path, sheet in known.items() if sheet.key]:
            self._recall(path)
        for made in reading.manuscripts:
            path = made.post.path
            self.sheets[path] = self.pages.print(made, before.get(path, Sheet("")))
        for problem in reading.problems:
            sheet = self.sheets.get(problem.path) or before.get(problem.path, Sheet(""))
            problems = (*(sheet.problems if not sheet.source else ()), problem)
            self.sheets[problem.path] = replace(sheet, source="", problems=problems)

    def _read_all(self, press: Press, memory: Memory) -> tuple[BlogReading, dict[str, Sheet]]:
        """All posts, and the sheets of those whose code need not be looked at."""
        reading = read_blog(self.build, press, memory, standing(self.build, self.pages.desk))
        if reading.made:  # for the next start, and for publishing
            entries = {**memory.entries, **reading.known, **reading.made}
            write_memory(self.build.memo, memory, replace(memory, entries=entries))
        sheets = {
            path: Sheet(entry.brief.source, slim(entry.page), entry.brief.problems, entry.brief.key)
            for path, entry in {**reading.known, **reading.made}.items()
        }
        return reading, sheets

    def _blog(self) -> LiquidBlog:
        """What posts with Liquid ask of others, as the others are now."""

        def catalogue() -> Catalogue:
            posts = [sheet.page.post for sheet in self.sheets.values() if sheet.page]
            moved = self.build.site.moved
            return Catalogue(posts, find_files(self.build.root, moved).static if moved else ())

        return LiquidBlog(self.build.root, self.build.site, catalogue)

    def _recall(self, path: str) -> None:
        """Find the kept run of a page that stood as it was."""
        sheet = self.sheets[path]
        try:
            made = self.pages.manuscript(path, sheet.source)
        except EvergreenError:
            return
        self.sheets[path] = replace(sheet, ran=self.pages.kept(made, sheet.key))

    def _desk(self) -> Callable[[], Desk]:
        return cache(partial(open_desk, self.build, None))

    def _concerned(self, changed: Set[str]) -> list[str]:
        """The posts that a change of files concerns."""
        known = [path for path in changed if path in self.sheets]
        others = [path for path in changed if path not in self.sheets]
        if not self.build.site.moved:
            others = [path for path in others if path.split("/")[0] in ("posts", "pages")]
        gone = [path for path in known if not (self.build.root / path).exists()]
        if not others and not gone:
            return known
        found = set(find_posts(self.build.root, self.build.site))
        self.pages.desk = self._desk()
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

    def _doubt(self, path: str, sheet: Sheet) -> None:
        """See whether a post's kept run still holds."""
        if sheet.ran and sheet.ran.record and sheet.page:
            ran = None
            if sheet.source:
                ran = self.pages.kept(self.pages.manuscript(path, sheet.source), sheet.key)
            self.sheets[path] = replace(sheet, ran=ran or replace(sheet.ran, holds=False))

    def _read(self, path: str) -> None:
        """Read a post, or forget it where it is gone."""
        if not (self.build.root / path).exists():
            self.sheets.pop(path, None)
            return
        before = self.sheets.get(path)
        sheet = self.pages.read(path, before)
        if before is None and sheet.page and (twin := self._former(sheet)):
            sheet = replace(sheet, ran=twin.ran)
        self._retire(before)
        self.sheets[path] = sheet

    def _former(self, sheet: Sheet) -> Sheet | None:
        """The sheet of the same code under another path: a post that was renamed."""
        if not sheet.key or sheet.ran:
            return None
        others = self.sheets.values()
        return next((each for each in others if each.key == sheet.key and each.ran), None)

    def _moved(self, before: Mapping[str, Sheet | None]) -> dict[str, str]:
        """Old address → new one, or "" where the post is gone.

        A file that is renamed may come before it goes, or go before it comes.
        """
        moved: dict[str, str] = {}
        for path, old in before.items():
            if old is None or old.page is None:
                continue
            now = self.sheets.get(path) or self._like(old.source)
            url = now.page.post.url if now and now.page else ""
            if url != old.page.post.url:
                moved[old.page.post.url] = url
            if not url and old.source:
                self.gone[old.source] = old.page.post.url
        for path, old in before.items():
            now = self.sheets.get(path)
            if old is None and now and now.page and (url := self.gone.pop(now.source, "")):
                moved[url] = now.page.post.url
        return moved

    def _like(self, source: str) -> Sheet | None:
        """A sheet of the same text."""
        others = self.sheets.values()
        return next((each for each in others if source and each.source == source), None)
