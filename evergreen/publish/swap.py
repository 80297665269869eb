"""Execute a plan: exchange a whole tree for the site, or rename single files inside it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread

from evergreen.dataclass import replace
from evergreen.publish.inspection import FEW
from evergreen.publish.journal import exchange, make_folders, rename_all, write_files
from evergreen.publish.manifest import NAME, STAGING, manifest_bytes
from evergreen.publish.paths import folders_of
from evergreen.publish.plan import PublishPlan
from evergreen.publish.spare_tree import SpareTree, move_out, reclaim, update_spare
from evergreen.publish.staging import DRAFT, NEW, OLD, SPARE, recover
from evergreen.publish.state import Tree, find_newcomers, walk


def exchange_trees(plan: PublishPlan, tree: Tree, there: SpareTree, staging: Path) -> int:
    """Update the spare tree, which now contains `there`, and exchange it for the site; return the
    number of files that were linked.

    An OSError means that the site is unchanged; errors after the exchange raise nothing.
    """
    site, spare = tree.folder, staging / SPARE
    _test_hard_links(site, staging)
    with ExitStack() as waits:
        if not site.exists():
            waits.callback(_make_beside(folders_of(plan.entries), staging / NEW).join)
        is_timed, linked = update_spare(plan, tree, there, spare)
    if not site.exists():
        spare.rename(site)
    elif not exchange(spare, site):
        inside = staging.name
        rename_all([(site.name, f"{inside}/{OLD}"), (f"{inside}/{SPARE}", site.name)], staging)
    with suppress(OSError):
        if (staging / NEW).exists():
            (staging / NEW).rename(spare)
        recover(site)
        if tree.manifest is not None:
            move_out({*tree.foreign_files, *find_newcomers(spare, tree)}, spare, site)
        if tree.manifest is None or len(plan.write) > FEW:
            _repeat(plan, tree, spare)
        if is_timed:
            tree.memory.write(staging)
    return linked


def _repeat(plan: PublishPlan, tree: Tree, spare: Path) -> None:
    """Bring the spare tree to the state of the site, so that the next publish has little to do."""
    found = walk(spare, tree.memory)
    old = frozenset(path for path in found.files if path in plan.write or path not in plan.entries)
    others = old.difference(plan.entries)
    there = SpareTree(found.top, found.folders, others, old, frozenset(plan.write))
    there, _ = reclaim(spare, tree.folder, there, tree)
    update_spare(replace(plan, write={}, remove=()), tree, there, spare)


def _make_beside(folders: Iterable[str], base: Path) -> Thread:
    """Start to make folders that the next update fills; it makes those that are missing."""

    def make() -> None:
        with suppress(OSError):
            make_folders(folders, base)

    thread = Thread(target=make)
    thread.start()
    return thread


def rename_in_place(plan: PublishPlan, tree: Tree, staging: Path) -> None:
    """Write the changed files in the staging folder inside the site, then rename them."""
    tree.folder.mkdir(exist_ok=True)
    staging.mkdir(mode=0o700, exist_ok=True)
    write_files({NAME: manifest_bytes(plan.entries), **plan.write}, staging / NEW)
    away = sorted(filter(tree.contains, {*plan.remove, *plan.write}))
    if tree.manifest is not None:
        away.append(NAME)
    moves = [(path, f"{STAGING}/{OLD}/{path}") for path in away]
    moves += [(f"{STAGING}/{NEW}/{path}", path) for path in (*plan.write, NAME)]
    _remove_empty_folders(plan, tree)
    rename_all(moves, staging)


def _remove_empty_folders(plan: PublishPlan, tree: Tree) -> None:
    # Their files were deleted by hand. Renaming removes the folders of other files.
    for folder in sorted(folders_of(tree.manifest or ()) - folders_of(plan.entries), reverse=True):
        with suppress(OSError):
            (tree.folder / folder).rmdir()


def _test_hard_links(site: Path, staging: Path) -> None:
    # Fail at once on another mount or without hard links, not after ten thousand folders.
    link = staging / DRAFT
    link.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        link.hardlink_to(site / NAME)
        link.unlink()
