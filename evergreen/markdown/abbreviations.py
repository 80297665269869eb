"""Abbreviations in running text."""

from __future__ import annotations

import re
from itertools import groupby

from evergreen.markdown.attributes import apply_attributes
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.tree import Element


def abbreviation_pattern(state: ParseState) -> re.Pattern[str] | None:
    """Return a pattern that matches the abbreviations of the document as whole words, longest
    first."""
    known = sorted(state.abbreviations, key=len, reverse=True)
    if not known:
        return None
    return re.compile(rf"(?:(?<=\W)|^)(?:{'|'.join(map(re.escape, known))})(?!\w)", re.ASCII)


def mark_abbreviations(element: Element, pattern: re.Pattern[str], state: ParseState) -> None:
    """Wrap each abbreviation in the text of the element in an `abbr` element."""
    children: list[Element | str] = []
    for is_text, group in groupby(element.children, lambda child: type(child) is str):
        if is_text:
            children += _split("".join(map(str, group)), pattern, state)
            continue
        for child in group:
            if isinstance(child, Element):
                mark_abbreviations(child, pattern, state)
            children.append(child)
    element.children = children


def _split(text: str, pattern: re.Pattern[str], state: ParseState) -> list[Element | str]:
    parts: list[Element | str] = []
    start = 0
    for match in pattern.finditer(text):
        parts += [text[start : match.start()], _abbreviation(match[0], state)]
        start = match.end()
    return [*parts, text[start:]] if parts else [text]


def _abbreviation(text: str, state: ParseState) -> Element:
    mark = state.abbreviations[text]
    element = Element("abbr", children=[text])
    if mark.applied:
        apply_attributes(element.attributes, mark.applied, state.attribute_lists)
    if mark.source:
        element.attributes["title"] = mark.source
    return element
