"""The blog in memory: see `preview.edition.Blog`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, cast

from evergreen.build import Build
from evergreen.check import ledger
from evergreen.collector import seldom_collecting
from evergreen.data import fetch_data, places
from evergreen.destination import lock
from evergreen.errors import EvergreenError, Problem, SettingsError, fault
from evergreen.execution.workspace import Job
from evergreen.feeds import search
from evergreen.jekyll.files import find_files
from evergreen.leftovers import leftovers
from evergreen.libraries import open_equip, read_library
from evergreen.liquid.blog import Blog as LiquidBlog
from evergreen.liquid.expand import holds
from evergreen.manuscripts import open_press, read_blog
from evergreen.memo import memory as memo
from evergreen.memo.memory import Entry, Memory
from evergreen.model import Artifact, Execution, LastCheck, Listing, Output, Page, Post, Site
from evergreen.plans.plan import Desk, make_plans
from evergreen.plans.standing import base_of, open_desk, stands
from evergreen.posts.catalogue import Catalogue
from evergreen.posts.pages import is_static
from evergreen.posts.post import find_posts
from evergreen.posts.sources import check_links
from evergreen.preview.edition import Edition, Served, Work
from evergreen.records import store as records
from evergreen.render.page import render_cell
from evergreen.settings import read_settings
from evergreen.templates.jinja import Templates, read_templates
from evergreen.templates.settling import settle
from evergreen.templates.site import feed_tasks, in_order, outline_site
from evergreen.templates.tasks import Task, at_post
from evergreen.twin.drafts import Ran, outputs_for
from evergreen.twin.pages import Pages, Sheet
from evergreen.twin.table import Table

SETTINGS = ("site.toml", "_config.yml", "_config.yaml")
_OUTSIDE = frozenset("title titles description descriptions paginate search comments extra".split())
"""Settings that no post's own content shows."""


