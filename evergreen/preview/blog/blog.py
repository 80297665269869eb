"""The blog in memory: see `preview.edition.Blog`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from functools import partial
from typing import cast

from evergreen.build.chart_libraries import open_equip
from evergreen.build.gc_tuning import seldom_collecting
from evergreen.build.options import BuildOptions
from evergreen.build.planning.freshness import open_context
from evergreen.build.planning.plan import make_plans
from evergreen.content.files import check_links
from evergreen.content.jekyll.detect import CONFIGS
from evergreen.errors import EvergreenError, Problem, SettingsError
from evergreen.execution.datasets import fetch_data, read_mirrors
from evergreen.execution.workspace import Job
from evergreen.model import Execution, Output, Site
from evergreen.preview.blog.draft_outputs import LastExecution, outputs_for
from evergreen.preview.blog.files import mark_of
from evergreen.preview.blog.pages import face_of
from evergreen.preview.blog.sources import Sources
from evergreen.preview.interface import PostCode, ServedFile, Update
from evergreen.records import store as records
from evergreen.render.page import render_cell
from evergreen.settings import settings_here
from evergreen.site import search_index as search
from evergreen.site.jinja import read_templates

SETTINGS = ("site.toml", *CONFIGS)
_OUTSIDE = frozenset("title titles description descriptions paginate search comments extra".split())
"""Settings that no post's own content shows."""


