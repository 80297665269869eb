"""The published state of a destination, as a value and as bytes: another process can look at the
site while this one makes the pages.
"""

from __future__ import annotations

import marshal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evergreen.dataclass import dataclass
from evergreen.publish.folders import FolderMemory
from evergreen.publish.manifest import ManifestEntry
from evergreen.publish.staging import SPARE, staging_beside
from evergreen.publish.state import (
    FolderContents,
    FolderStatus,
    Tree,
    reference_time,
    scan,
    stamp,
    walk,
)

FRESH, RECENT = 1.0, 30.0
"""Seconds for which an inspection may be reused: by a publish of many files, and by one of `FEW`;
or twice the time that it took, if that is more. Files that are edited in the meantime are noticed
after the latter only, by their times."""
FEW = 200
"""Files, written or linked, that the next build may hash."""


@dataclass(frozen=True, slots=True)
class PublishedSite:
    """The published state of a destination."""

    tree: Tree
    spare: FolderContents
    """The content of the spare tree."""
    time: int
    """When it was inspected, by the monotonic clock, in ns."""
    seconds: float
    """Time that this took."""

    @property
    def files(self) -> Mapping[str, str]:
        """Return path → SHA-256, without files that are missing or were edited."""
        return self.tree.intact


def inspect_site(site: Path) -> PublishedSite:
    """Return the state of a resolved destination.

    Raises EvergreenError if the folder is not Evergreen's.
    """
    now = time.monotonic_ns()
    memory = FolderMemory(reference_time(site), staging_beside(site))
    tree = scan(site, memory)
    spare = walk(staging_beside(site) / SPARE, memory)
    return PublishedSite(tree, spare, now, (time.monotonic_ns() - now) / 1e9)


def is_current(seen: PublishedSite, site: Path, files: int = 0) -> bool:
    """True if an inspection of the destination suffices to publish a number of files."""
    age = (time.monotonic_ns() - seen.time) / 1e9
    is_recent = age < max(RECENT if files <= FEW else FRESH, 2 * seen.seconds)
    return is_recent and seen.tree.folder == site and stamp(site) == seen.tree.stamp


def pack(seen: PublishedSite) -> bytes:
    """Return an inspection as bytes, for a process on this machine."""
    tree = seen.tree
    entries = tree.manifest or {}
    written = {path: tuple(entry) for path, entry in entries.items()}
    values: Any = (
        str(tree.folder),
        None if tree.manifest is None else written,
        tuple(entries.keys() - tree.intact.keys()),
        tuple(map(_pack_contents, (tree.found, seen.spare))),
        (tree.files, tree.folders, tree.stamp, tree.memory.state),
        (seen.time, seen.seconds),
    )
    return marshal.dumps(values)


def unpack(packed: bytes) -> PublishedSite:
    """Return the inspection that `pack` packed."""
    folder, written, changed, trees, own, times = marshal.loads(packed)
    found, spare = map(_unpack_contents, trees)
    files, folders, tree_stamp, memory = own
    make = ManifestEntry._make
    entries = {path: make(entry) for path, entry in (written or {}).items()}
    intact = {path: entry.sha256 for path, entry in entries.items()}
    for path in changed:
        del intact[path]
    known = FolderMemory.of_state(memory)
    manifest = None if written is None else entries
    tree = Tree(Path(folder), manifest, intact, found, files, folders, tree_stamp, known)
    return PublishedSite(tree, spare, *times)


_PackedContents = tuple[dict[str, int], dict[str, tuple[int, ...]], tuple[int, ...]]


def _pack_contents(found: FolderContents) -> _PackedContents:
    folders = {path: tuple(status) for path, status in found.folders.items()}
    return dict(found.files), folders, tuple(found.top or ())


def _unpack_contents(packed: _PackedContents) -> FolderContents:
    files, folders, top = packed
    statuses = {path: FolderStatus(*own) for path, own in folders.items()}
    return FolderContents(files, statuses, FolderStatus(*top) if top else None)
