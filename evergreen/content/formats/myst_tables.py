"""MyST's list-table and csv-table, as HTML tables whose cells are Markdown."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence

Line = tuple[int, str]
_Cell = list[Line]


def list_table(place: int, options: Mapping[str, str], lines: Sequence[Line]) -> Iterator[Line]:
    """Yield a table from a list of lists; the first `header-rows` rows are its head."""
    rows: list[list[_Cell]] = []
    inner = 0
    for at, line in lines:
        if found := _ROW.match(line):
            inner = found.start(1)
            rows.append([[(at, line[found.end() :])]])
        elif rows and (found := _CELL.match(line)) and found.start(1) == inner:
            rows[-1].append([(at, line[found.end() :])])
        elif rows:
            is_indented = not line[: inner + 2].strip()
            rows[-1][-1].append((at, line[inner + 2 :] if is_indented else line))
    yield from _table(place, rows, _count(options, "header-rows"), options)


def csv_table(place: int, options: Mapping[str, str], lines: Sequence[Line]) -> Iterator[Line]:
    """Yield a table from comma-separated values; `header` is one more row, the first."""
    delimiter = _DELIMITERS.get(name := options.get("delim", ","), name)[:1] or ","
    text = "\n".join(line for _, line in lines).strip("\n")
    given = [options["header"]] if "header" in options else []
    rows = [
        [[(place, cell.strip())] for cell in row]
        for part in (*given, text)
        for row in csv.reader(part.splitlines(), delimiter=delimiter, skipinitialspace=True)
        if row
    ]
    head = len(given) + _count(options, "header-rows")
    yield from _table(place, rows, head, options)


def _table(
    place: int, rows: Sequence[Sequence[_Cell]], head: int, options: Mapping[str, str]
) -> Iterator[Line]:
    """Yield the lines of a table, of which the first `head` rows are in its head."""
    stubs = _count(options, "stub-columns")
    yield from [(place, ""), (place, "<table>")]
    for name, part in (("thead", rows[:head]), ("tbody", rows[head:])):
        if part:
            yield place, f"<{name}>"
            for row in part:
                yield from _row(row, "th" if name == "thead" else "td", stubs)
            yield place, f"</{name}>"
    yield from [(place, "</table>"), (place, "")]


def _row(row: Sequence[_Cell], name: str, stubs: int) -> Iterator[Line]:
    yield row[0][0][0], "<tr>"
    for number, cell in enumerate(row):
        yield from _cell(cell, "th" if number < stubs else name)
    yield row[-1][-1][0], "</tr>"


def _cell(cell: _Cell, tag: str) -> Iterator[Line]:
    """Yield a cell: one line of text, or blocks."""
    (place, _), (last, _) = cell[0], cell[-1]
    texts = [line for _, line in cell if line.strip()]
    if len(texts) < 2 and not any(map(_BLOCK.match, texts)):
        yield place, f'<{tag} markdown="span">{texts[0].strip() if texts else ""}</{tag}>'
        return
    yield place, f'<{tag} markdown="block">'
    yield from [*cell, (last, ""), (last, f"</{tag}>")]


def _count(options: Mapping[str, str], key: str) -> int:
    value = options.get(key, "")
    return int(value) if value.isdecimal() else 0


_DELIMITERS = {"tab": "\t", "space": " "}
_ROW = re.compile(r"[*+-]\s+([*+-])(?:\s|\Z)")
_CELL = re.compile(r"\s+([*+-])(?:\s|\Z)")
_BLOCK = re.compile(r"\s*(?:[*+-]\s|\d+[.)]\s|`{3}|~{3}|:{3}|>|\||\$\$|#{1,6}\s)")
