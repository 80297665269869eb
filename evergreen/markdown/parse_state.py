"""State of the block parser: what the document has defined so far, and the containers in it.

A container is a range of lines with the markers of the enclosing blocks removed (`> `, the indent
of a list item), so each construct parses its lines as if they were a document of their own. Line
numbers stay those of the whole document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from typing import Any

from evergreen.dataclass import dataclass, replace
from evergreen.markdown.grammar import BLANK_CHARS
from evergreen.markdown.options import MarkdownOptions
from evergreen.markdown.tree import AttributeList, Element, Formula, TextProblem
from evergreen.model.numbering import LabelledThing
from evergreen.regex import regex

MAX_DEPTH = 40
"""Maximum nesting of containers; deeper content becomes one paragraph. This bounds the time: it
stays proportional to the length of the text, however deep its markers nest."""


@dataclass(slots=True)
class LinkDefinition:
    """A link reference definition, `[id]: url "title"`."""

    url: str
    title: str
    mark: Element
    """Holds the attributes that every link to the definition inherits."""


@dataclass(slots=True)
class ParseState:
    """What the parser has found in a document so far."""

    options: MarkdownOptions
    read_blocks: Callable[[Container], None]
    links: dict[str, LinkDefinition] = field(default_factory=dict)
    footnotes: dict[str, Element] = field(default_factory=dict)
    abbreviations: dict[str, Element] = field(default_factory=dict)
    attribute_lists: dict[str, AttributeList] = field(default_factory=dict)
    formulas: dict[int, Formula] = field(default_factory=dict)
    """`id()` of a `math` element → its MathML."""
    open_formulas: list[tuple[int, str]] = field(default_factory=list)
    """Line and sign of each formula that is not closed."""
    problems: list[TextProblem] = field(default_factory=list)
    urls: set[tuple[int, str]] = field(default_factory=set)
    """Line and URL of each possible link or image."""
    things: list[LabelledThing] = field(default_factory=list)
    """The labelled things in raw HTML."""
    raw_ids: list[tuple[int, str]] = field(default_factory=list)
    """Line and id of each element within raw HTML."""
    is_notebook: bool = False
    """True for a notebook, whose headings have Jupyter's ids too."""
    budget: int = 0
    """Remaining steps of backtracking in spans; at zero, the rest is parsed without it."""

    @property
    def is_commonmark(self) -> bool:
        """True if HTML ends at a blank line, and an open fence with the text."""
        return self.is_notebook or self.options.commonmark


@dataclass(slots=True)
class Container:
    """Lines of a block that are parsed as blocks themselves; `pos` is the parser's position."""

    state: ParseState
    element: Element
    text: str
    line: int
    """Line of the document at which `text` starts."""
    pos: int = 0
    depth: int = 0
    pending: AttributeList | None = None
    """Attributes for the next block."""
    ended: bool = False
    """True once an HTML end tag has closed `element`."""
    missing: dict[str, int] = field(default_factory=dict)
    """String → position from which a search for it failed, so that it is not repeated."""
    open_paragraph: tuple[Element, list[str]] | None = None
    """A continued paragraph and its pending continuation lines."""
    fence_ends: dict[str, Any] = field(default_factory=dict)
    """Fence character → the lines that can close its fences, once they have been searched."""
    open_tags: list[str] = field(default_factory=list)
    """Names of the HTML elements that are open, in a notebook."""
    _counted: tuple[int, int] = (0, 0)

    @property
    def last(self) -> Element | None:
        """Return the last parsed block."""
        children = self.element.children
        return children[-1] if children else None  # type: ignore[return-value]

    def current_line(self) -> int:
        """Return the line of the document at `pos`."""
        at, lines = self._counted
        if at <= self.pos:
            lines += self.text.count("\n", at, self.pos)
        else:
            lines -= self.text.count("\n", self.pos, at)
        self._counted = (self.pos, lines)
        return self.line + lines

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return the match at `pos`, if any."""
        return pattern.match(self.text, self.pos)

    def peek_line(self) -> str:
        """Return the rest of the line at `pos`, with its newline."""
        return self.text[self.pos : self.text.find("\n", self.pos) + 1 or None]

    def consume(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return the match at `pos`, if any, and move `pos` behind it."""
        if match := pattern.match(self.text, self.pos):
            self.pos = match.end()
        return match

    def find(self, wanted: str, start: int) -> int:
        """Return the position of `wanted` at or after `start`, or -1; a failed search is cached."""
        if start >= self.missing.get(wanted, len(self.text)):
            return -1
        found = self.text.find(wanted, start)
        if found < 0:
            self.missing[wanted] = start
        return found

    def add(self, element: Element) -> Element:
        """Append a block, with the attribute list that was written above it."""
        element.applied, self.pending = self.pending, None
        self.element.children.append(element)
        return element

    def continue_paragraph(self, paragraph: Element, text: str) -> None:
        """Append text to a paragraph that is already in the tree."""
        if self.open_paragraph is None or self.open_paragraph[0] is not paragraph:
            self.flush()
            self.open_paragraph = (paragraph, [])
        self.open_paragraph[1].append(text)

    def flush(self) -> None:
        """Write pending continuation lines into their paragraph."""
        if self.open_paragraph is not None:
            paragraph, parts = self.open_paragraph
            paragraph.source = "".join([paragraph.source, *parts])
            self.open_paragraph = None

    def read(self, element: Element, text: str, line: int) -> None:
        """Parse `text` as the blocks of `element`."""
        if _ONE_LINE.match(text):
            element.children.append(Element("p", line, text.rstrip(BLANK_CHARS)))
        elif self.depth < MAX_DEPTH:
            self.state.read_blocks(Container(self.state, element, text, line, depth=self.depth + 1))
        else:
            element.children.append(Element("p", line, text.strip(BLANK_CHARS)))

    def nested(self, element: Element) -> Container:
        """Return a container that parses the same text as the blocks of `element`."""
        return replace(
            self,
            element=element,
            depth=self.depth + 1,
            pending=None,
            ended=False,
            open_paragraph=None,
            open_tags=[],
        )

    def after_boundary(self) -> bool:
        """True if a block that needs a boundary above it may start here."""
        last = self.last
        if last is None or self.pending is not None or last.kind == "blank":
            return True
        return last.kind == "mark" and not last.model

    def report(self, message: str, line: int = 0, written: str = "") -> None:
        """Add a problem at a line, by default at the current one."""
        self.state.problems.append(TextProblem(line or self.current_line(), message, written))


_ONE_LINE = regex(r"[^\W\d_][^|\n]*\n?\Z")
"""A single line that can only be a paragraph, as in most list items."""
