"""The second tree: hidden, kept from publish to publish, and made equal to the site to be.

After a trade it is the site before the last one. To bring it up to date touches what changed since,
and nothing else: ten thousand folders made anew take a filesystem seconds.
"""

# ruff: noqa: PTH101, PTH106, PTH108
# Paths are strings here: 12,000 Path objects take longer than all the system calls.

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Set
from contextlib import suppress
from pathlib import Path

from evergreen.errors import EvergreenError
from evergreen.publish.journal import make_folders, write_files
from evergreen.publish.manifest import NAME, manifest_bytes, read_manifest
from evergreen.publish.paths import folders_of
from evergreen.publish.plan import PublishPlan
from evergreen.publish.staging import DRAFT
from evergreen.publish.state import FolderContents, Tree, walk


def mirror(plan: PublishPlan, tree: Tree, there: FolderContents, spare: Path) -> None:
    """Make `spare` hold what the plan wants of the site, and what in the site is not ours.

    `there` is what it holds now. What stays is hard-linked, never opened for writing. At every
    moment all that is ours in it stands in its manifest: `reclaim` relies on that.
    """
    spare.mkdir(exist_ok=True)
    links = {path: _inode(tree, path) for path in (*plan.keep, *tree.files)}
    stay = {path for path, entry in there.files.items() if links.get(path) == entry.inode()}
    folders = folders_of((*plan.entries, *tree.files, *tree.folders)) | tree.folders
    _delete(there, stay, folders, spare)
    _replace_manifest(plan, spare)
    make_folders(folders - there.folders.keys(), spare)
    for path in links.keys() - stay:
        os.link(f"{tree.folder}/{path}", f"{spare}/{path}", follow_symlinks=False)
    write_files(plan.write, spare)
    _carry_modes(tree, folders, spare)


def reclaim(spare: Path, home: Path) -> tuple[FolderContents, bool]:
    """Take out of the spare what is not ours. What it holds then, and whether the site got any.

    Such files were carried over to the site, or came into the spare while that was the site: then
    the site, where it still is, gets them, if it has none of that name, or an older one.
    """
    found = walk(spare)
    strangers = found.files.keys() - _ours(spare)
    there = home.exists()
    got = [_dismiss(spare / path, home / path, there) for path in strangers]
    return (walk(spare) if strangers else found), any(got)


def _dismiss(file: Path, place: Path, keep: bool) -> bool:
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


def _ours(spare: Path) -> Set[str]:
    # One that was cut short is of a tree in which there is nothing yet.
    with suppress(EvergreenError):
        return (read_manifest(spare) or {}).keys()
    return frozenset()


def _inode(tree: Tree, path: str) -> int | None:
    entry = tree.found.files.get(path)
    return entry.inode() if entry else None


def _delete(there: FolderContents, stay: Set[str], folders: Set[str], spare: Path) -> None:
    for path in there.files.keys() - stay:
        os.unlink(f"{spare}/{path}")
    for folder in sorted(there.folders.keys() - folders, reverse=True):
        os.rmdir(f"{spare}/{folder}")


def _replace_manifest(plan: PublishPlan, spare: Path) -> None:
    draft = spare.parent / DRAFT
    draft.unlink(missing_ok=True)
    write_files({draft.name: manifest_bytes(plan.entries)}, draft.parent)
    draft.replace(spare / NAME)


def _carry_modes(tree: Tree, folders: Set[str], spare: Path) -> None:
    """Folders are as they are in the site: the spare's own do not follow a change there."""
    if not tree.folder.exists():
        return
    device = tree.folder.stat().st_dev
    for folder in tree.found.folders.keys() & folders:
        wanted = tree.found.folders[folder].stat(follow_symlinks=False)
        if wanted.st_dev != device:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), f"{tree.folder}/{folder}")
        if os.lstat(f"{spare}/{folder}").st_mode != wanted.st_mode:
            os.chmod(f"{spare}/{folder}", stat.S_IMODE(wanted.st_mode))
    shutil.copystat(tree.folder, spare)
