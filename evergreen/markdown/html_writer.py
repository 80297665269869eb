"""State of the renderer: the HTML of a document while it is assembled.

It is a list of pieces: text, slots for code, and placeholders for what is only known at the end.
Each kind of element has a function that writes it (`element_writers`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from evergreen.dataclass import dataclass
from evergreen.markdown.grammar import CJK
from evergreen.markdown.html import write_attributes
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.toc import TocEntry
from evergreen.markdown.tree import Element, Markup, Piece, Placeholder
from evergreen.regex import regex
from evergreen.scripts import may_be_cjk

_BREAK = regex(rf"(?<=[{CJK}])\n(?=[{CJK}])")
"""The line breaks that kramdown removes."""
_WIDE = f"{CJK}\u3000-\u303f\uff01-\uff60"
_WIDE_BREAK = regex(rf"(?<=[{_WIDE}])\n(?=[{_WIDE}])")
"""Line breaks between two characters of Chinese or Japanese, with their full-width punctuation."""

WriteElement = Callable[["HtmlWriter", Element], None]


@dataclass(slots=True)
class Footnote:
    """The number of a footnote, and its references."""

    number: int
    repeats: int = 0
    """Number of references after the first."""


@dataclass(slots=True)
class HtmlWriter:
    """The pieces so far, and what the rest depends on."""

    state: ParseState
    writers: Mapping[str, WriteElement]
    """By kind of element."""
    out: list[Piece] = field(default_factory=list)
    toc_entries: list[TocEntry] = field(default_factory=list)
    """The headings, for the table of contents."""
    footnotes: dict[str, Footnote] = field(default_factory=dict)
    """By label of the footnote, ordered by number."""
    ids: dict[str, int] = field(default_factory=dict)
    plain_ids: dict[str, int] = field(default_factory=dict)
    placeholders: dict[Placeholder, Element] = field(default_factory=dict)
    """The lists that the placeholders replace."""
    depth: int = 0
    """Number of enclosing HTML elements and footnotes; headings in them get plain ids."""
    level: int = 1
    """Level of the last heading."""
    without_links: bool = False
    """True to omit links and footnote references, as in a table of contents."""

    def write(self, element: Element) -> None:
        """Write the content of an element."""
        options = self.state.options
        joins = options.remove_line_breaks_for_cjk
        breaks = _WIDE_BREAK if options.native else _BREAK
        for child in element.children:
            if type(child) is str:
                if joins and "\n" in child and may_be_cjk(child):
                    child = breaks.sub("", child)
                self.out.append(escape_text(child))
            elif isinstance(child, Element):
                self.writers[child.kind](self, child)
            else:
                self.out.append(child if isinstance(child, Markup) else escape_text(child))

    def write_tagged(self, element: Element, tag: str, before: str = "", after: str = "") -> None:
        """Write the content of an element between tags."""
        self.out.append(f"<{tag}{write_attributes(element.attributes)}>{before}")
        self.write(element)
        self.out.append(f"</{tag}>{after}")

    def render_apart(self, element: Element) -> list[Piece]:
        """Return the content of an element as separate pieces, without links."""
        if len(element.children) == 1 and type(element.children[0]) is str:
            return [escape_text(element.children[0])]
        out, self.out, self.without_links = self.out, [], True
        self.write(element)
        pieces, self.out, self.without_links = self.out, out, False
        return pieces


def escape_text(text: str) -> str:
    """Escape text as HTML."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text or ">" in text:
        text = text.replace("<", "&lt;").replace(">", "&gt;")
    return text
