"""The bundle of a post: the files beside it, and a copy of them that shows which were read.

The access times of the copies are set to 0, so that a later one shows a read by any program:
Python, a C++ library, a child process.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from evergreen.paths import points_outside
from evergreen.records.file_copy import copy_file

IGNORED = frozenset({"__pycache__", ".git", ".ipynb_checkpoints", ".DS_Store"})
"""Names that are never part of a bundle."""

Stamp = tuple[int, int]
"""Size and modification time (ns) of a file."""

_TRANSIENT = re.compile(
    r"\..*\.sw[a-px]|#.*#|\.#.*|\.~lock\..*#|~\$.*|4913|\.nfs[0-9a-f]+|\.goutputstream-\w+"
    r"|Thumbs\.db|ehthumbs\.db|[Dd]esktop\.ini|\.directory|\.gitkeep|\.keep"
)
"""Names that Vim, Emacs, LibreOffice, Office, GNOME, Windows, KDE, NFS and git's users make."""


@dataclass(frozen=True, slots=True)
class BundleCopy:
    """The copy of a bundle. Names are relative to it, with forward slashes."""

    folder: Path
    files: dict[str, Stamp] = field(default_factory=dict)
    """Copied file → stamp of the copy."""
    folders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Folder, the bundle itself as `.` → the names in it."""


def names_in(folder: str | Path, excluded: Collection[str]) -> tuple[str, ...]:
    """Return the names in a folder, sorted, without ignored and excluded ones.

    Raises OSError if there is no such folder.
    """
    return tuple(sorted(_without_spares(set(os.listdir(folder)) - IGNORED - set(excluded))))


def is_spare(name: str) -> bool:
    """True for the name of what an editor or a system puts beside a file for a while."""
    return bool(_TRANSIENT.fullmatch(name)) or name.endswith("~") or name.startswith("._")


def _without_spares(names: set[str]) -> set[str]:
    """Leave out transient files, and `x~` of editors and `._x` of macOS if `x` is there."""
    backups = {f"{name}~" for name in names} | {f"._{name}" for name in names}
    return {name for name in names - backups if not _TRANSIENT.fullmatch(name)}


def excluded_in(folder: str, names: Collection[str]) -> frozenset[str]:
    """Return those of some names that are directly in a folder of the bundle, relative to it."""
    prefix = "" if folder == "." else f"{folder}/"
    below = (name[len(prefix) :] for name in names if name.startswith(prefix))
    return frozenset(name for name in below if "/" not in name)


def is_excluded(name: str, names: Collection[str]) -> bool:
    """True if a name, or a folder that it is in, is excluded or ignored."""
    parts = name.split("/")
    above = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return not IGNORED.isdisjoint(parts) or any(path in names for path in above)


def copy_bundle(
    bundle: Path,
    excluded: Collection[str],
    folder: Path,
    inside: Path | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> BundleCopy:
    """Copy the files of a bundle, without the excluded ones, into a folder.

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
        for name in copy.folders.get(here, ()):
            relative = name if here == "." else f"{here}/{name}"
            source, target = f"{bundle}/{relative}", f"{folder}/{relative}"
            if inside and not _is_allowed(inside.resolve(), Path(source)):
                continue
            kind = _kind(source)
            if kind == stat.S_IFDIR and (real := os.path.realpath(source)) not in above:
                os.mkdir(target)
                pending.append((relative, above | {real}))
            elif kind == stat.S_IFREG:
                # Unreadable or gone; a disk that is full is another matter.
                with suppress(PermissionError, FileNotFoundError):
                    copy.files[relative] = copy_file(source, target, is_cancelled)
    _set_times(copy, copy.folders)
    return copy


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


def stamp(path: str | Path) -> Stamp | None:
    """Return a file's size and modification time; None if there is no file."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _is_allowed(root: Path, path: Path) -> bool:
    """True if the target of a path is in a folder and not hidden there."""
    if points_outside(root, path):
        return False
    below = Path(os.path.realpath(path)).relative_to(root)
    return not any(part.startswith(".") for part in below.parts)


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
