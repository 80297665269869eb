"""Dates in words, as Ruby reads them."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime

import pytest

from evergreen.content.jekyll.dates_in_words import parse_words

KNOWN = {
    "Jan 2, 2020 03:04:05 EST": datetime(2020, 1, 2, 8, 4, 5, tzinfo=UTC),
    "Thu, 02 Jan 2020 03:04:05 CST": datetime(2020, 1, 2, 9, 4, 5, tzinfo=UTC),
    "2 January 2020 03:04:05 Z": datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
    "Jan 2, 2020 03:04:05 +0800": datetime(2020, 1, 1, 19, 4, 5, tzinfo=UTC),
}


@pytest.mark.parametrize("text", KNOWN)
def test_a_zone_that_ruby_knows_counts(text: str) -> None:
    """America's, UTC, and offsets."""
    assert parse_words(text) == KNOWN[text]


@pytest.mark.parametrize("zone", ["MSK", "CET", "JST", "IST", "FOO"])
def test_another_zone_is_local_time_and_no_warning(zone: str) -> None:
    """What the library that parses says about it is nothing to an author."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = parse_words(f"2 Jan 2020 03:04:05 {zone}")
    assert found == datetime(2020, 1, 2, 3, 4, 5)


def test_what_is_not_a_date_is_none() -> None:
    """Chinese words among them."""
    assert parse_words("去年的某一天") is None