class LiveSite(Sources):
    """The blog of a build, with its drafts and posts of the future."""

    def __init__(self, build: BuildOptions) -> None:
        """Read all. Raises EvergreenError where the site as a whole cannot be made."""
        super().__init__(build)
        check_links(build.root)
        with seldom_collecting():
            self._open()
            self._outline()

    @property
    def site(self) -> Site:
        """See Blog."""
        return self.build.site

    def rebuild(self, changed: Set[str]) -> Iterator[Update]:
        """See Blog."""
        with self.lock, seldom_collecting():
            first, outdated = self._take_in(changed)
        yield first
        if outdated:
            with self.lock, seldom_collecting():
                self._outline()
            yield Update(first.why)

    def read(self, path: str) -> ServedFile | None:
        """See Blog."""
        if path.startswith(f"{search.FOLDER}/"):
            return self._search(path)
        return self.table.read(path)

    def problems(self, post: str = "") -> Sequence[Problem]:
        """See Blog."""
        sheets = [self.sheets.get(post)] if post else list(self.sheets.values())
        own = [problem for sheet in sheets if sheet for problem in sheet.problems]
        return (*self.faults, *own)

    def mark(self, post: str) -> str:
        """See Blog."""
        sheet = self.sheets.get(post)
        return mark_of(sheet.page.post) if sheet and sheet.page else ""

    def work(self, post: str) -> PostCode | None:
        """See Blog."""
        sheet = self.sheets.get(post)
        if sheet is None or not sheet.key or not sheet.source:
            return None
        try:
            made = self.pages.parsed(post, sheet.source)
        except EvergreenError:
            return None
        found = made.post
        around = repr((self.beside.get(found.bundle, 0), found.data, found.execute))
        ran = sheet.ran if sheet.ran and sheet.ran.key == sheet.key else None
        kept = ran.execution if ran and ran.record and ran.holds else None
        return PostCode(found, made.notebook, sheet.key, around, kept)

    def job(self, work: PostCode) -> Job:
        """See Blog."""
        fetch = partial(fetch_data, cache=self.build.cache / "data", mirrors=read_mirrors())
        context = replace(open_context(self.build, fetch, lambda *_: None), force=True)
        plan = make_plans(context, [(work.post, work.notebook)])[0]
        if plan.job is None:
            raise EvergreenError(*([plan.problem] if plan.problem else ()))
        return plan.job

    def show(self, work: PostCode, execution: Execution) -> None:
        """See Blog."""
        sheet = self.sheets.get(work.path)
        had = outputs_for(work.notebook, sheet.ran).outputs if sheet and sheet.ran else ()
        outputs = (*execution.outputs, *had[len(execution.outputs) :])
        self._put(work, LastExecution(work.key, work.notebook, replace(execution, outputs=outputs)))

    def keep(self, work: PostCode, execution: Execution) -> None:
        """See Blog."""
        records.keep(self.build.store, work.key, execution)
        options, seconds = work.post.execute, execution.seconds
        records.note_run(self.build.store, work.path, work.notebook, options, seconds)
        name = records.identity(execution.facts, execution.finished)
        self._put(work, LastExecution(work.key, work.notebook, execution, name))

    def cell(self, work: PostCode, number: int, outputs: Sequence[Output]) -> str:
        """See Blog."""
        language = self.templates.language(work.post.lang)
        equip = open_equip(self.build.cache, work.post.kernel)
        html, figures = render_cell(
            self.build.site, work.post, work.notebook, number, outputs, language, equip
        )
        for figure in figures:
            self.table.add(figure.path, cast(bytes, figure.content))
        return html

    def _take_in(self, changed: Set[str]) -> tuple[Update, bool]:
        """Read what has changed; what that shows at once, and whether lists are outdated."""
        if any(path in SETTINGS for path in changed) and not self._settle():
            return Update("settings"), False
        outdated = any(path in SETTINGS for path in changed)
        if any(path.split("/")[0] == "templates" for path in changed):
            self._take_templates()
            outdated = True
        self.pages.blog = self._blog()
        paths = self._concerned(changed)
        before = {path: self.sheets.get(path) for path in paths}
        for path in paths:
            self._read(path)
        for path in self._askers(paths):
            before[path] = self.sheets[path]
            self.sheets[path] = replace(self.sheets[path], source="")
            self._read(path)
        paths = list(before)
        outdated |= any(face_of(before[path]) != face_of(self.sheets.get(path)) for path in paths)
        moved = self._jekyll_config(before)
        if moved or any(sheet is None for sheet in before.values()):
            self._outline()
            outdated = False
        elif outdated and (settings := any(path in SETTINGS for path in changed)):
            self._outline()
            outdated = not settings
        self._claim(paths)
        same = all(before[path] is self.sheets.get(path) for path in paths)
        is_news = not (same and changed <= before.keys())
        return Update(_why(changed), frozenset(paths), moved, not outdated, is_news), outdated

    def _settle(self) -> bool:
        """Read the settings again; whether that could be."""
        try:
            site = settings_here(self.build.root)
        except SettingsError as error:
            self.faults = error.problems
            return False
        self.faults = ()
        before, self.build = self.build.site, replace(self.build, site=site)
        self.table.generation += 1
        if _inner(before) != _inner(site):
            self._open()
        else:
            self.pages.build = self.build
            self.pages.renderer = replace(self.pages.renderer, site=site)
        return True

    def _take_templates(self) -> None:
        """Read templates, languages, styles and scripts again."""
        try:
            check_links(self.build.root)
            self.templates = read_templates(self.build.templates, self.build.compiled)
            self.faults = ()
        except EvergreenError as error:
            self.faults = error.problems
            return
        assets = self.templates.assets.artifacts
        files = {file.path: cast(bytes, file.content) for file in assets}
        self.table.ready = {**self.table.ready, **files}
        renderer = self.pages.renderer
        if renderer.languages != self.templates.languages:
            self.pages.renderer = replace(renderer, languages=self.templates.languages)
            self.sheets = {
                path: replace(sheet, source="") if sheet.page else sheet
                for path, sheet in self.sheets.items()
            }
            for path in list(self.sheets):
                self._read(path)
        self.table.generation += 1

    def _put(self, work: PostCode, ran: LastExecution) -> None:
        with self.lock:
            sheet = self.sheets.get(work.path)
            if sheet is None or not sheet.source:
                return
            made = self.pages.parsed(work.path, sheet.source)
            before = face_of(sheet)
            self._retire(sheet)
            self.sheets[work.path] = self.pages.print(made, replace(sheet, ran=ran))
            if face_of(self.sheets[work.path]) != before:
                self._outline()
            self._claim([work.path])


def _inner(site: Site) -> Site:
    """The settings that posts are read and rendered with."""
    plain = Site()
    return replace(site, **{name: getattr(plain, name) for name in _OUTSIDE})


def _why(changed: Set[str]) -> str:
    paths = sorted(changed)
    return paths[0] if len(paths) == 1 else f"{len(paths)} files, {paths[0]} among them"
