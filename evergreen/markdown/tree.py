"""The tree between reading and writing: blocks hold blocks or a source of spans; spans hold text.

A child that is a `str` is text still to be escaped; a `Markup` is finished HTML. Elements are
changed only while their document is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum


@dataclass(slots=True)
class AttributeList:
    """What stands in `{: … }`: names of lists defined elsewhere, and values of its own."""

    references: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    """Attribute → value; several classes are one value, separated by spaces."""

    def merge(self, other: AttributeList) -> None:
        """Add what `other` says: classes join, other values are replaced."""
        self.references += other.references
        for key, value in other.values.items():
            join = key == "class" and key in self.values
            self.values[key] = f"{self.values[key]} {value}" if join else value


class Symbol(str):
    """Text of a single sign, which takes an attribute list without showing it."""

    __slots__ = ()


class Markup(str):
    """Finished HTML."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class Element:
    """A block or a span."""

    kind: str
    line: int = 0
    """In the text, from 1."""
    source: str = ""
    """Of a leaf block its spans as written; of code and math what stands inside."""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    applied: AttributeList | None = None
    """The attribute list that a line before or after gave to the block."""
    name: str = ""
    """Tag of an HTML element, name of a footnote, info string of a code block."""
    level: int = 0
    """Of a heading; 1 for an HTML element that closes itself."""
    model: str = ""
    """How the content of an HTML element is read (`block`, `span`, `raw`); else a variant."""
    tight: bool = False
    """A paragraph without tags of its own; an HTML element within raw HTML."""
    index: int = -1
    """Of code: its place among the document's code blocks or code spans."""

    @property
    def blocks(self) -> list[Element]:
        """The children of a block that is not a leaf: the list itself."""
        return self.children  # type: ignore[return-value]

    def refers_to(self, name: str) -> bool:
        """Whether the block's attribute list names the list `name`, as `{:toc}` does."""
        return self.applied is not None and name in self.applied.references


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as MathML."""

    source: str
    mathml: str
    """ "" where it could not be read."""
    fault: str
    """What is wrong with it, "" for nothing."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a code block or a code span in the HTML."""

    block: bool
    index: int
    attributes: str = ""
    """Of a code span, as they stand in a tag."""


class Placeholder(Enum):
    """A place in the HTML for what is known when all is written."""

    TOC = "toc"
    FOOTNOTES = "footnotes"


Piece = str | Slot | Placeholder
"""HTML, or what will stand there."""

LEAVES = frozenset({"p", "header", "td", "dt"})
"""Blocks whose `source` holds spans; so do HTML elements of the model `span`."""


def walk(top: Element) -> Iterator[Element]:
    """The elements below `top`, in the order of the text."""
    for child in top.children:
        if isinstance(child, Element):
            yield child
            if child.children:
                yield from walk(child)


def is_leaf(element: Element) -> bool:
    """Whether the element's source is to be read as spans."""
    return element.kind in LEAVES or (element.kind == "html" and element.model == "span")
