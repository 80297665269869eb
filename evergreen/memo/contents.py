"""The contents of pages on disk, by name: one SQLite file, for a thousand small ones take a
filesystem seconds.

Nothing here outlives a damaged disk, and need not: what is lost is made anew.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

FILE = "pages.sqlite"
_WAIT = 10.0
"""Seconds for which another process is waited for."""


def write(folder: Path, fresh: Callable[[], Iterable[tuple[str, bytes]]], kept: Set[str]) -> None:
    """Add contents with their names, and drop those that are not in `kept`. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _write(folder, fresh(), kept)
    except OSError as error:
        if error.errno != errno.EBADMSG:
            raise
        (folder / FILE).unlink(missing_ok=True)
        _write(folder, fresh(), kept)


def read(folder: Path, name: str) -> bytes:
    """A content. Raises LookupError where it is not there, OSError where it cannot be read."""
    if not (folder / FILE).exists():
        raise LookupError(name)
    with _opened(folder) as file:
        found = file.execute("SELECT content FROM pages WHERE name = ?", (name,)).fetchone()
    if found is None:
        raise LookupError(name)
    return bytes(found[0])


def names(folder: Path) -> frozenset[str]:
    """The names of all contents; none where they cannot be read."""
    if not (folder / FILE).exists():
        return frozenset()
    try:
        with _opened(folder) as file:
            return frozenset(name for (name,) in file.execute("SELECT name FROM pages"))
    except OSError:
        return frozenset()


def _write(folder: Path, fresh: Iterable[tuple[str, bytes]], kept: Set[str]) -> None:
    with _opened(folder) as file, file:
        file.execute("CREATE TABLE IF NOT EXISTS pages (name TEXT PRIMARY KEY, content BLOB)")
        there = {name for (name,) in file.execute("SELECT name FROM pages")}
        unwanted = [(name,) for name in there - kept]
        file.executemany("DELETE FROM pages WHERE name = ?", unwanted)
        file.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?)", fresh)


@contextmanager
def _opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """The file, for one thread; errors as those of the system: EBADMSG for a damaged file."""
    import sqlite3

    try:
        with closing(sqlite3.connect(folder / FILE, timeout=_WAIT)) as file:
            file.execute("PRAGMA synchronous = OFF")  # a killed process loses nothing by it
            yield file
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, str(error), str(folder / FILE)) from None
    except sqlite3.DatabaseError as error:
        raise OSError(errno.EBADMSG, str(error), str(folder / FILE)) from None
