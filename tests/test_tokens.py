"""Printed numbers and times: when two are one."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evergreen.check.result import ComparisonRules, DifferenceLevel
from evergreen.check.text import compare_text
from evergreen.check.tokens import compare_numbers, read_tokens
from evergreen.model import CheckOptions

RULES = ComparisonRules()


@pytest.mark.parametrize(
    ("then", "now", "level"),
    [
        ("1", "1", "SAME"),
        ("60000", "60001", "DIFFERENT"),
        ("60,000", "60000", "CLOSE"),
        ("0.9164", "0.9165", "CLOSE"),
        ("0.9164", "0.9166", "DIFFERENT"),
        ("0.5", "0.501", "DIFFERENT"),
        ("12.34567", "12.345678", "CLOSE"),
        ("1.", "2.", "DIFFERENT"),
        ("1e-3", "1e-2", "DIFFERENT"),
        ("9.99e-05", "1.00e-04", "CLOSE"),
        ("0.1", "-0.1", "DIFFERENT"),
        ("0.0", "-0.0", "CLOSE"),
        ("3", "3.0", "DIFFERENT"),
        ("0.05", "0.06", "DIFFERENT"),
        ("0.10", "0.11", "DIFFERENT"),
        ("0.100", "0.101", "CLOSE"),
        ("3", "3.5", "DIFFERENT"),
        ("1e999", "2e999", "DIFFERENT"),
        ("140245234234112", "139872345678912", "SAME"),
    ],
)
def test_numbers(then: str, now: str, level: Literal["SAME", "CLOSE", "DIFFERENT"]) -> None:
    """Whole ones are exact; others may differ by their last digit, or by a millionth."""
    assert DifferenceLevel[level] == compare_numbers(then, now, RULES)
    assert DifferenceLevel[level] == compare_numbers(now, then, RULES)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 9e-7))
def test_a_millionth_is_let_pass(value: float, part: float) -> None:
    """However a number is written."""
    other = value * (1 + part)
    assume(math.isfinite(other))
    assert compare_numbers(repr(value), repr(other), RULES) < DifferenceLevel.DIFFERENT


@given(st.integers(100, 10**12), st.integers(3, 8))
def test_one_unit_in_the_last_digit_is_let_pass(units: int, digits: int) -> None:
    """Three are not, unless a millionth is more."""
    unit = 10.0**-digits
    value = units * unit
    printed = [f"{(units + n) * unit:.{digits}f}" for n in (0, 1, 3)]
    assert compare_numbers(printed[0], printed[1], RULES) < DifferenceLevel.DIFFERENT
    if unit > 1e-6 * value:
        assert DifferenceLevel.DIFFERENT == compare_numbers(printed[0], printed[2], RULES)


@given(st.text())
def test_tokens_are_the_whole_text(text: str) -> None:
    """Nothing is lost between them."""
    assert text == "".join(token.text for token in read_tokens(text))


@given(st.text(), st.text())
def test_comparing_is_symmetric(then: str, now: str) -> None:
    """And a text is the same as itself."""
    both = compare_text(then, now, RULES).level, compare_text(now, then, RULES).level
    assert both[0] == both[1]
    assert DifferenceLevel.SAME == compare_text(then, then, RULES).level


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04",
        "2026-03-04 05:06:01",
        "Wed Mar  4 05:06:01 2026",
        "2026年3月4日 5时06分",
        "time.struct_time(tm_year=2026, tm_mon=3, tm_mday=4, tm_hour=5, tm_min=6)",
        "2026年3月4日 星期三 下午5点06分01秒",
    ],
)
def test_a_time_of_the_run_means_nothing(text: str) -> None:
    """Another time does, and so does one that stays while the run moves on."""
    ends = datetime(2026, 3, 4, 12, tzinfo=UTC), datetime(2026, 5, 6, 12, tzinfo=UTC)
    rules = ComparisonRules(published_at=ends[0], now_at=ends[1])
    now = text.replace("-03-04", "-05-06").replace("Mar  4", "May  6").replace("3月4", "5月6")
    now = now.replace("tm_mon=3, tm_mday=4", "tm_mon=5, tm_mday=6")
    now = now.replace("下午5点06", "上午9点17").replace("5时06", "9时17")
    assert DifferenceLevel.SAME == compare_text(text, now, rules).level
    assert (
        DifferenceLevel.DIFFERENT == compare_text(text, text.replace("2026", "2025"), rules).level
    )
    assert (
        DifferenceLevel.SAME == compare_text(f"{text} x 0.5123", f"{text} x 0.5123\n", rules).level
    )


@pytest.mark.parametrize(
    ("then", "now", "level"),
    [
        ("(1+1.2e-16j)", "(1-6.1e-17j)", "CLOSE"),
        ("[1.00000000e+00+0.j 2.22e-16+1.j]", "[1.00000000e+00+0.j -1.11e-16+1.j]", "CLOSE"),
        ("(1+2.5j)", "(1-2.5j)", "DIFFERENT"),
        ("(1+2j)", "(1+3j)", "DIFFERENT"),
        ("7-3j2", "7-4j2", "DIFFERENT"),
    ],
)
def test_an_imaginary_part_has_a_sign(then: str, now: str, level: str) -> None:
    """A rounding error has any; the sign of a value counts."""
    assert DifferenceLevel[level] == compare_text(then, now, RULES).level


def test_messages_name_the_process_that_ran_them() -> None:
    """As warnings of a cell do, by its temporary file."""
    then, now = (f"/tmp/ipykernel_{n}/{n}21.py:3: UserWarning: x" for n in (1234, 4321))
    assert DifferenceLevel.SAME == compare_text(then, now, RULES).level


@pytest.mark.parametrize(
    ("options", "then", "now", "level"),
    [
        (CheckOptions(rtol=1e-2), "0.9164", "0.9199", "CLOSE"),
        (CheckOptions(atol=0.1), "0.01", "-0.05", "CLOSE"),
        (CheckOptions(compare="exact"), "0.9164", "0.9165", "DIFFERENT"),
        (CheckOptions(compare="exact"), "at 0x7f3a1c0d5e80", "at 0x7fe2b8a4c1d0", "DIFFERENT"),
    ],
)
def test_an_author_may_ask_for_more_or_less(
    options: CheckOptions, then: str, now: str, level: str
) -> None:
    """Tolerances, or none."""
    assert DifferenceLevel[level] == compare_text(then, now, ComparisonRules(options)).level


def test_a_duration_is_a_result_in_one_run() -> None:
    """`3.2 s` may be the period of a pendulum, whatever the words around it; not in `%timeit`."""
    for then, now in (("period 3.2 s", "period 4.7 s"), ("took 3.2 s", "took 4.7 s")):
        assert DifferenceLevel.DIFFERENT == compare_text(then, now, RULES).level
    then, now = "Wall time: 3.2 s", "Wall time: 470 ms"
    assert DifferenceLevel.SAME == compare_text(then, now, RULES).level


def test_long_texts_take_no_square_time() -> None:
    """A hundred thousand lines of which one differs are told as one."""
    lines = [f"行 {n} {n / 7:.3f}" for n in range(20_000)]
    other = [*lines[:500], "行 500 0.000", *lines[501:]]
    found = compare_text("\n".join(lines), "\n".join(other), RULES)
    assert (DifferenceLevel.DIFFERENT, (("行 500 71.429", "行 500 0.000"),)) == (
        found.level,
        found.lines,
    )
