"""What a kernel and all that it started may use together: looked at from outside, as often as it
could have become too much.

Standard library only: it runs beside `supervisor`, under the posts' Python.
"""

from __future__ import annotations

import contextlib
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from evergreen.execution.kernels.processes import descendants, memory
else:
    from processes import descendants, memory

GIB_PER_SECOND = 4
"""No process gets memory faster: so often must it be looked at."""
SECONDS = 0.05, 1.0
"""The shortest and the longest time between two looks."""
BOXED_SECONDS = 0.1
"""The longest where processes and files are counted too."""
FILE_BYTES = 4096
"""What a file counts for at least: names fill a disk too."""
SLACK = 16 << 20
"""Bytes by which a disk may lose room before it is asked who has it."""
FOLDERS_SECONDS = 2.0
"""They are looked at as often whatever the disk says."""


class ResourceLimits:
    """The limits of one request, and when to look again."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.memory: int = request["memory"]
        sandbox = request.get("box") or {}
        self.processes: int = sandbox.get("processes", 0)
        self.disk: int = sandbox.get("disk", 0)
        self.folders: list[str] = sandbox.get("folders", [])
        self.room = self._room()
        self.measured = self.looked = time.monotonic()
        self.is_sandboxed = bool(sandbox)
        self.wait = SECONDS[0] if self.memory or sandbox else None

    def exceeded(self) -> dict[str, int]:
        """What is too much, and how much that is; nothing where it is not yet time to look."""
        now = time.monotonic()
        if self.wait is None or now - self.looked < self.wait:
            return {}
        pids = descendants(os.getpid())
        used = memory(pids, self.memory) if self.memory else 0
        self.wait = self._pause(self.memory - used)
        self.looked = now
        if self.memory and used > self.memory:
            return {"memory": used}
        if self.processes and len(pids) > self.processes:
            return {"processes": len(pids)}
        return self._written(pids, now) if self.disk else {}

    def _written(self, pids: Iterable[int], now: float) -> dict[str, int]:
        room = self._room()
        if self.room - room < SLACK and now - self.measured < FOLDERS_SECONDS:
            return {}
        self.room, self.measured = room, now
        size = 0
        for each in (*_files(self.folders), *_nameless(pids)):
            size += each
            if size > self.disk:
                return {"disk": size}
        return {}

    def _room(self) -> int:
        with contextlib.suppress(OSError):
            for folder in self.folders[:1]:
                disk = os.statvfs(folder)
                return min(disk.f_bfree * disk.f_frsize, disk.f_ffree * FILE_BYTES)
        return 0

    def _pause(self, room: int) -> float:
        """Seconds in which no process can use so many bytes more."""
        shortest, longest = SECONDS
        if self.processes or self.disk:
            longest = BOXED_SECONDS
        if not self.memory:
            return longest
        return min(max(room / 2**30 / GIB_PER_SECOND, shortest), longest)


def _files(folders: Iterable[str]) -> Iterator[int]:
    """The bytes of each file and folder in some folders."""
    pending = list(folders)
    while pending:
        folder = pending.pop()
        with _listed(folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    yield max(entry.stat(follow_symlinks=False).st_blocks * 512, FILE_BYTES)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(f"{folder}/{entry.name}")


@contextlib.contextmanager
def _listed(folder: str) -> Iterator[Iterable[os.DirEntry[str]]]:
    """What stands in a folder; its access time tells whether the post has looked, not we."""
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NOATIME)
    except OSError:
        yield ()
        return
    try:
        with os.scandir(number) as entries:
            yield entries
    finally:
        os.close(number)


def _nameless(pids: Iterable[int]) -> Iterator[int]:
    """The bytes of each file that some processes have open, and that has no name any more."""
    seen = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    status = os.stat(f"/proc/{pid}/fd/{name}")
                    place = status.st_dev, status.st_ino
                    if not status.st_nlink and place not in seen:
                        seen.add(place)
                        yield status.st_blocks * 512
