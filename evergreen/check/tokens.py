"""A text as tokens, and two of them compared: numbers by value, times near a run as its time, all
else by its characters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from evergreen.check.result import ComparisonRules, DifferenceLevel

NEAR = timedelta(hours=36)
"""From the end of a run: time zones, and runs of hours."""
SURE_DIGITS = 6
"""Digits of a number that show more than a rounded one does."""

LONGEST = 4000
"""Characters of a number that is read; Python reads whole ones of some more."""

_ADDRESSES = ((0x5500_0000_0000, 0x5700_0000_0000), (0x7E00_0000_0000, 0x8000_0000_0000))
"""Where Linux puts objects: `id(x)` gives numbers in these ranges."""
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

_TOKEN = re.compile(
    r"""
    (?P<time>
        \d{4}[-/]\d\d[-/]\d\d
        (?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?(?:Z|UTC|[+-]\d\d:?\d\d))?)?
        (?![\d-])
      | \d{4}年\d\d?月\d\d?日(?:\s*\d\d:\d\d(?::\d\d)?)?
      | (?:[A-Z][a-z]{2}\s)?[A-Z][a-z]{2}\s+\d\d?\s\d\d:\d\d:\d\d\s(?:[A-Z]{3,4}\s)?\d{4}
      | [A-Z][a-z]{2},\s\d\d?\s[A-Z][a-z]{2}\s\d{4}\s\d\d:\d\d:\d\d(?:\s(?:GMT|[+-]\d{4}))?
      | datetime\.datetime\(\d{4},[\d,\ ]+(?:,\s*tzinfo=[\w.]+)?\)
    )
  | (?P<literal>
        \#[0-9a-fA-F]{3,8}(?![\w])
      | (?=[0-9a-fA-F]*[a-fA-F])(?=[a-fA-F]*\d)[0-9a-fA-F]{8,}(?![\w.])
      | \d+(?:\.\d+){2,}
      | [vV]\d+(?:\.\d+)+
      | [A-Za-z_][A-Za-z0-9_]*
    )
  | (?P<number>
        (?:(?<![\w)\]])[+−-])?
        (?:\d{1,3}(?:,\d{3})+(?![\d])(?:\.\d+)?|\d+\.?\d*|(?<!\w)\.\d+)
        (?:[eE][+-]?\d+(?![A-Za-z0-9_]))?
    )
  | (?P<space>[^\S\n]+)
  | (?P<newline>\n)
  | (?P<other>.)
    """,
    re.X | re.S,
)
_STAMP = re.compile(r"(\d{4})\D{1,2}(\d\d?)\D{1,2}(\d\d?)")
_NAMED = re.compile(r"([A-Z][a-z]{2})\s+(\d\d?)\s.*(\d{4})|(\d\d?)\s([A-Z][a-z]{2})\s(\d{4})")

Kind = Literal["time", "literal", "number", "space", "newline", "other"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text."""

    kind: Kind
    text: str


def read_tokens(text: str) -> list[Token]:
    """All of a text."""
    return [Token(found.lastgroup, found[0]) for found in _TOKEN.finditer(text)]  # type: ignore[arg-type]


def solid(tokens: Sequence[Token]) -> list[Token]:
    """Without white space."""
    return [token for token in tokens if token.kind not in ("space", "newline")]


def compare_tokens(then: Token, now: Token, rules: ComparisonRules) -> DifferenceLevel:
    """How far two tokens are apart."""
    if then.text == now.text:
        return DifferenceLevel.SAME
    if then.kind != now.kind:
        return DifferenceLevel.DIFFERENT
    if then.kind == "number":
        return compare_numbers(then.text, now.text, rules)
    if then.kind == "time":
        near = _is_near(then.text, rules.published_at) and _is_near(now.text, rules.now_at)
        return DifferenceLevel.SAME if near else DifferenceLevel.DIFFERENT
    return DifferenceLevel.DIFFERENT


