"""SHA-256 of the blog's files, kept with the stamps of the files they were made from."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from stat import S_ISREG

from evergreen.paths import atomic_write, file_sha256, read_file

_Known = dict[str, tuple[list[int], str]]


@dataclass
class FileHashes:
    """Hashes of files; those of unchanged files are not computed again in the next build."""

    place: Path | None = None
    """Where they are kept; None: only in memory."""
    now: _Known = field(default_factory=dict)
    """Those that were asked for."""

    def of(self, file: Path) -> str:
        """Return the hash of a file; "" if it is not a regular file that can be read."""
        try:
            status = file.stat()
            if not S_ISREG(status.st_mode):
                return ""
            stamp = [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]
            known = self.now.get(str(file)) or self._before.get(str(file))
            if not known or list(known[0]) != stamp:
                known = (stamp, file_sha256(file))
        except OSError:
            return ""
        self.now[str(file)] = known
        return known[1]

    def write(self) -> None:
        """Keep the hashes for the next build."""
        if self.place and self.now != self._before:
            with suppress(OSError):
                atomic_write(self.place, json.dumps(self.now).encode())

    @cached_property
    def _before(self) -> _Known:
        try:
            found = json.loads(read_file(self.place)) if self.place else {}
            return {path: (list(stamp), str(sha256)) for path, (stamp, sha256) in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
