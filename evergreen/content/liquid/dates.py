"""Dates in Liquid: parse values, format as Ruby and Jekyll do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from evergreen.content.jekyll.dates_in_words import parse_words
from evergreen.content.timezones import in_zone
from evergreen.regex import regex

_PERCENT = regex(r"%([-_0^]?)(\d{0,3})([a-zA-Z%])")
"""Flag, width and letter of a directive."""


def moment_of(value: Any) -> datetime | None:
    """Convert a value to a time; None if it is not a date."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if is_now(value):
        return datetime.now().astimezone()
    words = value.strip() if isinstance(value, str) else ""
    if words.isdigit() and len(words) > 4:
        return datetime.fromtimestamp(int(words[:15]), UTC)
    if not words:
        return None
    return parse_words(words)


def is_now(value: Any) -> bool:
    """True if a value means the current time."""
    return isinstance(value, str) and value.strip() in ("now", "today")


def strftime(moment: datetime, form: str) -> str:
    """Format a date with Ruby's directives, which are C's and a few more."""

    def one(found: re.Match[str]) -> str:
        flag, width, letter = found.groups()
        if letter == "s":
            return str(int(moment.timestamp()))
        if letter in "LN":
            return f"{moment.microsecond * 1000:09}"[: int(width or (3 if letter == "L" else 9))]
        made = _MORE[letter](moment) if letter in _MORE else moment.strftime(f"%{letter}")
        if flag == "^":
            made = made.upper()
        if flag == "-":
            made = made.lstrip("0 ") or "0"
        if flag == "_" and made.isdigit():
            made = made.lstrip("0").rjust(len(made)) or "0"
        return made.rjust(int(width), "0" if made.isdigit() else " ") if width else made

    return _PERCENT.sub(one, form)


def dated(form: str, where: tzinfo | None) -> Callable[..., Any]:
    """Return a filter that formats a date in a zone with a month directive."""

    def date_in_form(value: Any, kind: Any = None, style: Any = None) -> Any:
        moment = moment_of(value)
        if moment is None:
            return value
        moment = _local(moment, where)
        if kind != "ordinal":
            return strftime(moment, f"%d {form} %Y")
        day = f"{moment.day}{_ordinal(moment.day)}"
        return strftime(moment, f"{form} {day}, %Y" if style == "US" else f"{day} {form} %Y")

    return date_in_form


def date_to_xmlschema(value: Any, where: tzinfo | None) -> Any:
    """Format a date in a zone as ISO 8601."""
    moment = moment_of(value)
    return value if moment is None else _local(moment, where).isoformat(timespec="seconds")


def date_to_rfc822(value: Any, where: tzinfo | None) -> Any:
    """Format a date in a zone as RFC 822."""
    moment = moment_of(value)
    form = "%a, %d %b %Y %H:%M:%S %z"
    return value if moment is None else _local(moment, where).strftime(form)


def _ordinal(day: int) -> str:
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _local(moment: datetime, where: tzinfo | None) -> datetime:
    """Return the moment in the blog's zone; without a zone, as it was written."""
    if moment.tzinfo:
        return moment.astimezone(where) if where else moment
    return in_zone(moment, where or UTC)


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.astimezone()


def _hour(moment: datetime) -> str:
    return str(moment.hour % 12 or 12).rjust(2)


_MORE: Mapping[str, Callable[[datetime], str]] = {
    "e": lambda moment: str(moment.day).rjust(2),
    "k": lambda moment: str(moment.hour).rjust(2),
    "l": _hour,
    "P": lambda moment: "am" if moment.hour < 12 else "pm",
    "C": lambda moment: f"{moment.year // 100:02}",
    "h": lambda moment: moment.strftime("%b"),
    "n": lambda moment: "\n",
    "t": lambda moment: "\t",
    "z": lambda moment: _zoned(moment).strftime("%z"),
    "Z": lambda moment: _zoned(moment).strftime("%Z"),
    "v": lambda moment: f"{moment.day:2}-{moment:%b-%Y}".upper(),
}
