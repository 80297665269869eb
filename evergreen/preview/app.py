"""Saved files → the blog → open pages.

Everything here runs in one event loop; reading, rendering and kernels have threads of their own, so
no reader waits for a rebuild, and no rebuild for a reader.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evergreen.content.formats import SUFFIXES
from evergreen.errors import Problem
from evergreen.model import Output
from evergreen.model.urls import href, path_of
from evergreen.preview import security
from evergreen.preview.clients import Clients, PreviewClient
from evergreen.preview.editor import link_to, open_editor
from evergreen.preview.interface import LiveBlog, PostCode, SessionListener, Tell, Update
from evergreen.preview.messages import problems_of, state_of
from evergreen.preview.pages import PageReader
from evergreen.preview.session_pool import SessionPool
from evergreen.preview.watcher import Watcher

if TYPE_CHECKING:
    from evergreen.preview.sessions import Session

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg", ".avif", ".bmp", ".ico")
_LISTS_LATER = 0.12
"""Seconds after which lists are made anew, so that the page itself comes first."""


class PreviewApp:
    """A preview at work."""

    def __init__(
        self,
        blog: LiveBlog,
        root: Path,
        tell: Tell,
        executes: bool = True,
        editor: str = "",
    ) -> None:
        self.blog, self.root, self.tell = blog, root, tell
        self.editor = editor
        self.token = security.make_token()
        self.clients = Clients()
        self.renderer = ThreadPoolExecutor(1, thread_name_prefix="render")
        self.readers = ThreadPoolExecutor(3, thread_name_prefix="reader")
        self.pages = PageReader(blog, self.token, self.readers)
        self.loop = asyncio.get_running_loop()
        listener = SessionListener(
            partial(self._soon, self._session_changed), partial(self._soon, self._cell), tell
        )
        self.pool = SessionPool(blog, listener) if executes else None
        self.tasks: set[asyncio.Task[None]] = set()
        self.cells: dict[tuple[str, int], int] = {}
        """How often a cell of a post has had new outputs: threads may finish in another order."""
        self.moved: dict[str, str] = {}
        """Files of posts that were renamed → where they are now."""

    @property
    def baseurl(self) -> str:
        """Return the path below the host."""
        return self.blog.site.baseurl

    # --- viewers ----------------------------------------------------------------------------------

    async def welcome(self, viewer: PreviewClient) -> None:
        """Add a page that was opened."""
        self.clients.viewers.add(viewer)
        await self._refresh(viewer)
        await self._work_on(viewer.post)

    def leave(self, viewer: PreviewClient) -> None:
        """Remove a page that was closed."""
        self.clients.viewers.discard(viewer)

    async def obey(self, viewer: PreviewClient, what: str, said: Mapping[str, Any]) -> None:
        """Execute a command of the bar."""
        if what == "edit":
            place = str(said.get("path", "")), int(said.get("line", 1))
            if any((each.path, max(each.line, 1)) == place for each in self._problems(viewer)):
                open_editor(self.editor, self.root / place[0], place[1])
        elif what in ("restart", "clean", "interrupt") and viewer.post and self.pool:
            work = await self.loop.run_in_executor(self.readers, self.blog.work, viewer.post)
            if work:
                self.pool.order(work, what)

    async def _refresh(self, viewer: PreviewClient) -> None:
        """Send a page as it is now, where it is another, and the state of its code."""
        served = await self.pages.read(viewer.path)
        is_there = served is not None and served.is_page
        if served is None and viewer.path in self.moved:
            await self._lead(viewer, self.moved[viewer.path])
            return
        if served is None or not is_there:
            served = await self.pages.read_missing()
        viewer.post = served.post if is_there else ""
        content, version = self.pages.dressed(viewer.path, served)
        session = self._session(viewer)
        outdated = viewer.has_cells and not (session and session.is_running)
        if version != viewer.version or outdated:
            viewer.version, viewer.has_cells = version, False
            html = content.decode("utf-8", "replace")
            viewer.put("page", {"type": "page", "html": html, "version": version})
        self._inform(viewer, served.problems)

    def _inform(self, viewer: PreviewClient, more: Iterable[Problem] = ()) -> None:
        viewer.problems = tuple(more)
        session = self._session(viewer)
        placed = partial(link_to, self.editor)
        state = state_of(self.blog, session, viewer, self.root, placed, self.pool is not None)
        viewer.put("state", state)

    def _problems(self, viewer: PreviewClient) -> list[Problem]:
        return problems_of(self.blog, self._session(viewer), viewer)

    def _session(self, viewer: PreviewClient) -> Session | None:
        return self.pool.find(viewer.post) if self.pool and viewer.post else None

    # --- rebuilds ---------------------------------------------------------------------------------

    async def follow(self, watcher: Watcher) -> None:
        """Take in saved files until this is cancelled."""
        async for changed in watcher.bursts():
            try:
                await self.take_in(changed, lambda: watcher.changes.empty())
            except Exception as error:  # the loop must go on with the next save
                self.tell(f"{', '.join(sorted(changed))}: {type(error).__name__}: {error}")

    async def take_in(self, changed: frozenset[str], is_quiet: Callable[[], bool]) -> None:
        """Rebuild what depends on some files, the open pages first."""
        start = time.monotonic()
        changed = await asyncio.to_thread(self._made_by_others, changed)
        if not changed:
            return
        editions = self.blog.rebuild(changed)
        first = await self._next(editions)
        if not first.is_news:
            return
        await self._publish(first)
        if any(path.lower().endswith(_PICTURES) for path in changed):
            for viewer in self.clients.viewers:
                viewer.put("pictures", {"type": "pictures"})
        self._report(first, start)
        for post in sorted(self.clients.posts & first.posts or self.clients.posts):
            await self._work_on(post)
        if not first.is_whole:
            await asyncio.sleep(_LISTS_LATER if is_quiet() else 0)
            await self._publish(await self._next(editions))

    def _made_by_others(self, changed: frozenset[str]) -> frozenset[str]:
        """Leave out files that code of this preview wrote: they are no reason to run it again."""
        pool, root = self.pool, self.root
        if pool is None:
            return changed
        return frozenset(
            path
            for path in changed
            if path.endswith(SUFFIXES)
            or path.startswith("templates/")
            or "/" not in path
            or not pool.wrote(root / path)
        )

    async def _next(self, editions: Iterator[Update]) -> Update:
        return await self.loop.run_in_executor(self.renderer, next, editions)

    async def _publish(self, update: Update) -> None:
        """Bring all open pages up to date, those of the edited posts first."""
        for old, new in update.moved.items():
            self.moved.pop(path_of(new or old), None)
            if new:
                self.moved[path_of(old)] = new
        viewers = sorted(self.clients.viewers, key=lambda viewer: viewer.post not in update.posts)
        for viewer in viewers:
            await self._refresh(viewer)
        if self.pool:
            self.pool.forget(update.moved, self.blog)

    async def _lead(self, viewer: PreviewClient, url: str) -> None:
        """Send a reader of a renamed post to its new address."""
        viewer.path = path_of(url)
        viewer.put("move", {"type": "move", "url": href(self.blog.site, url)})
        await self._refresh(viewer)

    def _report(self, update: Update, start: float) -> None:
        spent = (time.monotonic() - start) * 1000
        found = [
            *self.blog.problems(),
            *(p for each in self.clients.viewers for p in each.problems),
        ]
        faults = [
            problem
            for problem in dict.fromkeys(found)
            if problem.severity == "error"
            if problem.path in update.posts or not update.posts
        ]
        self.tell(f"{update.why}: {update.done(bool(faults))}, {spent:.0f} ms")
        for problem in faults:
            self.tell(str(problem))

    # --- code -------------------------------------------------------------------------------------

    async def _work_on(self, post: str) -> None:
        """Run an open post's code if it must run."""
        if post and self.pool:
            work = await self.loop.run_in_executor(self.readers, self.blog.work, post)
            if work:
                self.pool.want(work)

    def _soon(self, call: Callable[..., None], *arguments: Any) -> None:
        """Call a function in the event loop; from any thread."""
        try:
            self.loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:  # the loop has ended
            return

    def _session_changed(self, post: str) -> None:
        for viewer in self.clients.of(post):
            self._start(self._refresh(viewer))

    def _cell(self, post: str, work: PostCode, number: int, outputs: tuple[Output, ...]) -> None:
        """Send a cell's new outputs."""
        turn = self.cells[post, number] = self.cells.get((post, number), 0) + 1
        self._start(self._show_cell(post, work, number, outputs, turn))

    async def _show_cell(
        self, post: str, work: PostCode, number: int, outputs: tuple[Output, ...], turn: int
    ) -> None:
        if not self.clients.of(post):
            return
        html = await self.loop.run_in_executor(self.readers, self.blog.cell, work, number, outputs)
        if turn == self.cells[post, number]:
            for viewer in self.clients.of(post):
                viewer.has_cells = True
                viewer.put(f"cell {number}", {"type": "cell", "number": number, "html": html})

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # --- the end ----------------------------------------------------------------------------------

    def close(self) -> None:
        """End all kernels and threads."""
        if self.pool:
            self.pool.close()
        self.renderer.shutdown(wait=False, cancel_futures=True)
        self.readers.shutdown(wait=False, cancel_futures=True)
