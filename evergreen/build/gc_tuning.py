"""Raise the threshold of Python's garbage collector during a build."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLD = 10_000
"""New objects between two collections; Python's default is 700. What pages leave behind in cycles
is held for so long."""
_OLDER = 50
"""Collections until older objects are looked at, too: there are many, and few of them go."""


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Collect rarely: a build holds a million values and makes few cycles.

    Forked processes inherit the threshold.
    """
    before = gc.get_threshold()
    gc.set_threshold(THRESHOLD, _OLDER, before[2])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def setting_up() -> Iterator[None]:
    """Do not collect while much is read that is kept: all of it stays, and later collections need
    not look at it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
