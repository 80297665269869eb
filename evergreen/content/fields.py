"""Front matter's plain values → typed ones. Each function raises EvergreenError, at its place, when
the value is of another kind; a missing key gives the default.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, TypeVar

from evergreen.content.frontmatter import FrontMatter

T = TypeVar("T")

MAX_WORDS = 500
"""Tags of one post: each makes a page and two feeds."""
MAX_NUMBER = 1e9
"""Seconds or GiB: the system's own calls take no number without end."""
_MOMENT = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?"
    r"\s*(?:Z|UTC|GMT|([+-])(\d\d?):?(\d\d)?)?"
)


def text(head: FrontMatter, key: str, default: str = "") -> str:
    """A text; numbers and dates are taken as they were meant to be read, an empty one is none."""
    value = head.values.get(key)
    if value is None or value == "":
        return default
    if isinstance(value, (dict, list)):
        raise head.fault(key, f"'{key}' is {described(value)}", "give a text")
    return str(value)


def flag(head: FrontMatter, key: str, default: bool = False) -> bool:
    """True or false."""
    value = head.values.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise head.fault(key, f"'{key}' is {described(value)}", "give true or false")
    return value


def names(head: FrontMatter, *keys: str) -> tuple[str, ...]:
    """Words of the first key present: a list, or a text cut at blanks, as Jekyll reads tags."""
    for key in keys:
        value = head.values.get(key)
        if value is None:
            continue
        if isinstance(value, dict) or (isinstance(value, list) and any(map(_nested, value))):
            raise head.fault(key, _wrong_list(key, value), "give a list of words")
        words = value if isinstance(value, list) else _words(key, str(value))
        if len(words) > MAX_WORDS:
            message = f"'{key}' has {len(words)} words"
            raise head.fault(key, message, f"give {MAX_WORDS} at the most")
        return tuple(dict.fromkeys(str(word) for word in words if word not in (None, "")))
    return ()


def lines(head: FrontMatter, key: str) -> tuple[str, ...]:
    """Texts: one, or a list of them."""
    value = head.values.get(key)
    if value is None:
        return ()
    values = value if isinstance(value, list) else [value]
    if any(map(_nested, values)):
        raise head.fault(key, _wrong_list(key, value), "give a text or a list of texts")
    return tuple(str(item) for item in values if item not in (None, ""))


def mapping(head: FrontMatter, key: str, also: str = "") -> FrontMatter | None:
    """The part of the head that a key holds; None where the key is missing. `also` says what else
    the key takes, for the advice.
    """
    value = head.values.get(key)
    if value is None:
        return None
    if not isinstance(value, dict):
        advice = f"give {also}{' or ' if also else ''}a mapping: 'key: value' lines"
        raise head.fault(key, f"'{key}' is {described(value)}", advice)
    return head.part(key)


def records(head: FrontMatter, key: str, make: Callable[[FrontMatter], T]) -> tuple[T, ...]:
    """A list of mappings, each made into a value."""
    value = head.values.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise head.fault(key, _wrong_list(key, value, dict), "give a list of mappings")
    return tuple(make(head.part(key, place)) for place in range(len(value)))


def moment(head: FrontMatter, key: str) -> datetime | None:
    """A point in time with its zone; UTC where none is given."""
    value = head.values.get(key)
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str) and (time := parse_moment(value)):
        return time
    advice = "write it as 2026-11-21 or 2026-11-21 09:30:00 +0800"
    raise head.fault(key, f"'{key}' is {described(value)}, which is no date", advice)


def number(head: FrontMatter, key: str, default: float) -> float:
    """A number above 0, up to MAX_NUMBER."""
    value = head.values.get(key)
    if value is None:
        return default
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 < value <= MAX_NUMBER:
        advice = "give a smaller number" if is_number and value > 0 else "give a number above 0"
        raise head.fault(key, f"'{key}' is {described(value)}", advice)
    return float(value)


def whole(head: FrontMatter, key: str, default: int | None, least: int = 0) -> int | None:
    """A whole number of 32 bits from `least`: frameworks take no other as a seed."""
    value = head.values.get(key)
    if value is None:
        return default
    if type(value) is not int or not least <= value < 2**32:
        advice = f"give a whole number from {least} to {2**32 - 1}"
        raise head.fault(key, f"'{key}' is {described(value)}", advice)
    return value


def parse_moment(value: str) -> datetime | None:
    """A date as blogs write it, `2018-07-11 11:51 +0800`; None where it is no date that exists."""
    if not (found := _MOMENT.fullmatch(value.strip())):
        return None
    *numbers, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        zone = timezone(-offset if sign == "-" else offset) if sign else UTC
        year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def described(value: Any) -> str:
    """A value as a message shows it."""
    if value is None:
        return "empty"
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, date):
        return str(value)
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return shown if len(shown) < 60 else f"{shown[:56]}…"


def _wrong_list(key: str, value: Any, *kinds: type) -> str:
    """What is wrong with a list, be it that it is none."""
    if not isinstance(value, list):
        return f"'{key}' is {described(value)}"
    wrong = (each for each in value if isinstance(each, kinds or (dict, list)) is not bool(kinds))
    return f"'{key}' has {described(next(wrong))} in it"


def _words(key: str, value: str) -> list[str]:
    return [value] if key in ("category", "tag") else value.split()


def _nested(value: Any) -> bool:
    return isinstance(value, (dict, list))
