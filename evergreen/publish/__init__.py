"""Publish artifacts as the site's folder: all of them or none.

A publish builds a second tree, the spare, hidden beside the destination on the same filesystem.
Unchanged files are hard links to the site's files; the others are written and synced to disk. Then
the two trees are exchanged in one step. The site is not touched before that, so a build that fails
or dies leaves it unchanged byte for byte. The old site becomes the spare of the next publish, which
updates it from any state. If the trees cannot be exchanged (a mount point, a read-only parent, no
hard links, the current directory), only the changed files are renamed into the site, under a
journal; an incomplete publish is rolled back.

The manifest in the destination marks the folder as Evergreen's (see `manifest`). Only files in the
manifest are ever deleted or replaced, edited or not. All other files are kept unchanged, and an
artifact with the path of such a file is refused.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import field
from pathlib import Path

from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem, fault
from evergreen.model import Artifact
from evergreen.paths import flaw
from evergreen.publish.inspection import (
    FEW,
    PublishedSite,
    inspect_site,
    is_current,
    pack,
    unpack,
)
from evergreen.publish.lockfile import lock
from evergreen.publish.manifest import NAME
from evergreen.publish.paths import by_path, confusable
from evergreen.publish.plan import PublishPlan, make_plan
from evergreen.publish.spare_tree import reclaim
from evergreen.publish.staging import (
    SPARE,
    lock_existing,
    lock_new,
    recover,
    staging_beside,
    staging_inside,
)
from evergreen.publish.state import FileList, intact_files, is_unchanged, read_file_list
from evergreen.publish.swap import exchange_trees, rename_in_place

__all__ = [
    "FileList",
    "Published",
    "PublishedSite",
    "inspect",
    "inspect_files",
    "inspect_packed",
    "list_files",
    "lock",
    "publish",
    "read",
    "reinspect",
]


@dataclass(frozen=True, slots=True)
class Published:
    """The number of files that a publish wrote, removed and left unchanged."""

    written: int
    removed: int
    unchanged: int
    files: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The files in the destination now: path → SHA-256."""
    warnings: tuple[Problem, ...] = ()
    """About files that are one on some systems."""
    written_files: tuple[str, ...] = field(default=(), repr=False, compare=False)
    removed_files: tuple[str, ...] = field(default=(), repr=False, compare=False)


def publish(
    artifacts: Iterable[Artifact],
    destination: Path,
    *,
    in_place: bool = False,
    seen: PublishedSite | None = None,
    exact: bool = False,
) -> Published:
    """Make `destination` contain exactly `artifacts`, and the files in it that are not Evergreen's.

    If nothing differs, nothing is written. Otherwise the site changes in one step; on an
    EvergreenError, a KeyboardInterrupt or the death of the process it does not change. Only one
    publish runs at a time: a second one waits a little, then fails. Raises EvergreenError with
    every invalid path, every artifact with the path of a foreign file, and every artifact with
    `ExistingContent` whose file has changed or disappeared.

    `in_place` keeps the folder itself and renames files in it under a journal, for a folder that a
    container mounts. Readers may then see a mixture, and the changes of a killed build stay until
    the next call undoes them. `seen` avoids inspecting the destination again immediately after
    `inspect`. With `exact`, names that differ only in case are different files.
    """
    with _as_fault(destination), ExitStack() as stack:
        site = _resolve(destination)
        wanted = by_path(artifacts, exact=exact)
        plan, seen = _prepare(wanted, site, stack, seen)
        if plan.differs:
            _carry_out(plan, seen, in_place or site in _current_folders())
        files = {path: sha256 for path, (sha256, _) in plan.entries.items()}
        warnings = tuple(confusable(wanted)) if exact else ()
        counts = len(plan.write), len(plan.remove), plan.kept
        return Published(*counts, files, warnings, tuple(plan.write), plan.remove)


def list_files(destination: Path) -> FileList:
    """Return what the manifest of the destination lists, without a look at the files.

    Raises EvergreenError if it is not valid.
    """
    with _as_fault(destination):
        return read_file_list(_resolve(destination))


def inspect(destination: Path, listing: FileList | None = None) -> PublishedSite:
    """Return the state of the destination, after recovering from a build that died; `listing` saves
    reading a manifest that has not changed since.

    Raises EvergreenError if the folder is not Evergreen's.
    """
    with _as_fault(destination), ExitStack() as stack:
        site = _resolve(destination)
        lock_existing(site, stack)
        return inspect_site(site, listing)


def inspect_packed(destination: Path, listing: FileList) -> bytes:
    """Return `inspect(destination)` for another process, which unpacks it by `reinspect`.

    Raises EvergreenError.
    """
    return pack(inspect(destination, listing))


