"""Saved files → the blog → open pages.

Everything here runs in one event loop; reading, rendering and kernels have threads of their own, so
no reader waits for a rebuild, and no rebuild for a reader.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from evergreen.addresses import href, path_of
from evergreen.errors import Problem
from evergreen.model import Output, Site
from evergreen.preview import guard
from evergreen.preview.audience import Audience, Viewer
from evergreen.preview.company import Company
from evergreen.preview.edition import Blog, Edition, Served, Tell, Work
from evergreen.preview.editor import link_to, open_editor
from evergreen.preview.patches import version_of, with_script
from evergreen.preview.sessions import Hearing
from evergreen.preview.watcher import Watcher

MISSING = "404.html"
_MARKS = {"draft": "a draft: not published", "future": "of the future: not published yet"}
_BLANK = (
    b'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>Evergreen</title></head><body>\n'
)
_LISTS_LATER = 0.12
"""Seconds after which lists are made anew, so that the page itself comes first."""


class Studio:
    """A preview at work."""

    def __init__(
        self,
        blog: Blog,
        root: Path,
        site: Site,
        tell: Tell,
        executes: bool = True,
        editor: str = "",
    ) -> None:
        self.blog, self.root, self.site, self.tell = blog, root, site, tell
        self.editor = editor
        self.token = guard.make_token()
        self.audience = Audience()
        self.press = ThreadPoolExecutor(1, thread_name_prefix="press")
        self.readers = ThreadPoolExecutor(3, thread_name_prefix="reader")
        self.loop = asyncio.get_running_loop()
        hearing = Hearing(
            partial(self._soon, self._session_changed), partial(self._soon, self._cell), tell
        )
        self.company = Company(blog, hearing) if executes else None
        self.tasks: set[asyncio.Task[None]] = set()
        self.rebuilds = 0

    @property
    def baseurl(self) -> str:
        """The path below the host."""
        return self.site.baseurl

    # --- files ------------------------------------------------------------------------------------

    async def page(self, file: str) -> bytes | None:
        """A file as it is sent; None where there is none."""
        served = await self._read(file)
        if served is None:
            return None
        return (
            self._dressed(file, served)[0] if file.endswith((".html", ".htm")) else served.content
        )

    async def missing(self, file: str) -> bytes:
        """The blog's page for what is not there; it changes when the page comes to be."""
        served = await self._read(MISSING) or Served(_BLANK)
        return self._dressed(file, served)[0]

    async def _read(self, file: str) -> Served | None:
        return await self.loop.run_in_executor(self.readers, self.blog.read, file)

    def _dressed(self, file: str, served: Served) -> tuple[bytes, str]:
        """A page with the script, and its version."""
        content = served.content or _BLANK
        version = version_of(content)
        return with_script(content, file, version, self.token), version

    # --- viewers ----------------------------------------------------------------------------------

    async def welcome(self, viewer: Viewer) -> None:
        """A page was opened."""
        self.audience.viewers.add(viewer)
        await self._refresh(viewer)
        await self._work_on(viewer.post)

    def leave(self, viewer: Viewer) -> None:
        """A page was left."""
        self.audience.viewers.discard(viewer)

    async def obey(self, viewer: Viewer, what: str, said: Mapping[str, Any]) -> None:
        """A command of the bar."""
        if what == "edit":
            place = str(said.get("path", "")), int(said.get("line", 1))
            if any((each.path, max(each.line, 1)) == place for each in self._problems(viewer)):
                open_editor(self.editor, self.root / place[0], place[1])
        elif what in ("restart", "clean", "interrupt") and viewer.post and self.company:
            work = await self.loop.run_in_executor(self.readers, self.blog.work, viewer.post)
            if work:
                self.company.order(work, what)

    async def _refresh(self, viewer: Viewer) -> None:
        """Send a page as it is now, where it is another, and the state of its code."""
        served = await self._read(viewer.path)
        is_there = served is not None and served.is_page
        if served is None or not is_there:
            served = await self._read(MISSING) or Served(_BLANK)
        viewer.post = served.post if is_there else ""
        content, version = self._dressed(viewer.path, served)
        if version != viewer.version:
            viewer.version = version
            html = content.decode("utf-8", "replace")
            viewer.put("page", {"type": "page", "html": html, "version": version})
        self._inform(viewer, served.problems)

    def _inform(self, viewer: Viewer, more: Iterable[Problem] = ()) -> None:
        viewer.problems = tuple(more)
        viewer.put("state", self._state(viewer))

    def _state(self, viewer: Viewer) -> dict[str, Any]:
        session = self.company.find(viewer.post) if self.company and viewer.post else None
        state = session.state if session else None
        work = self.blog.work(viewer.post) if viewer.post else None
        problems = self._problems(viewer)
        return {
            "type": "state",
            "mark": _MARKS.get(self.blog.mark(viewer.post), "") if viewer.post else "",
            "text": state.text if state else "",
            "phase": state.phase if state else "",
            "running": state.running if state else 0,
            "waiting": state.waiting if state else (),
            "differing": state.differing if state else (),
            "code": bool(work and self.company),
            "problems": [self._told(p, work) for p in problems if p.severity == "error"],
            "warnings": [self._told(p, work) for p in problems if p.severity != "error"],
        }

    def _problems(self, viewer: Viewer) -> list[Problem]:
        """What is wrong with a page; on a list, with any."""
        session = self.company.find(viewer.post) if self.company and viewer.post else None
        own = [session.problem] if session and session.problem else []
        found = (*own, *viewer.problems, *self.blog.problems(viewer.post))
        return list(dict.fromkeys(found))

    def _told(self, problem: Problem, work: Work | None) -> dict[str, Any]:
        place = ":".join([problem.path, *([str(problem.line)] if problem.line else [])])
        is_own = work is not None and problem.path == work.path
        return {
            "place": place,
            "path": problem.path,
            "line": max(problem.line, 1),
            "message": problem.message,
            "advice": problem.advice,
            "details": problem.details,
            "cell": _cell_at(work, problem.line) if work and is_own else 0,
            "link": link_to(self.editor, self.root / problem.path, problem.line),
        }

    # --- rebuilds ---------------------------------------------------------------------------------

    async def follow(self, watcher: Watcher) -> None:
        """Take in saved files until this is cancelled."""
        async for changed in watcher.bursts():
            try:
                await self.take_in(changed, lambda: watcher.changes.empty())
            except Exception as error:  # the next save is to find somebody at work
                self.tell(f"{', '.join(sorted(changed))}: {type(error).__name__}: {error}")

    async def take_in(self, changed: frozenset[str], is_quiet: Callable[[], bool]) -> None:
        """Rebuild what depends on some files, the open pages first."""
        start = time.monotonic()
        editions = self.blog.rebuild(changed)
        first: Edition = await self._next(editions)
        await self._publish(first)
        self.rebuilds += 1
        self._report(first, start)
        for post in sorted(self.audience.posts & first.posts or self.audience.posts):
            await self._work_on(post)
        if not first.is_whole:
            await asyncio.sleep(_LISTS_LATER if is_quiet() else 0)
            await self._publish(await self._next(editions))

    async def _next(self, editions: Any) -> Edition:
        return await self.loop.run_in_executor(self.press, next, editions)

    async def _publish(self, edition: Edition) -> None:
        """Bring all open pages up to date, those of the edited posts first."""
        for old, new in edition.moved.items():
            self._move(old, new)
        viewers = sorted(self.audience.viewers, key=lambda viewer: viewer.post not in edition.posts)
        for viewer in viewers:
            await self._refresh(viewer)
        if self.company:
            self.company.forget(edition.moved, self.blog)

    def _move(self, old: str, new: str) -> None:
        """Lead those who look at a post that was renamed to where it is now."""
        if not new:
            return
        for viewer in self.audience.viewers:
            if viewer.path == path_of(old):
                viewer.path = path_of(new)
                viewer.put("move", {"type": "move", "url": href(self.site, new)})

    def _report(self, edition: Edition, start: float) -> None:
        spent = (time.monotonic() - start) * 1000
        errors = [p for p in self.blog.problems() if p.severity == "error"]
        self.tell(f"{edition.why}: {_done(edition)}, {spent:.0f} ms")
        for problem in errors:
            if (
                not edition.posts
                or problem.path in edition.posts
                or problem.path not in edition.why
            ):
                self.tell(str(problem))

    # --- code -------------------------------------------------------------------------------------

    async def _work_on(self, post: str) -> None:
        """Have an open post's code run where it has to."""
        if post and self.company:
            work = await self.loop.run_in_executor(self.readers, self.blog.work, post)
            if work:
                self.company.want(work)

    def _soon(self, call: Callable[..., None], *arguments: Any) -> None:
        """Have something done in the loop; from any thread."""
        try:
            self.loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:  # the loop has ended
            return

    def _session_changed(self, post: str) -> None:
        for viewer in self.audience.of(post):
            self._start(self._refresh(viewer))

    def _cell(self, post: str, work: Work, number: int, outputs: tuple[Output, ...]) -> None:
        """A cell has more outputs."""
        self._start(self._show_cell(post, work, number, outputs))

    async def _show_cell(
        self, post: str, work: Work, number: int, outputs: tuple[Output, ...]
    ) -> None:
        viewers = self.audience.of(post)
        if viewers:
            html = await self.loop.run_in_executor(
                self.readers, self.blog.cell, work, number, outputs
            )
            for viewer in viewers:
                viewer.put(f"cell {number}", {"type": "cell", "number": number, "html": html})

    def _start(self, work: Any) -> None:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # --- the end ----------------------------------------------------------------------------------

    def close(self) -> None:
        """End all kernels and threads."""
        if self.company:
            self.company.close()
        self.press.shutdown(wait=False, cancel_futures=True)
        self.readers.shutdown(wait=False, cancel_futures=True)


def _cell_at(work: Work, line: int) -> int:
    """The cell of the page, from 1, whose code stands at a line of the post; 0: none."""
    cells = [cell for cell in work.notebook.cells if not cell.inline]
    for number, cell in enumerate(cells, 1):
        if cell.line <= line <= cell.line + cell.source.count("\n"):
            return number
    return 0


def _done(edition: Edition) -> str:
    if edition.moved:
        gone = [old for old, new in edition.moved.items() if not new]
        return "removed" if len(gone) == len(edition.moved) else "moved"
    if len(edition.posts) == 1:
        return "the page is new"
    return f"{len(edition.posts)} pages are new" if edition.posts else "all pages are new"
