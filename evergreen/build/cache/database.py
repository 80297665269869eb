"""The cache on disk: one SQLite file, of which a build writes the rows that have changed.

A damaged file is no loss: everything in it can be made again.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evergreen.dataclass import dataclass

if TYPE_CHECKING:
    import sqlite3

FILE = "memory.sqlite"
_WAIT = 10.0
"""Seconds for which another process is waited for."""
_TABLES = {
    "state": "name TEXT PRIMARY KEY, value",
    "summaries": "path TEXT PRIMARY KEY, summary BLOB",
    "outlines": "path TEXT PRIMARY KEY, page BLOB",
    "contents": "digest TEXT PRIMARY KEY, content BLOB",
    "files": "path TEXT PRIMARY KEY, inputs TEXT, shows TEXT, content TEXT, sha256 TEXT",
    "tasks": "path TEXT PRIMARY KEY, task BLOB",
    "search": "digest TEXT PRIMARY KEY, part BLOB",
}
"""Columns by table. Each build reads all summaries and files; what else a page or a file has is in
other tables, so that these two are short."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """What a table is to hold."""

    changed: Callable[[bool], Iterable[Sequence[Any]]]
    """The rows that are written: those that have changed, or (True) all."""
    kept: Set[str]
    """The first columns of all rows that stay."""


@dataclass(frozen=True, slots=True)
class StoredTables:
    """What the tables hold, but for pages, contents and tasks."""

    state: Sequence[tuple[str, Any]]
    summaries: Sequence[tuple[str, bytes]]
    files: Sequence[tuple[str, str, str, str, str]]


def read(folder: Path) -> StoredTables:
    """Read the tables. Raises OSError if there are none or they cannot be read."""
    with _opened(folder) as file:
        return StoredTables(
            file.execute("SELECT name, value FROM state").fetchall(),
            file.execute("SELECT path, summary FROM summaries").fetchall(),
            file.execute("SELECT path, inputs, shows, content, sha256 FROM files").fetchall(),
        )


def read_pages(folder: Path) -> dict[str, bytes]:
    """Return all pages without their content, pickled, by the path of the post. Raises OSError."""
    with _opened(folder) as file:
        return dict(file.execute("SELECT path, page FROM outlines"))


def read_tasks(folder: Path, paths: Iterable[str]) -> list[bytes]:
    """Return the pickled tasks of some files, without those that have none. Raises OSError."""
    query = "SELECT task FROM tasks WHERE path = ?"
    with _opened(folder) as file:
        return [row[0] for path in paths for row in file.execute(query, (path,))]


def read_content(folder: Path, digest: str) -> bytes:
    """Return a page's content. Raises LookupError if it is not there, OSError."""
    with _opened(folder) as file:
        query = "SELECT content FROM contents WHERE digest = ?"
        found = file.execute(query, (digest,)).fetchone()
    if found is None:
        raise LookupError(digest)
    return bytes(found[0])


def read_parts(folder: Path, digests: Iterable[str]) -> dict[str, bytes]:
    """Return the stored parts of the search index of some pages, by the digest of the page."""
    query = "SELECT digest, part FROM search WHERE digest = ?"
    try:
        with _opened(folder) as file:
            return dict(row for digest in digests for row in file.execute(query, (digest,)))
    except OSError:
        return {}


def contents(folder: Path) -> frozenset[str]:
    """Return the digests of all pages whose content is stored; none if they cannot be read."""
    try:
        with _opened(folder) as file:
            return frozenset(digest for (digest,) in file.execute("SELECT digest FROM contents"))
    except OSError:
        return frozenset()


def write(folder: Path, base: str, outline: bytes, rows: dict[str, TableRows]) -> None:
    """Write these rows, all or none of them; rows of another base are replaced.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _write(folder, base, outline, rows)
    except OSError as error:
        if error.errno != errno.EBADMSG:
            raise
        (folder / FILE).unlink(missing_ok=True)
        _write(folder, base, outline, rows)


def _write(folder: Path, base: str, outline: bytes, rows: dict[str, TableRows]) -> None:
    with _opened(folder, new=True) as file, file:
        _create_tables(file)
        fresh = file.execute("SELECT value FROM state WHERE name = 'base'").fetchone() != (base,)
        for name, wanted in rows.items():
            key = _TABLES[name].partition(" ")[0]
            there = {path for (path,) in file.execute(f"SELECT {key} FROM {name}")}
            unwanted = [(path,) for path in there - wanted.kept]
            file.executemany(f"DELETE FROM {name} WHERE {key} = ?", unwanted)
            values = ", ".join("?" * len(_TABLES[name].split(",")))
            statement = f"INSERT OR REPLACE INTO {name} VALUES ({values})"
            file.executemany(statement, wanted.changed(fresh))
        state = [("base", base), ("outline", outline)]
        file.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", state)


def _create_tables(file: sqlite3.Connection) -> None:
    """Create the tables of a new file. Raises OSError (EBADMSG) if those of the file are others."""
    wanted = {f"CREATE TABLE {name} ({columns})" for name, columns in _TABLES.items()}
    there = {sql for (sql,) in file.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")}
    if there and there != wanted:
        raise OSError(errno.EBADMSG, "another version has written it", FILE)
    for statement in wanted - there:
        file.execute(statement)


@contextmanager
def _opened(folder: Path, new: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the database for one thread; errors become OSError, EBADMSG for a damaged file."""
    import sqlite3

    if not new and not (folder / FILE).exists():
        raise FileNotFoundError(errno.ENOENT, "there is no cache", str(folder / FILE))
    try:
        with closing(sqlite3.connect(folder / FILE, timeout=_WAIT)) as file:
            file.execute("PRAGMA synchronous = OFF")  # a killed process loses nothing by it
            yield file
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, str(error), str(folder / FILE)) from None
    except sqlite3.DatabaseError as error:
        raise OSError(errno.EBADMSG, str(error), str(folder / FILE)) from None
