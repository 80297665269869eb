"""How far a text has been read: the draft of a whole document, and the containers in it.

A container is a stretch of lines from which the markers of the blocks around it are taken off,
so that each construct sees its lines as if they stood alone. The line numbers go along.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from evergreen.markdown.grammar import BLANK_CHARS
from evergreen.markdown.options import MarkdownOptions
from evergreen.markdown.tree import AttributeList, Element, Formula

MAX_DEPTH = 40
"""Containers within each other; what lies deeper is read as one paragraph. With it the time stays
proportional to the text however its markers nest."""


@dataclass(slots=True)
class LinkDefinition:
    """A link definition."""

    url: str
    title: str
    mark: Element
    """Bears the attributes that all links to the definition get."""


@dataclass(slots=True)
class ParseState:
    """What has been found in a document so far."""

    options: MarkdownOptions
    read_blocks: Callable[[Container], None]
    links: dict[str, LinkDefinition] = field(default_factory=dict)
    footnotes: dict[str, Element] = field(default_factory=dict)
    abbreviations: dict[str, Element] = field(default_factory=dict)
    attribute_lists: dict[str, AttributeList] = field(default_factory=dict)
    formulas: dict[int, Formula] = field(default_factory=dict)
    """Identity of an element of the kind `math` → what it became."""
    problems: list[tuple[int, str]] = field(default_factory=list)
    addresses: set[tuple[int, str]] = field(default_factory=set)
    """Line and address of all that may turn out to be a link or a picture."""
    effort: int = 0
    """Places at which spans may still be tried and given up."""


@dataclass(slots=True)
class Container:
    """Lines and the block to which they belong; `pos` is how far they have been read."""

    draft: ParseState
    element: Element
    text: str
    line: int
    """The document's line on which `text` starts."""
    pos: int = 0
    depth: int = 0
    pending: AttributeList | None = None
    """Attributes for the next block."""
    ended: bool = False
    """An HTML end tag has closed `element`."""
    missing: dict[str, int] = field(default_factory=dict)
    """String → where a search that did not find it began."""
    tail: tuple[Element, list[str]] | None = None
    """A paragraph that went on, and what is still to be added to its source."""
    fence_ends: dict[str, Any] = field(default_factory=dict)
    """Character → the lines that may close a fence of it, once they have been looked for."""
    _counted: tuple[int, int] = (0, 0)

    @property
    def last(self) -> Element | None:
        """The block read last."""
        return self.element.blocks[-1] if self.element.children else None

    def here(self) -> int:
        """The document's line at `pos`."""
        at, lines = self._counted
        if at <= self.pos:
            lines += self.text.count("\n", at, self.pos)
        else:
            lines -= self.text.count("\n", self.pos, at)
        self._counted = (self.pos, lines)
        return self.line + lines

    def check(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """A match at `pos`."""
        return pattern.match(self.text, self.pos)

    def peek(self) -> str:
        """The rest of the line at `pos`, with its end."""
        return self.text[self.pos : self.text.find("\n", self.pos) + 1 or None]

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """A match at `pos`, which is then read."""
        if match := pattern.match(self.text, self.pos):
            self.pos = match.end()
        return match

    def find(self, wanted: str, start: int) -> int:
        """Where `wanted` stands at or after `start`, or -1; each absence is searched for once."""
        if start >= self.missing.get(wanted, len(self.text)):
            return -1
        found = self.text.find(wanted, start)
        if found < 0:
            self.missing[wanted] = start
        return found

    def add(self, element: Element) -> Element:
        """Append a block, with the attributes that were written before it."""
        element.applied, self.pending = self.pending, None
        self.element.children.append(element)
        return element

    def extend(self, paragraph: Element, text: str) -> None:
        """Let a paragraph go on."""
        if self.tail is None or self.tail[0] is not paragraph:
            self.settle()
            self.tail = (paragraph, [])
        self.tail[1].append(text)

    def settle(self) -> None:
        """Give the paragraph that went on its whole source."""
        if self.tail is not None:
            paragraph, parts = self.tail
            paragraph.source = "".join([paragraph.source, *parts])
            self.tail = None

    def read(self, element: Element, text: str, line: int) -> None:
        """Read `text` as the blocks of `element`."""
        if _ONE_LINE.match(text):
            element.children.append(Element("p", line, text.rstrip(BLANK_CHARS)))
        elif self.depth < MAX_DEPTH:
            self.draft.read_blocks(Container(self.draft, element, text, line, depth=self.depth + 1))
        else:
            element.children.append(Element("p", line, text.strip(BLANK_CHARS)))

    def within(self, element: Element) -> Container:
        """A container of the same text, to read on as the blocks of `element`."""
        return replace(
            self, element=element, depth=self.depth + 1, pending=None, ended=False, tail=None
        )

    def after_boundary(self) -> bool:
        """Whether a block may start here that must not touch the one above."""
        last = self.last
        if last is None or self.pending is not None or last.kind == "blank":
            return True
        return last.kind == "mark" and not last.model

    def report(self, message: str, line: int = 0) -> None:
        """Note a fault of the text."""
        self.draft.problems.append((line or self.here(), message))


_ONE_LINE = re.compile(r"[^\W\d_][^|\n]*\n?\Z")
"""A line that can only be a paragraph, as most items of lists are."""
