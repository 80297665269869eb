r"""Formulas within a line: `$$…$$`, and what MathJax finds in a page that kramdown has made.

A blog whose pages load MathJax has `$…$`, `\\(…\\)`, `\\[…\\]`, bare environments and references
to equations too. kramdown
takes these for text, so their authors write what is left of them as text: `\_` for an underscore,
`\\\\` for the end of a row, `&lt;` for a sign. It is read as MathJax would see it.
"""

from __future__ import annotations

import re
from html import unescape

from evergreen.markdown.grammar import BLANK_CHARS
from evergreen.markdown.links import ESCAPED
from evergreen.markdown.scanner import Scanner
from evergreen.markdown.tree import Element


def math_span(s: Scanner, at: int, parent: Element, context: int) -> Element | None:
    """`$$ … $$` in a line; with the option `mathjax` also `$…$`."""
    if s.draft.effort < 0:
        return None
    if s.text.startswith("$", at + 1):
        end = s.find("$$", at + 2)
        return _formula(s, at, end + 2, s.text[at + 2 : end]) if end >= 0 else None
    if not s.draft.options.mathjax:
        return None
    match = _DOLLARS.match(s.text, at)
    s.draft.effort -= 0 if match else _COST * 8
    if not match or _is_text(match[1], s.text[match.end() : match.end() + 1]):
        return None
    return _formula(s, at, match.end(), as_mathjax_sees(match[1]))


def delimited_math(s: Scanner, at: int) -> Element | None:
    r"""With the option `mathjax`: `\\(…\\)`, `\eqref{…}` and `\ref{…}`, and `\\[…\\]` and
    environments as formulas of their own lines."""
    if not s.draft.options.mathjax:
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
    formula = _formula(s, at, after, as_mathjax_sees(s.text[start:stop]))
    formula.model = "" if s.text.startswith("\\\\(", at) else "display"
    return formula


def as_mathjax_sees(source: str) -> str:
    """The formula behind the escapes that kramdown takes off. Where rows end in four backslashes
    all of it is escaped; elsewhere only what would make no formula otherwise."""
    escaped = ESCAPED if "\\\\\\\\" in source else _ESCAPED
    return unescape(escaped.sub(r"\1", source)) if "&" in source else escaped.sub(r"\1", source)


def _formula(s: Scanner, at: int, end: int, source: str) -> Element:
    s.pos = end
    s.draft.effort -= _COST
    return Element("math", s.line_at(at), source.strip(BLANK_CHARS))


def _is_text(source: str, after: str) -> bool:
    """Whether dollars stand around text: prices, variables of a shell, words."""
    if after.isdecimal() or not source.strip():
        return True
    if "\\" in source:
        return False
    if _PRICE.match(source):
        return True
    return bool(_WORDS.search(source)) and not _SIGNS.search(source)


_COST = 12
"""What a formula takes of the document's effort: more than other spans, for it is converted."""
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
