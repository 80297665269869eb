r"""Formulas within a line: `$$…$$`, `$…$`, and those that MathJax finds in a page made by kramdown.

Blogs that load MathJax also use `$…$`, `\\(…\\)`, `\\[…\\]`, bare environments and references to
equations. kramdown treats these as text, so their authors escape them for kramdown: `\_` for an
underscore, `\\\\` for the end of a row, `&lt;` for `<`. Here they are parsed as MathJax sees them.
"""

from __future__ import annotations

import re
from html import unescape

from evergreen.markdown.dollars import formula_at
from evergreen.markdown.grammar import BLANK_CHARS, ENVIRONMENT
from evergreen.markdown.links import ESCAPED
from evergreen.markdown.open_formulas import DOLLARS, note_open
from evergreen.markdown.scanner import Scanner
from evergreen.markdown.tree import Element
from evergreen.regex import regex


def math_span(s: Scanner, at: int, parent: Element, context: int) -> Element | None:
    """Parse `$$ … $$` in a line; with the option `mathjax` or `single_dollars` also `$…$`."""
    if s.state.budget < 0:
        return None
    if s.text.startswith("$", at + 1):
        end = s.find(DOLLARS, at + 2)
        if end < 0:
            note_open(s, at, DOLLARS, parent)
            return None
        if s.state.options.single_dollars and s.text.startswith("$", end + 2):
            return None
        formula = _formula(s, at, end + 2, s.text[at + 2 : end])
        if s.state.options.mathjax and not s.state.options.escaped:
            formula.model = "display"
        return formula
    options = s.state.options
    if not options.mathjax and not options.single_dollars:
        return None
    match = formula_at(s.text, at, options)
    if not match or ("`" in match[1] and _has_code(s, match)):
        s.state.budget -= _COST * 8
        return None
    formula = _formula(s, at, match.end(), _unescaped(s, match[1]))
    formula.name = match[1]
    return formula


def delimited_math(s: Scanner, at: int, parent: Element) -> Element | None:
    r"""Parse `\eqref{…}`, `\ref{…}` and environments if `$…$` is a formula; with the option
    `mathjax` also `\\(…\\)` and `\\[…\\]`."""
    options = s.state.options
    if not options.mathjax and not options.single_dollars:
        return None
    if match := _REFERENCE.match(s.text, at):
        return _formula(s, at, match.end(), match[0])
    if match := _ENVIRONMENT.match(s.text, at):
        opening, closing = match[0], rf"\end{{{match[1]}}}"
        end = s.find(closing, match.end())
        start, after = at, end + len(closing)
        stop = after
    elif options.mathjax and (opening := s.text[at : at + 3]) in _CLOSING:
        end = s.find(_CLOSING[opening], at + 3)
        start, stop, after = at + 3, end, end + 3
    else:
        return None
    if end < 0:
        note_open(s, at, opening, parent)
        return None
    formula = _formula(s, at, after, _unescaped(s, s.text[start:stop]))
    formula.model = "" if s.text.startswith("\\\\(", at) else "display"
    return formula


def unescape_formula(source: str) -> str:
    """Remove the escapes that kramdown would remove: if rows end in four backslashes, the author
    escaped everything. Where kramdown spoils a formula that has no escapes, it is kept as written.
    """
    if "\\\\\\\\" in source:
        text = ESCAPED.sub(r"\1", source)
    else:
        keeps_rows = _ROWS.search(source) is not None
        text = _BACKSLASHES.sub(lambda found: _as_shown(found, keeps_rows), source)
    return unescape(text) if "&" in text else text


def _as_shown(found: re.Match[str], keeps_rows: bool) -> str:
    r"""Return backslashes and the character behind them as MathJax sees them: `\\alpha` and `\|`
    lose one, `\{`, `\!` and the end of a row keep theirs."""
    backslashes, char = found[1], found[2]
    count = len(backslashes)
    if count == 1:
        return char if char in _SAFE else found[0]
    if not char or char.isspace():
        return f"\\\\{char}"
    if char.isalnum():
        return found[0] if count == 3 or keeps_rows else f"\\{char}"
    return found[0] if char in "[&" else f"\\{char}"


def _unescaped(s: Scanner, source: str) -> str:
    options = s.state.options
    if options.mathjax and options.escaped:
        return unescape_formula(source)
    return unescape(source) if "&" in source else source


def _has_code(s: Scanner, formula: re.Match[str]) -> bool:
    """True if a code span begins between the dollars: no formula goes across one."""
    run = _TICKS.search(s.text, formula.start(1))
    assert run
    end = s.find(run[0], run.end())
    return end >= 0 and not s.text.startswith("`", end + len(run[0]))


def _formula(s: Scanner, at: int, end: int, source: str) -> Element:
    s.pos = end
    s.state.budget -= _COST
    return Element("math", s.line_at(at), source.strip(BLANK_CHARS))


_TICKS = regex("`+")
_COST = 12
"""A formula's share of the document's budget: more than other spans, as it is converted."""
_CLOSING = {"\\\\(": "\\\\)", "\\\\[": "\\\\]"}
_ENVIRONMENT = regex(rf"\\begin\{{({ENVIRONMENT})\}}")
_REFERENCE = regex(r"\\(?:eq)?ref\{[^{}\n]{1,200}\}")
_BACKSLASHES = regex(r"(\\{1,3})([^\\]|\Z)", re.DOTALL)
_SAFE = frozenset("_*<>|[]()+-='\"`.")
"""Characters whose backslash only protects them from Markdown; other commands of one character
mean something in TeX."""
_ROWS = regex(r"(?<!\\)\\begin\{")
"""An environment that is written as in TeX: its `\\\\` ends a row even before a letter."""
