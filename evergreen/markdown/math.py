"""Conversion of formulas to MathML Core. The formulas of a document are converted together: a macro
applies to all formulas below it, equations are numbered, and references link to any equation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from types import MappingProxyType
from typing import Any

from evergreen.markdown.html import write_attributes
from evergreen.markdown.macros import expand
from evergreen.markdown.mathjax import Macro
from evergreen.markdown.tree import Formula
from evergreen.regex import regex

MAX_MARKS = 2_000
"""Maximum number of commands and braces in a formula; a few thousand nested ones would overflow the
converter's stack and end the process."""

MAX_OPEN = 16
"""Maximum number of unclosed brackets in a formula; each one doubles the converter's time."""


def convert(
    formulas: Sequence[tuple[str, bool]], defined: Mapping[str, Macro] = MappingProxyType({})
) -> list[Formula]:
    """Convert the formulas of a document, in order, given as source and True for a block; the
    macros of `defined` apply to all of them."""
    macros = dict(defined)
    texts: list[tuple[str, bool]] = []
    found = []
    for source, block in formulas:
        formula, text = _read(source, block, macros)
        found.append(formula)
        texts.append((text, block))
    if any(_COUNTED.search(text) for text, _ in texts):
        return _counted(found, texts)
    return found


def write_math(
    source: str, block: bool, attributes: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Convert a single formula; return its HTML as `write_formula` does, and its error or ""."""
    formula = convert([(source, block)])[0]
    return write_formula(formula, block, attributes or {}), formula.fault


def write_formula(formula: Formula, block: bool, attributes: Mapping[str, str]) -> str:
    """Return the HTML of a formula: MathML with the attributes, a block in `<div class="math">`;
    or its source with the class `math-error` if it is invalid."""
    if formula.fault:
        kept = {**attributes, "class": f"math-error {attributes.get('class', '')}".rstrip()}
        shown = f"<code>{escape(formula.source, quote=False)}</code>"
        return _wrap(shown, block, {**kept, "title": formula.fault})
    if not attributes and not block:
        return formula.mathml
    kept = {**attributes, "class": f"math {attributes.get('class', '')}".rstrip()}
    return _wrap(formula.mathml, block, kept)


def _read(source: str, block: bool, macros: dict[str, Macro]) -> tuple[Formula, str]:
    """Convert one formula; return it with the text that was passed to the converter."""
    try:
        text = _closed(_numbered(expand(source, macros), block))
        _check(text)
        mathml = _convert(text, block)
    except ValueError as error:
        place, colon, message = str(error).partition(": ")
        if not (colon and place.isdecimal()):
            return Formula(source, "", str(error)), ""
        where = f" (at character {int(place) + 1})" if text == source else ""
        return Formula(source, "", f"{message.rstrip('.')}{where}"), ""
    return Formula(source, _annotated(mathml, source), ""), text


def _counted(found: list[Formula], texts: list[tuple[str, bool]]) -> list[Formula]:
    """Convert the valid formulas again, together, so that equations are numbered throughout."""
    converter, _ = _converter()
    good = [at for at, formula in enumerate(found) if not formula.fault]
    for at, mathml in zip(good, converter.convert_all([texts[at] for at in good]), strict=True):
        found[at] = Formula(found[at].source, _annotated(mathml, found[at].source), "")
    return found


def _numbered(text: str, block: bool) -> str:
    """Wrap a block in the environment it needs: `equation` for a tag or a label, `gather*` for
    rows outside of any environment. Tags within a line are removed."""
    text = _NO_LABEL.sub("", text)
    text = _LABEL.sub(lambda found: f"{found[1]}{{{ascii_label(found[2])}}}", text)
    text = _NEGATED.sub(r"\\not", text)
    text = _WIDE_TAG.sub(r"\\qquad\\text{(\1)}", text)
    text = _TAG_BEHIND.sub(r"\2\1", text)
    if _EQUATION.search(text):
        return text
    if not block:
        return _TAG.sub("", text)
    text = _LAST_BREAK.sub(r"\1", text)
    if _has_columns(text):
        text = rf"\begin{{aligned}}{text}\end{{aligned}}"
    text = _labelled(text)
    if _has_rows(text) and (r"\tag" in text or not _TAG.search(text)):
        return rf"\begin{{gather*}}{text}\end{{gather*}}"
    return rf"\begin{{equation}}{text}\end{{equation}}" if _TAG.search(text) else text


def _labelled(text: str) -> str:
    r"""Move the label of an environment without numbers, `\begin{aligned}\label{a}`, before it."""
    found = _TAG_WITHIN.match(text)
    return f"{found[2]}{found[1]}{_LABEL.sub('', found[3])}" if found else text


def _has_columns(text: str) -> bool:
    """True if the text has an `&` outside of groups and environments, as Sphinx allows."""
    depth = 0
    for match in _TOKEN.finditer(text) if "&" in text else ():
        kind = _kind(match[0])
        depth += (kind == "group") - (kind == "end")
        if match[0] == "&" and not depth:
            return True
    return False


def _has_rows(text: str) -> bool:
    r"""True if the text has a `\\`, and no `&`, outside of groups and environments."""
    depth, found = 0, False
    for match in _TOKEN.finditer(text):
        kind = _kind(match[0])
        depth += (kind == "group") - (kind == "end")
        if kind == "cell" and not depth:
            if match[0] == "&":
                return False
            found = True
    return found


def ascii_label(label: str) -> str:
    """Return a label with the characters that the converter accepts."""
    return "".join(
        char if char.isascii() and (char.isalnum() or char in ":.-") else f"-{ord(char):x}"
        for char in label
    )


def _convert(text: str, block: bool) -> str:
    converter, fault = _converter()
    try:
        mathml: str = converter.convert_with_local_state(text, displaystyle=block)
    except (fault, UnicodeError) as error:
        raise ValueError(str(error)) from error
    return mathml


def _annotated(mathml: str, source: str) -> str:
    """Return the MathML with the formula as written for its annotation; the number that `\\ref`
    shows loses its brackets."""
    if source.startswith(r"\ref"):
        mathml = _BRACKETED.sub(r"\1", mathml)
    start, opening, rest = mathml.partition(_ANNOTATION)
    end = rest.rpartition("</annotation>")[2]
    return f"{start}{opening}{escape(source, quote=False)}</annotation>{end}"


def _check(text: str) -> None:
    """Raise ValueError for a formula that would take the converter too long or crash it."""
    if len(_MARK.findall(text)) > MAX_MARKS:
        raise ValueError(f"it has more than {MAX_MARKS} commands and braces")
    if _open_brackets(text) > MAX_OPEN:
        raise ValueError(f"it has more than {MAX_OPEN} brackets that are not closed")


def _closed(text: str) -> str:
    r"""Return a text with `\lvert` that none of `\rvert` closes, as in `p(a \lvert b)`, as signs,
    where there are so many."""
    is_lone = r"\lvert" in text and r"\rvert" not in text
    return (
        text.replace(r"\lvert", r"\vert") if is_lone and _open_brackets(text) > MAX_OPEN else text
    )


def _open_brackets(text: str) -> int:
    """Count the brackets that are not closed in their group or cell."""
    groups, count = [0], 0
    for match in _TOKEN.finditer(text):
        kind = _kind(match[0])
        if kind == "group":
            groups.append(0)
        elif kind in ("end", "cell"):
            count += groups.pop()
            if kind == "cell" or not groups:
                groups.append(0)
        elif kind == "open":
            groups[-1] += 1
        elif kind == "close" and groups[-1]:
            groups[-1] -= 1
    return count + sum(groups)


@cache
def _kind(token: str) -> str:
    """Return the kind of a token: `open`, `close` (a bracket), `group`, `end`, `cell` or ""."""
    if token in _KINDS:
        return _KINDS[token]
    if fence := _FENCED.match(token):
        return "group" if fence[1] == "left" else "end"
    if token[0] == "\\":
        return "open" if _OPENING.match(token) else "close" if _CLOSING.match(token) else ""
    return {"Ps": "open", "Pi": "open", "Pe": "close"}.get(unicodedata.category(token), "")


def _wrap(html: str, block: bool, attributes: dict[str, str]) -> str:
    tag = "div" if block else "span"
    return f"<{tag}{write_attributes(attributes)}>{html}</{tag}>"


@cache
def _converter() -> tuple[Any, type[Exception]]:
    from math_core import LatexError, LatexToMathML  # late: most posts have no formula

    converter = LatexToMathML(
        annotation=True,
        fancy_error=False,
        allow_unreliable_rendering=True,
        id_prefix="equation-",
    )
    return converter, LatexError


_ANNOTATION = '<annotation encoding="application/x-tex">'
_TAG = regex(r"\\(?:tag\*?|label)\s*\{[^{}]*\}")
_WIDE_TAG = regex(r"\\tag\*?\s*\{([^{}]*[^\w{}.*+ -][^{}]*|[^{}]*[^\x00-\x7f{}][^{}]*)\}")
_NO_LABEL = regex(r"\\label\s*\{\s*\}")
_LABEL = regex(r"(\\(?:label|eqref))\s*\{([^{}]*)\}")
_TAG_WITHIN = regex(
    r"\s*(\\begin\{(?:aligned|split|gathered|cases)\}.*?)(\\label\s*\{[^{}]*\})(.*)\Z", re.DOTALL
)
_NEGATED = regex(r"\\not(?:\s|\\[!,:;])+(?=\\)")
"""Spaces between `\\not` and what it negates."""
_BRACKETED = regex(r"(?<=>)\(([^()<]*)\)(?=</a>)")
_NUMBERED = r"\{(?:equation|align|gather|multline|flalign)"
_EQUATION = regex(rf"\\begin{_NUMBERED}\*?\}}")
_COUNTED = regex(rf"\\eqref|\\begin{_NUMBERED}\}}")
_TAG_BEHIND = regex(rf"(\\end{_NUMBERED}\*?\}})\s*({_TAG.pattern})")
_LAST_BREAK = regex(rf"(?:\\\\\s*)+((?:{_TAG.pattern}\s*)*)\Z")
_MARK = regex(r"\\|\{")
_TOKEN = regex(
    r"\\(?:left|right)(?![A-Za-z])\s*(?:\\(?:[A-Za-z]+|.)|[^\\{}])|\\(?:[A-Za-z]+|.)|[()\[\]{}&]|[^\x00-\x7f]",
    re.DOTALL,
)
_KINDS = {
    "{": "group",
    "}": "end",
    r"\begin": "group",
    r"\end": "end",
    "&": "cell",
    r"\\": "cell",
    r"\{": "open",
    r"\}": "close",
    r"\mathopen": "open",
    r"\mathclose": "close",
    **dict.fromkeys("⎰⌜⌞", "open"),
    **dict.fromkeys("⎱⌝⌟", "close"),
}
_FENCED = regex(r"\\(left|right)(?![A-Za-z])")
_FENCE = "(?:br|ang|floor|ceil|group|moustache|vert|par|bbrk|bag)"
_OPENING = regex(rf"\\(?:l+{_FENCE}[a-z]*|[ul]lcorner|bigg?l)\Z", re.IGNORECASE)
_CLOSING = regex(rf"\\(?:r+{_FENCE}[a-z]*|[ul]rcorner)\Z", re.IGNORECASE)
