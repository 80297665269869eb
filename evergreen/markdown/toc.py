"""Tables of contents: headings nested by their levels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from evergreen.dataclass import dataclass
from evergreen.markdown.html import write_attributes
from evergreen.markdown.tree import Piece

DEPTH = "data-depth"
"""Attribute of a table of contents: the number of its levels."""


@dataclass(slots=True)
class TocEntry:
    """A heading in a table of contents."""

    level: int
    id: str
    pieces: list[Piece]
    """HTML of the heading, without links."""
    children: list[TocEntry] = field(default_factory=list)


def nest(entries: Iterable[TocEntry]) -> list[TocEntry]:
    """Return the entries as trees: each below the last entry before it with a lower level."""
    top: list[TocEntry] = []
    path: list[TocEntry] = []
    for entry in entries:
        while path and path[-1].level >= entry.level:
            path.pop()
        (path[-1].children if path else top).append(entry)
        path.append(entry)
    return top


def write_toc(tag: str, attributes: dict[str, str], entries: list[TocEntry]) -> list[Piece]:
    """Return the list that replaces `{:toc}`; empty without headings."""
    if not entries:
        return []
    attributes = {"id": "markdown-toc", **attributes}
    depth = attributes.pop(DEPTH, "")
    out: list[Piece] = [f"<{tag}{write_attributes(attributes)}>\n"]
    _write_entries(out, tag, attributes["id"], entries, int(depth) if depth.isdecimal() else 0)
    return [*out, f"</{tag}>\n"]


def _write_entries(
    out: list[Piece], tag: str, prefix: str, entries: list[TocEntry], depth: int
) -> None:
    """Write the entries, down to that many levels; 0: all."""
    for entry in entries:
        attributes = {"href": f"#{entry.id}", "id": f"{prefix}-{entry.id}"}
        out.append(f"<li><a{write_attributes(attributes)}>")
        out += entry.pieces
        out.append("</a>")
        if entry.children and depth != 1:
            out.append(f"<{tag}>\n")
            _write_entries(out, tag, prefix, entry.children, max(depth - 1, 0))
            out.append(f"</{tag}>")
        out.append("</li>\n")
