"""The files of the site, of the sheets as they are."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import cast

from evergreen.build.cache.pages import CacheMissing, whole
from evergreen.build.chart_libraries import read_library
from evergreen.build.options import BuildOptions
from evergreen.build.static_files import leftovers
from evergreen.check import history
from evergreen.errors import Problem, fault
from evergreen.model import LastCheck, Page, Post
from evergreen.model.urls import file_of
from evergreen.preview.blog.file_table import FileTable
from evergreen.preview.blog.pages import PageMaker, PreviewPage
from evergreen.preview.interface import ServedFile
from evergreen.site import search_index as search
from evergreen.site.address_conflicts import settle
from evergreen.site.jinja import read_templates
from evergreen.site.outline import in_order, outline_site
from evergreen.site.tasks import RenderContext, at_post


class Files:
    """Outlines the site, and makes what is asked for."""

    def __init__(self, build: BuildOptions) -> None:
        """Templates are read. Raises EvergreenError where they cannot be."""
        self.build = replace(build, drafts=True, future=True)
        self.lock = threading.RLock()
        self.sheets: dict[str, PreviewPage] = {}
        """By the path of the post."""
        self.pages: PageMaker
        self.faults: tuple[Problem, ...] = ()
        """What is wrong with the site as a whole."""
        self.table = FileTable(self._kit)
        self.templates = read_templates(build.templates, build.compiled)
        self.index: tuple[str, Mapping[str, bytes]] = ("", {})

    def _outline(self) -> None:
        """Say anew which files there are, without posts that ask for another's."""
        checks = history.read(self.build.verdicts)
        pages = [self._checked(sheet, checks) for sheet in self.sheets.values() if sheet.page]
        pages, _ = settle(self.build.site, in_order(pages))
        self.collisions: list[Problem] = []
        while True:
            outline = outline_site(self.templates, self.build.site, pages)
            if not outline.collisions:
                break
            self.collisions += map(at_post, outline.collisions)
            sources = {failure.source for failure in outline.collisions}
            left = [page for page in pages if page.post.path not in sources]
            if len(left) == len(pages):
                break
            pages = left
        self.faults = tuple(self.collisions)
        ready = {file.path: cast(bytes, file.content) for file in outline.ready}
        theirs, _ = leftovers(self.build, self.pages.blog, {*ready, *self.table.tasks}, {})
        ready |= {file.path: cast(bytes, file.content) for file in theirs}
        for path in self.table.ready.keys() - ready.keys():
            self.table.add(path, self.table.ready[path])  # somebody may have a page that names it
        self.table.ready = ready
        self.table.owners = {file.path: page.post.path for page in pages for file in page.artifacts}
        self.table.tasks = {task.path: task for task in outline.tasks}

    def _checked(self, sheet: PreviewPage, checks: Mapping[str, LastCheck]) -> Page:
        """The page of a sheet, with what the last check found of its execution."""
        assert sheet.page
        record = sheet.ran.record if sheet.ran and sheet.ran.key == sheet.key else ""
        check = history.of_record(checks, sheet.page.post.path, record)
        return replace(self._marked(sheet.page), check=check)

    def _kit(self) -> RenderContext:
        """What files are made with, as it is now; for one use, each page is read once."""
        return RenderContext(self.templates, self.build.site, cache(self._whole), self._library)

    def _claim(self, paths: Iterable[str]) -> None:
        """Serve the figures and downloads of pages that were made anew."""
        sheets = [(path, self.sheets.get(path)) for path in paths]
        own = {f.path: p for p, s in sheets if s and s.page for f in s.page.artifacts}
        if own.keys() - self.table.owners.keys():
            self.table.owners = {**self.table.owners, **own}

    def _retire(self, sheet: PreviewPage | None) -> None:
        """Serve the files of an old page a while longer: somebody may just be loading it."""
        for file in sheet.page.artifacts if sheet and sheet.page else ():
            if isinstance(file.content, bytes):
                self.table.add(file.path, file.content)

    def _library(self, name: str) -> bytes:
        try:
            return read_library(self.build.cache, name)
        except OSError:
            raise fault(f"assets/{name}", "the library is gone", "save the post again") from None

    def _whole(self, path: str) -> Page:
        """A post's page with its content, as it is now."""
        page = self.sheets[path].page
        assert page is not None
        try:
            return self._marked(whole(self.build.memo, page))
        except CacheMissing:  # a build has made another one
            with self.lock:
                sheet = self.pages.read(path, replace(self.sheets[path], source=""))
                self.sheets[path] = sheet
            assert sheet.page is not None
            return self._marked(sheet.page)

    @staticmethod
    def _marked(page: Page) -> Page:
        """The page, marked as a draft where it would not be published."""
        if page.post.draft or not mark_of(page.post):
            return page
        return replace(page, post=replace(page.post, draft=True))

    def _search(self, path: str) -> ServedFile | None:
        """A file of the search index, which is made when it is first asked for."""
        with self.lock:
            pages = [sheet.page for sheet in self.sheets.values() if sheet.page]
            inputs = search.index_inputs((file_of(page.post), page.digest) for page in pages)
            if self.index[0] != inputs:
                files, _ = search.make_index(self._whole(page.post.path) for page in pages)
                self.index = inputs, {file.path: cast(bytes, file.content) for file in files}
        content = self.index[1].get(path)
        return None if content is None else ServedFile(content)


def mark_of(post: Post) -> str:
    """Why a post would not be published."""
    if post.draft or not post.published:
        return "draft"
    return "future" if post.date > datetime.now(UTC) else ""
