"""The state of a destination: its intact files, and foreign files."""

# Paths are strings here: 12,000 Path objects take longer than all the system calls.

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.errors import fault
from evergreen.paths import file_sha256
from evergreen.publish.folders import FolderMemory, list_folder
from evergreen.publish.manifest import NAME, RESERVED, ManifestEntry, read_manifest
from evergreen.publish.paths import folders_of

FolderStatus = tuple[int, int, int]
"""A folder as it was seen: its device, its mode, and the later one of its modification and status
time, in ns."""


@dataclass(frozen=True, slots=True)
class FileList:
    """What the manifest of a destination lists."""

    manifest: Mapping[str, ManifestEntry] | None
    """None: the folder does not exist or is empty."""
    files: Mapping[str, str]
    """Path → SHA-256."""
    stamp: tuple[int, int]
    """Stamp of the manifest; it differs after each publish."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A destination; all paths are relative to it, with forward slashes."""

    folder: Path
    listing: FileList
    missing: frozenset[str]
    """Files of the manifest that are not there."""
    edited: frozenset[str]
    """Files of the manifest whose content has changed."""
    foreign_files: frozenset[str]
    """Files that are not in the manifest."""
    foreign_folders: frozenset[str]
    """Folders that no file of the manifest needs."""
    folders: Mapping[str, FolderStatus]
    """All its folders."""
    memory: FolderMemory
    """Of the folders that were read."""

    @property
    def manifest(self) -> Mapping[str, ManifestEntry] | None:
        """Return the manifest; None if the folder does not exist or is empty."""
        return self.listing.manifest

    @property
    def intact(self) -> Mapping[str, str]:
        """Return the other files of the manifest: path → SHA-256."""
        files, changed = self.listing.files, self.missing | self.edited
        if not changed:
            return files
        return {path: sha256 for path, sha256 in files.items() if path not in changed}

    def contains(self, path: str) -> bool:
        """True if there is a file at a path."""
        is_written = path in self.listing.files and path not in self.missing
        return is_written or path in self.foreign_files


@dataclass(frozen=True, slots=True)
class FolderContents:
    """The content of a folder, without Evergreen's own files. Symlinks are not followed."""

    files: Mapping[str, int]
    """Inodes by path: of files, and of everything else that is not a folder."""
    folders: Mapping[str, FolderStatus]
    top: FolderStatus | None = None
    """The folder itself; None if there is none."""


def read_file_list(folder: Path) -> FileList:
    """Read what a destination's manifest lists. Raises EvergreenError if it is not valid."""
    before = stamp(folder)  # a manifest that is replaced meanwhile has another one
    manifest = read_manifest(folder)
    files = {path: sha256 for path, (sha256, _) in (manifest or {}).items()}
    return FileList(manifest, files, before)


def scan(folder: Path, found: FolderContents, memory: FolderMemory, listing: FileList) -> Tree:
    """Return a destination's state; `found` is its content, `listing` that of its manifest.

    A file with the right size counts as intact without being read if its modification and status
    times are older than the manifest: programs cannot set a status time back. Any other file of the
    manifest is hashed. (An edit that keeps the size is missed only if it happens during a publish,
    or after the clock was set back.) Raises EvergreenError if the folder is neither Evergreen's nor
    empty.
    """
    if listing.manifest is None and (found.files or found.folders):
        raise fault(
            str(folder),
            "holds files that Evergreen did not write",
            f"choose another folder or empty this one; an empty file {NAME} in it hands it over, "
            "with what is there kept",
        )
    written = listing.manifest or {}
    there = {path: entry for path, entry in written.items() if path in found.files}
    edited = frozenset(there.keys() - set(_intact(folder, there)))
    missing = frozenset(written.keys() - there.keys())
    return Tree(
        folder,
        listing,
        missing,
        edited,
        frozenset(found.files.keys() - written.keys()),
        frozenset(found.folders.keys() - folders_of(written)),
        found.folders,
        memory,
    )


def intact_files(folder: Path) -> dict[str, str]:
    """Return `scan(folder).intact`, without a look at other files.

    Raises EvergreenError if the manifest is not valid.
    """
    written = read_manifest(folder) or {}
    missing = {path for path in folders_of(written) if not _status_of(f"{folder}/{path}")}
    return {
        path: written[path][0]
        for path in _intact(folder, written)
        if not (missing and any(path.startswith(f"{gone}/") for gone in missing))
    }


def walk(folder: Path, memory: FolderMemory) -> FolderContents:
    """Walk a folder; return nothing if it does not exist.

    Raises EvergreenError if it is no folder.
    """
    if folder.exists() and not folder.is_dir():
        raise fault(str(folder), "is not a folder", "remove it, or choose another destination")
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


def is_unchanged(
    folder: Path, top: FolderStatus | None, before: Mapping[str, FolderStatus]
) -> bool:
    """True if no name in a folder, or in the ones below it, has changed since they were seen."""
    if _status_of(str(folder)) != top:
        return False
    place = f"{folder}/"
    return all(_status_of(place + path) == seen for path, seen in before.items())


def find_newcomers(folder: Path, before: Tree) -> Iterator[str]:
    """Yield the files in a folder that were not there `before`, nor are of the manifest; only those
    of its folders are read that have changed since, or may have."""
    top = f"{folder}/"
    pending = [""]
    for path, seen in before.folders.items():
        now = _status_of(top + path)
        if now and not (now == seen and before.memory.is_settled(now[2])):
            pending.append(path)
    known = (before.listing.files, before.foreign_files, RESERVED)
    for path in pending:
        files, folders = list_folder(top + path, path)
        # The difference of two sets of names would go through all of those before, for each folder.
        yield from (each for each in files if not any(each in some for some in known))
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
    return status.st_dev, status.st_mode, max(status.st_mtime_ns, status.st_ctime_ns)


def _status_of(path: str) -> FolderStatus | None:
    """Return the status of a folder; None if there is none."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _status(found) if stat.S_ISDIR(found.st_mode) else None


def _intact(folder: Path, written: Mapping[str, ManifestEntry]) -> Iterator[str]:
    """Yield the paths of the files that are as they were written."""
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
            yield path