def compare_numbers(then: str, now: str, rules: ComparisonRules) -> DifferenceLevel:
    """How far two printed numbers are apart: those with a fraction by the tolerance, or one unit in
    the last digit; whole ones are equal or not.
    """
    if then == now:
        return DifferenceLevel.SAME
    if max(len(then), len(now)) > LONGEST:
        return DifferenceLevel.DIFFERENT
    a, b = _Number.read(then), _Number.read(now)
    if a.whole and b.whole:
        if a.value == b.value:
            return DifferenceLevel.CLOSE
        noise = _both_addresses(a.value, b.value) or _both_now(a.value, b.value, rules)
        return DifferenceLevel.SAME if noise else DifferenceLevel.DIFFERENT
    if _both_now(a.value, b.value, rules):
        return DifferenceLevel.SAME
    if math.isinf(a.value) or math.isinf(b.value):
        return DifferenceLevel.DIFFERENT
    return is_close(a.value, b.value, rules, _unit(a, b) if rules.rounded else 0.0)


def is_close(a: float, b: float, rules: ComparisonRules, unit: float = 0.0) -> DifferenceLevel:
    """How far two values are apart; `unit` is what they may differ by in any case. NaN is equal to
    itself.
    """
    if a == b or (math.isnan(a) and math.isnan(b)):
        return DifferenceLevel.SAME if str(a) == str(b) and not unit else DifferenceLevel.CLOSE
    options = rules.options
    allowed = max(options.rtol * max(abs(a), abs(b)), options.atol, unit)
    return (
        DifferenceLevel.CLOSE if abs(a - b) <= allowed * (1 + 1e-6) else DifferenceLevel.DIFFERENT
    )


@dataclass(frozen=True, slots=True)
class _Number:
    """A printed number."""

    value: float
    whole: bool
    """Printed without a point or an exponent."""
    decimals: int
    """Digits behind the point."""
    exponent: int
    digits: int
    """All of its digits, zeros in front left out."""
    scientific: bool = False

    @classmethod
    def read(cls, text: str) -> _Number:
        plain = text.replace(",", "").replace("−", "-").lower()
        mantissa, e, exponent = plain.partition("e")
        _, point, fraction = mantissa.partition(".")
        digits = len(re.sub(r"\D", "", mantissa).lstrip("0"))
        whole = not point and not e
        value = int(plain) if whole else float(plain)
        return cls(value, whole, len(fraction), int(exponent or 0), digits, bool(e))


def _unit(a: _Number, b: _Number) -> float:
    """One unit in the last digit that was printed; 0 where the numbers show no rounding.

    `1.` is exact. Where two numbers have not the same decimals, each shows all its digits, as
    `repr` does, unless there are many.
    """
    if not (a.decimals or a.scientific) or not (b.decimals or b.scientific):
        return 0.0
    units = [10.0 ** max(min(n.exponent - n.decimals, 300), -300) for n in (a, b)]
    if a.decimals == b.decimals:
        return min(units)
    return min(units) if max(a.digits, b.digits) >= SURE_DIGITS else 0.0


def _both_addresses(a: float, b: float) -> bool:
    return all(any(low <= value < high for low, high in _ADDRESSES) for value in (a, b))


def _both_now(a: float, b: float, rules: ComparisonRules) -> bool:
    """Whether both are the time of their runs, as a number of seconds, or parts of one."""
    if not rules.published_at or not rules.now_at:
        return False
    ends = (rules.published_at.timestamp(), rules.now_at.timestamp())
    for scale in (1, 1e3, 1e6, 1e9):
        pairs = zip((a, b), ends, strict=True)
        if all(abs(value / scale - end) < NEAR.total_seconds() for value, end in pairs):
            return True
    return False


def _is_near(text: str, end: datetime | None) -> bool:
    """Whether a time, as text, is that of a run."""
    when = _read_time(text)
    return bool(end and when) and abs(when - end) < NEAR  # type: ignore[operator]


def _read_time(text: str) -> datetime | None:
    """The day of a time; None where it is none."""
    try:
        if found := _STAMP.search(text):
            year, month, day = map(int, found.groups())
        elif found := _NAMED.search(text):
            year, day = int(found[3] or found[6]), int(found[2] or found[4])
            month = _MONTHS.index(found[1] or found[5]) + 1
        else:
            return None
        return datetime(year, month, day, 12, tzinfo=UTC)
    except ValueError:
        return None
