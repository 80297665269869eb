"""Memory, process and disk limits of a kernel's process tree, polled by its supervisor.

Standard library only: it runs with `supervisor`, under the posts' Python.
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
"""Upper bound for how fast a process allocates memory; it determines the polling interval."""
SECONDS = 0.05, 1.0
"""Shortest and longest polling interval."""
SANDBOXED_SECONDS = 0.1
"""Longest polling interval if processes and disk use are limited too."""
FILE_BYTES = 4096
"""Minimum size that is counted for a file: many empty files fill a disk too."""
SLACK = 16 << 20
"""Loss of free disk space, in bytes, after which the folders are measured."""
FOLDERS_SECONDS = 2.0
"""Interval at which the folders are measured in any case."""


class ResourceLimits:
    """The limits of one request, and when to measure next."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.memory: int = request["memory"]
        sandbox = request.get("sandbox") or {}
        self.processes: int = sandbox.get("processes", 0)
        self.disk: int = sandbox.get("disk", 0)
        self.folders: list[str] = sandbox.get("folders", [])
        self.room = self._room()
        self.measured = self.polled = time.monotonic()
        self.is_sandboxed = bool(sandbox)
        self.wait = SECONDS[0] if self.memory or sandbox else None

    def exceeded(self) -> dict[str, int]:
        """Return the exceeded limit and its measured value; empty if none, or before it is time."""
        now = time.monotonic()
        if self.wait is None or now - self.polled < self.wait:
            return {}
        pids = descendants(os.getpid())
        used = memory(pids, self.memory) if self.memory else 0
        self.wait = self._pause(self.memory - used)
        self.polled = now
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
        for each in (*_files(self.folders), *_deleted_files(pids)):
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
        """Return the seconds within which no process can use `room` more bytes."""
        shortest, longest = SECONDS
        if self.processes or self.disk:
            longest = SANDBOXED_SECONDS
        if not self.memory:
            return longest
        return min(max(room / 2**30 / GIB_PER_SECOND, shortest), longest)


def _files(folders: Iterable[str]) -> Iterator[int]:
    """Yield the size on disk of each file and folder in some folders, in bytes."""
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
    """List a folder without changing its access time, which must show only the post's reads."""
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


def _deleted_files(pids: Iterable[int]) -> Iterator[int]:
    """Yield the size in bytes of each deleted file that a process still has open."""
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