class Twin:
    """The blog of a build, with its drafts and posts of the future."""

    def __init__(self, build: Build) -> None:
        """Read all. Raises EvergreenError where the site as a whole cannot be made."""
        self.build = replace(build, drafts=True, future=True)
        self.lock = threading.RLock()
        self.sheets: dict[str, Sheet] = {}
        self.faults: tuple[Problem, ...] = ()
        self.beside: dict[str, int] = {}
        self.table = Table(self._whole)
        self.templates = _Current(read_templates(build.templates))
        self.index: tuple[str, Mapping[str, bytes]] = ("", {})
        check_links(build.root)
        with seldom_collecting():
            self._open()
            self._outline()

    # --- what a preview asks for ------------------------------------------------------------------

    def rebuild(self, changed: Set[str]) -> Iterator[Edition]:
        """See Blog."""
        with self.lock, seldom_collecting():
            first, outdated = self._take_in(changed)
        yield first
        if outdated:
            with self.lock, seldom_collecting():
                self._outline()
            yield Edition(first.why)

    def read(self, path: str) -> Served | None:
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
        return _mark(sheet.page.post) if sheet and sheet.page else ""

    def work(self, post: str) -> Work | None:
        """See Blog."""
        sheet = self.sheets.get(post)
        if sheet is None or not sheet.key or not sheet.source:
            return None
        try:
            made = self.pages.manuscript(post, sheet.source)
        except EvergreenError:
            return None
        found = made.post
        around = repr((self.beside.get(found.bundle, 0), found.data, found.execute))
        ran = sheet.ran if sheet.ran and sheet.ran.key == sheet.key else None
        kept = ran.execution if ran and ran.record and ran.holds else None
        return Work(found, made.notebook, sheet.key, around, kept)

    def job(self, work: Work) -> Job:
        """See Blog."""
        fetch = partial(fetch_data, cache=self.build.cache / "data", asked_first=places())
        desk = replace(open_desk(self.build, fetch, lambda *_: None), force=True)
        plan = make_plans(desk, [(work.post, work.notebook)])[0]
        if plan.job is None:
            raise EvergreenError(*([plan.problem] if plan.problem else ()))
        return plan.job

    def show(self, work: Work, execution: Execution) -> None:
        """See Blog."""
        sheet = self.sheets.get(work.path)
        had = outputs_for(work.notebook, sheet.ran).outputs if sheet and sheet.ran else ()
        outputs = (*execution.outputs, *had[len(execution.outputs) :])
        self._put(work, Ran(work.key, work.notebook, replace(execution, outputs=outputs)))

    def keep(self, work: Work, execution: Execution) -> None:
        """See Blog."""
        records.keep(self.build.store, work.key, execution)
        options, seconds = work.post.execute, execution.seconds
        records.note_run(self.build.store, work.path, work.notebook, options, seconds)
        name = records.identity(execution.facts, execution.finished)
        self._put(work, Ran(work.key, work.notebook, execution, name))

    def cell(self, work: Work, number: int, outputs: Sequence[Output]) -> str:
        """See Blog."""
        language = self.templates.now.language(work.post.lang)
        equip = open_equip(self.build.cache, work.post.kernel)
        html, figures = render_cell(
            self.build.site, work.post, work.notebook, number, outputs, language, equip
        )
        for figure in figures:
            self.table.add(figure.path, cast(bytes, figure.content))
        return html

    # --- reading ----------------------------------------------------------------------------------

    def _open(self) -> None:
        """Read all posts, those that a former build left as they are excepted."""
        build = self.build
        press = open_press(build, base_of(build))
        self.pages = Pages(build, press, self._desk(), self._blog())
        with lock(build.cache):
            memory = memo.read_memory(build.memo, press.base)
            holds = partial(stands, build, self.pages.desk, memo.places(build.memo))
            reading = read_blog(build, press, memory, holds)
            _remember(build, memory, reading.known, reading.made)
        before, self.sheets = self.sheets, {}
        self.pages.blog = reading.blog
        for path, entry in {**reading.known, **reading.made}.items():
            page = memo.slim(entry.page)
            self.sheets[path] = Sheet(entry.source, page, entry.problems, entry.key)
            if entry.key:
                self._recall(path)
        for made in reading.manuscripts:
            path = made.post.path
            self.sheets[path] = self.pages.print(made, before.get(path, Sheet("")))
        for problem in reading.problems:
            sheet = self.sheets.get(problem.path) or before.get(problem.path, Sheet(""))
            problems = (*(sheet.problems if not sheet.source else ()), problem)
            self.sheets[problem.path] = replace(sheet, source="", problems=problems)

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

    def _take_in(self, changed: Set[str]) -> tuple[Edition, bool]:
        """Read what has changed; what that shows at once, and whether lists are outdated."""
        if any(path in SETTINGS for path in changed) and not self._settle():
            return Edition("settings"), False
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
        outdated |= any(_face(before[path]) != _face(self.sheets.get(path)) for path in paths)
        moved = self._moved(before)
        if moved or any(sheet is None for sheet in before.values()):
            self._outline()
            outdated = False
        elif outdated and (settings := any(path in SETTINGS for path in changed)):
            self._outline()
            outdated = not settings
        self._claim(paths)
        return Edition(_why(changed), frozenset(paths), moved, not outdated), outdated

    def _settle(self) -> bool:
        """Read the settings again; whether that could be."""
        try:
            site = read_settings(self.build.root)
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
            self.pages.press = replace(self.pages.press, site=site)
        return True

    def _take_templates(self) -> None:
        """Read templates, languages, styles and scripts again."""
        try:
            check_links(self.build.root)
            self.templates.now = read_templates(self.build.templates)
            self.faults = ()
        except EvergreenError as error:
            self.faults = error.problems
            return
        assets = self.templates.now.assets.artifacts
        files = {file.path: cast(bytes, file.content) for file in assets}
        self.table.ready = {**self.table.ready, **files}
        press = self.pages.press
        if press.languages != self.templates.now.languages:
            self.pages.press = replace(press, languages=self.templates.now.languages)
            self.sheets = {
                path: replace(sheet, source="") if sheet.page else sheet
                for path, sheet in self.sheets.items()
            }
            for path in list(self.sheets):
                self._read(path)
        self.table.generation += 1

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

    def _retire(self, sheet: Sheet | None) -> None:
        """Serve the files of an old page a while longer: somebody may just be loading it."""
        for file in sheet.page.artifacts if sheet and sheet.page else ():
            if isinstance(file.content, bytes):
                self.table.add(file.path, file.content)

    def _former(self, sheet: Sheet) -> Sheet | None:
        """The sheet of the same code under another path: a post that was renamed."""
        if not sheet.key or sheet.ran:
            return None
        others = self.sheets.values()
        return next((each for each in others if each.key == sheet.key and each.ran), None)

    def _moved(self, before: Mapping[str, Sheet | None]) -> dict[str, str]:
        """Old address → new one, or "" where the post is gone."""
        moved: dict[str, str] = {}
        fresh = {s.source: s for p, s in self.sheets.items() if p in before and not before[p]}
        for path, old in before.items():
            if old is None or old.page is None:
                continue
            now = self.sheets.get(path) or fresh.get(old.source)
            url = now.page.post.url if now and now.page else ""
            if url != old.page.post.url:
                moved[old.page.post.url] = url
        return moved

    # --- making -----------------------------------------------------------------------------------

    def _put(self, work: Work, ran: Ran) -> None:
        with self.lock:
            sheet = self.sheets.get(work.path)
            if sheet is None or not sheet.source:
                return
            made = self.pages.manuscript(work.path, sheet.source)
            before = _face(sheet)
            self._retire(sheet)
            self.sheets[work.path] = self.pages.print(made, replace(sheet, ran=ran))
            if _face(self.sheets[work.path]) != before:
                self._outline()
            self._claim([work.path])

    def _outline(self) -> None:
        """Say anew which files there are, without posts that ask for another's."""
        checks = ledger.read(self.build.verdicts)
        pages = [self._checked(sheet, checks) for sheet in self.sheets.values() if sheet.page]
        pages, _ = settle(self.build.site, in_order(pages))
        self.collisions: list[Problem] = []
        templates = cast(Templates, self.templates)
        while True:
            outline = outline_site(
                templates, self.build.site, pages, self._whole_page, self._library
            )
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
        tasks = {task.path: task for task in outline.tasks}
        posts = [page for page in pages if not is_static(page.post)]
        for task in feed_tasks(self.build.site, posts, outline.listings, self._whole_page):
            make = partial(self._feed, task.path, outline.listings)
            tasks[task.path] = Task(task.path, "", make)
        self.table.tasks = tasks

    def _checked(self, sheet: Sheet, checks: Mapping[str, LastCheck]) -> Page:
        """The page of a sheet, with what the last check found of its execution."""
        assert sheet.page
        record = sheet.ran.record if sheet.ran and sheet.ran.key == sheet.key else ""
        check = ledger.of_record(checks, sheet.page.post.path, record)
        return replace(self._marked(sheet.page), check=check)

    def _feed(self, path: str, listings: Sequence[Listing]) -> Artifact:
        """A feed of the posts as they are now."""
        pages = [self._marked(sheet.page) for sheet in self.sheets.values() if sheet.page]
        posts = [page for page in in_order(pages) if not is_static(page.post)]
        tasks = feed_tasks(self.build.site, posts, listings, self._whole_page)
        return next(task.make() for task in tasks if task.path == path)

    def _claim(self, paths: Iterable[str]) -> None:
        """Serve the figures and downloads of pages that were made anew."""
        sheets = [(path, self.sheets.get(path)) for path in paths]
        own = {f.path: p for p, s in sheets if s and s.page for f in s.page.artifacts}
        if own.keys() - self.table.owners.keys():
            self.table.owners = {**self.table.owners, **own}

    def _library(self, name: str) -> bytes:
        try:
            return read_library(self.build.cache, name)
        except OSError:
            raise fault(f"assets/{name}", "the library is gone", "save the post again") from None

    def _whole_page(self, page: Page) -> Page:
        return self._whole(page.post.path)

    def _whole(self, path: str) -> Page:
        """A post's page with its content, as it is now."""
        page = self.sheets[path].page
        assert page is not None
        try:
            return self._marked(memo.whole(self.build.memo, page))
        except memo.LostPage:  # a build has made another one
            with self.lock:
                sheet = self.pages.read(path, replace(self.sheets[path], source=""))
                self.sheets[path] = sheet
            assert sheet.page is not None
            return self._marked(sheet.page)

    @staticmethod
    def _marked(page: Page) -> Page:
        """The page, marked as a draft where it would not be published."""
        if page.post.draft or not _mark(page.post):
            return page
        return replace(page, post=replace(page.post, draft=True))

    def _search(self, path: str) -> Served | None:
        """A file of the search index, which is made when it is first asked for."""
        with self.lock:
            pages = [sheet.page for sheet in self.sheets.values() if sheet.page]
            inputs = search.index_inputs(pages)
            if self.index[0] != inputs or not inputs:
                files, _ = search.make_index(map(self._whole_page, pages))
                self.index = inputs, {file.path: cast(bytes, file.content) for file in files}
        content = self.index[1].get(path)
        return None if content is None else Served(content)


