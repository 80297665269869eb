"""How much memory the processes of a post may use together."""

from __future__ import annotations

import os

from evergreen.model import ExecuteOptions


def memory_limit(options: ExecuteOptions) -> int:
    """Return the maximum memory of a post's processes together, in bytes."""
    if options.memory:
        return int(min(options.memory, 2.0**30) * 2**30)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4
