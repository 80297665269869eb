"""The sessions of all open posts: few kernels, started when they are needed, ended together."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen.preview.interface import IDLE, PAUSE, LiveBlog, PostCode, SessionListener

if TYPE_CHECKING:
    from evergreen.execution.kernels.manager import Kernels
    from evergreen.preview.sessions import Session

MOST = 4
"""Kernels that are kept."""
END_SECONDS = 1.5


class SessionPool:
    """Sessions by the path of their post. For one thread."""

    def __init__(
        self, blog: LiveBlog, listener: SessionListener, pause: float = PAUSE, idle: float = IDLE
    ) -> None:
        self.blog, self.listener = blog, listener
        self.pause, self.idle = pause, idle
        self.sessions: dict[str, Session] = {}
        self.turn = threading.Semaphore(1)
        """Clean runs come one after the other."""
        self._lock = threading.Lock()
        self._kernels: Kernels | None = None
        self._opened = ExitStack()

    def find(self, post: str) -> Session | None:
        """Return a post's session, if it has one."""
        return self.sessions.get(post)

    def want(self, work: PostCode) -> None:
        """Run a post's code unless a record holds; notify its session in any case."""
        session = self.sessions.get(work.path)
        if session and session.ended:
            session = None
        if session is None and work.execution is not None:
            return
        (session or self._open(work)).want(work)

    def order(self, work: PostCode, what: str) -> None:
        """Send a command to a post's session."""
        session = self.sessions.get(work.path)
        if session is None or session.ended:
            if what == "interrupt":
                return
            session = self._open(work)
        session.want(work)
        session.order(what)

    def forget(self, moved: Mapping[str, str], blog: LiveBlog) -> None:
        """End the sessions of posts that are gone."""
        for path in list(self.sessions):
            if moved and blog.work(path) is None:
                self.sessions.pop(path).end()

    def wrote(self, path: Path) -> bool:
        """True if a file is as code that runs or has run here left it."""
        return any(session.wrote(path) for session in self.sessions.values())

    def close(self) -> None:
        """End all kernels, whatever they do."""
        sessions = list(self.sessions.values())
        for session in sessions:
            session.end()
        with self._lock:
            if self._kernels:
                self._kernels.stop()
        deadline = time.monotonic() + END_SECONDS
        for session in sessions:
            session.thread.join(max(deadline - time.monotonic(), 0))
        if self._kernels and not any(session.thread.is_alive() for session in sessions):
            self._opened.close()

    def _open(self, work: PostCode) -> Session:
        from evergreen.preview.sessions import Session  # late: imports what runs code

        self._make_room()
        session = Session(
            self.blog,
            work.path,
            self._get_kernels,
            self.turn,
            self.listener,
            self.pause,
            self.idle,
        ).start()
        self.sessions[work.path] = session
        return session

    def _make_room(self) -> None:
        """End the session that was not used for longest where there are many."""
        idle = [each for each in self.sessions.values() if each.is_idle]
        idle.sort(key=lambda session: session.used)
        while len(self.sessions) >= MOST and idle:
            session = idle.pop(0)
            del self.sessions[session.path]
            session.end()

    def _get_kernels(self) -> Kernels:
        with self._lock:
            if self._kernels is None:
                from evergreen.execution.kernels.manager import Kernels
                from evergreen.execution.kernels.servers import Servers

                self._kernels = self._opened.enter_context(Kernels(Servers()))
            return self._kernels
