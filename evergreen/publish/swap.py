"""Carrying out a plan: as a whole tree that takes the site's place, or file by file inside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from evergreen.publish.journal import exchange, make_folders, rename_all, write_files
from evergreen.publish.manifest import NAME, SCAFFOLD, manifest_bytes
from evergreen.publish.paths import folders_of
from evergreen.publish.plan import PublishPlan
from evergreen.publish.spare_tree import mirror, reclaim
from evergreen.publish.staging import DRAFT, NEW, OLD, SPARE, recover
from evergreen.publish.state import FolderContents, Tree


def trade(plan: PublishPlan, tree: Tree, there: FolderContents, scaffold: Path) -> None:
    """Make the spare tree, which holds what is `there`, the wanted one, and trade it for the site.

    An OSError leaves the site as it was; nothing that goes wrong after the trade raises one.
    """
    home, spare = tree.folder, scaffold / SPARE
    _probe(home, scaffold)
    with ThreadPoolExecutor(1) as other:
        if not home.exists():
            other.submit(make_folders, folders_of(plan.entries), scaffold / NEW)
        mirror(plan, tree, there, spare)
    if not home.exists():
        spare.rename(home)
    elif not exchange(spare, home):
        inside = scaffold.name
        rename_all([(home.name, f"{inside}/{OLD}"), (f"{inside}/{SPARE}", home.name)], scaffold)
    with suppress(OSError):
        if (scaffold / NEW).exists():
            (scaffold / NEW).rename(spare)
        recover(home)
        there, _ = reclaim(spare, home)
        if tree.manifest is None:
            # The first edit after the first build finds its second tree made.
            mirror(replace(plan, keep=tuple(plan.entries), write={}), tree, there, spare)


def amend(plan: PublishPlan, tree: Tree, scaffold: Path) -> None:
    """Write what changes in the scaffold, inside the site, and rename it into its place."""
    tree.folder.mkdir(exist_ok=True)
    scaffold.mkdir(mode=0o700, exist_ok=True)
    write_files({NAME: manifest_bytes(plan.entries), **plan.write}, scaffold / NEW)
    away = sorted(tree.found.files.keys() & {*plan.remove, *plan.write})
    if tree.manifest is not None:
        away.append(NAME)
    moves = [(path, f"{SCAFFOLD}/{OLD}/{path}") for path in away]
    moves += [(f"{SCAFFOLD}/{NEW}/{path}", path) for path in (*plan.write, NAME)]
    _drop_bare_folders(plan, tree)
    rename_all(moves, scaffold)


def _drop_bare_folders(plan: PublishPlan, tree: Tree) -> None:
    # Their files were deleted by hand; those whose files are renamed away go with them.
    for folder in sorted(folders_of(tree.manifest or ()) - folders_of(plan.entries), reverse=True):
        with suppress(OSError):
            (tree.folder / folder).rmdir()


def _probe(home: Path, scaffold: Path) -> None:
    # Another mount, or no hard links: an OSError at once, not after ten thousand folders.
    link = scaffold / DRAFT
    link.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        link.hardlink_to(home / NAME)
        link.unlink()
