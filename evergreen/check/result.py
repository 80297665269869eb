"""What comes of comparing two things, and by which rules they are compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from evergreen.model import CheckOptions


class DifferenceLevel(IntEnum):
    """How far two things are apart; of several the greatest counts."""

    SAME = 0
    CLOSE = 1
    """Within the tolerance."""
    DIFFERENT = 2


Lines = tuple[tuple[str, str], ...]
"""Lines as published and as they are now; "" where there is none."""


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """What comes of a comparison."""

    level: DifferenceLevel = DifferenceLevel.SAME
    message: str = ""
    """What differs, in one line."""
    lines: Lines = ()
    pictures: tuple[bytes, ...] = ()
    """Two figures that differ, as PNG."""


SAME = ComparisonResult()


@dataclass(frozen=True, slots=True)
class ComparisonRules:
    """By what the outputs of a cell are compared."""

    options: CheckOptions = field(default_factory=CheckOptions)
    published_at: datetime | None = None
    """When the published run ended, UTC: times near it mean nothing if they are near `now_at` now.
    """
    now_at: datetime | None = None
    rounded: bool = True
    """Numbers were printed for readers: their last digit may differ by one."""
    timed: bool = False
    """The cell measures time: durations that it prints mean nothing."""


def worst(results: Iterable[ComparisonResult]) -> ComparisonResult:
    """The first of those that are furthest apart, with the lines of all of them."""
    found = [result for result in results if result.level]
    if not found:
        return SAME
    level = max(result.level for result in found)
    first = next(result for result in found if result.level == level)
    lines = tuple(pair for result in found if result.level == level for pair in result.lines)
    return ComparisonResult(level, first.message, lines, first.pictures)


def short_pair(then: str, now: str, longest: int = 60) -> tuple[str, str]:
    """Two texts as a message quotes them, from a little before the first difference."""
    lines = [" ".join(text.split()) for text in (then, now)]
    pairs = enumerate(zip(*lines, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(map(len, lines)))
    start = lines[0].rfind(" ", 0, max(same - 12, 0)) + 1 if max(map(len, lines)) > longest else 0
    before = "…" if start else ""
    one, two = (short(before + line[start:], longest) for line in lines)
    return one, two


def short(text: str, longest: int = 60) -> str:
    """A text as a message quotes it: one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
