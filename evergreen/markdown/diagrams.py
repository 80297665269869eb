r"""Commutative diagrams, amscd's environment `CD`, as arrays, which is what the converter has.

Rows of objects have arrows between them, `A @>above>below> B @= C`; in the rows between these stand
the arrows from object to object, `@VleftVrightV @| @.`.
"""

from __future__ import annotations

import re


def write_diagram(source: str) -> str:
    """The array that shows what stands between the environment's beginning and end."""
    rows = [_cells(row) for row in _ROW_END.split(source)]
    body = r" \\ ".join(" & ".join(cells) for cells in rows)
    return rf"\begin{{array}}{{{'c' * max(map(len, rows))}}}{body}\end{{array}}"


def _cells(row: str) -> list[str]:
    """Objects in the odd columns, arrows between them in the even ones."""
    arrows = list(_ARROW.finditer(row))
    if arrows and arrows[0][0][1] in "AV|.\\" and not row[: arrows[0].start()].strip():
        return [cell for arrow in arrows for cell in ("", _sign(arrow))][1:]
    cells, place = [], 0
    for arrow in arrows:
        cells += [row[place : arrow.start()].strip(), _sign(arrow)]
        place = arrow.end()
    return [*cells, row[place:].strip()]


def _sign(arrow: re.Match[str]) -> str:
    kind, one, other = arrow[1], arrow[2], arrow[3]
    if kind in _ACROSS:
        return rf"\{_ACROSS[kind]}[{{{other}}}]{{{one or _WIDE}}}"
    if kind in _DOWN:
        return rf"{{\scriptstyle {one}}}\Big\{_DOWN[kind]}{{\scriptstyle {other}}}"
    return _LINES[arrow[4]]


_ACROSS = {">": "xrightarrow", "<": "xleftarrow"}
_DOWN = {"V": "downarrow", "A": "uparrow"}
_LINES = {"=": "=", "|": r"\Big\|", r"\vert": r"\Big\|", ".": ""}
_WIDE = r"\quad"
_LABEL = r"((?:\{(?:[^{}]|\{[^{}]*\})*\}|\\.|(?!\1)[^{}\\@])*)"
_ARROW = re.compile(rf"@(?:([<>AV]){_LABEL}\1{_LABEL}\1|(=|\||\.|\\vert))", re.DOTALL)
_ROW_END = re.compile(r"\\\\")
