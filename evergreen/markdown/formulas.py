r"""Formulas within a line: `$$…$$`, and those that MathJax finds in a page made by kramdown.

Blogs that load MathJax also use `$…$`, `\\(…\\)`, `\\[…\\]`, bare environments and references to
equations. kramdown treats these as text, so their authors escape them for kramdown: `\_` for an
underscore, `\\\\` for the end of a row, `&lt;` for `<`. Here they are parsed as MathJax sees them.
"""

from __future__ import annotations

import re
from html import unescape

from evergreen.markdown.grammar import BLANK_CHARS
from evergreen.markdown.links import ESCAPED
from evergreen.markdown.scanner import Scanner
from evergreen.markdown.tree import Element


def math_span(s: Scanner, at: int, parent: Element, context: int) -> Element | None:
    """Parse `$$ … $$` in a line; with the option `mathjax` also `$…$`."""
    if s.state.budget < 0:
        return None
    if s.text.startswith("$", at + 1):
        end = s.find("$$", at + 2)
        return _formula(s, at, end + 2, s.text[at + 2 : end]) if end >= 0 else None
    if not s.state.options.mathjax:
        return None
    match = _DOLLARS.match(s.text, at)
    s.state.budget -= 0 if match else _COST * 8
    if not match or _is_text(match[1], s.text[match.end() : match.end() + 1]):
        return None
    return _formula(s, at, match.end(), unescape_formula(match[1]))


def delimited_math(s: Scanner, at: int) -> Element | None:
    r"""Parse, with the option `mathjax`, `\\(…\\)`, `\eqref{…}`, `\ref{…}`, and as display formulas
    `\\[…\\]` and environments."""
    if not s.state.options.mathjax:
        return None
    if match := _REFERENCE.match(s.text, at):
        return _formula(s, at, match.end(), match[0])
    if match := _ENVIRONMENT.match(s.text, at):
        closing = rf"\end{{{match[1]}}}"
        end = s.find(closing, match.end())
        start, after = at, end + len(closing)
        stop = after
    elif (opening := s.text[at : at + 3]) in _CLOSING:
        end = s.find(_CLOSING[opening], at + 3)
        start, stop, after = at + 3, end, end + 3
    else:
        return None
    if end < 0:
        return None
    formula = _formula(s, at, after, unescape_formula(s.text[start:stop]))
    formula.model = "" if s.text.startswith("\\\\(", at) else "display"
    return formula


def unescape_formula(source: str) -> str:
    """Remove the escapes that kramdown would remove. If rows end in four backslashes, the author
    escaped everything; otherwise only escapes that are invalid in a formula are removed."""
    escaped = ESCAPED if "\\\\\\\\" in source else _ESCAPED
    return unescape(escaped.sub(r"\1", source)) if "&" in source else escaped.sub(r"\1", source)


def _formula(s: Scanner, at: int, end: int, source: str) -> Element:
    s.pos = end
    s.state.budget -= _COST
    return Element("math", s.line_at(at), source.strip(BLANK_CHARS))


def _is_text(source: str, after: str) -> bool:
    """True if the dollars enclose text: prices, shell variables, words."""
    if after.isdecimal() or not source.strip():
        return True
    if "\\" in source:
        return False
    if _PRICE.match(source):
        return True
    return bool(_WORDS.search(source)) and not _SIGNS.search(source)


_COST = 12
"""A formula's share of the document's budget: more than other spans, as it is converted."""
_CLOSING = {"\\\\(": "\\\\)", "\\\\[": "\\\\]"}
_ENVIRONMENT = re.compile(r"\\begin\{((?:equation|align|gather|multline|eqnarray|alignat)\*?)\}")
_REFERENCE = re.compile(r"\\(?:eq)?ref\{[^{}\n]{1,200}\}")
_DOLLARS = re.compile(r"\$(?!\$)((?:\\.|[^$\\]){1,1000}?)\$(?!\$)", re.DOTALL)
_ESCAPED = re.compile(r"\\([_*<>]|\\[{}|]|(?<!\\\\)[\[\]])")
_PRICE = re.compile(
    r"[0-9][0-9.,]*\s*(?:[kKmMbB+]\b|[^\x00-\x7f])?\s*(?:[,，。;；、/-]|\s)\s*\w{2}"
)
_WORDS = re.compile(r"[^\W\d_]\s+[^\W\d_]{2}|[\u3000-\u9fff\uff00-\uffef]")
_SIGNS = re.compile(r"[\^_=+*<>|(){}]|-(?=\w)")
