"""Values: JSON, and the dicts, lists and sets that a text shows. The order of sets, and of the keys
of JSON, is no difference, that of a dict is; numbers with a fraction may differ a little.
"""

from __future__ import annotations

import ast
import base64
import binascii
import json
import math
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from evergreen.check.result import (
    Change,
    ChangeKind,
    ComparisonResult,
    ComparisonRules,
    DifferenceLevel,
    short,
)
from evergreen.check.tokens import is_close

LONGEST_LITERAL = 100_000
"""Characters of a text that is read as a value."""
_TYPES = {"f8": "d", "f4": "f", "i1": "b", "i2": "h", "i4": "i", "u1": "B", "u2": "H", "u4": "I"}
"""Plotly's names for the types of arrays in base64, and those of `struct`."""

Compare = Callable[[str, str, ComparisonRules], DifferenceLevel]
"""A comparison of two texts in a value."""


def compare_json(then: str, now: str, rules: ComparisonRules, texts: Compare) -> ComparisonResult:
    """Compare two JSON texts by value, with a change for each place. Raises ValueError for a text
    that is not valid JSON.
    """
    return compare_values(json.loads(then), json.loads(now), rules, texts)


def compare_values(
    then: Any,
    now: Any,
    rules: ComparisonRules,
    texts: Compare,
    typed: bool = True,
    ordered: bool = False,
) -> ComparisonResult:
    """Compare two values; `typed` tells 1 from 1.0, `ordered` one order of keys from another."""
    changes = tuple(_Values(rules, texts, typed, ordered).differences(then, now, ""))
    return ComparisonResult(changes, _count(now) if changes else 0)


def compare_literals(then: str, now: str, rules: ComparisonRules) -> DifferenceLevel:
    """Compare two texts that are a Python literal or JSON, with equal words around it; texts of
    another form are different.
    """
    pairs = [_literal(then), _literal(now)]
    if any(pair is None for pair in pairs):
        return DifferenceLevel.DIFFERENT
    (before, value, is_json), (after, other, _) = pairs  # type: ignore[misc]
    if before != after:
        return DifferenceLevel.DIFFERENT
    try:
        return compare_values(value, other, rules, _same_text, ordered=not is_json).level
    except RecursionError:
        return DifferenceLevel.DIFFERENT


def _literal(text: str) -> tuple[tuple[str, str], Any, bool] | None:
    """Return the words around the literal of a text, its value, and whether it is JSON."""
    starts = [at for bracket in "{[(" if (at := text.find(bracket)) >= 0]
    end = max(text.rfind(bracket) for bracket in "}])")
    if not starts or end < min(starts) or len(text) > LONGEST_LITERAL:
        return None
    start = min(starts)
    around, inner = (text[:start].rstrip(), text[end + 1 :].strip()), text[start : end + 1]
    for read in (json.loads, ast.literal_eval):
        try:
            return around, read(inner), read is json.loads
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    return None


def _same_text(then: str, now: str, rules: ComparisonRules) -> DifferenceLevel:
    return DifferenceLevel.SAME if then == now else DifferenceLevel.DIFFERENT


