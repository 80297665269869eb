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
    converter, fault = _converter()
    try:
        return converter.convert_with_local_state(source, displaystyle=block)
    except (fault, UnicodeError) as error:
        place, colon, message = str(error).partition(": ")
        known = colon and place.isdecimal()
        raise ValueError(
            f"{message.rstrip('.')} (at character {int(place) + 1})" if known else str(error)
        ) from error


def _wrap(html: str, block: bool, attributes: dict[str, str]) -> str:
    tag = "div" if block else "span"
    return f"<{tag}{write_attributes(attributes)}>{html}</{tag}>"


@cache
def _converter() -> tuple[Any, type[Exception]]:
    from math_core import LatexError, LatexToMathML  # late: most posts have no formula

    return LatexToMathML(annotation=True, fancy_error=False), LatexError


_MARK = re.compile(r"\\|\{")
