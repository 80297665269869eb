"""Content that a build has made, on disk until it is published or stored: memory stays bounded.

The file has no name, so nothing remains of it when the process ends. Processes forked from that
which opened it share it.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path
from weakref import WeakValueDictionary, finalize

from evergreen.dataclass import dataclass
from evergreen.model.hashing import sha256


class Spool:
    """A file to which several processes append."""

    def __init__(self, folder: Path) -> None:
        """Open the file in a folder, or, if that cannot be written, in that for temporary files."""
        where = folder if os.access(folder, os.W_OK) else None
        self._number, path = tempfile.mkstemp(dir=where)
        Path(path).unlink()
        finalize(self, os.close, self._number)
        _OPEN[self._number] = self

    def __reduce__(self) -> tuple[object, tuple[int]]:
        """Pickle it as the same file in a process that shares it."""
        return _opened, (self._number,)

    def add(self, content: bytes) -> SpooledContent:
        """Append content. Raises OSError if the disk is full."""
        fcntl.lockf(self._number, fcntl.LOCK_EX)
        try:
            offset = os.lseek(self._number, 0, os.SEEK_END)
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(self._number, rest) :]
        finally:
            fcntl.lockf(self._number, fcntl.LOCK_UN)
        return SpooledContent(self, offset, len(content), sha256(content))

    def read(self, offset: int, size: int) -> bytes:
        """Return a part of the file. Raises OSError."""
        found = bytearray()
        while len(found) < size:
            part = os.pread(self._number, size - len(found), offset + len(found))
            if not part:
                raise OSError("the file of unpublished content was cut off")
            found += part
        return bytes(found)


def _opened(number: int) -> Spool:
    return _OPEN[number]


_OPEN: WeakValueDictionary[int, Spool] = WeakValueDictionary()
"""The open files by their descriptor, which forked processes have in common."""


@dataclass(frozen=True, slots=True)
class SpooledContent:
    """A part of a spool."""

    spool: Spool
    offset: int
    size: int
    sha256: str

    def read(self) -> bytes:
        """Return the content. Raises OSError."""
        return self.spool.read(self.offset, self.size)