def reinspect(destination: Path, listing: FileList, packed: bytes) -> PublishedSite:
    """Return what another process, which had the same listing, saw of the destination or, if that
    is old, what is there now.

    Raises EvergreenError if the folder is not Evergreen's.
    """
    with _as_fault(destination):
        seen = unpack(packed, listing)
        return seen if is_current(seen, _resolve(destination)) else inspect(destination)


def inspect_files(destination: Path) -> Mapping[str, str]:
    """Return `inspect(destination).files` sooner: no other file of the destination is looked at.

    Raises EvergreenError.
    """
    with _as_fault(destination), ExitStack() as stack:
        site = _resolve(destination)
        lock_existing(site, stack)
        return intact_files(site)


def read(destination: Path, path: str) -> bytes | None:
    """Return a file of the site, Evergreen's or not; None if none has exactly this name."""
    file = destination / path
    try:
        found = not flaw(path) and file.is_file() and file.name in os.listdir(file.parent)
        return file.read_bytes() if found else None
    except OSError:
        return None


_NOT_EXCHANGEABLE = {
    *(errno.EXDEV, errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.EMLINK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP),
}
"""Errors after which whole trees cannot be built or exchanged, but renaming files may work."""


def _prepare(
    wanted: Mapping[str, Artifact], site: Path, stack: ExitStack, seen: PublishedSite | None
) -> tuple[PublishPlan, PublishedSite]:
    """Return the plan, and the state for which it is; lock if there is work to do."""
    held = lock_existing(site, stack)
    seen = seen if seen and is_current(seen, site) else inspect_site(site)
    plan = make_plan(wanted, seen.tree)
    if not plan.differs:
        return plan, seen
    if not held:
        lock_new(site, stack)
    now = _reclaimed(seen, len(plan.write))
    return plan if now.tree is seen.tree else make_plan(wanted, now.tree), now


def _reclaimed(seen: PublishedSite, files: int) -> PublishedSite:
    """Return the state after the spare's foreign files were moved into the site; what was `seen` of
    it suffices to publish a number of files, or it is inspected again."""
    site = seen.tree.folder
    place = staging_beside(site) / SPARE
    if not is_unchanged(place, seen.spare.top, seen.spare.folders):
        seen = inspect_site(site)
    spare, got = reclaim(place, site, seen.spare, seen.tree)
    is_enough = not got and is_current(seen, site, files)
    return replace(seen, spare=spare) if is_enough else inspect_site(site)


def _carry_out(plan: PublishPlan, seen: PublishedSite, in_place: bool) -> None:
    tree, folder, changed = seen.tree, staging_beside(seen.tree.folder), len(plan.write)
    is_fresh = len(plan.write) > FEW or is_current(seen, tree.folder, FEW + 1)
    if in_place or not folder.exists():
        rename_in_place(plan, tree, staging_inside(tree.folder))
    else:
        try:
            changed += exchange_trees(plan, tree, seen.spare, folder)
        except OSError as error:
            if error.errno not in _NOT_EXCHANGEABLE:
                raise
            recover(tree.folder)
            shutil.rmtree(folder / SPARE, ignore_errors=True)
            rename_in_place(plan, tree, staging_inside(tree.folder))
    _touch_manifest(seen, now=is_fresh and changed > FEW)


def _touch_manifest(seen: PublishedSite, *, now: bool) -> None:
    """Give the manifest the time since which files that change are hashed by the next build.

    That is the time of the inspection by the filesystem's clock: the time of the new manifest, less
    what has passed. With `now` the many files that were linked or written are not hashed.
    """
    manifest = seen.tree.folder / NAME
    with suppress(OSError):
        if now:
            os.utime(manifest)
        else:
            since = os.lstat(manifest).st_mtime_ns - (time.monotonic_ns() - seen.time)
            os.utime(manifest, ns=(since, since))


@contextmanager
def _as_fault(destination: Path) -> Iterator[None]:
    """Report a system error as one line that names the file."""
    try:
        yield
    except OSError as error:
        what = error.strerror or str(error)
        where = f" ({os.fsdecode(error.filename)})" if error.filename else ""
        raise fault(
            str(destination), f"cannot be published: {what}{where}", "the last site is unchanged"
        ) from error


def _resolve(destination: Path) -> Path:
    """Resolve symlinks: a link to the site is kept, and its target is replaced."""
    try:
        return destination.resolve()
    except RuntimeError:
        raise fault(
            str(destination), "is a symbolic link to itself", "remove it, or choose another folder"
        ) from None


def _current_folders() -> tuple[Path, ...]:
    """Return the current directory and its parents: they must not be exchanged."""
    with suppress(OSError):
        here = Path.cwd()
        return (here, *here.parents)
    return ()
