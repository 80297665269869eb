"""Convert the plain values of a front matter to typed ones.

Each function raises EvergreenError, at the line of the key, if the value has another type; for a
missing key it returns the default.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, TypeVar

from evergreen.content.frontmatter import FrontMatter
from evergreen.content.timezones import in_zone
from evergreen.content.written_dates import is_day_first, is_relative, parse_written_date
from evergreen.regex import regex

T = TypeVar("T")

MAX_WORDS = 500
"""Most tags of one post, since each makes a page and two feeds."""
MAX_NUMBER = 1e9
"""Largest number of seconds or GiB, since system calls have limits."""
_MOMENT = regex(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?"
    r"\s*(Z|UTC|GMT|([+-])(\d\d?):?(\d\d)?(?::(\d\d))?)?"
)


def text(front_matter: FrontMatter, key: str, default: str = "") -> str:
    """Read a text; numbers and dates are converted. An empty text means the default, as does an
    empty list, which blogdown writes for keys without a value."""
    value = front_matter.values.get(key)
    if value in (None, "", []):
        return default
    if isinstance(value, (dict, list)):
        raise front_matter.fault(key, f"'{key}' is {describe(value)}", "write a text")
    return str(value)


def flag(front_matter: FrontMatter, key: str, default: bool = False) -> bool:
    """Read true or false."""
    value = front_matter.values.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise front_matter.fault(key, f"'{key}' is {describe(value)}", "write true or false")
    return value


def names(front_matter: FrontMatter, *keys: str) -> tuple[str, ...]:
    """Read the words of the first key present: a list, or a text split at spaces, as Jekyll reads
    tags.
    """
    for key in keys:
        value = front_matter.values.get(key)
        if value is None:
            continue
        if isinstance(value, dict) or (isinstance(value, list) and any(map(_nested, value))):
            raise front_matter.fault(key, _wrong_list(key, value), "write a list of words")
        words = value if isinstance(value, list) else _words(key, str(value))
        if len(words) > MAX_WORDS:
            message = f"'{key}' has {len(words)} words"
            raise front_matter.fault(key, message, f"keep at most {MAX_WORDS}")
        return tuple(dict.fromkeys(str(word) for word in words if word not in (None, "")))
    return ()


def lines(front_matter: FrontMatter, key: str) -> tuple[str, ...]:
    """Read a text, or a list of texts."""
    value = front_matter.values.get(key)
    if value is None:
        return ()
    values = value if isinstance(value, list) else [value]
    if any(map(_nested, values)):
        raise front_matter.fault(key, _wrong_list(key, value), "write a text or a list of texts")
    return tuple(str(item) for item in values if item not in (None, ""))


def mapping(front_matter: FrontMatter, key: str, also: str = "") -> FrontMatter | None:
    """Return the mapping at a key as a front matter of its own; None if the key is missing.

    `also` names what else the key accepts, for the error message.
    """
    value = front_matter.values.get(key)
    if value is None:
        return None
    if not isinstance(value, dict):
        advice = f"write {also}{' or ' if also else ''}a mapping: 'key: value' lines"
        raise front_matter.fault(key, f"'{key}' is {describe(value)}", advice)
    return front_matter.part(key)


def records(front_matter: FrontMatter, key: str, make: Callable[[FrontMatter], T]) -> tuple[T, ...]:
    """Read a list of mappings, each converted with `make`."""
    value = front_matter.values.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise front_matter.fault(key, _wrong_list(key, value, dict), "write a list of mappings")
    return tuple(make(front_matter.part(key, place)) for place in range(len(value)))


def moment(front_matter: FrontMatter, key: str, where: tzinfo = UTC) -> datetime | None:
    """Return a point in time with its offset; one without is meant in the zone `where`.

    None if the key is missing, or has the day on which the page is made, such as `today`.
    """
    value = front_matter.values.get(key)
    if value is None:
        return None
    if isinstance(value, datetime):
        return in_zone(value, where)
    if isinstance(value, date):
        return in_zone(datetime(value.year, value.month, value.day), where)
    if isinstance(value, str) and (time := parse_moment(value, where)):
        return time
    if isinstance(value, str) and (written := _written(front_matter, value)):
        return in_zone(datetime(written.year, written.month, written.day), where)
    if isinstance(value, str) and is_relative(value):
        return None
    advice = "write it as 2026-11-21 or 2026-11-21 09:30:00 +0800"
    raise front_matter.fault(
        key, f"'{key}' is {describe(value)}, which is not a valid date", advice
    )


def number(front_matter: FrontMatter, key: str, default: float) -> float:
    """Read a number above 0, up to MAX_NUMBER."""
    value = front_matter.values.get(key)
    if value is None:
        return default
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 < value <= MAX_NUMBER:
        advice = "write a smaller number" if is_number and value > 0 else "write a number above 0"
        raise front_matter.fault(key, f"'{key}' is {describe(value)}", advice)
    return float(value)


def whole(front_matter: FrontMatter, key: str, default: int | None, least: int = 0) -> int | None:
    """Read a whole number from `least` to 2**32 - 1, the range of frameworks' seeds."""
    value = front_matter.values.get(key)
    if value is None:
        return default
    if type(value) is not int or not least <= value < 2**32:
        advice = f"write a whole number from {least} to {2**32 - 1}"
        raise front_matter.fault(key, f"'{key}' is {describe(value)}", advice)
    return value


def parse_moment(value: str, where: tzinfo = UTC) -> datetime | None:
    """Parse a date as blogs write it, `2018-07-11 11:51 +0800`; None if it is not valid.

    One without an offset is meant in the zone `where`, and so is a day, whose offset Jekyll
    ignores.
    """
    if not (found := _MOMENT.fullmatch(value.strip())):
        return None
    *numbers, offset_name, sign, hours, minutes, seconds = found.groups()
    parts = (int(part or 0) for part in (hours, minutes, seconds))
    offset = timedelta(**dict(zip(("hours", "minutes", "seconds"), parts, strict=True)))
    try:
        zone = timezone(-offset if sign == "-" else offset) if sign else UTC
        year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
        local = datetime(year, month, day, hour, minute, second)
        has_offset = offset_name and numbers[3] is not None
        return local.replace(tzinfo=zone) if has_offset else in_zone(local, where)
    except ValueError:
        return None


def _written(front_matter: FrontMatter, value: str) -> date | None:
    form = front_matter.values.get("date-format")
    return parse_written_date(value, isinstance(form, str) and is_day_first(form))


def describe(value: Any) -> str:
    """Format a value for a message."""
    if value is None:
        return "empty"
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, date):
        return str(value)
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return shown if len(shown) < 60 else f"{shown[:56]}…"


def _wrong_list(key: str, value: Any, *kinds: type) -> str:
    """Describe why a value is not a list of the right items."""
    if not isinstance(value, list):
        return f"'{key}' is {describe(value)}"
    wrong = (each for each in value if isinstance(each, kinds or (dict, list)) is not bool(kinds))
    return f"'{key}' has {describe(next(wrong))} in it"


def _words(key: str, value: str) -> list[str]:
    return [value] if key in ("category", "tag") else value.split()


def _nested(value: Any) -> bool:
    return isinstance(value, (dict, list))
