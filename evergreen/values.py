"""Front matter's plain values → typed ones. Each function raises EvergreenError, at the key's line,
when the value is of another kind; a missing key gives the default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, TypeVar

from evergreen.frontmatter import FrontMatter

T = TypeVar("T")

_MOMENT = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?"
    r"\s*(?:Z|UTC|GMT|([+-])(\d\d?):?(\d\d)?)?$"
)


def text(head: FrontMatter, key: str, default: str = "") -> str:
    """A text; numbers and dates are taken as they were meant to be read."""
    value = head.values.get(key)
    if value is None:
        return default
    if isinstance(value, (dict, list)):
        raise head.fault(key, f"'{key}' is {_kind(value)}", "give a text")
    return str(value)


def flag(head: FrontMatter, key: str, default: bool = False) -> bool:
    """True or false."""
    value = head.values.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise head.fault(key, f"'{key}' is {value!r}", "give true or false")
    return value


def names(head: FrontMatter, *keys: str) -> tuple[str, ...]:
    """Words of the first key present: a list, or a text cut at blanks, as Jekyll reads tags."""
    for key in keys:
        value = head.values.get(key)
        if value is None:
            continue
        if isinstance(value, dict) or (isinstance(value, list) and any(map(_nested, value))):
            raise head.fault(key, f"'{key}' is {_kind(value)}", "give a list of words")
        words = value if isinstance(value, list) else _words(key, str(value))
        return tuple(dict.fromkeys(str(word) for word in words if word not in (None, "")))
    return ()


def lines(head: FrontMatter, key: str) -> tuple[str, ...]:
    """Texts: one, or a list of them."""
    value = head.values.get(key)
    if value is None:
        return ()
    values = value if isinstance(value, list) else [value]
    if any(map(_nested, values)):
        raise head.fault(key, f"'{key}' is {_kind(value)}", "give a text or a list of texts")
    return tuple(str(item) for item in values)


def mapping(head: FrontMatter, key: str) -> Mapping[str, Any]:
    """A mapping; empty where the key is missing."""
    value = head.values.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise head.fault(key, f"'{key}' is {_kind(value)}", "give a mapping: 'key: value' lines")
    return value


def records(head: FrontMatter, key: str, make: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    """A list of mappings, each made into a value."""
    value = head.values.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise head.fault(key, f"'{key}' is {_kind(value)}", "give a list of mappings")
    return tuple(make(item) for item in value)


def moment(head: FrontMatter, key: str) -> datetime | None:
    """A point in time with its zone; UTC where none is given."""
    value = head.values.get(key)
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if time := parse_moment(str(value)):
        return time
    advice = "write it as 2026-11-21 or 2026-11-21 09:30:00 +0800"
    raise head.fault(key, f"'{key}' is {value!r}, which is no date", advice)


def number(head: FrontMatter, values: Mapping[str, Any], key: str, default: float) -> float:
    """A positive number of a mapping in the front matter, `execute: timeout: 30`."""
    value = values.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise head.fault(key, f"'{key}' is {value!r}", "give a number above 0")
    return float(value)


def parse_moment(value: str) -> datetime | None:
    """A date as blogs write it, `2018-07-11 11:51 +0800`; None where it is no date that exists."""
    if not (found := _MOMENT.match(value.strip())):
        return None
    *numbers, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        zone = timezone(-offset if sign == "-" else offset) if sign else UTC
        return datetime(*(int(n or 0) for n in numbers), tzinfo=zone)  # type: ignore[arg-type]
    except ValueError:
        return None


def _words(key: str, value: str) -> list[str]:
    return [value] if key in ("category", "tag") else value.split()


def _nested(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _kind(value: Any) -> str:
    return {dict: "a mapping", list: "a list"}.get(type(value), repr(value))
