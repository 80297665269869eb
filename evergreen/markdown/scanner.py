"""Scanner for spans: a loop over the positions where a span may start.

As in kramdown, the parser tries each span and backtracks if it finds no end. Three rules keep the
time proportional to the text: failed searches are cached, a span known to have no end is not
tried again, and all other backtracking draws on the document's `budget`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import field

from evergreen.dataclass import dataclass
from evergreen.markdown.grammar import BLANK_CHARS
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.tree import Element

EM, STRONG, LINK, RAW, ANCHOR, ALT = 1, 2, 4, 8, 16, 32
"""Bits of a span's context, that is, what encloses it: RAW where only HTML is parsed, ANCHOR in
`<a>`, ALT in the text of an image, where links are allowed."""
MAX_SPANS = 40
"""Maximum nesting of spans."""

SpanParser = Callable[["Scanner", int, Element, int], "Element | str | None"]
"""Parses the span at a position, given its parent and context: moves `pos` behind the span and
returns it; or returns None, and the text in front of `pos` is plain."""
StopCondition = Callable[["Scanner", int, list["Element | str"]], "bool | None"]
"""True if the span with the given children ends at a position; None if it is known not to end."""


@dataclass(slots=True)
class Scanner:
    """The source of a leaf block, and the state of its parser."""

    state: ParseState
    text: str
    line: int
    """Line of the document at which the text starts."""
    constructs: Mapping[str, SpanParser]
    """By their opening characters."""
    patterns: Mapping[int, re.Pattern[str]]
    """Where a span may start or end, by context: LINK, RAW, both or 0."""
    is_cell: bool = False
    """True for a cell of a table in CommonMark's formats, which may have blocks of HTML."""
    pos: int = 0
    text_start: int = 0
    """Start of the plain text in front of the current position."""
    literal_end: int = 0
    """End of the last delimiter that became plain text; smart quotes do not look behind it."""
    start: int = 0
    """Start of the current span; a construct may move it back to include text before it."""
    depth: int = 0
    failed: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    """Delimiter and context → positions of spans that are known to have no end."""
    rejected: dict[int, list[int]] = field(default_factory=dict)
    """`id()` of an open emphasis → delimiters in it that could have opened another one."""
    closers: dict[int, dict[int, int]] = field(default_factory=dict)
    """Context → start of a text in brackets → its end, or -1."""
    _found: dict[str, tuple[int, int]] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)
    _newlines: list[int] | None = None

    def read(self, element: Element, stop: StopCondition | None, context: int) -> bool:
        """Parse spans into `element` until `stop` holds or the text ends, and set `pos` there.
        Return True if `stop` held."""
        text, children, constructs = self.text, element.children, self.constructs
        search = self.patterns[context & (LINK | RAW)].search
        outer, run = self.start, self.pos
        pos = run
        self.depth += 1
        found: bool | None = False
        while match := search(text, pos):
            self.start = at = match.start()
            self.text_start = run
            if stop is not None:
                self.state.budget -= 1
                found = stop(self, at, children)
                if found is not False:
                    break
            self.pos = at + 1
            span = constructs[match[0]](self, at, element, context)
            pos = self.pos
            if span is not None:
                if run < self.start:
                    self._add_text(children, run, self.start, context)
                children.append(span)
                run = pos
        end = at if found else len(text)
        if run < end:
            self._add_text(children, run, end, context)
        self.pos, self.start, self.depth = end, outer, self.depth - 1
        return bool(found)

    def find(self, wanted: str, start: int) -> int:
        """Return the position of `wanted` at or after `start`, or -1. No part of the text is
        searched twice for the same string, whatever the order of the searches."""
        since, found = self._found.get(wanted, (len(self.text), -1))
        if since <= start and (found < 0 or found >= start):
            return found
        if start < since:
            before = self.text.find(wanted, start, since + len(wanted) - 1)
            found = before if before >= 0 else found
        else:
            found = self.text.find(wanted, start)
        self._found[wanted] = (start, found)
        return found

    def last_end(self, delimiter: str) -> int:
        """Return the last position of `delimiter` that follows a non-blank character, or -1."""
        if delimiter not in self._last:
            at = self.text.rfind(delimiter)
            while at > 0 and self.text[at - 1] in BLANK_CHARS:
                at = self.text.rfind(delimiter, 0, at)
            self._last[delimiter] = at
        return self._last[delimiter]

    def exhausted(self) -> bool:
        """True if no span that may need backtracking should be tried any more."""
        return self.state.budget < 0 or self.depth > MAX_SPANS

    def line_at(self, position: int) -> int:
        """Return the line of the document at a position."""
        if self._newlines is None:
            self._newlines = [match.start() for match in re.finditer("\n", self.text)]
        return self.line + bisect_right(self._newlines, position)

    def add_url(self, position: int, url: str) -> None:
        """Record the URL of a link with its line."""
        self.state.urls.add((self.line_at(position), url))

    def _add_text(self, children: list[Element | str], start: int, end: int, context: int) -> None:
        text = self.text[start:end]
        children.append(Element("verbatim", source=text) if context & RAW else text)
