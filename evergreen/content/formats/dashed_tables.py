"""Pandoc's tables whose columns are set by a line of hyphens: simple ones, where a row is a line,
and those with rows of several lines, between blank ones.

They become tables with pipes, of no more lines than they have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from evergreen.content.formats.tables import columns
from evergreen.markdown.grammar import fence_after
from evergreen.regex import regex

_Bounds = Sequence[tuple[int, int]]
"""Start and end of each column; that of the last is open."""


def with_pipes(lines: Sequence[str]) -> list[str]:
    """Return the lines with pipes in the tables, and blank ones for those that are left."""
    if not any(_RULE.fullmatch(line) for line in lines):
        return list(lines)
    made, at, fence = list(lines), 0, ""
    while at < len(lines):
        fence = fence_after(fence, lines[at])
        end = at + 1
        if not fence and (at == 0 or not lines[at - 1].strip()) and (found := _table(lines, at)):
            rows, end = found
            made[at:end] = rows + [""] * (end - at - len(rows))
        at = end
    return made


def _table(lines: Sequence[str], at: int) -> tuple[list[str], int] | None:
    """Return the table that begins at a line, with pipes, and the index after it."""
    if _LINE.fullmatch(lines[at]) and (found := _of_several_lines(lines, at)):
        return found
    if _RULE.fullmatch(lines[at]):  # no head: a line of hyphens ends it
        end = _next(lines, at + 1, _RULE)
        if end < 0 or any(not line.strip() for line in lines[at:end]):
            return None
        return _rows(lines[at], "", lines[at + 1 : end]), end + 1
    if at + 1 < len(lines) and lines[at].strip() and _RULE.fullmatch(lines[at + 1]):
        end = next((n for n in range(at + 2, len(lines)) if not lines[n].strip()), len(lines))
        body = lines[at + 2 : end - bool(_RULE.fullmatch(lines[end - 1]) and end > at + 2)]
        return (_rows(lines[at + 1], lines[at], body), end) if body else None
    return None


def _of_several_lines(lines: Sequence[str], at: int) -> tuple[list[str], int] | None:
    """Return a table with rows of several lines, which begins and ends with a line of hyphens."""
    rule = next(
        (n for n in range(at, min(at + _HIGHEST, len(lines))) if _RULE.fullmatch(lines[n])), -1
    )
    end = _next(lines, rule + 1, _ANY) if rule >= 0 else -1
    if end < 0 or any(not line.strip() for line in lines[at:rule]):
        return None
    bounds = _bounds(lines[rule])
    head = _joined(lines[at + 1 : rule], bounds)
    groups = groupby(lines[rule + 1 : end], key=lambda line: bool(line.strip()))
    rows = [_joined([*group], bounds) for is_text, group in groups if is_text]
    sides = _sides(lines[rule], lines[at + 1] if rule > at + 1 else "")
    return [_row(head), f"|{'|'.join(sides)}|", *map(_row, rows)], end + 1


def _rows(rule: str, head: str, body: Sequence[str]) -> list[str]:
    bounds = _bounds(rule)
    cells = [_cells(line, bounds) for line in (head, *body)]
    return [_row(cells[0]), f"|{'|'.join(_sides(rule, head))}|", *map(_row, cells[1:])]


def _joined(lines: Sequence[str], bounds: _Bounds) -> list[str]:
    rows = [_cells(line, bounds) for line in lines]
    return [" ".join(filter(None, cell)) for cell in zip(*rows, strict=True)] or [""] * len(bounds)


def _cells(line: str, bounds: _Bounds) -> list[str]:
    wide = columns(line)
    return ["".join(wide[start:end]).strip() for start, end in bounds]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _bounds(rule: str) -> _Bounds:
    starts = [0, *(found.start() for found in _HYPHENS.finditer(rule))][2:]
    return [*zip([0, *starts], starts, strict=False), (starts[-1], _WIDE)]


def _sides(rule: str, head: str) -> list[str]:
    """Return the alignment of each column: that of its head over the hyphens."""
    wide = columns(head.ljust(len(rule)))
    sides = []
    for found in _HYPHENS.finditer(rule):
        left, right = (wide[at] != " " for at in (found.start(), found.end() - 1))
        is_full = left == right and (left or not head[found.start() : found.end()].strip())
        sides.append("---" if is_full else ":--" if left else "--:" if right else ":-:")
    return sides


def _next(lines: Sequence[str], at: int, pattern: re.Pattern[str]) -> int:
    ends = (n for n in range(at, min(at + _LONGEST, len(lines))) if pattern.fullmatch(lines[n]))
    return next(ends, -1)


_HIGHEST = 12
"""Number of lines that a head may have."""
_LONGEST = 400
_WIDE = 100_000
_HYPHENS = regex(r"-+")
_RULE = regex(r" *-{2,}(?: +-{2,})+ *")
_LINE = regex(r"-{4,} *")
_ANY = regex(r" *-{2,}(?: +-{2,})* *")
