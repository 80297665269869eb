r"""LaTeX that code displays, `Latex(…)` and `Math(…)`: text with formulas, as MathJax finds them in
Jupyter: between `$`, `$$`, `\(`, `\[` or in an environment. Without any of these the whole is a
formula, if it has a command, a brace, an index or an exponent.
"""

from __future__ import annotations

import re
from html import escape

from evergreen.markdown.math import convert, write_formula
from evergreen.regex import regex


def render_latex(text: str) -> tuple[str, tuple[str, ...]]:
    """Render LaTeX as HTML; return it with what is wrong in its formulas."""
    parts = _parts(text)
    formulas = convert([(source, block) for source, is_formula, block in parts if is_formula])
    waiting = iter(formulas)
    html = [
        write_formula(next(waiting), block, {}) if is_formula else _text(source)
        for source, is_formula, block in parts
    ]
    faults = tuple(formula.fault for formula in formulas if formula.fault)
    if len(parts) == 1 and formulas:
        return html[0], faults
    blocks = [is_formula and block for _, is_formula, block in parts]
    return _paragraphs(html, blocks), faults


def _parts(text: str) -> list[tuple[str, bool, bool]]:
    """Split LaTeX into (source, True for a formula, True for a display formula)."""
    parts: list[tuple[str, bool, bool]] = []
    start = 0
    for found in _FORMULA.finditer(text):
        kind = "environment" if found["environment"] else found.lastgroup
        if kind is None or not (source := found[kind]).strip():  # an escaped character
            continue
        block = kind in _DISPLAYED or source.lstrip().startswith(r"\displaystyle")
        parts += [(text[start : found.start()], False, False), (source, True, block)]
        start = found.end()
    parts.append((text[start:], False, False))
    parts = [part for part in parts if part[0].strip()]
    if len(parts) == 1 and not parts[0][1] and _COMMAND.search(text):
        return [(text, True, True)]
    return parts


def _text(source: str) -> str:
    return escape(re.sub(r"\\([$%&#_])", r"\1", source), quote=False)


def _paragraphs(html: list[str], blocks: list[bool]) -> str:
    """Join texts and formulas in a line as paragraphs, divided by blank lines and displays."""
    found = [""]
    for each, block in zip(html, blocks, strict=True):
        if block:
            found += [each, ""]
        else:
            first, *others = re.split(r"\n\s*\n", each)
            found[-1] += first
            found += others
    return "\n".join(
        each if each.startswith("<div") else f"<p>{each.strip()}</p>"
        for each in found
        if each.strip()
    )


_DISPLAYED = ("dollars", "brackets", "environment")
_FORMULA = regex(
    r"\\[$\\](?![(\[])|\$\$(?P<dollars>.*?)\$\$|\$(?P<dollar>(?:\\.|[^$\\])*?)\$"
    r"|\\\[(?P<brackets>.*?)\\\]|\\\((?P<parentheses>.*?)\\\)"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}.*?\\end\{(?P=name)\})",
    re.DOTALL,
)
_COMMAND = regex(r"\\[A-Za-z]|[\^_{]")
