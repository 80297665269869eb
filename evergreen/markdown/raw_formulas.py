"""Formulas in raw HTML, which kramdown copies and MathJax reads: `<b>$x$</b>`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from evergreen.markdown.dollars import formula_at
from evergreen.markdown.grammar import ENVIRONMENT
from evergreen.markdown.options import MarkdownOptions
from evergreen.markdown.tree import Element
from evergreen.regex import regex

SKIPPED = frozenset(
    "script noscript style textarea pre code annotation annotation-xml math".split()
)
"""Elements in which MathJax finds no formulas."""


def formulas_in(text: str, line: int, options: MarkdownOptions) -> Iterator[str | Element]:
    """Yield the text of raw HTML that begins at a line, with its formulas as elements."""
    start = 0
    for found in _DELIMITED.finditer(text) if options.mathjax else ():
        if found.start() < start:
            continue
        match: re.Match[str] | None = found
        if found[0] in ("$", r"\$"):
            match = formula_at(text, found.start(), options) if found[0] == "$" else None
        if match is None:
            continue
        yield text[start : match.start()]
        start = match.end()
        yield _formula(match, line + text.count("\n", 0, match.start()))
    yield text[start:]


def _formula(match: re.Match[str], line: int) -> Element:
    if match.re.pattern != _DELIMITED.pattern:
        return Element("math", line, unescape(match[1]).strip())
    source = next((part for part in match.groups()[:3] if part is not None), match[0])
    is_line = match[0].startswith(r"\(")
    return Element("math", line, unescape(source).strip(), model="" if is_line else "display")


_DELIMITED = regex(
    r"\$\$(.+?)\$\$|\\\((.+?)\\\)|\\\[(.+?)\\\]"
    rf"|\\begin\{{({ENVIRONMENT})\}}.*?\\end\{{\4\}}|\\\$|\$",
    re.DOTALL,
)
