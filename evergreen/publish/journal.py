"""Atomic renames: an exchange of two folders, or a list of renames with a journal to undo it."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from evergreen.model import DeferredContent
from evergreen.paths import sync
from evergreen.publish.paths import folders_of

JOURNAL = "journal"

Move = tuple[str, str]
"""From, to; relative to the parent of the staging folder."""


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False if the system or the filesystem cannot."""
    system = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        failed = system.renamex_np(*names, 2)  # RENAME_SWAP
    elif hasattr(system, "renameat2"):
        failed = system.renameat2(-100, names[0], -100, names[1], 2)  # AT_FDCWD, RENAME_EXCHANGE
    else:
        return False
    if failed and (number := ctypes.get_errno()) not in _UNKNOWN:
        raise OSError(number, os.strerror(number), str(other))
    return not failed


_UNKNOWN = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


def rename_all(moves: list[Move], staging: Path) -> None:
    """Execute the moves in order; until all are done, `undo` can roll them back.

    Folders are created where needed, and removed if a move leaves them empty.
    """
    journal = staging / JOURNAL
    with journal.open("x", encoding="utf-8") as file:
        json.dump(moves, file)
        file.flush()
        os.fsync(file.fileno())
    for here, there in moves:
        _move(staging.parent, here, there)
    journal.unlink()


def undo(staging: Path) -> None:
    """Roll back an incomplete `rename_all`; do nothing after a complete one.

    If it fails, it can be repeated from any state.
    """
    journal = staging / JOURNAL
    root = staging.parent
    for here, there in reversed(_moves(journal)):
        if _exists(root / there) and not _exists(root / here):
            _move(root, there, here)
        else:
            _prune(root, there)
    journal.unlink(missing_ok=True)


def _moves(journal: Path) -> list[Move]:
    try:
        return [(there, here) for there, here in json.loads(journal.read_text("utf-8"))]
    except (FileNotFoundError, ValueError):
        # An incomplete journal: no file was moved, because moves begin after it is complete.
        return []


def _move(root: Path, here: str, there: str) -> None:
    (root / there).parent.mkdir(parents=True, exist_ok=True)
    (root / here).rename(root / there)
    _prune(root, here)


def _prune(root: Path, path: str) -> None:
    """Delete the empty folders that contain the path."""
    with suppress(OSError):
        for folder in list(Path(path).parents)[:-1]:
            (root / folder).rmdir()


def _exists(path: Path) -> bool:
    # Not `os.path.lexists`: an unreadable path must not count as absent.
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


SYNC_EACH = 32
"""Up to this number, files are synced one by one; above it, the whole filesystem is synced."""


def write_files(contents: Mapping[str, bytes | DeferredContent], folder: Path) -> None:
    """Write new files and their folders; they are synced to disk when the call returns."""
    make_folders(folders_of(contents), folder)
    for path, content in contents.items():
        with open(f"{folder}/{path}", "xb") as file:
            file.write(content if isinstance(content, bytes) else content.read())
    if len(contents) <= SYNC_EACH or not _sync_filesystem(folder):
        for path in contents:
            sync(f"{folder}/{path}")


def make_folders(folders: Iterable[str], base: Path) -> None:
    """Make `base` and the missing ones of some folders below it."""
    base.mkdir(parents=True, exist_ok=True)
    for folder in sorted(folders):
        with suppress(FileExistsError):
            os.mkdir(f"{base}/{folder}")


def _sync_filesystem(folder: Path) -> bool:
    """Sync the whole filesystem; False if the system has no such call."""
    if sys.platform != "linux":
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if system.syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)
    return True
