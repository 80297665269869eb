"""Text → tokens, and the comparison of two tokens: numbers by value, the date of a run as its date,
everything else by its characters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from evergreen.check.dates import DATE, is_own_name, is_own_time
from evergreen.check.result import ComparisonRules, DifferenceLevel
from evergreen.dataclass import dataclass
from evergreen.regex import regex

NEAR = timedelta(hours=36)
"""Distance of a timestamp in seconds from the end of its run."""
ROUNDED_DIGITS = 3
"""Digits from which a number counts as rounded: `0.05` is exact, `0.0500` is not."""
SURE_DIGITS = 6
"""Digits of a number that show more than a rounded one does."""
EXACT_DIGITS = 36
"""Digits from which a number is no rounded one: the longest floating-point type of a machine has
fewer, and prints of a shorter one the digits of its exact value.
"""
LONGEST = 4000
"""Characters of a number that is read; Python limits whole numbers to somewhat more."""

_ADDRESSES = ((0x5500_0000_0000, 0x5700_0000_0000), (0x7E00_0000_0000, 0x8000_0000_0000))
"""Address ranges of Linux' heap and libraries: `id(x)` is in one of them."""

_IMAGINARY = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?j(?!\w)"
_TOKEN = regex(
    rf"""
    (?P<time>{DATE})
  | (?P<literal>
        [0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}(?!\w)
      | \#[0-9a-fA-F]{{3,8}}(?![\w])
      | (?<!\w)(?=[A-Za-z0-9]{{8}})(?:[0-9]+[A-Za-z]+[0-9]|[A-Za-z]+[0-9]+[A-Za-z]+)[A-Za-z0-9_]*
      | (?=[0-9a-fA-F]*[a-fA-F])(?=[a-fA-F]*\d)[0-9a-fA-F]{{8,}}(?![\w.])
      | \d+(?:\.\d+){{2,}}
      | [vV]\d+(?:\.\d+)+
      | [A-Za-z_][A-Za-z0-9_]*
    )
  | (?P<number>
        (?:(?<![\w)\]])[+−-]|[+-](?={_IMAGINARY}))?
        (?:\d{{1,3}}(?:,\d{{3}})+(?![\d])(?:\.\d+)?|\d+\.?\d*|(?<!\w)\.\d+)
        (?:[eE][+-]?\d+(?![A-Za-ik-z0-9_]|j\w))?
    )
  | (?P<space>[^\S\n]+)
  | (?P<newline>\n)
  | (?P<other>.)
    """,
    re.X | re.S,
)

