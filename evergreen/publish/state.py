"""The state of a destination: its intact files, and foreign files."""

# Paths are strings here: 12,000 Path objects take longer than all the system calls.

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from evergreen.dataclass import dataclass
from evergreen.errors import fault
from evergreen.paths import file_sha256
from evergreen.publish.folders import FolderMemory, list_folder
from evergreen.publish.manifest import NAME, RESERVED, ManifestEntry, read_manifest
from evergreen.publish.paths import folders_of


@dataclass(frozen=True, slots=True)
class Tree:
    """A destination; all paths are relative to it, with forward slashes."""

    folder: Path
    manifest: Mapping[str, ManifestEntry] | None
    """None: the folder does not exist or is empty."""
    intact: Mapping[str, str]
    """Files of the manifest whose content has not changed: path → SHA-256."""
    found: FolderContents
    files: frozenset[str]
    """Files that are not in the manifest."""
    folders: frozenset[str]
    """Folders that no file of the manifest needs."""
    stamp: tuple[int, int]
    """Stamp of the manifest; it differs after each publish."""
    memory: FolderMemory
    """Of the folders that were read."""


@dataclass(frozen=True, slots=True)
class FolderContents:
    """The content of a folder, without Evergreen's own files. Symlinks are not followed."""

    files: Mapping[str, int]
    """Inodes by path: of files, and of everything else that is not a folder."""
    folders: Mapping[str, FolderStatus]
    top: FolderStatus | None = None
    """The folder itself; None if there is none."""


class FolderStatus(NamedTuple):
    """A folder as it was seen."""

    device: int
    mode: int
    changed: int
    """The later one of its modification and status time, in ns."""


def scan(folder: Path, memory: FolderMemory | None = None) -> Tree:
    """Read a destination's state. Raises EvergreenError if it is neither Evergreen's nor empty.

    A file with the right size counts as intact without being read if its modification and status
    times are older than the manifest: programs cannot set a status time back. Any other file of the
    manifest is hashed. (An edit that keeps the size is missed only if it happens during a publish,
    or after the clock was set back.)
    """
    if folder.exists() and not folder.is_dir():
        raise fault(str(folder), "is not a folder", "remove it, or choose another destination")
    manifest = read_manifest(folder)
    memory = memory or FolderMemory(0)
    found = walk(folder, memory)
    if manifest is None and (found.files or found.folders):
        raise fault(
            str(folder),
            "holds files that Evergreen did not write",
            f"choose another folder or empty this one; an empty file {NAME} in it hands it over, "
            "with what is there kept",
        )
    written = manifest or {}
    there = {path: entry for path, entry in written.items() if path in found.files}
    intact = dict(_intact(folder, there))
    files = frozenset(found.files.keys() - written.keys())
    folders = frozenset(found.folders.keys() - folders_of(written))
    return Tree(folder, manifest, intact, found, files, folders, stamp(folder), memory)


def intact_files(folder: Path) -> dict[str, str]:
    """Return `scan(folder).intact`, without a look at other files.

    Raises EvergreenError if the manifest is not valid.
    """
    written = read_manifest(folder) or {}
    missing = {path for path in folders_of(written) if not _status_of(f"{folder}/{path}")}
    return {
        path: sha256
        for path, sha256 in _intact(folder, written)
        if not (missing and any(path.startswith(f"{gone}/") for gone in missing))
    }


def walk(folder: Path, memory: FolderMemory) -> FolderContents:
    """Walk a folder; return nothing if it does not exist."""
    files: dict[str, int] = {}
    folders: dict[str, FolderStatus] = {}
    top = _status_of(str(folder)) if folder.exists() else None
    paths = [""] if top else []
    for path in paths:
        place = f"{folder}/{path}" if path else str(folder)
        status = os.lstat(place)
        if path:
            folders[path] = _status(status)
        names, inner = memory.names(place, path, status)
        files.update(names)
        paths += inner if path else (each for each in inner if each not in RESERVED)
    for name in RESERVED:
        files.pop(name, None)
    return FolderContents(files, folders, top)


def is_unchanged(folder: Path, before: FolderContents) -> bool:
    """True if no name in a folder, or below it, has changed since it was walked."""
    if _status_of(str(folder)) != before.top:
        return False
    top = f"{folder}/"
    return all(_status_of(top + path) == seen for path, seen in before.folders.items())


def find_newcomers(folder: Path, before: FolderContents, memory: FolderMemory) -> Iterator[str]:
    """Yield the files in a folder that were not there `before`; only those of its folders are read
    that have changed since, or may have."""
    top = f"{folder}/"
    pending = [""]
    for path, seen in before.folders.items():
        now = _status_of(top + path)
        if now and not (now == seen and memory.is_settled(now.changed)):
            pending.append(path)
    for path in pending:
        files, folders = list_folder(top + path, path)
        # The difference of two sets of names would go through all of those before, for each folder.
        yield from (each for each in files if each not in before.files and each not in RESERVED)
        pending += (each for each in folders if each not in before.folders and each not in RESERVED)


def stamp(folder: Path) -> tuple[int, int]:
    """Return a value that differs after each publish; (0, 0) if there was none."""
    try:
        found = os.lstat(folder / NAME)
    except (FileNotFoundError, NotADirectoryError):
        return 0, 0
    return found.st_ino, found.st_mtime_ns


def reference_time(folder: Path) -> int:
    """Return the time, in ns, of the last publish: files that have not changed since need not be
    hashed, nor folders read. 0 if it is in the future.
    """
    touched = stamp(folder)[1]
    return touched if touched <= time.time_ns() else 0


def _status(status: os.stat_result) -> FolderStatus:
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    return FolderStatus(status.st_dev, status.st_mode, changed)


def _status_of(path: str) -> FolderStatus | None:
    """Return the status of a folder; None if there is none."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _status(found) if stat.S_ISDIR(found.st_mode) else None


def _intact(folder: Path, written: Mapping[str, ManifestEntry]) -> Iterator[tuple[str, str]]:
    """Yield path and SHA-256 of the files that are as they were written."""
    since, top, lstat = reference_time(folder), f"{folder}/", os.lstat
    for path, (sha256, size) in written.items():
        try:
            found = lstat(top + path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if found.st_size != size or not stat.S_ISREG(found.st_mode):
            continue
        # The filesystem's clock is coarse: an equal time may belong to a later change.
        is_old = found.st_mtime_ns < since and found.st_ctime_ns < since
        if is_old or file_sha256(Path(top + path)) == sha256:
            yield path, sha256
