"""The HTML of a document while it is put together.

It is a list of pieces: text, slots that rendering fills, and places for what is known at the end
only. Each kind of element has a function that writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evergreen.markdown.html import write_attributes
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.toc import TocEntry
from evergreen.markdown.tree import Element, Markup, Piece, Placeholder

WriteElement = Callable[["HtmlWriter", Element], None]


@dataclass(slots=True)
class Footnote:
    """A footnote that is referred to."""

    number: int
    repeats: int = 0
    """How often it is referred to again."""


@dataclass(slots=True)
class HtmlWriter:
    """The pieces so far, and what they say about the rest."""

    draft: ParseState
    writers: Mapping[str, WriteElement]
    """By the kind of the element."""
    out: list[Piece] = field(default_factory=list)
    entries: list[TocEntry] = field(default_factory=list)
    """The headings, for tables of contents."""
    notes: dict[str, Footnote] = field(default_factory=dict)
    """By the name of the footnote, in the order of their numbers."""
    ids: dict[str, int] = field(default_factory=dict)
    plain_ids: dict[str, int] = field(default_factory=dict)
    places: dict[Placeholder, Element] = field(default_factory=dict)
    """The lists that give way to what stands in the places."""
    depth: int = 0
    """HTML elements and footnotes around the current place: headings in them get plain ids."""
    bare: bool = False
    """Links and footnote markers are left out, as in a table of contents."""

    def write(self, element: Element) -> None:
        """Write what the element holds."""
        for child in element.children:
            if isinstance(child, Element):
                self.writers[child.kind](self, child)
            else:
                self.out.append(child if isinstance(child, Markup) else escape_text(child))

    def tagged(self, element: Element, tag: str, before: str = "", after: str = "") -> None:
        """Write what the element holds between tags."""
        self.out.append(f"<{tag}{write_attributes(element.attributes)}>{before}")
        self.write(element)
        self.out.append(f"</{tag}>{after}")

    def apart(self, element: Element) -> list[Piece]:
        """What the element holds, without links, as pieces of their own."""
        if len(element.children) == 1 and type(element.children[0]) is str:
            return [escape_text(element.children[0])]
        out, self.out, self.bare = self.out, [], True
        self.write(element)
        pieces, self.out, self.bare = self.out, out, False
        return pieces


def escape_text(text: str) -> str:
    """`text` as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
