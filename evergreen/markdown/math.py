"""Formulas as MathML Core."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

from evergreen.markdown.html import write_attributes


def write_math(source: str, block: bool, attributes: dict[str, str]) -> tuple[str, str]:
    """The formula as MathML, which bears the attributes, and ""; or its source in a marked box,
    and what is wrong with it."""
    tag = "div" if block else "span"
    converter, fault = _converter()
    try:
        mathml = converter.convert_with_local_state(source, displaystyle=block)
    except fault as error:
        message = _message(error)
        attributes = {**attributes, "title": message}
        attributes["class"] = f"{attributes.get('class', '')} math-error".lstrip()
        shown = f"<code>{escape(source, quote=False)}</code>"
        return f"<{tag}{write_attributes(attributes)}>{shown}</{tag}>", message
    if attributes or block:
        attributes = {**attributes, "class": f"math {attributes.get('class', '')}".rstrip()}
        return f"<{tag}{write_attributes(attributes)}>{mathml}</{tag}>", ""
    return mathml, ""


@cache
def _converter() -> tuple[Any, type[Exception]]:
    from math_core import LatexError, LatexToMathML  # late: most posts have no formula

    return LatexToMathML(annotation=True, fancy_error=False), LatexError


def _message(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else "not a formula"
