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
from collections.abc import Container, Iterable, Set
from pathlib import Path

from evergreen.dataclass import replace
from evergreen.errors import EvergreenError
from evergreen.publish.journal import make_folders, write_files
from evergreen.publish.manifest import NAME, manifest_bytes, read_manifest
from evergreen.publish.paths import folders_of
from evergreen.publish.plan import PublishPlan
from evergreen.publish.staging import DRAFT
from evergreen.publish.state import FolderContents, Tree


def update_spare(
    plan: PublishPlan, tree: Tree, there: FolderContents, spare: Path
) -> tuple[bool, int]:
    """Make `spare` contain the plan's files and the site's foreign files; return True if the
    filesystem keeps the times of folders, and the number of the files that were linked.

    `there` is its present content. Unchanged files are hard-linked, never opened for writing. At
    every moment, the spare's manifest lists all of Evergreen's files in it: `reclaim` depends on
    this.
    """
    spare.mkdir(exist_ok=True)
    links = {path: tree.found.files.get(path) for path in (*plan.keep, *tree.files)}
    stay = {path for path, inode in there.files.items() if links.get(path) == inode}
    folders = folders_of((*plan.entries, *tree.files, *tree.folders)) | tree.folders
    _delete(there, stay, folders, spare)
    is_timed = _replace_manifest(plan, spare)
    make_folders(folders - there.folders.keys(), spare)
    new = links.keys() - stay
    for path in new:
        os.link(f"{tree.folder}/{path}", f"{spare}/{path}", follow_symlinks=False)
    write_files(plan.write, spare)
    _copy_modes(tree, there, folders, spare)
    return is_timed, len(new)


def reclaim(
    spare: Path, site: Path, known: Container[str], found: FolderContents
) -> tuple[FolderContents, bool]:
    """Move foreign files out of the spare, which contains `found`; return its content then, and
    True if the site received any.

    Such a file was linked into the site too, or was created in the spare while that was the site.
    The site receives it unless it has a file of that name that is not older. `known` are paths of
    Evergreen's files in the site or the spare: only if there are others is the list of those in
    the spare read.
    """
    others = {path for path in found.files if path not in known}
    foreign = others - _own_files(spare, found) if others else others
    got = move_out(foreign, spare, site)
    files = {path: inode for path, inode in found.files.items() if path not in foreign}
    return replace(found, files=files) if foreign else found, got


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


def _own_files(spare: Path, found: FolderContents) -> Set[str]:
    try:
        return (read_manifest(spare) or {}).keys()
    except EvergreenError:
        # Damaged: foreign files are linked in the site too, but old pages must not come back.
        return found.files.keys()


def _delete(there: FolderContents, stay: Set[str], folders: Set[str], spare: Path) -> None:
    for path in there.files.keys() - stay:
        os.unlink(f"{spare}/{path}")
    for folder in sorted(there.folders.keys() - folders, reverse=True):
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


def _copy_modes(tree: Tree, there: FolderContents, folders: Set[str], spare: Path) -> None:
    """Copy folder permissions from the site: they may have changed there since the exchange."""
    if not tree.folder.exists():
        return
    device = tree.folder.stat().st_dev
    for folder in tree.found.folders.keys() & folders:
        wanted = tree.found.folders[folder]
        if wanted.device != device:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), f"{tree.folder}/{folder}")
        own = there.folders.get(folder)
        mode = own.mode if own else os.lstat(f"{spare}/{folder}").st_mode
        if mode != wanted.mode:
            os.chmod(f"{spare}/{folder}", stat.S_IMODE(wanted.mode))
    shutil.copystat(tree.folder, spare)
