"""Renames that happen all or not at all: an exchange, or a list with a journal to undo it by."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from evergreen.publish.paths import folders_of

JOURNAL = "journal"

Move = tuple[str, str]
"""From, to; relative to the folder that the scaffold lies in."""


def exchange(one: Path, other: Path) -> bool:
    """Two folders trade names in one step; False where the system or the filesystem cannot."""
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


def rename_all(moves: list[Move], scaffold: Path) -> None:
    """Carry out the moves in order; once they are begun, `undo` takes them back until all are done.

    Folders are made where a move needs them, and go where one leaves them empty.
    """
    journal = scaffold / JOURNAL
    with journal.open("x", encoding="utf-8") as file:
        json.dump(moves, file)
        file.flush()
        os.fsync(file.fileno())
    for here, there in moves:
        _move(scaffold.parent, here, there)
    journal.unlink()


def undo(scaffold: Path) -> None:
    """Take back the moves of a `rename_all` that did not reach its end; nothing where all did.

    To be repeated, where it fails, from any state in which it was left.
    """
    journal = scaffold / JOURNAL
    root = scaffold.parent
    for here, there in reversed(_moves(journal)):
        if _stands(root / there) and not _stands(root / here):
            _move(root, there, here)
        else:
            _prune(root, there)
    journal.unlink(missing_ok=True)


def _moves(journal: Path) -> list[Move]:
    try:
        return [(there, here) for there, here in json.loads(journal.read_text("utf-8"))]
    except (FileNotFoundError, ValueError):
        # Half a journal: the first move comes after it is whole.
        return []


def _move(root: Path, here: str, there: str) -> None:
    (root / there).parent.mkdir(parents=True, exist_ok=True)
    (root / here).rename(root / there)
    _prune(root, here)


def _prune(root: Path, path: str) -> None:
    """Delete the folders that the path lies in, as far as they are empty."""
    with suppress(OSError):
        for folder in list(Path(path).parents)[:-1]:
            (root / folder).rmdir()


def _stands(path: Path) -> bool:
    # Not `os.path.lexists`: what cannot be looked at is not taken for absent.
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


FEW = 32
"""Up to so many files are made durable one by one, more with their whole filesystem at once."""


def write_files(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write new files; their folders are made. They are durable when the call returns."""
    make_folders(folders_of(contents), folder)
    for path, content in contents.items():
        with open(f"{folder}/{path}", "xb") as file:
            file.write(content)
    if len(contents) <= FEW or not _sync_filesystem(folder):
        for path in contents:
            _sync_file(f"{folder}/{path}")


def make_folders(folders: Iterable[str], base: Path) -> None:
    """Make those that are not there, and `base`."""
    base.mkdir(parents=True, exist_ok=True)
    for folder in sorted(folders):
        with suppress(FileExistsError):
            os.mkdir(f"{base}/{folder}")


def _sync_file(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_filesystem(folder: Path) -> bool:
    """False where the system has no such call."""
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
