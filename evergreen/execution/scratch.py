"""Temporary folders that are removed even if their process is killed.

A folder is locked (flock) by the process that uses it. A process that is killed leaves its folder
behind, unlocked: the next one that makes a folder removes it.
"""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "evergreen-tmp-"
LONGEST_SOCKET = 103
"""Maximum length of a Unix socket's path in bytes; 107 on Linux, 103 on macOS."""


def temporary_folder() -> str:
    """Return the system's folder for temporary files, without symlinks: as system calls see it."""
    return os.path.realpath(tempfile.gettempdir())


@contextmanager
def scratch_folder(room: int = 0, first: str = "") -> Iterator[Path]:
    """Make a folder that is removed at the end of the block; its name begins with `first`.

    If the temporary folder's path leaves less than `room` bytes for the name of a socket, a folder
    with a shorter path is used instead. Raises OSError.
    """
    place = _place(room)
    sweep(place)
    folder, lock = _make(place, first)
    try:
        yield folder
    finally:
        remove(folder)
        os.close(lock)


@functools.cache
def sweep(place: str) -> None:
    """Remove the folders that killed processes of this user left in `place`; once per process."""
    for folder in Path(place).glob(f"*{PREFIX}*"):
        with suppress(OSError):
            lock = _lock(folder, wait=False)
            try:
                if os.fstat(lock).st_uid == os.getuid():
                    remove(folder)
            finally:
                os.close(lock)


def remove(folder: Path) -> None:
    """Remove a folder, however deeply it is nested and whatever its permissions are."""
    with suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        subprocess.run(["chmod", "-R", "u+rwX", "--", str(folder)], check=False)
        subprocess.run(["rm", "-rf", "--", str(folder)], check=False)


def _make(place: str, first: str) -> tuple[Path, int]:
    """Make a folder and lock it; return the lock's descriptor with it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{first}{PREFIX}", dir=place))
        with suppress(FileNotFoundError):  # a sweep can remove it before it is locked
            lock = _lock(folder, wait=True)
            if _is_there(folder, lock):
                return folder, lock
            os.close(lock)


def _is_there(folder: Path, lock: int) -> bool:
    """True if a path is still the folder that is locked."""
    try:
        return os.path.samestat(os.fstat(lock), folder.stat())
    except FileNotFoundError:
        return False


def _lock(folder: Path, wait: bool) -> int:
    """Lock a folder until the descriptor is closed. Raises OSError if another process has it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _place(room: int) -> str:
    """Return the temporary folder, or another one if its path is too long for sockets."""
    usual = temporary_folder()
    longest = LONGEST_SOCKET - len(f"/{PREFIX}xxxxxxxx/") - room
    for place in (usual, os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp", "/var/tmp"):
        fits = not room or len(os.fsencode(place)) <= longest
        if place and fits and os.access(place, os.W_OK | os.X_OK):
            return place
    return usual
