"""Results of a comparison, and the rules that it follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import datetime
from enum import IntEnum
from typing import Literal

from evergreen.dataclass import dataclass
from evergreen.model import CheckOptions


class DifferenceLevel(IntEnum):
    """The distance of two outputs; of several levels the greatest counts."""

    SAME = 0
    CLOSE = 1
    """Within the tolerance."""
    DIFFERENT = 2


ChangeKind = Literal["number", "text", "order", "new", "gone", "other"]
"""What kind of change: a number, a text, the order of lines or items, one that is new or gone."""

Lines = tuple[tuple[str, str], ...]
"""Lines as published and as they are now; "" where there is none."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place of an output that is not what it was."""

    level: DifferenceLevel
    kind: ChangeKind
    place: str
    """In the published output, like `L3.5` or `data[0].y[1]`."""
    at: str = ""
    """In the new output; "" if it is gone."""
    message: str = ""
    """The change in one line."""
    line: tuple[str, str] = ("", "")
    numbers: tuple[float, float] | None = None
    """The published and the new number, if both are finite."""
    texts: tuple[str, str] = ("", "")
    """The published and the new word or number, if only these were compared."""
    unit: str = ""
    """The word behind a number: `s`, `MB`."""


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """All changes of one output."""

    changes: tuple[Change, ...] = ()
    numbers: int = 0
    """Numbers of the new output; 0 if they were not counted."""
    pictures: tuple[bytes, ...] = ()
    """Two figures that differ, as PNG."""
    redrawn: bool = False
    """A figure draws the same data with other pixels."""

    @property
    def level(self) -> DifferenceLevel:
        """Return the greatest level of the changes."""
        return max((each.level for each in self.changes), default=DifferenceLevel.SAME)

    @property
    def worst(self) -> tuple[Change, ...]:
        """Return the changes of the greatest level."""
        return tuple(each for each in self.changes if each.level == self.level)

    @property
    def lines(self) -> Lines:
        """Return the lines of the worst changes, each pair once."""
        pairs = (each.line for each in self.worst if any(each.line))
        return tuple(dict.fromkeys(pairs))

    @property
    def message(self) -> str:
        """Return the worst changes in one line."""
        return summarize(self.worst, self.numbers)


SAME = ComparisonResult()


@dataclass(frozen=True, slots=True)
class ComparisonRules:
    """The rules for the outputs of one cell."""

    options: CheckOptions = field(default_factory=CheckOptions)
    published_at: datetime | None = None
    """End of the published run, UTC. A date that is the day of its run in both runs is no change.
    """
    now_at: datetime | None = None
    seconds: float = 0.0
    """Duration of the longer run."""
    rounded: bool = True
    """Numbers are rounded for readers: the last of three or more digits may differ by one."""
    exact: bool = False
    """Report every number that is printed differently: to measure noise."""
    measures_machine: bool = False
    """The cell asks how busy the machine is: what new runs disagree on may be any number."""
    lists_machine: bool = False
    """The code asks what other programs do: of lines that are listed any may come and go."""
    scale: float = 0.0
    """Magnitude of the numbers around the texts that are compared, as of the table of a cell."""


def single(
    kind: ChangeKind, place: str, at: str, message: str, line: tuple[str, str] = ("", "")
) -> ComparisonResult:
    """Return a result with one change that matters."""
    return ComparisonResult((Change(DifferenceLevel.DIFFERENT, kind, place, at, message, line),))


def summarize(changes: Sequence[Change], numbers: int = 0) -> str:
    """Return one line: the change, or the count of numbers and the largest difference."""
    if not changes:
        return ""
    if changes[0].level == DifferenceLevel.CLOSE and changes[0].kind == "number":
        return "numbers differ within the tolerance"
    changed = [each for each in changes if each.kind == "number" and each.numbers]
    if len(changed) > 1 and len(changed) == len(changes):
        largest = max(changed, key=lambda each: _relative(each.numbers))
        before, after = (f"{value:.6g}" for value in largest.numbers or ())
        of = f" of {numbers}" if numbers >= len(changed) else ""
        return f"{len(changed)}{of} numbers differ, the largest {before} → {after}"
    lines = dict.fromkeys(each.line if any(each.line) else each.message for each in changes)
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return changes[0].message + more


def _relative(numbers: tuple[float, float] | None) -> float:
    before, after = numbers or (0.0, 0.0)
    return abs(after - before) / (max(abs(before), abs(after)) or 1.0)


def together(results: Iterable[ComparisonResult]) -> ComparisonResult:
    """Combine results of several parts."""
    found = list(results)
    return ComparisonResult(
        tuple(change for each in found for change in each.changes),
        sum(each.numbers for each in found),
        next((each.pictures for each in found if each.pictures), ()),
        any(each.redrawn for each in found),
    )


def short_pair(then: str, now: str, longest: int = 60) -> tuple[str, str]:
    """Shorten two texts for a message, from a little before their first difference."""
    lines = [" ".join(text.split()) for text in (then, now)]
    pairs = enumerate(zip(*lines, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(map(len, lines)))
    start = lines[0].rfind(" ", 0, max(same - 12, 0)) + 1 if max(map(len, lines)) > longest else 0
    before = "…" if start else ""
    one, two = (short(before + line[start:], longest) for line in lines)
    return one, two


def short(text: str, longest: int = 60) -> str:
    """Shorten a text to one line for a message."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
