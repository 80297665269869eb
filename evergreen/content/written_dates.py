"""Dates as people, Quarto and R Markdown write them: `March 22nd, 2021`, `03/22/2021`, `today`."""

from __future__ import annotations

import re
from datetime import date

from evergreen.regex import regex


def parse_written_date(text: str, day_first: bool = False) -> date | None:
    """Parse a date in words or numbers; None if it is not one.

    `day_first` is for `03/04/2021`, which is the 4th of March otherwise; a number above 12 is a
    day.
    """
    text = _ORDINAL.sub(r"\1", " ".join(text.replace(",", " ").split()))
    for pattern in _PATTERNS:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            return _date(parts["year"], _month(parts["month"]), parts.get("day") or "1")
    if found := _NUMBERS.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), found[4]
        if (day_first or found[2] == "." or first > 12) and second <= 12:
            first, second = second, first
        return _date(year, first, str(second))
    return None


def is_relative(text: str) -> bool:
    """True for a date that another tool replaces by the day on which it makes the page."""
    return text.strip().lower() in _WORDS or _EXPRESSION.match(text) is not None


def is_day_first(form: str) -> bool:
    """True if a format such as `DD/MM/YYYY`, `%d/%m/%Y` or `D MMMM` begins with the day."""
    return re.match(r"\W*d", form, re.I) is not None


def _month(text: str) -> int:
    if text.isdecimal():
        return int(text)
    return _MONTHS.index(text[:3].lower()) + 1


def _date(year: str, month: int, day: str) -> date | None:
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, int(day))
    except ValueError:
        return None


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NAME = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.? )?"
_PATTERNS = tuple(
    regex(pattern, re.I)
    for pattern in (
        rf"{_WEEKDAY}{_NAME} ?(?P<day>\d\d?) (?P<year>\d{{4}})",
        rf"{_WEEKDAY}(?:the )?(?P<day>\d\d?)[ -](?:of )?{_NAME}[ -](?P<year>\d{{4}})",
        rf"{_NAME} (?P<year>\d{{4}})",
        r"(?P<year>\d{4})[/.](?P<month>\d\d?)[/.](?P<day>\d\d?)",
        r"(?P<year>\d{4}) ?年 ?(?P<month>\d\d?) ?月 ?(?P<day>\d\d?) ?[日号]",
        r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)",
    )
)
_NUMBERS = regex(r"(\d\d?)([/.-])(\d\d?)\2(\d{4}|\d\d)")
_ORDINAL = regex(r"\b(\d\d?)(?:st|nd|rd|th)\b", re.I)
_WORDS = frozenset({"today", "now", "last-modified", "{today}", "sys.date()", "sys.time()"})
_EXPRESSION = regex(r"\s*(?:`\s*\{?\w+\}?\s|!r\b|!expr\b|\{\{<)")
"""An inline expression of R or Python, or a shortcode."""
