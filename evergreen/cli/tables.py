"""Format the verdicts of posts with the releases of several days as a table of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from evergreen.build.check_days import DaysReport
from evergreen.cli.build_report import counted


def day_lines(report: DaysReport) -> Iterator[str]:
    """Format one line per post, one column per day, then why a post does not hold."""
    rows = [("", *report.days)]
    rows += [(path, *(each.verdict for each in found)) for path, found in report.posts]
    yield from aligned(rows)
    for path, found in report.posts:
        for day, each in zip(report.days, found, strict=True):
            if each.reason:
                yield f"{path}: {day}: {each.verdict}: {each.reason}"
    counts = f"{counted(len(report.posts), 'post')}, {counted(len(report.days), 'day')}"
    yield f"{counts}; {report.seconds:.1f} s"


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Format rows with aligned columns, in the widths of a terminal."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(1 + (east_asian_width(sign) in "WF") for sign in text)
