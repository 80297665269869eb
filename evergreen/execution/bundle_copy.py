"""A copy of the files beside a post that shows which of them were read.

The access times of the copies are set to 0, so that a later one shows a read by any program:
Python, a C++ library, a child process. A large file may be a placeholder first, which the tracer
fills when something opens it (see `kernels.placeholders`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.execution.kernels.file_copy import copy_file, fill, make_placeholder
from evergreen.paths import is_hidden, points_outside
from evergreen.records.bundle import Stamp, excluded_in, names_in, stamp
from evergreen.records.machine import mark_folders
from evergreen.regex import regex

LARGE = 8 << 20
"""Size in bytes from which a file may be a placeholder: a smaller one is copied in milliseconds."""

_UNTRACED = regex(r"(?:^|/)\.|\.(?:py[cdow]?|so|zip|egg|whl)$")
"""Matches files that may be opened by Python's import system, or before a kernel is traced."""


@dataclass(frozen=True, slots=True)
class BundleCopy:
    """The copy of a bundle. Names are relative to it, with forward slashes."""

    folder: Path
    files: dict[str, Stamp] = field(default_factory=dict)
    """Copied file → stamp of the copy."""
    folders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Folder, the bundle itself as `.` → the names in it."""
    listings: dict[str, list[str]] = field(default_factory=dict)
    """The same with a slash behind the names of folders."""
    placeholders: dict[str, str] = field(default_factory=dict)
    """File of which only the size was copied → its source."""


def copy_bundle(
    bundle: Path,
    excluded: Collection[str],
    folder: Path,
    inside: Path | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
    defers: bool = False,
) -> BundleCopy:
    """Copy the files of a bundle, without the excluded ones, into a folder.

    If `defers`, large files that cannot be cloned become placeholders.

    Symlinks are followed, except to a folder that contains the link. If `inside` is given, a
    symlink to a path outside it or to a hidden file in it is left out. Unreadable files and special
    files are left out. Raises OSError where the copy has no room, and CopyCancelled.
    """
    copy = BundleCopy(folder)
    pending = [(".", frozenset({os.path.realpath(bundle)}))] if bundle.is_dir() else []
    while pending:
        here, above = pending.pop()
        with suppress(OSError):
            copy.folders[here] = names_in(bundle / here, excluded_in(here, excluded))
        names = copy.folders.get(here, ())
        kinds = {name: _kind(f"{bundle}/{here}/{name}") for name in names}
        below = {name for name in names if kinds[name] == stat.S_IFDIR}
        copy.listings[here] = mark_folders(names, below)
        for name, kind in kinds.items():
            relative = name if here == "." else f"{here}/{name}"
            source, target = f"{bundle}/{relative}", f"{folder}/{relative}"
            if inside and not _is_allowed(inside.resolve(), Path(source)):
                continue
            if kind == stat.S_IFDIR and (real := os.path.realpath(source)) not in above:
                os.mkdir(target)
                pending.append((relative, above | {real}))
            elif kind == stat.S_IFREG:
                # Unreadable or gone; a disk that is full is another matter.
                with suppress(PermissionError, FileNotFoundError):
                    _copy(copy, relative, source, is_cancelled, defers)
    _set_times(copy, copy.folders)
    return copy


def _copy(
    copy: BundleCopy, name: str, source: str, is_cancelled: Callable[[], bool], defers: bool
) -> None:
    target = f"{copy.folder}/{name}"
    if defers and not _UNTRACED.search(name) and os.stat(source).st_size >= LARGE:
        copy.files[name], is_empty = make_placeholder(source, target)
        if is_empty:
            copy.placeholders[name] = source
    else:
        copy.files[name] = copy_file(source, target, is_cancelled)


def fill_placeholders(copy: BundleCopy) -> None:
    """Copy the content of each placeholder. Raises OSError."""
    for name, source in copy.placeholders.items():
        fill(source, f"{copy.folder}/{name}")


def reset_access_times(copy: BundleCopy) -> None:
    """Reset the access times, so that later reads can be detected."""
    _set_times(copy, (*copy.files, *copy.folders))


def files_touched(copy: BundleCopy) -> list[str]:
    """Return the files that were read, changed or removed, sorted.

    Returns all files if the filesystem does not record access times.
    """
    if not keeps_access_times(copy.folder.parent):
        return sorted(copy.files)
    return sorted(n for n in copy.files if is_changed(copy, n) or _is_read(copy.folder / n))


def folders_listed(copy: BundleCopy) -> list[str]:
    """Return the folders that were listed, sorted; none without access times."""
    if not keeps_access_times(copy.folder.parent):
        return []
    return sorted(name for name in copy.folders if _is_read(copy.folder / name))


def is_changed(copy: BundleCopy, name: str) -> bool:
    """True if a file has changed since it was copied."""
    return stamp(copy.folder / name) != copy.files.get(name)


def keeps_access_times(folder: Path) -> bool:
    """True if reading a file updates its access time here; False where that cannot be tried."""
    trial = folder / "access-time"
    try:
        trial.write_bytes(b"-")
        os.utime(trial, (0, 0))
        trial.read_bytes()
    except OSError:
        return False
    return _is_read(trial)


def _is_allowed(root: Path, path: Path) -> bool:
    """True if the target of a path is in a folder and not hidden there."""
    return not points_outside(root, path) and not is_hidden(root, path)


def _set_times(copy: BundleCopy, names: Iterable[str]) -> None:
    for name in names:
        path = copy.folder / name
        with suppress(OSError):
            times = 0, path.lstat().st_mtime_ns
            os.utime(path, ns=times, follow_symlinks=False)


def _kind(path: str) -> int:
    """Return the file type bits of a path's target; 0 if there is none."""
    try:
        return stat.S_IFMT(os.stat(path).st_mode)
    except OSError:
        return 0


def _is_read(path: Path) -> bool:
    try:
        return path.lstat().st_atime_ns != 0
    except OSError:
        return True
