"""What the engine is made of, for everything that is kept of its work."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.paths import atomic_write, last_tick, read_file

HERE = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class EngineFiles:
    """The files of this package and of some folders."""

    digest: str = ""
    """A hash of their contents and of the installed packages."""
    stamps: str = ""
    """A hash of their names, sizes and times; "" if a later change might not show in it."""
    contents: str = ""

    def remember(self, memory: Path) -> None:
        """Leave the hash of the contents for `read_engine`."""
        if self.stamps:
            with suppress(OSError):  # nothing is lost but time
                atomic_write(memory, f"{self.stamps} {self.contents}".encode())


def read_engine(folders: Sequence[Path], memory: Path) -> EngineFiles:
    """Hash this package and all files below some folders.

    If `memory` has a hash for files of these sizes and times, they are not read.
    """
    now = time.time_ns()
    whole = (HERE, *folders)
    files = [each for folder in whole for each in sorted(_files(str(folder), len(str(folder))))]
    stamps = hashlib.sha256(repr(files).encode("utf-8", "surrogateescape")).hexdigest()
    known = _remembered(memory).get(stamps)
    contents = known or _hash_contents(files)
    digest = hashlib.sha256("\n".join([contents, *installed()]).encode()).hexdigest()
    settled = all(last_tick(max(times)) < now for _, _, _, *times in files)
    return EngineFiles(digest, stamps if settled and not known else "", contents)


def installed() -> list[str]:
    """Return the names and versions of all installed distributions, from their folders' names."""
    folders = [path for path in sys.path if path.endswith("-packages") and os.path.isdir(path)]
    names = (name for folder in folders for name in os.listdir(folder))
    return [sys.version, *sorted(name for name in names if name.endswith(".dist-info"))]


def _remembered(memory: Path) -> dict[str, str]:
    """Return the hash of the contents of files by that of their stamps; {} if it is damaged."""
    try:
        stamps, contents = read_file(memory).decode("ascii").split()
    except (OSError, ValueError):
        return {}
    return {stamps: contents} if len(contents) == 64 else {}


def _hash_contents(files: Sequence[_File]) -> str:
    found = hashlib.sha256()
    for name, path, *_ in files:
        content, short = Path(path).read_bytes(), name.encode("utf-8", "surrogateescape")
        found.update(b"%d %d " % (len(short), len(content)) + short + content)
    return found.hexdigest()


_File = tuple[str, str, tuple[int, int], int, int]
"""Its path below the folder and in full, size and inode, modification and status time in ns."""


def _files(folder: str, above: int) -> Iterator[_File]:
    """Yield all files below a folder; `above` is the length of the path of the whole one."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _files(entry.path, above)
            elif entry.is_file():  # an editor's lock is a link to nowhere
                status = entry.stat()
                size = status.st_size, status.st_ino
                yield entry.path[above:], entry.path, size, status.st_mtime_ns, status.st_ctime_ns
