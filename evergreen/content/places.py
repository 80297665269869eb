"""Places in an author's file of what a problem is about, where the parser knows only a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """Where something is written."""

    line: int
    column: int
    """From 1; 0 if only the line is known."""
    text: str = ""
    """As it is written there."""


def source_lines(path: Path) -> list[str]:
    """Return the lines of a source file; [] if it is not there any more."""
    try:
        return path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return []


def find_places(
    lines: Sequence[str], numbers: Iterable[int], pattern: re.Pattern[str]
) -> Iterator[Place]:
    """Yield where the group 1 of a pattern is in the lines with these numbers, in their order."""
    for number in numbers:
        if 0 < number <= len(lines):
            for found in pattern.finditer(lines[number - 1]):
                yield Place(number, found.start(1) + 1, found[1])
