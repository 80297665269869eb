"""Artifacts → the folder that is the site, all or nothing.

A publish makes a second tree, hidden beside the destination on the same filesystem, equal to the
site to be: files that stay are hard links to the site's, the others are written and made durable.
Then the two trees trade places in one step. Nothing of the site is touched before, so a build that
fails or dies leaves it byte for byte. The old site is the second tree of the next publish, which
brings it up to date, whatever state it is in. Where the trees cannot trade places (a mount point, a
parent that may not be written, no hard links, the current directory) the changed files alone are
renamed into the site under a journal, which is undone where the build does not reach its end.

The manifest in the destination makes the folder ours (see `manifest`). Only files that it lists are
ever deleted or replaced, edited by hand or not; everything else is carried over untouched, and an
artifact that claims the place of such a file is refused.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from evergreen.errors import fault
from evergreen.model import Artifact
from evergreen.paths import flaw
from evergreen.publish.lockfile import lock
from evergreen.publish.manifest import NAME
from evergreen.publish.paths import by_path
from evergreen.publish.plan import PublishPlan, make_plan
from evergreen.publish.spare_tree import reclaim
from evergreen.publish.staging import SPARE, begin, beside, inside, join, recover
from evergreen.publish.state import FolderContents, Tree, scan, stamp
from evergreen.publish.swap import amend, trade

__all__ = ["Published", "Standing", "lock", "look", "publish", "read"]


@dataclass(frozen=True, slots=True)
class PublishedSite:
    """What stands in a destination as it was published; see `look`."""

    files: Mapping[str, str]
    """Path → SHA-256. Files that are missing or were edited are left out."""
    tree: Tree
    time: float
    """When it was looked at, by the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Published:
    """How many files a publish wrote, removed and left alone."""

    written: int
    removed: int
    unchanged: int
    files: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """What stands in the destination now: path → SHA-256."""


FRESH = 1.0
"""Seconds for which a publish takes what was seen for what is there."""


def publish(
    artifacts: Iterable[Artifact],
    destination: Path,
    *,
    in_place: bool = False,
    seen: PublishedSite | None = None,
) -> Published:
    """Make `destination` hold exactly `artifacts`, and the files in it that are not ours.

    Where nothing differs, nothing is written. Otherwise the site changes in one step or, on an
    EvergreenError, KeyboardInterrupt or death of the process, not at all. One publisher at a time:
    a second one waits a little, then fails. Every bad path, every artifact that claims a file of
    somebody else's and every `Kept` one that does not stand there any more is an EvergreenError.

    `in_place` leaves the folder itself where it is and renames its files under a journal: for a
    folder that a container mounts. It is not one step for a reader, and a killed build's changes
    stay until the next call undoes them. `seen` spares a look at the destination, where it was
    looked at just before.
    """
    with _told(destination), ExitStack() as turn:
        home = _resolve(destination)
        wanted = by_path(artifacts)
        tree, plan, spare = _prepare(wanted, home, turn, seen)
        if plan.differs:
            _carry_out(plan, tree, spare, in_place or home in _here())
        files = {path: entry.sha256 for path, entry in plan.entries.items()}
        return Published(len(plan.write), len(plan.remove), len(plan.keep), files)


def look(destination: Path) -> PublishedSite:
    """What stands in the destination. What a dead build left is put right first. An EvergreenError
    where the folder is not ours to write to.
    """
    with _told(destination), ExitStack() as turn:
        home, now = _resolve(destination), time.monotonic()
        join(home, turn)
        tree = scan(home)
        return PublishedSite(tree.intact, tree, now)


def read(destination: Path, path: str) -> bytes | None:
    """A file of the site, be it ours or not; None where there is none of exactly that name."""
    file = destination / path
    try:
        found = not flaw(path) and file.is_file() and file.name in os.listdir(file.parent)
        return file.read_bytes() if found else None
    except OSError:
        return None


_ELSEWHERE = {
    *(errno.EXDEV, errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.EMLINK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP),
}
"""A tree cannot be built beside the site or trade places with it; files in it may still be."""


def _prepare(
    wanted: Mapping[str, Artifact], home: Path, turn: ExitStack, seen: PublishedSite | None
) -> tuple[Tree, PublishPlan, FolderContents]:
    """What is there, what is to be done, and the spare: under the lock, unless that is nothing."""
    held = join(home, turn)
    tree = seen.tree if seen and _still_stands(seen, home) else scan(home)
    plan = make_plan(wanted, tree)
    if not plan.differs:
        return tree, plan, FolderContents({}, {})
    if not held:
        begin(home, turn)
    spare, got = reclaim(beside(home) / SPARE, home)
    if got or stamp(home) != tree.stamp:
        tree = scan(home)
        plan = make_plan(wanted, tree)
    return tree, plan, spare


def _still_stands(seen: PublishedSite, home: Path) -> bool:
    young = time.monotonic() - seen.time < FRESH
    return young and seen.tree.folder == home and stamp(home) == seen.tree.stamp


def _carry_out(plan: PublishPlan, tree: Tree, spare: FolderContents, in_place: bool) -> None:
    folder = beside(tree.folder)
    if in_place or not folder.exists():
        amend(plan, tree, inside(tree.folder))
    else:
        try:
            trade(plan, tree, spare, folder)
        except OSError as error:
            if error.errno not in _ELSEWHERE:
                raise
            recover(tree.folder)
            shutil.rmtree(folder / SPARE, ignore_errors=True)
            amend(plan, tree, inside(tree.folder))
    _vouch(tree)


def _vouch(tree: Tree) -> None:
    # Linking changed the status of files after their manifest was written: without this the next
    # build would read them all.
    with suppress(OSError):
        os.utime(tree.folder / NAME)


@contextmanager
def _told(destination: Path) -> Iterator[None]:
    """Errors of the system as one line that names the file."""
    try:
        yield
    except OSError as error:
        what = error.strerror or str(error)
        where = f" ({os.fsdecode(error.filename)})" if error.filename else ""
        raise fault(
            str(destination), f"cannot be published: {what}{where}", "the last site stays there"
        ) from error


def _resolve(destination: Path) -> Path:
    """Without symbolic links: a link to the site stays one, and what it points to is replaced."""
    try:
        return destination.resolve()
    except RuntimeError:
        raise fault(
            str(destination), "is a symbolic link to itself", "remove it, or choose another folder"
        ) from None


def _here() -> tuple[Path, ...]:
    """The current directory and those above it: replaced, they would be gone for the caller."""
    with suppress(OSError):
        here = Path.cwd()
        return (here, *here.parents)
    return ()
