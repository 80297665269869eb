"""The published state of a destination, as a value and as bytes: another process can look at the
site while this one makes the pages.
"""

from __future__ import annotations

import marshal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evergreen.dataclass import dataclass, replace
from evergreen.publish.folders import FolderMemory
from evergreen.publish.spare_tree import SpareTree, compare
from evergreen.publish.staging import SPARE, staging_beside
from evergreen.publish.state import (
    FileList,
    Tree,
    read_file_list,
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
"""Files, written or linked, that the next build may hash or link."""


@dataclass(frozen=True, slots=True)
class PublishedSite:
    """The published state of a destination."""

    tree: Tree
    spare: SpareTree
    time: int
    """When it was inspected, by the monotonic clock, in ns."""
    seconds: float
    """Time that this took."""

    @property
    def files(self) -> Mapping[str, str]:
        """Return path → SHA-256, without files that are missing or were edited."""
        return self.tree.intact


def inspect_site(site: Path, listing: FileList | None = None) -> PublishedSite:
    """Return the state of a resolved destination; `listing` saves reading a manifest that has not
    changed since.

    Raises EvergreenError if the folder is not Evergreen's.
    """
    now = time.monotonic_ns()
    memory = FolderMemory(reference_time(site), staging_beside(site))
    found = walk(site, memory)
    if listing is None or listing.stamp != stamp(site):
        listing = read_file_list(site)
    tree = scan(site, found, memory, listing)
    spare = compare(walk(staging_beside(site) / SPARE, memory), found.files, listing.files)
    return PublishedSite(tree, spare, now, (time.monotonic_ns() - now) / 1e9)


def is_current(seen: PublishedSite, site: Path, files: int = 0) -> bool:
    """True if an inspection of the destination suffices to publish a number of files."""
    age = (time.monotonic_ns() - seen.time) / 1e9
    is_recent = age < max(RECENT if files <= FEW else FRESH, 2 * seen.seconds)
    return is_recent and seen.tree.folder == site and stamp(site) == seen.tree.listing.stamp


def pack(seen: PublishedSite) -> bytes:
    """Return an inspection without the listing as bytes, for a process on this machine."""
    tree, spare = seen.tree, seen.spare
    values: Any = (
        (str(tree.folder), tree.listing.stamp),
        (tree.missing, tree.edited, tree.foreign_files, tree.foreign_folders),
        (tree.folders, tree.memory.state),
        (spare.top, spare.folders, spare.others, spare.extra, spare.lacking),
        (seen.time, seen.seconds),
    )
    return marshal.dumps(values)


def unpack(packed: bytes, listing: FileList) -> PublishedSite:
    """Return the inspection that `pack` packed; `listing` is read again where it is another one's.

    Raises EvergreenError if the manifest is no longer valid.
    """
    (name, seen_stamp), names, (folders, state), spare, times = marshal.loads(packed)
    folder, memory = Path(name), FolderMemory.of_state(state)
    if listing.stamp != seen_stamp:
        listing = replace(read_file_list(folder), stamp=seen_stamp)
    missing, edited, foreign_files, foreign_folders = names
    foreign = foreign_files, foreign_folders
    tree = Tree(folder, listing, missing, edited, *foreign, folders, memory)
    return PublishedSite(tree, SpareTree(*spare), *times)
