"""Alignment of two lists of lines: which line of one is which of the other.

Equal lines are matched first, in order; then numbered rows; then lines that moved; then those that
differ in decimal numbers alone, in numbers alone, and those that are alike.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import field

from evergreen.dataclass import dataclass
from evergreen.regex import regex

LONGEST = 1000
"""Lines that are aligned, which takes the square of them; longer texts are compared by position."""
ALIKE = 0.5
"""Share of equal words of two lines that are one line changed."""

_DECIMAL = regex(r"(?<![\w.])[+-]?\d+\.\d+(?:e[+-]?\d+)?(?![\w.])", re.I)
_NUMBER = regex(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.I)
_ROW = regex(r"\s*\d+(?=\s+\S)")
_WORD = regex(r"\w+|[^\w\s]")

Gap = tuple[list[int], list[int]]
"""Lines of both sides without a partner, between two matched lines."""


@dataclass(slots=True)
class Alignment:
    """Partners, by line number from 0."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    """Lines at their place, equal or changed."""
    moved: list[tuple[int, int]] = field(default_factory=list)
    """Lines at another place among the others."""
    gone: list[int] = field(default_factory=list)
    new: list[int] = field(default_factory=list)


def align(then: Sequence[str], now: Sequence[str]) -> Alignment:
    """Align two lists of lines."""
    if max(len(then), len(now)) > LONGEST:
        return _by_position(then, now)
    found = Alignment()
    gaps = _refine(found, [(list(range(len(then))), list(range(len(now))))], then, now, _text)
    gaps = _take_numbered(found, gaps, then, now)
    gaps = _take_moved(found, gaps, then, now, _text)
    gaps = _refine(found, gaps, then, now, _without_decimals)
    gaps = _take_moved(found, gaps, then, now, _without_decimals)
    gaps = _refine(found, gaps, then, now, _without_numbers)
    for gap in gaps:
        _pair_rest(found, gap, then, now)
    found.pairs.sort()
    return found


def _text(line: str) -> str:
    return " ".join(line.split())


def _without_decimals(line: str) -> str:
    return _DECIMAL.sub("#", _text(line))


def _without_numbers(line: str) -> str:
    return _NUMBER.sub("#", _text(line))


def _refine(
    found: Alignment,
    gaps: Sequence[Gap],
    then: Sequence[str],
    now: Sequence[str],
    key: Callable[[str], str],
) -> list[Gap]:
    """Pair the lines of each gap that have equal keys, in order; return the gaps that are left."""
    rest: list[Gap] = []
    for old, new in gaps:
        if not old or not new:
            rest.append((old, new))
            continue
        keys = [key(then[n]) for n in old], [key(now[n]) for n in new]
        matcher = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
        for tag, a, b, c, d in matcher.get_opcodes():
            if tag == "equal":
                found.pairs += zip(old[a:b], new[c:d], strict=True)
            else:
                rest.append((old[a:b], new[c:d]))
    return rest


def _take_numbered(
    found: Alignment, gaps: Sequence[Gap], then: Sequence[str], now: Sequence[str]
) -> list[Gap]:
    """Pair the rows of gaps whose rows have the same numbers in front; return the other gaps."""
    rest: list[Gap] = []
    for old, new in gaps:
        fronts = [_ROW.match(then[n]) for n in old], [_ROW.match(now[n]) for n in new]
        numbers = [[each and each[0].strip() for each in side] for side in fronts]
        if all(numbers[0]) and numbers[0] == numbers[1]:
            found.pairs += zip(old, new, strict=True)
        else:
            rest.append((old, new))
    return rest


def _take_moved(
    found: Alignment,
    gaps: Sequence[Gap],
    then: Sequence[str],
    now: Sequence[str],
    key: Callable[[str], str],
) -> list[Gap]:
    """Pair lines with equal keys in different gaps; return the gaps that are left.

    Keys that leave numbers open have to be unique, or they would pair rows of a table by chance.
    """
    old_of: dict[str, list[int]] = defaultdict(list)
    for old, _ in gaps:
        for number in old:
            old_of[key(then[number])].append(number)
    counts = Counter(key(now[number]) for _, new in gaps for number in new)
    partners: dict[int, int] = {}
    for _, new in gaps:
        for number in new:
            name = key(now[number])
            unique = len(old_of[name]) == counts[name] == 1
            if old_of[name] and _WORD.search(name) and (key is _text or unique):
                partners[number] = old_of[name].pop(0)
    found.moved += [(one, other) for other, one in partners.items()]
    taken = set(partners.values())
    return [
        ([n for n in old if n not in taken], [n for n in new if n not in partners])
        for old, new in gaps
    ]


def _pair_rest(found: Alignment, gap: Gap, then: Sequence[str], now: Sequence[str]) -> None:
    """Pair lines that are alike, in order; as many old as new ones are always pairs."""
    old, new = list(gap[0]), list(gap[1])
    if len(old) == len(new):
        found.pairs += zip(old, new, strict=True)
        return
    start = 0
    for one in old:
        likes = [
            (_likeness(then[one], now[other]), -at) for at, other in enumerate(new) if at >= start
        ]
        best = max(likes, default=(0.0, 0))
        if best[0] >= ALIKE:
            at = -best[1]
            found.pairs.append((one, new[at]))
            found.new += new[start:at]
            start = at + 1
        else:
            found.gone.append(one)
    found.new += new[start:]


def _likeness(then: str, now: str) -> float:
    one, other = Counter(_WORD.findall(then)), Counter(_WORD.findall(now))
    return 2 * sum((one & other).values()) / (sum((one + other).values()) or 1)


def _by_position(then: Sequence[str], now: Sequence[str]) -> Alignment:
    """Align long texts: equal ends first, then line by line."""
    shorter = min(len(then), len(now))
    start = next((n for n in range(shorter) if then[n] != now[n]), shorter)
    rest = shorter - start
    end = next((n for n in range(rest) if then[-1 - n] != now[-1 - n]), rest)
    middle = (len(then) - start - end, len(now) - start - end)
    same = min(middle)
    pairs = [(n, n) for n in range(start + same)]
    tail = ((len(then) - end + n, len(now) - end + n) for n in range(end))
    return Alignment(
        [*pairs, *tail],
        [],
        list(range(start + same, start + middle[0])),
        list(range(start + same, start + middle[1])),
    )
