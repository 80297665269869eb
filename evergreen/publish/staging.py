"""Hidden staging folders of a publish: the lock in them, and recovery after a publish that died.

The one beside the destination is kept between publishes; it holds the spare tree (see
`spare_tree`) and the lock. The one inside the destination exists only while files are renamed in
place.
"""

from __future__ import annotations

import errno
import shutil
from contextlib import ExitStack, suppress
from pathlib import Path

from evergreen.publish.journal import undo
from evergreen.publish.lockfile import FILE, hold
from evergreen.publish.manifest import STAGING

SPARE, OLD, NEW, DRAFT = "tree", "old", "new", "draft"
"""Names in a staging folder: the spare tree, replaced files, new files, a file being written."""

WAIT = 10.0
"""Seconds to wait for another publish."""


def staging_beside(site: Path) -> Path:
    """Return the staging folder for whole trees: on the same filesystem, outside the site."""
    return site.with_name(f".{site.name}.evergreen")


def staging_inside(site: Path) -> Path:
    """Return the staging folder for single files, used if whole trees cannot be exchanged."""
    return site / STAGING


def lock_existing(site: Path, stack: ExitStack) -> bool:
    """Lock an existing staging folder and recover from a publish that died; return True.

    Return False, and create nothing, if there was no publish here yet.
    """
    for folder in (staging_beside(site), staging_inside(site)):
        if folder.exists():
            _enter(site, folder, stack)
            return True
    return False


def lock_new(site: Path, stack: ExitStack) -> None:
    """Create the staging folder and lock it."""
    site.parent.mkdir(parents=True, exist_ok=True)
    folder = staging_beside(site)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        site.mkdir(exist_ok=True)
        folder = staging_inside(site)
    _enter(site, folder, stack)


def recover(site: Path) -> None:
    """Undo incomplete renames, and remove what complete ones left behind."""
    for folder in (staging_beside(site), staging_inside(site)):
        undo(folder)
    if (staging_beside(site) / OLD).exists():
        (staging_beside(site) / OLD).rename(staging_beside(site) / SPARE)
    for left in (
        staging_beside(site) / NEW,
        staging_inside(site) / NEW,
        staging_inside(site) / OLD,
    ):
        if left.exists():
            shutil.rmtree(left)


def _enter(site: Path, folder: Path, stack: ExitStack) -> None:
    stack.enter_context(hold(folder, WAIT))
    recover(site)
    stack.callback(_leave, site)


def _leave(site: Path) -> None:
    try:
        _tidy(site)
    except KeyboardInterrupt:  # may come at any moment; the site must contain no leftovers
        _tidy(site)
        raise


def _tidy(site: Path) -> None:
    # The next publish tries again and reports what cannot be cleaned up now.
    with suppress(OSError):
        recover(site)
        if staging_inside(site).exists():
            (staging_inside(site) / FILE).unlink(missing_ok=True)
            staging_inside(site).rmdir()
