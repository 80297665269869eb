"""Words of the tracer's report: shared by `tracer`, which runs beside a kernel, and the builder.

Standard library only.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

READ, LISTED, ASKED, LINK, RAN, WROTE, MADE = 1, 2, 4, 8, 16, 32, 64
"""A file that was read, a folder that was listed, a path of which it was asked whether it exists, a
symlink whose target was asked, a program; what was written to, or renamed, or removed; what the run
made before it used anything of it."""

SOCKET = "trace"
"""Name of the socket in the kernel's folder to which the filter's listener is sent."""

PACKAGES = re.compile(r"-packages/|/R/(?:[^/]+/)?(?:site-)?library/")
"""Matches the path of what is installed for Python or R."""


def stamp_of(status: os.stat_result) -> list[int]:
    """Return what changes of a file whenever its content does, after its mode and size."""
    times = status.st_mtime_ns, status.st_ctime_ns
    return [status.st_mode, status.st_size, status.st_ino, *times]
