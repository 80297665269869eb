"""The blog's time zone: in it dates without a zone are meant, and a day begins."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from pathlib import Path

from evergreen.regex import regex

_OFFSET = regex(r"([+-])(\d\d):?([0-5]\d)")
_UTC = ("", "UTC", "Etc/UTC")
_LOCAL = Path("/etc/localtime")
_FOLDER = "zoneinfo/"
"""What precedes a zone's name in the path of its file (tz database)."""


@lru_cache
def zone(name: str) -> tzinfo:
    """Return the zone of a `timezone` setting: `Asia/Shanghai`, `+08:00`, or UTC for "".

    Raises ValueError for any other text.
    """
    if name in _UTC:
        return UTC
    if found := _OFFSET.fullmatch(name):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    from zoneinfo import ZoneInfo  # late: takes as long as reading the settings

    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        raise ValueError(name) from None


def is_zone(name: str) -> bool:
    """True if `zone` takes the name."""
    try:
        return bool(zone(name))
    except ValueError:
        return False


def machine_zone() -> str:
    """Return this machine's zone by its name, or by its present offset where it has no name."""
    name = os.environ.get("TZ", "").lstrip(":") or _linked_zone()
    return name if name and is_zone(name) else datetime.now().astimezone().isoformat()[-6:]


def today(name: str) -> date:
    """Return the day that it is in a zone."""
    return datetime.now(zone(name)).date()


def in_zone(moment: datetime, where: tzinfo) -> datetime:
    """Return a moment with its offset; one without is meant in the zone `where`.

    The offset is fixed: neither pickles nor comparisons then need the tz database.
    """
    if moment.tzinfo:
        return moment
    offset = moment.replace(tzinfo=where).utcoffset() or timedelta()
    return moment.replace(tzinfo=timezone(offset))


def _linked_zone() -> str:
    try:
        return str(_LOCAL.readlink()).partition(_FOLDER)[2]
    except OSError:
        return ""
