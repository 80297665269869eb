"""Python's import system, made to tell what it reads, where the tracer sees all the rest.

Nearly all files that a Python process asks for are modules that it searches for, and each call that
the tracer looks at takes it some 20 µs. So the import system of a traced kernel marks its own calls
to pass unseen (see `seccomp.UNSEEN`), and the files that it loads are noted here. In a forked child
it is as it was: what is noted there would be lost with it.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone.
"""

from __future__ import annotations

import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

machinery: Any = sys.modules["_frozen_importlib_external"]
"""The part of `importlib` that looks at files."""

loaded: dict[str, list[int] | None] = {}
"""Files that the import system has read, in order, with their stamps then, as `uses` makes them;
None for packages, which have versions. A cached file stands for its source."""
_unseen = 0
_stat, _open, _listdir, _close = os.stat, os.open, os.listdir, os.close
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_plain_stat = machinery._path_stat
_plain_get = machinery.FileLoader.get_data
_plain_fill = machinery.FileFinder._fill_cache


def begin(unseen: int) -> None:
    """Mark the import system's calls with a directory descriptor."""
    global _unseen
    _unseen = unseen
    machinery._path_stat = _stat_unseen
    machinery.FileLoader.get_data = _get_data
    machinery.FileFinder._fill_cache = _fill_cache
    os.register_at_fork(after_in_child=_restore)


def _restore() -> None:
    machinery._path_stat = _plain_stat
    machinery.FileLoader.get_data = _plain_get
    machinery.FileFinder._fill_cache = _plain_fill


def _stat_unseen(path: Any) -> os.stat_result:
    if isinstance(path, str) and path.startswith("/"):
        return _stat(path, dir_fd=_unseen)
    found: os.stat_result = _plain_stat(path)
    return found


def _stamp(path: str) -> list[int] | None:
    try:
        found = _stat(path, dir_fd=_unseen)
    except OSError:
        return None
    times = found.st_mtime_ns, found.st_ctime_ns
    return [found.st_mode, found.st_size, found.st_ino, *times]


def _open_unseen(path: str, flags: int) -> int:
    return _open(path, flags, dir_fd=_unseen)


def _get_data(self: Any, path: Any) -> bytes:
    """Replace FileLoader.get_data, which also reads data files for `pkgutil`."""
    if not isinstance(path, str) or not path.startswith("/"):
        content: bytes = _plain_get(self, path)
        return content
    source = source_of(path)
    loaded[source] = None if "-packages" + os.sep in source else _stamp(source)
    with io.FileIO(path, "r", opener=_open_unseen) as file:
        return file.read()


def _fill_cache(self: Any) -> None:
    """Replace FileFinder._fill_cache on filesystems that distinguish case."""
    if not self.path.startswith("/"):
        _plain_fill(self)
        return
    try:
        folder = _open(self.path, _FOLDER, dir_fd=_unseen)
    except OSError:
        self._path_cache = set()
        return
    try:
        self._path_cache = set(_listdir(folder))
    except OSError:
        self._path_cache = set()
    finally:
        _close(folder)


def source_of(path: str) -> str:
    """Return the source of a file that Python has compiled; other paths as they are."""
    folder, name = os.path.split(path)
    above, cache = os.path.split(folder)
    if name.endswith(".pyc") and cache == "__pycache__":
        return f"{above}/{name.partition('.')[0]}.py"
    return path
