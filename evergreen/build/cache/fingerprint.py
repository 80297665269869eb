"""What the engine is made of, for everything that is kept of its work."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parents[2]


def engine_digest(folders: Sequence[Path] = ()) -> str:
    """Hash the files of this package, all files below some folders, and the installed packages."""
    found = hashlib.sha256()
    for folder in (HERE, *folders):
        for path in sorted(_files(str(folder))):
            name = path[len(str(folder)) :].encode("utf-8", "surrogateescape")
            content = Path(path).read_bytes()
            found.update(b"%d %d " % (len(name), len(content)) + name + content)
    found.update("\n".join(installed()).encode())
    return found.hexdigest()


def installed() -> list[str]:
    """Return the names and versions of all installed distributions, from their folders' names."""
    folders = [path for path in sys.path if path.endswith("-packages") and os.path.isdir(path)]
    names = (name for folder in folders for name in os.listdir(folder))
    return [sys.version, *sorted(name for name in names if name.endswith(".dist-info"))]


def _files(folder: str) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        paths = (os.path.join(root, name) for name in names)
        yield from filter(os.path.isfile, paths)  # an editor's lock is a link to nowhere
