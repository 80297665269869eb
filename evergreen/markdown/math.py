"""Formulas as MathML Core."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Any

from evergreen.markdown.html import write_attributes

MAX_MARKS = 2_000
"""Commands and braces of a formula; the converter's own recursion would end the process on one
that nests a few thousand of them."""

MAX_OPEN = 12
"""Brackets that are not closed; the converter's time doubles with each."""


def write_math(
    source: str, block: bool, attributes: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """The formula as MathML, which bears the attributes, and ""; or its source in a marked box
    (class `math-error`), and what is wrong with it. A block stands in a `div` of the class
    `math`."""
    attributes = attributes or {}
    try:
        mathml = _convert(source, block)
    except ValueError as error:
        kept = {**attributes, "class": f"math-error {attributes.get('class', '')}".rstrip()}
        shown = f"<code>{escape(source, quote=False)}</code>"
        return _wrap(shown, block, {**kept, "title": str(error)}), str(error)
    if not attributes and not block:
        return mathml, ""
    kept = {**attributes, "class": f"math {attributes.get('class', '')}".rstrip()}
    return _wrap(mathml, block, kept), ""


def write_display(source: str) -> tuple[str, str]:
    """A formula of its own line within a paragraph, where a `div` may not stand."""
    html, fault = write_math(source, True)
    return html.removeprefix('<div class="math">').removesuffix("</div>"), fault


def _convert(source: str, block: bool) -> str:
    """The MathML, or a ValueError that says what is wrong."""
    if len(_MARK.findall(source)) > MAX_MARKS:
        raise ValueError(f"it has more than {MAX_MARKS} commands and braces")
    if _left_open(source) > MAX_OPEN:
        raise ValueError(f"it has more than {MAX_OPEN} brackets that are not closed")
    converter, fault = _converter()
    try:
        return str(converter.convert_with_local_state(source, displaystyle=block))
    except (fault, UnicodeError) as error:
        place, colon, message = str(error).partition(": ")
        known = colon and place.isdecimal()
        raise ValueError(
            f"{message.rstrip('.')} (at character {int(place) + 1})" if known else str(error)
        ) from error


def _left_open(source: str) -> int:
    """How many brackets are open at the end, whatever closes whatever."""
    depth = 0
    for found in _BRACKET.finditer(source):
        depth = depth + 1 if found[1] else max(depth - 1, 0)
    return depth


def _wrap(html: str, block: bool, attributes: dict[str, str]) -> str:
    tag = "div" if block else "span"
    return f"<{tag}{write_attributes(attributes)}>{html}</{tag}>"


@cache
def _converter() -> tuple[Any, type[Exception]]:
    from math_core import LatexError, LatexToMathML  # late: most posts have no formula

    return LatexToMathML(annotation=True, fancy_error=False), LatexError


_FENCE = "(?:[lr]?br(?:ace|ack|acket)|angle|floor|ceil|group|moustache|vert|paren|bbrk|brbrak)"
_BRACKET = re.compile(
    rf"([(\[⟦⟨⟪⟬⟮⦃⦅⌈⌊⎰（［｛〈《「『【〔〖]|\\\{{|\\mathopen\b|\\l{_FENCE}\b|\\[ul]lcorner\b)"
    rf"|[)\]⟧⟩⟫⟭⟯⦄⦆⌉⌋⎱）］｝〉》」』】〕〗]|\\\}}|\\mathclose\b|\\r{_FENCE}\b|\\[ul]rcorner\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"\\|\{")
