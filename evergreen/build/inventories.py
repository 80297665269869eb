"""Inventories of documentation, as Sphinx writes them (`objects.inv`): name → address.

They are files of the blog, `inventories/numpy.inv`, so a build needs no network and is the same
everywhere. The format is a line for each object, compressed: a library for it would bring more than
it saves.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urljoin

from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.model.hashing import sha256
from evergreen.regex import regex

FOLDER = "inventories"
MAX_BYTES = 100_000_000
"""Of an inventory that is not compressed; more is refused."""
_File = tuple[Path, tuple[int, ...]]
_HEADER = regex(rb"# Sphinx inventory version 2\n#[^\n]*\n#[^\n]*\n#[^\n]*zlib[^\n]*\n")
_OBJECT = regex(r"(\S.*?) +py:\w+ +-?\d+ +(\S*) ", re.M)
"""An object of Python: name, role, priority, place. `$` ends a place that ends with the name."""


@dataclass(frozen=True, slots=True)
class Inventories:
    """The inventories of a blog, as their files are whenever one asks."""

    root: Path
    links: Mapping[str, str]
    """Address of each documentation, by the name of its inventory."""

    @property
    def names(self) -> Mapping[str, str]:
        """Return the address of each documented name; of two the first documentation's."""
        return _names(tuple((*self._file(name), self.links[name]) for name in self.links))

    @property
    def state(self) -> Mapping[str, str]:
        """Return the hash of each file, by its path; "" for one that is missing."""
        return {_path(name): _hash(*self._file(name)) for name in self.links}

    def problems(self) -> Iterator[Problem]:
        """Yield a warning for each inventory that cannot be used."""
        for name, address in self.links.items():
            _, wrong = _unpacked(*self._file(name))
            if wrong:
                advice = f"download {urljoin(_folder(address), 'objects.inv')} to it"
                message = f"the inventory {_path(name)} {wrong}"
                yield Problem("site.toml", 0, 0, message, advice, "warning")

    def _file(self, name: str) -> _File:
        """Return the path of an inventory, with a stamp that a change of it changes."""
        path = self.root / _path(name)
        try:
            status = path.stat()
        except OSError:
            return path, ()
        return path, (status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)


@lru_cache(maxsize=4)
def _names(files: tuple[tuple[Path, tuple[int, ...], str], ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for path, stamp, address in reversed(files):
        content, _ = _unpacked(path, stamp)
        found |= dict(_objects(content, address))
    return found


@lru_cache(maxsize=64)
def _hash(path: Path, stamp: tuple[int, ...]) -> str:
    try:
        return sha256(path.read_bytes())
    except OSError:
        return ""


@lru_cache(maxsize=64)
def _unpacked(path: Path, stamp: tuple[int, ...]) -> tuple[bytes, str]:
    """Return the unpacked content of an inventory, or what is wrong with it."""
    return _read(path)


def _path(name: str) -> str:
    return f"{FOLDER}/{name}.inv"


def _read(path: Path) -> tuple[bytes, str]:
    try:
        content = path.read_bytes()
    except OSError:
        return b"", "does not exist"
    header = _HEADER.match(content)
    if not header:
        return b"", "is not one of Sphinx"
    try:
        unpacked = zlib.decompressobj().decompress(content[header.end() :], MAX_BYTES)
    except zlib.error:
        return b"", "is damaged"
    return unpacked, ""


def _objects(content: bytes, address: str) -> Iterator[tuple[str, str]]:
    for found in _OBJECT.finditer(content.decode("utf-8", "replace")):
        name, place = found.groups()
        yield name, urljoin(_folder(address), place.replace("$", name))


def _folder(address: str) -> str:
    return f"{address.rstrip('/')}/"
