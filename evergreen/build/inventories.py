"""Inventories of documentation, as Sphinx writes them (`objects.inv`): name → address.

They are files of the blog, `inventories/numpy.inv`, so a build needs no network and is the same
everywhere. The format is a line for each object, compressed: a library for it would bring more than
it saves.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urljoin

from evergreen.errors import Problem
from evergreen.model.hashing import sha256

FOLDER = "inventories"
MAX_BYTES = 100_000_000
"""Of an inventory that is not compressed; more is refused."""
_HEADER = re.compile(rb"# Sphinx inventory version 2\n#[^\n]*\n#[^\n]*\n#[^\n]*zlib[^\n]*\n")
_OBJECT = re.compile(r"(\S.*?) +py:\w+ +-?\d+ +(\S*) ", re.M)
"""An object of Python: name, role, priority, place. `$` ends a place that ends with the name."""


@dataclass(frozen=True)
class Inventories:
    """The inventories of a blog, read when they are first asked for."""

    root: Path
    links: Mapping[str, str]
    """Address of each documentation, by the name of its inventory."""

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Return the address of each documented name; of two the first documentation's."""
        found: dict[str, str] = {}
        for name, address in reversed([*self.links.items()]):
            content, _ = self._files[name]
            found |= dict(_objects(content, address))
        return found

    @cached_property
    def state(self) -> Mapping[str, str]:
        """Return the hash of each file, by its path; "" for one that is missing."""
        return {
            self._path(name): sha256(content) if content else ""
            for name, (content, _) in self._files.items()
        }

    def problems(self) -> Iterator[Problem]:
        """Yield a warning for each inventory that cannot be used."""
        for name, (_, wrong) in self._files.items():
            if wrong:
                address = urljoin(_folder(self.links[name]), "objects.inv")
                advice = f"download {address} to it"
                message = f"the inventory {self._path(name)} {wrong}"
                yield Problem("site.toml", 0, 0, message, advice, "warning")

    @cached_property
    def _files(self) -> Mapping[str, tuple[bytes, str]]:
        """Return the unpacked content of each inventory, or what is wrong with it."""
        return {name: _read(self.root / self._path(name)) for name in self.links}

    def _path(self, name: str) -> str:
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
