"""Values: JSON, and what a text shows of dicts, lists and sets. The order of keys, and of sets, is
no difference; numbers with a fraction may differ a little.
"""

from __future__ import annotations

import ast
import base64
import binascii
import json
import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from evergreen.check.result import (
    SAME,
    ComparisonResult,
    ComparisonRules,
    DifferenceLevel,
    short,
    worst,
)
from evergreen.check.tokens import is_close

LONGEST_LITERAL = 100_000
"""Characters of a text that is read as a value."""
_TYPES = {"f8": "d", "f4": "f", "i1": "b", "i2": "h", "i4": "i", "u1": "B", "u2": "H", "u4": "I"}
"""Plotly's names of the types of arrays that it writes as base64, and those of `struct`."""

Compare = Callable[[str, str, ComparisonRules], DifferenceLevel]
"""How two texts in a value are compared."""


def compare_json(then: str, now: str, rules: ComparisonRules, texts: Compare) -> ComparisonResult:
    """How far two JSON texts are apart, by value, naming each place. Raises ValueError where one
    is none.
    """
    before, after = json.loads(then), json.loads(now)
    return worst(_differences(before, after, rules, texts, ""))


def compare_literals(then: str, now: str, rules: ComparisonRules) -> DifferenceLevel:
    """How far two texts are apart that are a Python literal or JSON, be it behind some words that
    both have; apart where they are none.
    """
    pairs = [_literal(then), _literal(now)]
    if any(pair is None for pair in pairs):
        return DifferenceLevel.DIFFERENT
    (before, value), (after, other) = pairs  # type: ignore[misc]
    if before != after:
        return DifferenceLevel.DIFFERENT
    try:
        return worst(_differences(value, other, rules, _same_text, "")).level
    except RecursionError:
        return DifferenceLevel.DIFFERENT


def _literal(text: str) -> tuple[tuple[str, str], Any] | None:
    """What stands around the literal of a text, and its value."""
    starts = [at for bracket in "{[(" if (at := text.find(bracket)) >= 0]
    end = max(text.rfind(bracket) for bracket in "}])")
    if not starts or end < min(starts) or len(text) > LONGEST_LITERAL:
        return None
    start = min(starts)
    around, inner = (text[:start].rstrip(), text[end + 1 :].strip()), text[start : end + 1]
    for read in (json.loads, ast.literal_eval):
        try:
            return around, read(inner)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    return None


def _same_text(then: str, now: str, rules: ComparisonRules) -> DifferenceLevel:
    return DifferenceLevel.SAME if then == now else DifferenceLevel.DIFFERENT


def _differences(
    then: Any, now: Any, rules: ComparisonRules, texts: Compare, path: str
) -> Iterator[ComparisonResult]:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        yield from _of_mappings(then, now, rules, texts, path)
    elif isinstance(then, (set, frozenset)) and isinstance(now, (set, frozenset)):
        if then != now:
            both = (sorted(then, key=repr), sorted(now, key=repr))
            yield from _of_sequences(*both, rules, texts, path)
    elif _are_sequences(then, now):
        yield from _of_sequences(then, now, rules, texts, path)
    elif isinstance(then, str) and isinstance(now, str):
        level = texts(then, now, rules)
        yield _result(level, path, then, now)
    elif _is_number(then) and _is_number(now):
        yield _result(_number_level(then, now, rules), path, then, now)
    elif type(then) is not type(now) or then != now:
        yield _result(DifferenceLevel.DIFFERENT, path, then, now)


def _of_mappings(
    then: Mapping[Any, Any],
    now: Mapping[Any, Any],
    rules: ComparisonRules,
    texts: Compare,
    path: str,
) -> Iterator[ComparisonResult]:
    arrays = _array(then), _array(now)
    if arrays[0] is not None and arrays[1] is not None:
        yield from _of_sequences(arrays[0], arrays[1], rules, texts, path)
        return
    for key in [*then, *(key for key in now if key not in then)]:
        place = f"{path}.{key}" if path else str(key)
        if key not in now:
            yield ComparisonResult(
                DifferenceLevel.DIFFERENT,
                f"'{place}' is gone",
                ((f"{place}: {_shown(then[key])}", ""),),
            )
        elif key not in then:
            yield ComparisonResult(
                DifferenceLevel.DIFFERENT,
                f"'{place}' is new",
                (("", f"{place}: {_shown(now[key])}"),),
            )
        else:
            yield from _differences(then[key], now[key], rules, texts, place)


def _of_sequences(
    then: Sequence[Any], now: Sequence[Any], rules: ComparisonRules, texts: Compare, path: str
) -> Iterator[ComparisonResult]:
    if len(then) != len(now):
        message = f"'{path or 'the list'}' has {len(now)} values, it had {len(then)}"
        yield ComparisonResult(DifferenceLevel.DIFFERENT, message, ((_shown(then), _shown(now)),))
        return
    for number, (one, other) in enumerate(zip(then, now, strict=True)):
        yield from _differences(one, other, rules, texts, f"{path}[{number}]")


def _result(level: DifferenceLevel, path: str, then: Any, now: Any) -> ComparisonResult:
    if level == DifferenceLevel.SAME:
        return SAME
    old, new = _shown(then), _shown(now)
    place = f"{path}: " if path else ""
    return ComparisonResult(
        level, f"{place}{old} is {new} now", ((f"{place}{old}", f"{place}{new}"),)
    )


def _number_level(then: float, now: float, rules: ComparisonRules) -> DifferenceLevel:
    if isinstance(then, int) and isinstance(now, int):
        return DifferenceLevel.SAME if then == now else DifferenceLevel.DIFFERENT
    if any(isinstance(value, int) and abs(value) > 2**1000 for value in (then, now)):
        return DifferenceLevel.SAME if then == now else DifferenceLevel.DIFFERENT
    if math.isinf(then) or math.isinf(now):
        return DifferenceLevel.SAME if then == now else DifferenceLevel.DIFFERENT
    return is_close(float(then), float(now), rules)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _are_sequences(then: Any, now: Any) -> bool:
    return any(isinstance(then, kind) and isinstance(now, kind) for kind in (list, tuple))


def _array(value: Mapping[Any, Any]) -> Sequence[float] | None:
    """The numbers of an array in Plotly's form; None where it is none."""
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
