"""Dates as people write them, `July 11, 2018 10:00 EST`, read as Ruby reads them."""

from __future__ import annotations

from datetime import datetime

_HOURS = {"UT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6} | {
    "PST": -8,
    "PDT": -7,
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
}
"""The names of zones that Ruby knows, with their hours ahead of UTC."""


def parse_words(text: str) -> datetime | None:
    """Parse a date in words; a time whose zone Ruby does not know is local, without a zone."""
    from dateutil import parser  # late: few posts write such dates

    try:
        return parser.parse(text, tzinfos=_offset)
    except (ValueError, OverflowError):
        return None


def _offset(name: str | None, offset: int | None) -> int | None:
    """Return seconds ahead of UTC."""
    hours = _HOURS.get((name or "").upper())
    return offset if hours is None else hours * 3600
