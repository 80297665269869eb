"""What stands beside a post: its names, and a copy of it that tells what of it is read.

The copies' access times are set back, so that afterwards they tell what was read, whoever read it:
Python, a C++ library, a child process.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from evergreen.paths import leads_outside

LEFT_OUT = frozenset({"__pycache__", ".git", ".ipynb_checkpoints", ".DS_Store"})
"""Names that never stand beside a post."""

Stamp = tuple[int, int]
"""A file's size and modification time, ns."""


@dataclass(frozen=True, slots=True)
class BundleCopy:
    """A bundle's copy as it was made. Names are relative to it, with forward slashes."""

    folder: Path
    files: dict[str, Stamp] = field(default_factory=dict)
    """Each copied file, with the copy's stamp."""
    folders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Each folder, the bundle itself as `.`, with the names in it."""


def names_in(folder: str | Path, left_out: Collection[str]) -> tuple[str, ...]:
    """What stands in a folder, sorted, less what never does and what else is left out.

    Raises OSError where there is no such folder.
    """
    return tuple(sorted(set(os.listdir(folder)) - LEFT_OUT - set(left_out)))


def left_out_of(folder: str, names: Collection[str]) -> frozenset[str]:
    """Of names relative to a bundle, those right in one of its folders, relative to that."""
    prefix = "" if folder == "." else f"{folder}/"
    below = (name[len(prefix) :] for name in names if name.startswith(prefix))
    return frozenset(name for name in below if "/" not in name)


def is_left_out(name: str, names: Collection[str]) -> bool:
    """Whether a name relative to a bundle is one of some, or below one, or never beside a post."""
    parts = name.split("/")
    above = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return not LEFT_OUT.isdisjoint(parts) or any(path in names for path in above)


def copy_bundle(
    bundle: Path, left_out: Collection[str], folder: Path, inside: Path | None = None
) -> BundleCopy:
    """Fill a folder with what stands in a bundle, less some names.

    Links are followed, but never into a folder that they stand in; where `inside` is given, neither
    out of that nor to what is hidden in it. What is neither a file nor a folder, or cannot be read,
    stays out.
    """
    copy = BundleCopy(folder)
    pending = [(".", frozenset({os.path.realpath(bundle)}))] if bundle.is_dir() else []
    while pending:
        here, above = pending.pop()
        with suppress(OSError):
            copy.folders[here] = names_in(bundle / here, left_out_of(here, left_out))
        for name in copy.folders.get(here, ()):
            relative = name if here == "." else f"{here}/{name}"
            source, target = bundle / relative, folder / relative
            if inside and not _is_let_in(inside.resolve(), source):
                continue
            kind = _kind(source)
            if kind == stat.S_IFDIR and (real := os.path.realpath(source)) not in above:
                target.mkdir()
                pending.append((relative, above | {real}))
            elif kind == stat.S_IFREG:
                with suppress(OSError):
                    copy.files[relative] = _copy_file(source, target)
    _set_times(copy, copy.folders)
    return copy


def reset_access_times(copy: BundleCopy) -> None:
    """Make all look again as if nobody had read it."""
    _set_times(copy, (*copy.files, *copy.folders))


def files_touched(copy: BundleCopy) -> list[str]:
    """Files that somebody has read, changed or removed, sorted.

    Where the filesystem keeps no access times, all of them.
    """
    if not keeps_access_times(copy.folder.parent):
        return sorted(copy.files)
    return sorted(n for n in copy.files if is_changed(copy, n) or _is_read(copy.folder / n))


def folders_listed(copy: BundleCopy) -> list[str]:
    """Folders whose names somebody has read, sorted; none where there are no access times."""
    if not keeps_access_times(copy.folder.parent):
        return []
    return sorted(name for name in copy.folders if _is_read(copy.folder / name))


def is_changed(copy: BundleCopy, name: str) -> bool:
    """Whether a file is no longer as it was copied."""
    return stamp(copy.folder / name) != copy.files.get(name)


def keeps_access_times(folder: Path) -> bool:
    """Whether reading a file shows in its access time here."""
    trial = folder / "access-time"
    trial.write_bytes(b"-")
    os.utime(trial, (0, 0))
    trial.read_bytes()
    return _is_read(trial)


def stamp(path: str | Path) -> Stamp | None:
    """A file's size and modification time; None where there is none."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _is_let_in(root: Path, path: Path) -> bool:
    """Whether a path, its links followed, is below a folder and nothing hidden there."""
    if leads_outside(root, path):
        return False
    below = Path(os.path.realpath(path)).relative_to(root)
    return not any(part.startswith(".") for part in below.parts)


def _copy_file(source: Path, target: Path) -> Stamp:
    """Copy a file as it is at one moment; its rights and modification time go with it."""
    for _ in range(3):
        before = source.stat()
        shutil.copyfile(source, target)
        if stamp(source) == (before.st_size, before.st_mtime_ns):
            break
    target.chmod(stat.S_IMODE(before.st_mode))
    os.utime(target, ns=(0, before.st_mtime_ns))
    return target.stat().st_size, before.st_mtime_ns


def _set_times(copy: BundleCopy, names: Iterable[str]) -> None:
    for name in names:
        path = copy.folder / name
        with suppress(OSError):
            times = 0, path.lstat().st_mtime_ns
            os.utime(path, ns=times, follow_symlinks=False)


def _kind(path: Path) -> int:
    """The file type bits of what a path leads to; 0 where that is nothing."""
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except OSError:
        return 0


def _is_read(path: Path) -> bool:
    try:
        return path.lstat().st_atime_ns != 0
    except OSError:
        return True
