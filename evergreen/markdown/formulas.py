r"""Formulas within a line: `$$…$$`, `$…$`, and those that MathJax finds in a page made by kramdown.

Blogs that load MathJax also use `$…$`, `\\(…\\)`, `\\[…\\]`, bare environments and references to
equations. kramdown treats these as text, so their authors escape them for kramdown: `\_` for an
underscore, `\\\\` for the end of a row, `&lt;` for `<`. Here they are parsed as MathJax sees them.
"""

from __future__ import annotations

import re
from html import unescape

from evergreen.markdown.dollars import formula_at
from evergreen.markdown.grammar import BLANK_CHARS
from evergreen.markdown.links import ESCAPED
from evergreen.markdown.scanner import Scanner
from evergreen.markdown.tree import Element


def math_span(s: Scanner, at: int, parent: Element, context: int) -> Element | None:
    """Parse `$$ … $$` in a line; with the option `mathjax` or `single_dollars` also `$…$`."""
    if s.state.budget < 0:
        return None
    if s.text.startswith("$", at + 1):
        end = s.find("$$", at + 2)
        if end < 0 or (s.state.options.single_dollars and s.text.startswith("$", end + 2)):
            return None
        formula = _formula(s, at, end + 2, s.text[at + 2 : end])
        if s.state.options.mathjax and not s.state.options.escaped:
            formula.model = "display"
        return formula
    options = s.state.options
    if not options.mathjax and not options.single_dollars:
        return None
    match = formula_at(s.text, at, options)
    if not match:
        s.state.budget -= _COST * 8
        return None
    return _formula(s, at, match.end(), _unescaped(s, match[1]))


def delimited_math(s: Scanner, at: int) -> Element | None:
    r"""Parse `\eqref{…}`, `\ref{…}` and environments if `$…$` is a formula; with the option
    `mathjax` also `\\(…\\)` and `\\[…\\]`."""
    options = s.state.options
    if not options.mathjax and not options.single_dollars:
        return None
    if match := _REFERENCE.match(s.text, at):
        return _formula(s, at, match.end(), match[0])
    if match := _ENVIRONMENT.match(s.text, at):
        closing = rf"\end{{{match[1]}}}"
        end = s.find(closing, match.end())
        start, after = at, end + len(closing)
        stop = after
    elif options.mathjax and (opening := s.text[at : at + 3]) in _CLOSING:
        end = s.find(_CLOSING[opening], at + 3)
        start, stop, after = at + 3, end, end + 3
    else:
        return None
    if end < 0:
        return None
    formula = _formula(s, at, after, _unescaped(s, s.text[start:stop]))
    formula.model = "" if s.text.startswith("\\\\(", at) else "display"
    return formula


def unescape_formula(source: str) -> str:
    """Remove the escapes that kramdown would remove. If rows end in four backslashes, the author
    escaped everything; otherwise only escapes that are invalid in a formula are removed."""
    escaped = ESCAPED if "\\\\\\\\" in source else _ESCAPED
    return unescape(escaped.sub(r"\1", source)) if "&" in source else escaped.sub(r"\1", source)


def _unescaped(s: Scanner, source: str) -> str:
    options = s.state.options
    if options.mathjax and options.escaped:
        return unescape_formula(source)
    return unescape(source) if "&" in source else source


def _formula(s: Scanner, at: int, end: int, source: str) -> Element:
    s.pos = end
    s.state.budget -= _COST
    return Element("math", s.line_at(at), source.strip(BLANK_CHARS))


_COST = 12
"""A formula's share of the document's budget: more than other spans, as it is converted."""
_CLOSING = {"\\\\(": "\\\\)", "\\\\[": "\\\\]"}
_ENVIRONMENT = re.compile(r"\\begin\{((?:equation|align|gather|multline|eqnarray|alignat)\*?)\}")
_REFERENCE = re.compile(r"\\(?:eq)?ref\{[^{}\n]{1,200}\}")
_ESCAPED = re.compile(r"\\([_*<>]|\\[{}|]|(?<!\\\\)[\[\]])")
