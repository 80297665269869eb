"""Open pages, and what they are to be sent: always the latest, never a backlog.

Each viewer has a place for one state of its page, one of each cell, one of the bar. Who reads
slowly misses outdated messages, and delays no other client.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from evergreen.errors import Problem

Send = Callable[[str], Awaitable[None]]
MOST = 64
"""Pages that may be open at once."""


class PreviewClient:
    """An open page."""

    def __init__(self, path: str, version: str, send: Send) -> None:
        self.path = path
        """The file that it shows."""
        self.version = version
        self.has_cells = False
        """It shows outputs of cells that came one by one."""
        self.post = ""
        """The post whose page it is."""
        self.problems: tuple[Problem, ...] = ()
        """Why the page is not what it would be."""
        self.send = send
        self.waiting: dict[str, Mapping[str, Any]] = {}
        self.wake = asyncio.Event()

    def put(self, key: str, message: Mapping[str, Any]) -> None:
        """Queue a message; it replaces an unsent one with the same key."""
        self.waiting.pop(key, None)
        if key == "page":  # it holds its cells
            self.waiting = {k: m for k, m in self.waiting.items() if not k.startswith("cell")}
        self.waiting[key] = message
        self.wake.set()

    async def deliver(self) -> None:
        """Send what there is until the connection ends or this is cancelled."""
        with suppress(Exception):  # a connection may break in any way
            while True:
                await self.wake.wait()
                self.wake.clear()
                while self.waiting:
                    key = next(iter(self.waiting))
                    text = json.dumps(self.waiting.pop(key), ensure_ascii=False)
                    await self.send(text.encode("utf-8", "replace").decode())


class Clients:
    """All open pages."""

    def __init__(self) -> None:
        self.viewers: set[PreviewClient] = set()

    def of(self, post: str) -> list[PreviewClient]:
        """Return the clients that show a post's page."""
        return [viewer for viewer in self.viewers if viewer.post == post]

    @property
    def posts(self) -> set[str]:
        """Return the posts that are open."""
        return {viewer.post for viewer in self.viewers if viewer.post}
