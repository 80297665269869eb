"""The bundle of a post: the files beside it, and which names among them count."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from evergreen.regex import regex

IGNORED = frozenset({"__pycache__", ".git", ".ipynb_checkpoints", ".DS_Store"})
"""Names that are never part of a bundle."""

Stamp = tuple[int, int]
"""Size and modification time (ns) of a file."""

_TRANSIENT = regex(
    r"\..*\.sw[a-px]|#.*#|\.#.*|\.~lock\..*#|~\$.*|4913|\.nfs[0-9a-f]+|\.goutputstream-\w+"
    r"|Thumbs\.db|ehthumbs\.db|[Dd]esktop\.ini|\.directory|\.gitkeep|\.keep"
)
"""Names that Vim, Emacs, LibreOffice, Office, GNOME, Windows, KDE, NFS and git's users make."""


def names_in(folder: str | Path, excluded: Collection[str]) -> tuple[str, ...]:
    """Return the names in a folder, sorted, without ignored and excluded ones.

    Raises OSError if there is no such folder.
    """
    # First the spares: an excluded post has some, too.
    return tuple(sorted(_without_spares(set(os.listdir(folder)) - IGNORED) - set(excluded)))


def is_spare(name: str) -> bool:
    """True for the name of what an editor or a system puts beside a file for a while."""
    return bool(_TRANSIENT.fullmatch(name)) or name.endswith("~") or name.startswith("._")


def _without_spares(names: set[str]) -> set[str]:
    """Leave out transient files, and `x~` of editors and `._x` of macOS if `x` is there."""
    backups = {f"{name}~" for name in names} | {f"._{name}" for name in names}
    return {name for name in names - backups if not _TRANSIENT.fullmatch(name)}


def excluded_in(folder: str, names: Collection[str]) -> frozenset[str]:
    """Return those of some names that are directly in a folder of the bundle, relative to it."""
    prefix = "" if folder == "." else f"{folder}/"
    below = (name[len(prefix) :] for name in names if name.startswith(prefix))
    return frozenset(name for name in below if "/" not in name)


def is_excluded(name: str, names: Collection[str]) -> bool:
    """True if a name, or a folder that it is in, is excluded or ignored."""
    parts = name.split("/")
    above = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return not IGNORED.isdisjoint(parts) or any(path in names for path in above)


def stamp(path: str | Path) -> Stamp | None:
    """Return a file's size and modification time; None if there is no file."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
