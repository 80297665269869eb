"""The spare tree: hidden, kept between publishes, updated to become the next site.

After an exchange it contains the previous site. Updating it changes only what has changed since:
creating ten thousand folders anew takes seconds.
"""

# ruff: noqa: PTH101, PTH106, PTH108
# Paths are strings here: 12,000 Path objects take longer than all the system calls.

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Container, Iterable, Mapping, Set
from pathlib import Path

from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError
from evergreen.publish.journal import make_folders, write_files
from evergreen.publish.manifest import NAME, manifest_bytes, read_manifest
from evergreen.publish.paths import folders_of
from evergreen.publish.plan import PublishPlan
from evergreen.publish.staging import DRAFT
from evergreen.publish.state import FolderContents, FolderStatus, Tree


@dataclass(frozen=True, slots=True)
class SpareTree:
    """The content of the spare tree, as its difference to the site."""

    top: FolderStatus | None
    """The tree itself; None if there is none."""
    folders: Mapping[str, FolderStatus]
    others: frozenset[str]
    """Its files that are not in the site's manifest."""
    extra: frozenset[str]
    """Its files that the site does not have, or not as hard links of these."""
    lacking: frozenset[str]
    """Files of the site that are not hard links in it."""


def compare(spare: FolderContents, site: Mapping[str, int], written: Container[str]) -> SpareTree:
    """Compare the spare with the inodes of the site's files; `written` are in its manifest."""
    own = spare.files
    return SpareTree(
        spare.top,
        spare.folders,
        frozenset(path for path in own if path not in written),
        frozenset(path for path, inode in own.items() if site.get(path) != inode),
        frozenset(path for path, inode in site.items() if own.get(path) != inode),
    )


def update_spare(plan: PublishPlan, tree: Tree, there: SpareTree, spare: Path) -> tuple[bool, int]:
    """Make `spare` contain the plan's files and the site's foreign files; return True if the
    filesystem keeps the times of folders, and the number of the files that were linked.

    `there` is its present content. Unchanged files are hard-linked, never opened for writing. At
    every moment, the spare's manifest lists all of Evergreen's files in it: `reclaim` depends on
    this.
    """
    spare.mkdir(exist_ok=True)
    replaced = {*plan.write, *plan.remove}
    linked = (path for path in replaced if tree.contains(path) and path not in there.lacking)
    new = there.lacking - replaced
    folders = _wanted_folders(plan, tree)
    _delete(there.extra.union(linked), there.folders.keys() - folders, spare)
    is_timed = _replace_manifest(plan, spare)
    make_folders(folders - there.folders.keys(), spare)
    for path in new:
        os.link(f"{tree.folder}/{path}", f"{spare}/{path}", follow_symlinks=False)
    write_files(plan.write, spare)
    _copy_modes(tree, there, folders, spare)
    return is_timed, len(new)


def _wanted_folders(plan: PublishPlan, tree: Tree) -> Set[str]:
    """Return the folders of the plan's files and the site's foreign ones."""
    foreign = tree.foreign_folders
    return folders_of((*plan.entries, *tree.foreign_files, *foreign)) | foreign


def reclaim(spare: Path, site: Path, there: SpareTree, tree: Tree) -> tuple[SpareTree, bool]:
    """Move foreign files out of the spare; return its content then, and True if the site received
    any.

    Such a file was linked into the site too, or was created in the spare while that was the site.
    The site receives it unless it has a file of that name that is not older. Only if there are
    files that are not in the site's manifest is the list of Evergreen's files in the spare read.
    """
    foreign = there.others - _own_files(spare, there) if there.others else there.others
    got = move_out(foreign, spare, site)
    left = replace(
        there,
        others=there.others - foreign,
        extra=there.extra - foreign,
        lacking=there.lacking.union(filter(tree.contains, foreign)),
    )
    return left if foreign else there, got


def move_out(foreign: Iterable[str], spare: Path, site: Path) -> bool:
    """Move foreign files out of the spare; return True if the site received any of them."""
    keep = site.exists()
    there = (path for path in foreign if os.path.lexists(spare / path))
    moved = [_move_out(spare / path, site / path, keep) for path in there]
    return any(moved)


def _move_out(file: Path, place: Path, keep: bool) -> bool:
    moved = keep and _is_newer(file, place)
    if moved:
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)
    else:
        file.unlink()
    return moved


def _is_newer(file: Path, place: Path) -> bool:
    try:
        here, there = file.lstat(), place.lstat()
    except FileNotFoundError:
        return True
    return not os.path.samestat(here, there) and here.st_mtime_ns > there.st_mtime_ns


def _own_files(spare: Path, there: SpareTree) -> Set[str]:
    try:
        return (read_manifest(spare) or {}).keys()
    except EvergreenError:
        # Damaged: foreign files are linked in the site too, but old pages must not come back.
        return there.others


def _delete(files: Iterable[str], folders: Iterable[str], spare: Path) -> None:
    for path in files:
        os.unlink(f"{spare}/{path}")
    for folder in sorted(folders, reverse=True):
        os.rmdir(f"{spare}/{folder}")


def _replace_manifest(plan: PublishPlan, spare: Path) -> bool:
    """Put the plan's manifest in the place of the spare's; return True if that changed the time of
    the folder, as of each one in which a name changes."""
    draft = spare.parent / DRAFT
    draft.unlink(missing_ok=True)
    write_files({draft.name: manifest_bytes(plan.entries)}, draft.parent)
    written = draft.lstat().st_mtime_ns
    draft.replace(spare / NAME)
    return spare.lstat().st_mtime_ns >= written


def _copy_modes(tree: Tree, there: SpareTree, folders: Set[str], spare: Path) -> None:
    """Copy folder permissions from the site: they may have changed there since the exchange."""
    if not tree.folder.exists():
        return
    device = tree.folder.stat().st_dev
    for folder, (its_device, wanted, _) in tree.folders.items():
        if its_device != device and folder in folders:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), f"{tree.folder}/{folder}")
        own = there.folders.get(folder)
        if (not own or own[1] != wanted) and folder in folders:
            os.chmod(f"{spare}/{folder}", stat.S_IMODE(wanted))
    shutil.copystat(tree.folder, spare)
