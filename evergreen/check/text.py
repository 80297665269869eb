"""What was printed: characters must be equal, numbers nearly so; the noise of a run is left out."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from evergreen.check import logs, values
from evergreen.check.normalize import normalize
from evergreen.check.result import (
    SAME,
    ComparisonResult,
    ComparisonRules,
    DifferenceLevel,
    Lines,
    short,
    short_pair,
)
from evergreen.check.tokens import Token, compare_tokens, read_tokens, solid

SHOWN = 40
"""Lines of one output that are told."""
LONGEST = 1000
"""Lines of texts that are aligned, which takes the square of them; longer ones go line by line."""


def compare_text(then: str, now: str, rules: ComparisonRules) -> ComparisonResult:
    """How far two printed texts are apart, with the lines that differ."""
    if then == now:
        return SAME
    if rules.options.compare == "exact":
        return _apart(then.split("\n"), now.split("\n"), rules)
    then, now = _essence(then, now)
    before, after = normalize(then, rules.timed), normalize(now, rules.timed)
    if before == after:
        return SAME
    if found := logs.last_only(before, after):
        result = _compare(*found, rules)
        return ComparisonResult(
            max(result.level, DifferenceLevel.CLOSE), result.message, result.lines
        )
    return _compare(before, after, rules)


def _essence(then: str, now: str) -> tuple[str, str]:
    """Of long texts the lines that are not equal: the rest need not be read again."""
    before, after = then.split("\n"), now.split("\n")
    if min(len(before), len(after)) <= LONGEST:
        return then, now
    if len(before) == len(after):
        pairs = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
        return "\n".join(old for old, _ in pairs), "\n".join(new for _, new in pairs)
    shorter = min(len(before), len(after))
    pairs = list(zip(before, after, strict=False))
    start = next((at for at, (a, b) in enumerate(pairs) if a != b), shorter)
    backwards = enumerate(zip(reversed(before[start:]), reversed(after[start:]), strict=False))
    end = next((at for at, (a, b) in backwards if a != b), shorter - start)
    kept = (side[start : len(side) - end] for side in (before, after))
    old, new = ("\n".join(lines) for lines in kept)
    return old, new


def is_close_text(then: str, now: str, rules: ComparisonRules) -> DifferenceLevel:
    """The same in one word, for short texts."""
    return compare_text(then, now, rules).level


def _compare(then: str, now: str, rules: ComparisonRules) -> ComparisonResult:
    before, after = then.split("\n"), now.split("\n")
    level = _tokens_level(then, now, rules)
    if level == DifferenceLevel.DIFFERENT:
        level = values.compare_literals(then, now, rules)
    if level == DifferenceLevel.DIFFERENT and len(before) == len(after):
        level = max(_line_level(a, b, rules) for a, b in zip(before, after, strict=True))
    if level == DifferenceLevel.DIFFERENT:
        return _apart(before, after, rules)
    if level == DifferenceLevel.SAME:
        return SAME
    pairs = [pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]]
    return ComparisonResult(level, "numbers differ within the tolerance", tuple(pairs[:SHOWN]))


def _line_level(then: str, now: str, rules: ComparisonRules) -> DifferenceLevel:
    """Of two lines; where they hold a set, or another literal, by its value."""
    if then == now:
        return DifferenceLevel.SAME
    level = _tokens_level(then, now, rules)
    return level if level < DifferenceLevel.DIFFERENT else values.compare_literals(then, now, rules)


def _tokens_level(then: str, now: str, rules: ComparisonRules) -> DifferenceLevel:
    """By their tokens. White space may differ where a number does: it aligns columns."""
    before, after = read_tokens(then), read_tokens(now)
    a, b = solid(before), solid(after)
    if len(a) != len(b):
        return DifferenceLevel.DIFFERENT
    level = DifferenceLevel.SAME
    for one, other in zip(a, b, strict=True):
        level = max(level, compare_tokens(one, other, rules))
        if level == DifferenceLevel.DIFFERENT:
            return level
    changed = any(x.text != y.text for x, y in zip(a, b, strict=True))
    if not changed and _spaces(before) != _spaces(after):
        return DifferenceLevel.DIFFERENT
    return level


def _spaces(tokens: Sequence[Token]) -> list[str]:
    return [token.text if token.kind in ("space", "newline") else "" for token in tokens]


def _apart(then: Sequence[str], now: Sequence[str], rules: ComparisonRules) -> ComparisonResult:
    lines = tuple(_differing(then, now, rules))
    return ComparisonResult(DifferenceLevel.DIFFERENT, _message(lines), lines[:SHOWN])


def _message(lines: Lines) -> str:
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    then, now = lines[0] if lines else ("", "")
    if not then.strip() and not now.strip():
        return f"the white space has changed{more}"
    if not then:
        return f"the line '{short(now)}' is new{more}"
    if not now:
        return f"the line '{short(then)}' is gone{more}"
    old, new = short_pair(then, now)
    return f"'{old}' is '{new}' now{more}"


def _differing(
    then: Sequence[str], now: Sequence[str], rules: ComparisonRules
) -> Iterator[tuple[str, str]]:
    """Pairs of lines that are apart; lines are paired by what they say besides numbers."""
    exact = rules.options.compare == "exact"
    keys = [[line if exact else _shape(line) for line in side] for side in (then, now)]
    blocks = [(0, len(then), 0, len(now))]
    if max(map(len, keys)) <= LONGEST:
        matcher = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
        blocks = [(a, b, c, d) for _, a, b, c, d in matcher.get_opcodes()]
    for a, b, c, d in blocks:
        for number in range(max(b - a, d - c)):
            old = then[a + number] if a + number < b else ""
            new = now[c + number] if c + number < d else ""
            if (exact and old != new) or _line_level(old, new, rules) == DifferenceLevel.DIFFERENT:
                yield old, new


def _shape(line: str) -> str:
    """A line with its numbers left open."""
    tokens = solid(read_tokens(line))
    return " ".join("0" if token.kind == "number" else token.text for token in tokens)
