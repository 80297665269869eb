"""The placeholders of a run: large files beside the post, filled when something opens them.

A file that nothing opens is never copied. Before an open goes on, the tracer fills the placeholder
that it leads to, by whatever name. Before a program outside of the run is asked for something, all
are filled: nobody sees what it opens.

Standard library only: it runs beside `tracer`, under the posts' Python.
"""

from __future__ import annotations

import contextlib
import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from evergreen.execution.kernels.file_copy import fill
else:
    from file_copy import fill

FILLED_BEFORE = frozenset({"open", "openat", "openat2", "creat", "execve", "execveat", "truncate"})
"""System calls before which the content must be there."""


class Placeholders:
    """Those that are still empty."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        """Take over placeholders, each with the file from which it is filled."""
        self.empty: dict[tuple[int, int], tuple[str, str]] = {}
        """Device and inode → the placeholder, its source."""
        for place, source in sources.items():
            with contextlib.suppress(OSError):
                status = os.stat(place)
                self.empty[status.st_dev, status.st_ino] = place, source

    def fill(self, path: str) -> int:
        """Fill the placeholder to which a path leads, if any; return the error number, or 0."""
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            return 0
        return self._fill(path, (status.st_dev, status.st_ino))

    def fill_all(self) -> int:
        """Fill all that are still where they were made; return the first error number, or 0."""
        for key, (place, _) in [*self.empty.items()]:
            if os.path.exists(place) and (failed := self._fill(place, key)):
                return failed
        return 0

    def _fill(self, path: str, key: tuple[int, int]) -> int:
        if key not in self.empty:
            return 0
        try:
            fill(self.empty[key][1], path)
        except FileNotFoundError:
            return errno.EIO  # the source is gone: a file without content must not be read
        except OSError as error:
            return error.errno or errno.EIO
        del self.empty[key]
        return 0
