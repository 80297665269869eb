"""Liquid's standard filters as Ruby computes them, where python-liquid's results differ.

Source: Liquid 5.4, `lib/liquid/standardfilters.rb` and `utils.rb`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import wraps
from typing import Any

from liquid.undefined import is_undefined

from evergreen.content.liquid.values import RubyInspect, plain, text
from evergreen.regex import regex

_DECIMAL = regex(r"-?\d+\.\d+")
_LEADING = regex(r"\s*[+-]?\d+")
_INTEGER_BYTES = 8
"""The size of an integer in Ruby, which Liquid shows for `| size`."""

_OF_TEXT = (
    *("append", "prepend", "remove", "remove_first", "remove_last", "replace", "replace_first"),
    *("replace_last", "upcase", "downcase", "capitalize", "strip", "lstrip", "rstrip"),
    *("strip_html", "strip_newlines", "newline_to_br", "url_encode", "url_decode"),
)
"""Filters whose input and arguments are texts."""
_OF_NUMBERS = (
    *("plus", "minus", "times", "divided_by", "modulo", "abs", "ceil", "floor"),
    *("at_least", "at_most"),
)
"""Filters whose input and arguments are numbers."""


def standard_filters(found: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Return the filters to replace python-liquid's, which are given by name."""
    return {
        **{name: _converting(found[name], as_string) for name in _OF_TEXT},
        **{name: _converting(found[name], number) for name in _OF_NUMBERS},
        "compact": compact,
        "first": first,
        "join": join,
        "map": mapped,
        "round": rounded,
        "size": size,
        "sort_natural": sort_natural,
        "split": split,
        "truncate": truncate,
        "truncatewords": truncatewords,
    }


def number(value: Any) -> int | float:
    """Convert a value to a number; what does not begin with a number is 0."""
    if isinstance(value, bool) or value is None or is_undefined(value):
        return 0
    if isinstance(value, (int, float)):
        return value
    words = text(value).strip()
    if _DECIMAL.fullmatch(words):
        return float(words)
    leading = _LEADING.match(words[:400])
    return int(leading[0]) if leading else 0


def as_string(value: Any) -> str:
    """Convert a value to a text as Ruby's `to_s`, where a list keeps its brackets."""
    return RubyInspect(plain(value)) if isinstance(value, (list, tuple)) else text(value)


def compact(value: Any, key: Any = None) -> list[Any]:
    """Return the items that are not nil, or whose property is not nil."""
    items = _items(value)
    found = items if key is None or is_undefined(key) else mapped(items, key)
    return [item for item, part in zip(items, found, strict=True) if not _is_nil(part)]


def first(value: Any) -> Any:
    """Return the first item; of a mapping, the list of a key and its value."""
    if isinstance(value, Mapping):
        return next(([key, value[key]] for key in value), None)
    return next(iter(value), None) if isinstance(value, (list, tuple, range)) else None


def join(value: Any, glue: Any = " ") -> str:
    """Join the items' texts."""
    return text(glue).join(map(text, _items(value)))


def mapped(value: Any, key: Any) -> list[Any]:
    """Return a property of each item; nil where it has none."""
    name = text(key)
    return [item.get(name) if isinstance(item, Mapping) else None for item in _items(value)]


def rounded(value: Any, digits: Any = 0) -> int | float:
    """Round to a number of decimal digits, a half away from zero."""
    amount, places = number(value), int(number(digits))
    exact = Decimal(str(amount)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return float(exact) if places > 0 else int(exact)


def size(value: Any) -> int:
    """Return the number of characters or items."""
    if isinstance(value, (str, list, tuple, range, Mapping)):
        return len(value)
    return _INTEGER_BYTES if isinstance(value, int) and not isinstance(value, bool) else 0


def sort_natural(value: Any, key: Any = None) -> list[Any]:
    """Sort without regard to case, by a property if one is given; nil comes last."""
    items = _items(value)
    found = items if key is None or is_undefined(key) else mapped(items, key)
    pairs = zip(found, items, strict=True)
    order = sorted(pairs, key=lambda pair: (_is_nil(pair[0]), text(pair[0]).casefold()))
    return [item for _, item in order]


def split(value: Any, separator: Any = " ") -> list[str]:
    """Split a text; empty parts at its end are left out, as Ruby's `split` does."""
    words, by = text(value), text(separator)
    parts = words.split() if by == " " else list(words) if not by else words.split(by)
    while parts and not parts[-1]:
        parts.pop()
    return parts


def truncate(value: Any, length: Any = 50, end: Any = "...") -> str:
    """Shorten a text to a number of characters, its end included."""
    words, most, tail = text(value), int(number(length)), text(end)
    return words if len(words) <= most else words[: max(0, most - len(tail))] + tail


def truncatewords(value: Any, count: Any = 15, end: Any = "...") -> str:
    """Shorten a text to a number of words, at least one."""
    whole, most = text(value), max(1, int(number(count)))
    words = whole.split()
    return whole if len(words) <= most else " ".join(words[:most]) + text(end)


def _converting(function: Callable[..., Any], convert: Callable[[Any], Any]) -> Callable[..., Any]:
    @wraps(function)
    def converting(value: Any, *arguments: Any, **options: Any) -> Any:
        return function(convert(value), *map(convert, arguments), **options)

    return converting


def _items(value: Any) -> list[Any]:
    if _is_nil(value):
        return []
    if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
        return [value]
    flat: list[Any] = []
    for item in value:
        flat += _items(item) if isinstance(item, (list, tuple)) else [item]
    return flat


def _is_nil(value: Any) -> bool:
    return value is None or is_undefined(value)
