"""Syntax tree between parsing and rendering: blocks hold blocks or the source of spans; spans hold
text.

A child of type `str` is text still to be escaped; a `Markup` is finished HTML. Elements are mutable
only while their document is parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from enum import Enum
from typing import NamedTuple

from evergreen.dataclass import dataclass


class TextProblem(NamedTuple):
    """What is wrong with a text."""

    line: int
    """Line of the text, from 1."""
    message: str
    written: str = ""
    """What is at fault, as the line has it; "" if that is not known."""


@dataclass(slots=True)
class AttributeList:
    """A parsed `{: … }`: names of lists defined elsewhere, and its own values."""

    references: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    """Attribute → value; several classes are one value, separated by spaces."""

    def merge(self, other: AttributeList) -> None:
        """Add the attributes of `other`: classes are joined, other values replaced."""
        self.references += other.references
        for key, value in other.values.items():
            join = key == "class" and key in self.values
            self.values[key] = f"{self.values[key]} {value}" if join else value


class Symbol(str):
    """Typographic text; an attribute list behind it is parsed and dropped."""

    __slots__ = ()


class Markup(str):
    """Finished HTML."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class Element:
    """A block or a span."""

    kind: str
    """HTML tag or name of the construct; `blank` and `mark` (a definition, an option, `^`) only
    separate blocks and are not rendered."""
    line: int = 0
    """Line of the text, from 1."""
    source: str = ""
    """Of a leaf block, the source of its spans; of code and math, their content."""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    applied: AttributeList | None = None
    """The attribute list on a line above or below the block, or behind the span."""
    name: str = ""
    """Tag of an HTML element, label of a footnote, info string of a code block; of a
    formula in single dollars, what is between them."""
    level: int = 0
    """Level of a heading; 1 for a void or self-closing HTML element."""
    model: str = ""
    """Content model of an HTML element (`block`, `span`, `raw`, `inline`); else a variant of the
    kind."""
    tight: bool = False
    """A paragraph that is rendered without `<p>`; an HTML element within raw HTML."""
    index: int = -1
    """Index of code among the code blocks or code spans of the document."""

    @property
    def blocks(self) -> list[Element]:
        """Return the children of a block that is not a leaf, as the list itself."""
        return self.children  # type: ignore[return-value]

    def refers_to(self, name: str) -> bool:
        """True if the attribute list names the list `name`, as `{:toc}` does."""
        return self.applied is not None and name in self.applied.references


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as MathML."""

    source: str
    mathml: str
    """ "" if the formula is invalid."""
    fault: str
    """The error message, or ""."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Position of a code block or code span in the HTML."""

    block: bool
    index: int
    attributes: str = ""
    """Attributes of a code span, as HTML."""


@dataclass(frozen=True, slots=True)
class ReferenceSlot:
    """Position of a cross-reference in the HTML."""

    index: int
    is_plain: bool = False
    """True within a link: the reference is not one itself."""


class Placeholder(Enum):
    """Position in the HTML of content that is only known when the rest has been rendered."""

    TOC = "toc"
    FOOTNOTES = "footnotes"


Piece = str | Slot | ReferenceSlot | Placeholder
"""HTML, or a position that is filled later."""

LEAVES = frozenset({"p", "header", "td", "dt", "caption", "title"})
"""Blocks whose `source` is parsed as spans, beside HTML elements with the model `span`."""


def walk(top: Element) -> Iterator[Element]:
    """Yield the elements below `top` in text order."""
    for child in top.children:
        if isinstance(child, Element):
            yield child
            if child.children:
                yield from walk(child)


def text_of(element: Element) -> str:
    """Return the text of an element without markup."""
    if not element.children:
        return element.attributes.get("alt", "") if element.kind == "img" else element.source
    shown = (each for each in element.children if not isinstance(each, Markup))
    return "".join(each if isinstance(each, str) else text_of(each) for each in shown)


def is_leaf(element: Element) -> bool:
    """True if the source of the element is parsed as spans."""
    return element.kind in LEAVES or (element.kind == "html" and element.model == "span")
