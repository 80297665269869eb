"""The ids that the author gives to elements: in attribute lists, behind headings, in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evergreen.markdown.html import DRAWING
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.tree import Element


def explicit_ids(
    blocks: Iterable[Element], leaves: Iterable[Element], state: ParseState
) -> list[tuple[int, str]]:
    """Return line and id of each element that has one before it is rendered, in text order; a span
    has the line of its block if its own is not known. The parts of drawings are left out."""
    found = [*state.raw_ids]
    found += [(block.line, block.attributes["id"]) for block in blocks if "id" in block.attributes]
    for leaf in leaves:
        if "{" in leaf.source or ("<" in leaf.source and "id" in leaf.source):
            found += _of_spans(leaf, leaf.line)
    return sorted(((line, name) for line, name in found if name.strip()), key=lambda each: each[0])


def _of_spans(parent: Element, line: int) -> Iterator[tuple[int, str]]:
    for span in parent.children:
        if isinstance(span, Element):
            if "id" in span.attributes:
                yield span.line or line, span.attributes["id"]
            if span.name != DRAWING:
                yield from _of_spans(span, span.line or line)
