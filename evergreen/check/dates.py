"""Dates and clock times in texts: is one the time of its own run?

A page that prints its date has another one in each run, in any usual form. A date that is not the
day of its run is data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

from evergreen.check.result import ComparisonRules
from evergreen.regex import regex

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_NUMBER_OF = {name[:size]: n for n, name in enumerate(_MONTHS, 1) for size in (3, len(name))}
_MONTH = "|".join(sorted({*_NUMBER_OF}, key=len, reverse=True))
_DAY = "|".join([*_DAYS, *(name[:3] for name in _DAYS)])
_CLOCK = (
    r"\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[AP]M)?(?:\s?(?:Z|UTC|GMT|[A-Z]{3,4}|[+-]\d\d:?\d\d))?"
)
_CHINESE_CLOCK = r"\d\d?\s?[时点]\s?(?:\d\d?\s?分)?\s?(?:\d\d?\s?秒)?"
DATE = rf"""
        \d{{4}}[-/.]\d\d[-/.]\d\d(?:[T ]{_CLOCK})?(?![\d-])
      | \d{{4}}\s?年\s?\d\d?\s?月\s?\d\d?\s?日(?:\s*(?:星期|周)[一二三四五六日天])?
        (?:\s*[上下]午)?(?:\s*(?:{_CLOCK}|{_CHINESE_CLOCK}))?
      | (?:(?:{_DAY}),?\s+)?(?:{_MONTH})\.?\s+\d\d?,?\s+(?:{_CLOCK}\s+)?\d{{4}}
        (?:,?\s+{_CLOCK})?(?!\d)
      | (?:(?:{_DAY}),?\s+)?\d\d?(?:\s+|[-/])(?:{_MONTH})\.?,?(?:\s+|[-/])\d{{4}}
        (?:(?:,?\s+|:){_CLOCK})?(?!\d)
      | (?:{_MONTH})\.?\s+\d\d?(?:\s+{_CLOCK})?(?![\d.,:])
      | \d\d?\s+(?:{_MONTH})(?![a-z\s]*\d)(?![a-z])
      | (?<![\d/])\d\d/\d\d/\d\d(?:,?\s+{_CLOCK})?(?![\d/])
      | \d\d?[/.]\d\d?[/.]\d{{4}}(?:,?\s+{_CLOCK})?(?![\d.])
      | datetime\.(?:datetime|date)\(\d{{4}},[\d,\ ]+(?:,\s*tzinfo=[\w.]+)?\)
      | time\.struct_time\(tm_year=\d{{4}},[\w\s=,-]*\)
      | (?<![\d:.])\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?![\d:])
"""
"""Forms of dates and of clock times, for `re.VERBOSE`."""
_DIGITS = regex(r"\d+")
_NAME = regex(rf"\b(?:{_MONTH})\b")
_TIME = regex(r"(\d\d?)(?::|\s?[时点]\s?)(\d\d)(?:(?::|\s?分\s?)(\d\d))?")
_HALF = regex(r"\b[AP]M\b|[上下]午")
_WEEKDAY = regex(r"(?:星期|周)[一二三四五六日天]")

ZONES = range(-12 * 4, 14 * 4 + 1)
"""Offsets from UTC in quarters of an hour."""
SLACK = 90.0
"""Seconds by which a printed clock time may differ from the run's own."""


def is_own_time(then: str, now: str, rules: ComparisonRules) -> bool:
    """True if two texts in one form are each the date or the clock time of their own run."""
    if not rules.published_at or not rules.now_at or _form(then) != _form(now):
        return False
    if _is_clock(then):
        return _near_clock(then, rules.published_at, rules.seconds, ZONES) and _near_clock(
            now, rules.now_at, rules.seconds, (0, _local_quarters(rules.now_at))
        )
    before = set(_days(then, rules.published_at.year))
    after = set(_days(now, rules.now_at.year))
    published = {_day(rules.published_at, zone) for zone in (ZONES[0], 0, ZONES[-1])}
    here = {
        _day(end, zone)
        for zone in (0, _local_quarters(rules.now_at))
        for end in (rules.now_at, rules.now_at - timedelta(seconds=rules.seconds))
    }
    return bool(before & published) and bool(after & here)


def parts(text: str) -> tuple[str, str]:
    """Split a time into its date and its clock time; "" for what it has not."""
    found = _TIME.search(text)
    if not found:
        return text, ""
    clock = re.search(_CLOCK, text)
    return _TIME.sub(" ", text).strip(), clock[0] if clock else found[0]


def is_own_name(then: str, now: str, rules: ComparisonRules) -> bool:
    """True if two words or numbers are the weekday, the month or the year of their own run."""
    if not rules.published_at or not rules.now_at:
        return False
    for form in ("%A", "%a", "%B", "%b", "%Y", "%Y%m%d"):
        ends = (rules.published_at, rules.now_at)
        if all(
            text in {(end + timedelta(hours=shift)).strftime(form) for shift in shifts}
            for text, end, shifts in zip((then, now), ends, ((-12, 0, 14), (0,)), strict=True)
        ):
            return True
    return False


def _form(text: str) -> str:
    """Return a date without its digits and names."""
    text = _WEEKDAY.sub("D", _HALF.sub("H", text))
    text = re.sub(rf"\b(?:{_DAY})\b", "D", _NAME.sub("M", text))
    return re.sub(r"\s+", " ", _DIGITS.sub("0", text))


def _is_clock(text: str) -> bool:
    return bool(re.fullmatch(r"\d\d:\d\d(:\d\d([.,]\d+)?)?", text))


def _near_clock(text: str, end: datetime, seconds: float, zones: range | tuple[int, ...]) -> bool:
    """True if a clock time lies within the run, in one of the time zones."""
    hours, minutes, rest = (int(part or 0) for part in _TIME.search(text).groups())  # type: ignore[union-attr]
    clock = 3600 * hours + 60 * minutes + rest
    of_day = (end - end.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    early = seconds + SLACK + (0 if text.count(":") > 1 else 60)
    return any(
        -early <= (clock - of_day - 900 * zone + 43200) % 86400 - 43200 <= SLACK for zone in zones
    )


def _local_quarters(end: datetime) -> int:
    offset = end.astimezone().utcoffset() or timedelta()
    return int(offset.total_seconds() // 900)


def _day(end: datetime, quarters: int) -> date:
    return end.astimezone(timezone(timedelta(minutes=15 * quarters))).date()


def _days(text: str, this_year: int) -> Iterator[date]:
    """Yield the days that a text can mean: two for `04/03/2026`; of this year if it names none."""
    named = _NAME.search(text)
    numbers = [int(each) for each in _DIGITS.findall(_TIME.sub(" ", text))]
    if named and numbers:
        year = next((n for n in numbers if n > 99), this_year)
        orders = [(year, _NUMBER_OF[named[0]], next((n for n in numbers if n < 32), 0))]
    elif len(numbers) > 2 and numbers[0] > 99:
        orders = [(numbers[0], numbers[1], numbers[2])]
    elif len(numbers) > 2:
        year = numbers[2] if numbers[2] > 99 else 2000 + numbers[2]
        orders = [(year, numbers[1], numbers[0]), (year, numbers[0], numbers[1])]
    else:
        orders = []
    for year, month, day in orders:
        try:
            yield datetime(year, month, day, tzinfo=UTC).date()
        except ValueError:
            continue
