"""SHA-256 of the blog's files, kept with the stamps of the files they were made from."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import field
from functools import cached_property
from pathlib import Path
from stat import S_ISREG

from evergreen.content.picture_metadata import SUFFIXES, without_metadata
from evergreen.dataclass import dataclass
from evergreen.model.hashing import sha256 as hash_of
from evergreen.paths import atomic_write, file_sha256, read_file

_Known = dict[str, tuple[list[int], str, str]]
"""Path → stamp of the file, its hash, and that of the file as it is published, if asked for."""


@dataclass
class FileHashes:
    """Hashes of files; those of unchanged files are not computed again in the next build."""

    place: Path | None = None
    """Where they are kept; None: only in memory."""
    now: _Known = field(default_factory=dict)
    """Those that were asked for."""

    def of(self, file: Path) -> str:
        """Return the hash of a file; "" if it is not a regular file that can be read."""
        return self._known(file)[1]

    def published(self, file: Path) -> str:
        """Return the hash of a file as it is published: see `picture_metadata`."""
        if not file.name.lower().endswith(SUFFIXES):
            return self.of(file)
        stamp, sha256, published = self._known(file)
        if sha256 and not published:
            try:
                published = hash_of(without_metadata(file.read_bytes()))
            except OSError:
                return ""
            self.now[str(file)] = stamp, sha256, published
        return published

    def _known(self, file: Path) -> tuple[list[int], str, str]:
        try:
            status = file.stat()
            if not S_ISREG(status.st_mode):
                return [], "", ""
            stamp = [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]
            known = self.now.get(str(file)) or self._before.get(str(file))
            if not known or list(known[0]) != stamp:
                known = (stamp, file_sha256(file), "")
        except OSError:
            return [], "", ""
        self.now[str(file)] = known
        return known

    def write(self) -> None:
        """Keep the hashes for the next build."""
        if self.place and self.now != self._before:
            with suppress(OSError):
                atomic_write(self.place, json.dumps(self.now).encode())

    @cached_property
    def _before(self) -> _Known:
        try:
            found = json.loads(read_file(self.place)) if self.place else {}
            return {
                path: (list(stamp), str(sha256), str(published))
                for path, (stamp, sha256, published) in found.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
