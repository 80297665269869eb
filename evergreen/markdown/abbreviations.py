"""Abbreviations in running text."""

from __future__ import annotations

import re
from itertools import groupby

from evergreen.markdown.attributes import apply_attributes
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.tree import Element


def abbreviation_pattern(draft: ParseState) -> re.Pattern[str] | None:
    """Any of the document's abbreviations, the longest first, as whole words."""
    known = sorted(draft.abbreviations, key=len, reverse=True)
    if not known:
        return None
    return re.compile(rf"(?:(?<=\W)|^)(?:{'|'.join(map(re.escape, known))})(?!\w)", re.ASCII)


def mark_abbreviations(element: Element, pattern: re.Pattern[str], draft: ParseState) -> None:
    """Put an `abbr` element in the place of each abbreviation in the element's text."""
    children: list[Element | str] = []
    for is_text, group in groupby(element.children, lambda child: type(child) is str):
        if is_text:
            children += _split("".join(map(str, group)), pattern, draft)
            continue
        for child in group:
            if isinstance(child, Element):
                mark_abbreviations(child, pattern, draft)
            children.append(child)
    element.children = children


def _split(text: str, pattern: re.Pattern[str], draft: ParseState) -> list[Element | str]:
    parts: list[Element | str] = []
    start = 0
    for match in pattern.finditer(text):
        parts += [text[start : match.start()], _abbreviation(match[0], draft)]
        start = match.end()
    return [*parts, text[start:]] if parts else [text]


def _abbreviation(text: str, draft: ParseState) -> Element:
    mark = draft.abbreviations[text]
    element = Element("abbr", children=[text])
    if mark.applied:
        apply_attributes(element.attributes, mark.applied, draft.attribute_lists)
    if mark.source:
        element.attributes["title"] = mark.source
    return element
