"""Tables that our Markdown does not have, as HTML tables whose cells are Markdown: MyST's
list-table and csv-table, and the grid tables of Pandoc."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from textwrap import dedent

from evergreen.regex import regex

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


def grid_end(lines: Sequence[str], at: int) -> int:
    """Return the index after the grid table that begins at a line; `at` if there is none."""
    if not _EDGE.fullmatch(lines[at]):
        return at
    end, last = at + 1, at
    while end < len(lines) and lines[end].strip()[:1] in ("|", "+") and lines[end].strip():
        if _EDGE.fullmatch(lines[end]):
            last = end
        end += 1
    return last + 1 if last > at else at


def grid_table(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield a grid table; rows above a line of `=` are its head, colons in it align the columns."""
    indent = len(lines[0][1]) - len(lines[0][1].lstrip())
    wide = [(place, columns(line[indent:])) for place, line in lines]
    edge = wide[0][1]
    bounds = [at for at, char in enumerate(edge) if char == "+"]
    rows: list[list[_Cell]] = []
    head, rulers, current = 0, "".join(edge), list[Line]()
    for place, line in wide[1:]:
        if line[:1] == ["+"] and not set(line) - set("+-=:"):
            rows += [_grid_row(current, bounds)] if current else []
            current = []
            if "=" in line:
                head, rulers = len(rows), "".join(line)
        else:
            current.append((place, "".join(line)))
    sides = (_side(rulers[start + 1 : end]) for start, end in pairwise(bounds))
    yield from _table(lines[0][0], rows, head, {"sides": ",".join(sides)})


def _grid_row(lines: Sequence[Line], bounds: Sequence[int]) -> list[_Cell]:
    """Return the cells of a row; text that crosses a bound is in one cell with what is behind."""
    wide = [(place, columns(line)) for place, line in lines]
    ends = (bounds[0], bounds[-1])
    open_bounds = [
        at
        for at in bounds
        if at in ends or all(line[at : at + 1] in (["|"], ["+"], []) for _, line in wide)
    ]
    cells: list[_Cell] = []
    for start, end in pairwise(open_bounds):
        texts = ["".join(line[start + 1 : end]).rstrip() for _, line in wide]
        plain = dedent("\n".join(texts)).split("\n")
        cells.append([(place, text) for (place, _), text in zip(wide, plain, strict=True)])
    return cells


def columns(line: str) -> list[str]:
    """Return the columns of a line, as many as a terminal shows: a wide character has two."""
    found: list[str] = []
    for char in line:
        found += [char, ""] if unicodedata.east_asian_width(char) in ("W", "F") else [char]
    return found


def _side(rule: str) -> str:
    if rule.startswith(":"):
        return "center" if rule.endswith(":") else "left"
    return "right" if rule.endswith(":") else ""


def _table(
    place: int, rows: Sequence[Sequence[_Cell]], head: int, options: Mapping[str, str]
) -> Iterator[Line]:
    """Yield the lines of a table, of which the first `head` rows are in its head."""
    stubs = _count(options, "stub-columns")
    sides = options.get("sides", "").split(",")
    yield from [(place, ""), (place, f"<table{_table_style(options)}>")]
    yield from ((place, line) for line in _columns_of(options))
    for name, part in (("thead", rows[:head]), ("tbody", rows[head:])):
        if part:
            yield place, f"<{name}>"
            for row in part:
                yield from _row(row, "th" if name == "thead" else "td", stubs, sides)
            yield place, f"</{name}>"
    yield from [(place, "</table>"), (place, "")]


def _table_style(options: Mapping[str, str]) -> str:
    """Return the attribute for the options `align`, which places the table, and `width`."""
    styles = [f"{_MARGINS[side]}: auto" for side in (options.get("align"),) if side in _MARGINS]
    width = options.get("width", "")
    styles += [f"width: {width}"] if _WIDTH.fullmatch(width) else []
    return f' style="{"; ".join(styles)}"' if styles else ""


def _columns_of(options: Mapping[str, str]) -> Iterator[str]:
    """Yield the columns with the shares of the width that `widths` gives them: `15 10 30`."""
    given = options.get("widths", "").replace(",", " ").split()
    if given and all(map(str.isdecimal, given)) and (whole := sum(map(int, given))):
        shares = (f'<col style="width: {100 * int(each) / whole:.4g}%">' for each in given)
        yield f"<colgroup>{''.join(shares)}</colgroup>"


def _row(row: Sequence[_Cell], name: str, stubs: int, sides: Sequence[str]) -> Iterator[Line]:
    yield row[0][0][0], "<tr>"
    for number, cell in enumerate(row):
        side = sides[number] if number < len(sides) else ""
        style = f' style="text-align: {side}"' if side else ""
        yield from _cell(cell, "th" if number < stubs else name, style)
    yield row[-1][-1][0], "</tr>"


def _cell(cell: _Cell, tag: str, style: str) -> Iterator[Line]:
    """Yield a cell: one line of text, or blocks."""
    (place, _), (last, _) = cell[0], cell[-1]
    texts = [line for _, line in cell if line.strip()]
    if len(texts) < 2 and not any(map(_BLOCK.match, texts)):
        yield place, f'<{tag}{style} markdown="span">{texts[0].strip() if texts else ""}</{tag}>'
        return
    yield place, f'<{tag}{style} markdown="block">'
    yield from [*cell, (last, ""), (last, f"</{tag}>")]


def _count(options: Mapping[str, str], key: str) -> int:
    value = options.get(key, "")
    return int(value) if value.isdecimal() else 0


_MARGINS = {"left": "margin-right", "center": "margin-inline", "right": "margin-left"}
"""Side on which a table is → the margin that takes the rest of the line."""
_WIDTH = regex(r"\d+(?:\.\d+)?(?:%|em|rem|px|ch)")
_DELIMITERS = {"tab": "\t", "space": " "}
_ROW = regex(r"[*+-]\s+([*+-])(?:\s|\Z)")
_CELL = regex(r"\s+([*+-])(?:\s|\Z)")
_BLOCK = regex(
    r"\s*(?:[*+-]\s|\d+[.)]\s|`{3}|~{3}|:{3}|>|\||\$\$|#{1,6}\s"
    r"|<(?:p|div|ul|ol|dl|table|details|figure|center|iframe|pre|hr|h[1-6])\b)"
)
_EDGE = regex(r"\s*\+(?:[-=:]+\+)+\s*")