class _Values:
    """A comparison of two values, with a path to each place."""

    def __init__(self, rules: ComparisonRules, texts: Compare, typed: bool, ordered: bool) -> None:
        self.rules, self.texts, self.typed, self.ordered = rules, texts, typed, ordered

    def differences(self, then: Any, now: Any, path: str) -> Iterator[Change]:
        """Yield the changes below a path."""
        then, now = _unpacked(then), _unpacked(now)
        if isinstance(then, Mapping) and isinstance(now, Mapping):
            yield from self._of_mappings(then, now, path)
        elif isinstance(then, (set, frozenset)) and isinstance(now, (set, frozenset)):
            if then != now:
                both = (sorted(then, key=repr), sorted(now, key=repr))
                yield from self._of_sequences(*both, path)
        elif _are_sequences(then, now):
            yield from self._of_sequences(then, now, path)
        elif isinstance(then, str) and isinstance(now, str):
            yield from _changes(self.texts(then, now, self.rules), path, then, now)
        elif _is_number(then) and _is_number(now):
            yield from _changes(self._number_level(then, now), path, then, now)
        elif type(then) is not type(now) or then != now:
            yield from _changes(DifferenceLevel.DIFFERENT, path, then, now)

    def _of_mappings(
        self, then: Mapping[Any, Any], now: Mapping[Any, Any], path: str
    ) -> Iterator[Change]:
        for key in [*then, *(key for key in now if key not in then)]:
            place = f"{path}.{key}" if path else str(key)
            if key not in now:
                line = (f"{place}: {_shown(then[key])}", "")
                yield _change("gone", place, f"'{place}' is gone", line)
            elif key not in then:
                line = ("", f"{place}: {_shown(now[key])}")
                yield _change("new", place, f"'{place}' is new", line)
            else:
                yield from self.differences(then[key], now[key], place)
        if self.ordered and then.keys() == now.keys() and list(then) != list(now):
            message = f"the keys of '{path or 'the dict'}' are in another order"
            yield _change("order", path, message, (_shown(then), _shown(now)))

    def _of_sequences(self, then: Sequence[Any], now: Sequence[Any], path: str) -> Iterator[Change]:
        if len(then) != len(now):
            message = f"'{path or 'the list'}' has {len(now)} values, it had {len(then)}"
            yield _change("other", path, message, (_shown(then), _shown(now)))
            return
        for number, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from self.differences(one, other, f"{path}[{number}]")

    def _number_level(self, then: float, now: float) -> DifferenceLevel:
        whole = [isinstance(each, int) for each in (then, now)]
        if (self.typed and whole[0] != whole[1]) or (all(whole) and then != now):
            return DifferenceLevel.DIFFERENT
        if all(whole) or any(math.isinf(each) for each in (then, now) if isinstance(each, float)):
            return DifferenceLevel.SAME if then == now else DifferenceLevel.DIFFERENT
        if self.rules.exact and then != now:
            return DifferenceLevel.DIFFERENT
        try:
            return is_close(float(then), float(now), self.rules)
        except OverflowError:
            return DifferenceLevel.DIFFERENT


def _change(kind: ChangeKind, place: str, message: str, line: tuple[str, str]) -> Change:
    at = "" if kind == "gone" else place
    return Change(DifferenceLevel.DIFFERENT, kind, place, at, message, line)


def _changes(level: DifferenceLevel, path: str, then: Any, now: Any) -> Iterator[Change]:
    if level == DifferenceLevel.SAME:
        return
    old, new = _shown(then), _shown(now)
    place = f"{path}: " if path else ""
    message, line = f"{place}{old} is {new} now", (f"{place}{old}", f"{place}{new}")
    numbers = None
    if _is_number(then) and _is_number(now) and all(abs(n) < 1e300 for n in (then, now)):
        numbers = (float(then), float(now))
    kind: ChangeKind = "number" if numbers else "text"
    yield Change(level, kind, path, path, message, line, numbers, (str(then), str(now)))


def _count(value: Any) -> int:
    """Count the numbers in a value."""
    if isinstance(value, Mapping):
        array = _array(value)
        return len(array) if array is not None else sum(map(_count, value.values()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return sum(map(_count, value))
    return int(_is_number(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _are_sequences(then: Any, now: Any) -> bool:
    return any(isinstance(then, kind) and isinstance(now, kind) for kind in (list, tuple))


def _unpacked(value: Any) -> Any:
    """Return the lists that an array in Plotly's form stands for; other values as they are."""
    numbers = _array(value) if isinstance(value, Mapping) else None
    if numbers is None:
        return value
    shape = [int(size) for size in re.findall(r"\d+", str(value.get("shape", "")))]
    if len(shape) != 2 or shape[0] * shape[1] != len(numbers):
        return list(numbers)
    return [list(numbers[at : at + shape[1]]) for at in range(0, len(numbers), shape[1])]


def _array(value: Mapping[Any, Any]) -> Sequence[float] | None:
    """Return the numbers of an array in Plotly's form; None for another value."""
    if not {"dtype", "bdata"} <= value.keys() or value["dtype"] not in _TYPES:
        return None
    try:
        content = base64.b64decode(value["bdata"], validate=True)
        kind = _TYPES[value["dtype"]]
        return struct.unpack(f"<{len(content) // struct.calcsize(kind)}{kind}", content)
    except (binascii.Error, struct.error, TypeError, ValueError):
        return None


def _shown(value: Any) -> str:
    return short(value if isinstance(value, str) else repr(value))
