"""The hidden folders in which a publish prepares, whose turn it is, and what a dead one left there.

The one beside the destination stays from publish to publish: it holds the second tree (see
`mirror`) and the lock. The one inside of it is there while files are renamed in place, no longer.
"""

from __future__ import annotations

import errno
import shutil
from contextlib import ExitStack, suppress
from pathlib import Path

from evergreen.publish.journal import undo
from evergreen.publish.lockfile import FILE, hold
from evergreen.publish.manifest import SCAFFOLD

SPARE, OLD, NEW, DRAFT = "tree", "old", "new", "draft"
"""In a scaffold: the second tree; what is replaced, what replaces it; a file being made."""

WAIT = 10.0
"""Seconds for which another publish is waited for."""


def beside(home: Path) -> Path:
    """The scaffold for whole trees: on the filesystem of the destination, and out of the site."""
    return home.with_name(f".{home.name}.evergreen")


def inside(home: Path) -> Path:
    """The scaffold for single files, where whole trees cannot be exchanged."""
    return home / SCAFFOLD


def join(home: Path, turn: ExitStack) -> bool:
    """Take the turn where somebody published here before; without a trace, so that looking is none.

    False where nobody did. What a dead publish left is put right first.
    """
    for folder in (beside(home), inside(home)):
        if folder.exists():
            _enter(home, folder, turn)
            return True
    return False


def begin(home: Path, turn: ExitStack) -> None:
    """Take the turn, and make the folder that it needs."""
    home.parent.mkdir(parents=True, exist_ok=True)
    folder = beside(home)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        home.mkdir(exist_ok=True)
        folder = inside(home)
    _enter(home, folder, turn)


def recover(home: Path) -> None:
    """Undo renames that were begun and not ended, and clear away what the ended ones left."""
    for folder in (beside(home), inside(home)):
        undo(folder)
    if (beside(home) / OLD).exists():
        (beside(home) / OLD).rename(beside(home) / SPARE)
    for left in (beside(home) / NEW, inside(home) / NEW, inside(home) / OLD):
        if left.exists():
            shutil.rmtree(left)


def _enter(home: Path, folder: Path, turn: ExitStack) -> None:
    turn.enter_context(hold(folder, WAIT))
    recover(home)
    turn.callback(_leave, home)


def _leave(home: Path) -> None:
    try:
        _tidy(home)
    except KeyboardInterrupt:  # it comes at any moment, and nothing is to be left in the site
        _tidy(home)
        raise


def _tidy(home: Path) -> None:
    # What cannot be put right now, the next publish tries again, and tells.
    with suppress(OSError):
        recover(home)
        if inside(home).exists():
            (inside(home) / FILE).unlink(missing_ok=True)
            inside(home).rmdir()
