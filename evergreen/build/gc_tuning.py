"""Python's collector of cyclic garbage, which looks again and again through all that lives."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLD = 50_000
"""New objects between two collections; Python's own number is 700."""


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Let the collector run seldom: a build holds a million values and makes few cycles.

    Processes forked meanwhile do the same.
    """
    before = gc.get_threshold()
    gc.set_threshold(THRESHOLD, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