Kind = Literal["time", "literal", "number", "space", "newline", "other"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text."""

    kind: Kind
    text: str


def read_tokens(text: str) -> list[Token]:
    """Split a text into tokens without loss."""
    return [Token(found.lastgroup, found[0]) for found in _TOKEN.finditer(text)]  # type: ignore[arg-type]


def solid(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens without white space."""
    return [token for token in tokens if token.kind not in ("space", "newline")]


def compare_tokens(then: Token, now: Token, rules: ComparisonRules) -> DifferenceLevel:
    """Compare two tokens."""
    if then.text == now.text:
        return DifferenceLevel.SAME
    if then.kind != now.kind:
        return DifferenceLevel.DIFFERENT
    if then.kind == "number":
        return compare_numbers(then.text, now.text, rules)
    is_own = is_own_time if then.kind == "time" else is_own_name
    own = then.kind in ("time", "literal") and is_own(then.text, now.text, rules)
    return DifferenceLevel.SAME if own else DifferenceLevel.DIFFERENT


def compare_numbers(then: str, now: str, rules: ComparisonRules) -> DifferenceLevel:
    """Compare two printed numbers: those with a fraction by the tolerance, or by one unit in the
    last digit; whole ones are equal or not.
    """
    if then == now:
        return DifferenceLevel.SAME
    if max(len(then), len(now)) > LONGEST:
        return DifferenceLevel.DIFFERENT
    a, b = _Number.read(then), _Number.read(now)
    if a.whole and b.whole:
        if a.value == b.value and a.zeros == b.zeros:
            return DifferenceLevel.CLOSE
        own = is_own_name(then, now, rules) or _both_now(a.value, b.value, rules)
        noise = own or _both_addresses(a.value, b.value)
        return DifferenceLevel.SAME if noise else DifferenceLevel.DIFFERENT
    if a.whole != b.whole or (a.digits == b.digits >= EXACT_DIGITS and not _both_floats(then, now)):
        return DifferenceLevel.DIFFERENT
    if _both_now(a.value, b.value, rules):
        return DifferenceLevel.SAME
    if math.isinf(a.value) or math.isinf(b.value):
        return DifferenceLevel.DIFFERENT
    return is_close(a.value, b.value, rules, _unit(a, b) if rules.rounded else 0.0)


def is_close(a: float, b: float, rules: ComparisonRules, unit: float = 0.0) -> DifferenceLevel:
    """Compare two values; `unit` is a difference that is always allowed. NaN is equal to itself."""
    if a == b or (math.isnan(a) and math.isnan(b)):
        return DifferenceLevel.SAME if str(a) == str(b) and not unit else DifferenceLevel.CLOSE
    options = rules.options
    allowed = max(options.rtol * max(abs(a), abs(b)), options.atol, unit)
    close = abs(a - b) <= allowed * (1 + 1e-6)
    return DifferenceLevel.CLOSE if close else DifferenceLevel.DIFFERENT


def value_of(text: str) -> float | None:
    """Return the value of a printed number; None if it is too long or infinite."""
    if len(text) > 300:
        return None
    value = float(_Number.read(text).value)
    return value if math.isfinite(value) else None


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
    """Number of digits without leading zeros."""
    scientific: bool = False
    zeros: int = 0
    """Zeros before the first other digit, as those of a code."""

    @classmethod
    def read(cls, text: str) -> _Number:
        plain = text.replace(",", "").replace("−", "-").lower()
        mantissa, e, exponent = plain.partition("e")
        _, point, fraction = mantissa.partition(".")
        digits = len(re.sub(r"\D", "", mantissa).lstrip("0"))
        whole = not point and not e
        value = int(plain) if whole else float(plain)
        zeros = len(re.sub(r"\D", "", mantissa)) - digits
        return cls(value, whole, len(fraction), int(exponent or 0), digits, bool(e), zeros)


def _unit(a: _Number, b: _Number) -> float:
    """Return one unit in the last printed digit; 0 if the numbers are not rounded.

    `1.` is exact, and so is a number of one or two digits. Numbers with different decimals show all
    their digits, as `repr` does, unless there are many.
    """
    if not (a.decimals or a.scientific) or not (b.decimals or b.scientific):
        return 0.0
    if max(a.digits, b.digits) < ROUNDED_DIGITS:
        return 0.0
    units = [10.0 ** max(min(n.exponent - n.decimals, 300), -300) for n in (a, b)]
    if a.decimals == b.decimals:
        return min(units)
    return min(units) if max(a.digits, b.digits) >= SURE_DIGITS else 0.0


def _both_floats(*texts: str) -> bool:
    """True if each text is the exact value of a floating-point number, as far as it is printed."""
    values = (Decimal(text.replace(",", "").replace("−", "-")) for text in texts)
    return all(_is_float(value) for value in values)


def _is_float(value: Decimal) -> bool:
    exact = Decimal(float(value))
    unit = Decimal(1).scaleb(int(value.as_tuple().exponent))
    return abs(exact - value) <= unit


def _both_addresses(a: float, b: float) -> bool:
    return all(any(low <= value < high for low, high in _ADDRESSES) for value in (a, b))


def _both_now(a: float, b: float, rules: ComparisonRules) -> bool:
    """True if both are the Unix time of their runs, in seconds or parts of one."""
    if not rules.published_at or not rules.now_at:
        return False
    ends = (rules.published_at.timestamp(), rules.now_at.timestamp())
    for scale in (1, 1e3, 1e6, 1e9):
        pairs = zip((a, b), ends, strict=True)
        if all(abs(value / scale - end) < NEAR.total_seconds() for value, end in pairs):
            return True
    return False
