"""Commands, environments, symbols and diagrams that MathJax supports and the converter (math-core)
does not, expressed in what the converter supports.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from evergreen.dataclass import dataclass
from evergreen.regex import regex


@dataclass(frozen=True, slots=True)
class Macro:
    """The definition of a command."""

    body: str
    parameters: int = 0
    default: str | None = None
    """Default of the first parameter, which is then optional and written in brackets."""
    primitive: bool = False
    """The body is a command of the converter, whatever its name was redefined to mean."""


ENVIRONMENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "split": ("aligned", ""),
        "alignat": ("align", ""),
        "alignat*": ("align*", ""),
        "alignedat": ("aligned", ""),
        "eqnarray": ("array", "{rcl}"),
        "eqnarray*": ("array", "{rcl}"),
        "smallmatrix": ("matrix", ""),
        "math": ("matrix", ""),
        "displaymath": ("matrix", ""),
    }
)
"""Environment → the converter's equivalent, and the column specification behind its name."""

COMMANDS: Mapping[str, Macro] = MappingProxyType(
    {
        "pmb": Macro(r"\boldsymbol{#1}", 1),
        "mathbbm": Macro(r"\mathbb{#1}", 1),
        "ref": Macro(r"\eqref{#1}", 1),
        "dotsc": Macro(r"\ldots"),
        "AA": Macro("Å"),
        "cr": Macro("\\\\"),
        "smash": Macro("{#1}", 1),
        "llap": Macro("{#1}", 1),
        "rlap": Macro("{#1}", 1),
        "require": Macro("", 1),
        "href": Macro("{#2}", 2),
        "class": Macro("{#2}", 2),
        "cssId": Macro("{#2}", 2),
        "style": Macro("{#2}", 2),
        "bbox": Macro("{#2}", 2, ""),
        "hfill": Macro(r"\quad"),
        "mathds": Macro(r"\mathbb{#1}", 1),
        "scr": Macro(r"\cal "),
        "dotso": Macro(r"\ldots"),
        **{name: Macro(r"\cdots") for name in ("dotsb", "dotsm", "dotsi")},
        "cancelto": Macro(r"{\cancel{#2}}^{#1}", 2),
        "TeX": Macro(r"\text{TeX}"),
        "LaTeX": Macro(r"\text{LaTeX}"),
        "smallint": Macro(r"\int\nolimits "),
        "varliminf": Macro(r"\mathop{\underline{\lim}}\limits "),
        "varlimsup": Macro(r"\mathop{\overline{\lim}}\limits "),
        "sout": Macro(r"\cancel{#1}", 1),
        **{name: Macro(r"\vphantom{(}") for name in ("strut", "mathstrut")},
        **{name: Macro("{#1}", 1) for name in "mathclap mathllap mathrlap lefteqn vcenter".split()},
        **{name: Macro(r"\text{#1}", 1) for name in "textnormal textup url".split()},
        **{name: Macro("", 1) for name in "uproot leftroot skew".split()},
        "mathtip": Macro("{#1}", 2),
        "mmlToken": Macro(r"\text{#2}", 2),
        **{
            name: Macro("")
            for name in "tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge"
            " displaylimits hfil allowbreak mit oldstyle Tiny".split()
        },
    }
)
"""Commands of MathJax that the converter lacks."""

SYMBOLS = str.maketrans(
    {
        "⊥": r"\perp ",
        "⊤": r"\top ",
        "∅": r"\emptyset ",
        "∠": r"\angle ",
        "∡": r"\measuredangle ",
        "∢": r"\sphericalangle ",
        "∴": r"\therefore ",
        "∵": r"\because ",
        "√": r"\surd ",
    }
)
"""Unicode symbols that the converter does not accept."""


def write_diagram(source: str) -> str:
    """Translate the content of a `CD` environment (commutative diagram) to an array."""
    rows = [_cells(row) for row in _ROW_END.split(source)]
    body = r" \\ ".join(" & ".join(cells) for cells in rows)
    return rf"\begin{{array}}{{{'c' * max(map(len, rows))}}}{body}\end{{array}}"


def _cells(row: str) -> list[str]:
    """Return the cells of a row: objects in odd columns, arrows between them in even ones."""
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
_ARROW = regex(rf"@(?:([<>AV]){_LABEL}\1{_LABEL}\1|(=|\||\.|\\vert))", re.DOTALL)
_ROW_END = regex(r"\\\\")