@dataclass(slots=True)
class _Current:
    """The templates as they are now, for tasks that are made later."""

    now: Templates

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)


def _mark(post: Post) -> str:
    """Why a post would not be published."""
    if post.draft or not post.published:
        return "draft"
    return "future" if post.date > datetime.now(UTC) else ""


def _face(sheet: Sheet | None) -> object:
    """What lists and other pages may show of a post."""
    if sheet is None or sheet.page is None:
        return None
    page = sheet.page
    post = replace(page.post, body="", body_line=0, lines={})
    return post, page.summary, page.libraries


def _inner(site: Site) -> Site:
    """The settings that posts are read and rendered with."""
    plain = Site()
    return replace(site, **{name: getattr(plain, name) for name in _OUTSIDE})


def _why(changed: Set[str]) -> str:
    paths = sorted(changed)
    return paths[0] if len(paths) == 1 else f"{len(paths)} files, {paths[0]} among them"


def _remember(
    build: Build, memory: Memory, known: Mapping[str, Entry], made: Mapping[str, Entry]
) -> None:
    """Leave pages that were made for the next start, and for publishing."""
    if made:
        entries = {
            path: replace(entry, page=memo.slim(entry.page))
            for path, entry in {**memory.entries, **known, **made}.items()
        }
        state = Memory(memory.base, entries, memory.made)
        memo.write_memory(build.memo, state, [entry.page for entry in made.values()])
