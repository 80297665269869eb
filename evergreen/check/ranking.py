"""Listings that are sorted by measured sizes, as statistics of `tracemalloc` are.

Rows of nearly equal sizes change places from run to run, and the last one may give way to one that
was cut off. The text of a new run is compared with such rows in their published order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from evergreen.dataclass import dataclass
from evergreen.regex import regex

SIZE_RTOL = 0.1
"""Relative difference of two measured sizes that means nothing."""
LONGEST = 500
"""Rows that are sorted, which takes the square of them."""
_UNITS = {"B": 0, "bytes": 0, "KiB": 1, "KB": 1, "kB": 1, "MiB": 2, "MB": 2, "GiB": 3, "GB": 3}
_SIZE = regex(rf"(?<![\w.])(\d+(?:,\d{{3}})*(?:\.\d+)?)\s*({'|'.join(_UNITS)}|字节)(?!\w)")
_RANK = regex(r"\s*(?:#?\d+[.:)]\s+)?")
"""The number of a row, as in `#1: app.py:3: 1480 KiB`."""
_MEASURED = regex(r"(?<![\w.:])[+-]?\d[\d,.]*(?!\w)")
"""A number that is measured: the line of a file, as in `app.py:3`, is not."""
_PLACE = regex(r":\d+:")
"""A line of a file that allocated something: of these, listings show the first few."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a listing, with the indented lines below it."""

    at: int
    """The number of its line."""
    rank: str
    """What its place in the listing gives it."""
    text: str
    below: tuple[str, ...]
    name: str
    """What it is about: its text without numbers."""
    size: float


def settle(published: str, now: str) -> str:
    """Return the new text with rows of nearly equal sizes in the published order."""
    if published == now:
        return now
    lines = now.split("\n")
    then, rows = _rows(published.split("\n")), _rows(lines)
    if min(len(then), len(rows)) < 2 or max(len(then), len(rows)) > LONGEST:
        return now
    settled = _with_published_end(then, _sorted_as(then, rows))
    return "\n".join(line for part in _replaced(lines, rows, settled) for line in part)


def _replaced(
    lines: Sequence[str], rows: Sequence[_Row], settled: Sequence[_Row]
) -> Iterator[Sequence[str]]:
    """Yield the lines of a text with other rows in the places of its own."""
    end = 0
    for old, new in zip(rows, settled, strict=True):
        yield lines[end : old.at]
        yield (old.rank + new.text, *new.below)
        end = old.at + 1 + len(old.below)
    yield lines[end:]


def _rows(lines: Sequence[str]) -> list[_Row]:
    """Return the lines that tell a size, each with the indented ones below that tell none."""
    found = []
    for at, line in enumerate(lines):
        size = _SIZE.search(line)
        rank = _RANK.match(line)
        if size and rank:
            below = _below(lines[at + 1 :])
            text = line[rank.end() :]
            name = " ".join(_MEASURED.sub("#", _SIZE.sub("#", text)).split())
            found.append(_Row(at, rank[0], text, below, name, _bytes(size[1], size[2])))
    return found


def _below(lines: Iterable[str]) -> tuple[str, ...]:
    found = []
    for line in lines:
        if not line.startswith((" ", "\t")) or not line.strip() or _SIZE.search(line):
            break
        found.append(line)
    return tuple(found)


def _bytes(number: str, unit: str) -> float:
    return float(number.replace(",", "")) * 1024.0 ** _UNITS.get(unit, 0)


def _sorted_as(then: Sequence[_Row], rows: Sequence[_Row]) -> list[_Row]:
    """Return the rows, those of nearly equal sizes in the published order.

    Names that appear twice keep their places: they may be of any row.
    """
    counts = Counter(row.name for row in then), Counter(row.name for row in rows)
    known = {
        n: row for n, row in enumerate(then) if counts[0][row.name] == counts[1][row.name] == 1
    }
    order = {row.name: n for n, row in known.items()}
    found: list[_Row] = []
    for row in rows:
        at = len(found)
        while at and _follows_from_sizes(then, order, found[at - 1], row):
            at -= 1
        found.insert(at, row)
    return found


def _follows_from_sizes(
    then: Sequence[_Row], order: Mapping[str, int], first: _Row, second: _Row
) -> bool:
    """True if two rows are nearly equal and in the order of their sizes, as they were in the
    published run, where they changed places.
    """
    a, b = order.get(first.name, -1), order.get(second.name, -1)
    if b < 0 or a < b or not _is_near(first, second) or not _is_near(then[a], then[b]):
        return False
    now, before = first.size - second.size, then[b].size - then[a].size
    return min(now, before) >= 0 or max(now, before) <= 0


def _with_published_end(then: Sequence[_Row], rows: list[_Row]) -> list[_Row]:
    """Put the published row in the place of a new one of nearly its size if all others are alike:
    the listing was cut off between them.
    """
    sides = [{row.name for row in side} for side in (then, rows)]
    unlike = [n for n, row in enumerate(rows) if row.name not in sides[0]]
    if len(then) != len(rows) or len(unlike) != 1 or then[unlike[0]].name in sides[1]:
        return rows
    at = unlike[0]
    pair = then[at], rows[at]
    is_least = all(row.size >= rows[at].size for row in rows[:at])
    if is_least and _is_near(*pair) and all(_PLACE.search(row.text) for row in pair):
        return [*rows[:at], then[at], *rows[at + 1 :]]
    return rows


def _is_near(one: _Row, other: _Row) -> bool:
    return abs(one.size - other.size) <= SIZE_RTOL * max(one.size, other.size)
