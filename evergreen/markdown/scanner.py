"""How the spans of a text are read: a loop over the places where a span may start.

A span is tried where it starts and given up where it finds no end, as in kramdown. What keeps the
time proportional to the text: an absence is searched for once, a span known to have no end is not
tried again, and what remains is bounded by the document's `effort`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evergreen.markdown.grammar import BLANK_CHARS
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.tree import Element

EM, STRONG, LINK, RAW, ANCHOR = 1, 2, 4, 8, 16
"""What a span stands in, as bits of a context: RAW where only HTML is read, ANCHOR in `<a>`."""
MAX_SPANS = 40
"""Spans within each other."""

Construct = Callable[["Scanner", int, Element, int], "Element | str | None"]
"""Reads the span at a place, given its parent and context: moves `pos` behind it and returns it.
None where there is none; what is in front of `pos` is text then."""
Stop = Callable[["Scanner", int, list["Element | str"]], "bool | None"]
"""Whether the span whose children are given ends at a place; None where it is known not to end."""


@dataclass(slots=True)
class Scanner:
    """A text of spans, and how far it has been read."""

    draft: ParseState
    text: str
    line: int
    """The document's line on which the text starts."""
    constructs: Mapping[str, Construct]
    """By the characters at which they start."""
    places: Mapping[int, re.Pattern[str]]
    """What to stop at: by LINK, RAW or 0."""
    pos: int = 0
    run: int = 0
    """Where the text in front of the current place begins that no span has taken."""
    opaque: int = 0
    """The end of the last delimiter that became text: quotes do not look past it."""
    start: int = 0
    """Where the current span begins; a construct may move it back to take text before it."""
    depth: int = 0
    failed: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    """Delimiter and context → where a span is known to have no end."""
    rejected: dict[int, list[int]] = field(default_factory=dict)
    """Identity of an emphasis being read → delimiters in it that might have opened another."""
    closers: dict[int, dict[int, int]] = field(default_factory=dict)
    """Context → start of a text in brackets → its end, -1 where there is none."""
    _found: dict[str, tuple[int, int]] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)
    _newlines: list[int] | None = None

    def read(self, element: Element, stop: Stop | None, context: int) -> bool:
        """Read spans into `element` up to the stop, or else to the text's end; whether the stop
        was found. `pos` is left there."""
        text, children, constructs = self.text, element.children, self.constructs
        search = self.places[context & (LINK | RAW)].search
        outer, run = self.start, self.pos
        pos = run
        self.depth += 1
        found: bool | None = False
        while match := search(text, pos):
            self.start = at = match.start()
            self.run = run
            if stop is not None:
                self.draft.effort -= 1
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
        """Where `wanted` stands at or after `start`, or -1. What is known of a stretch of the text
        is not searched again, in whatever order the searches come."""
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
        """The last place where `delimiter` stands behind something, -1 where there is none."""
        if delimiter not in self._last:
            at = self.text.rfind(delimiter)
            while at > 0 and self.text[at - 1] in BLANK_CHARS:
                at = self.text.rfind(delimiter, 0, at)
            self._last[delimiter] = at
        return self._last[delimiter]

    def exhausted(self) -> bool:
        """Whether no span may be tried that could be given up again."""
        return self.draft.effort < 0 or self.depth > MAX_SPANS

    def line_at(self, place: int) -> int:
        """The document's line of a place."""
        if self._newlines is None:
            self._newlines = [match.start() for match in re.finditer("\n", self.text)]
        return self.line + bisect_right(self._newlines, place)

    def note_address(self, place: int, address: str) -> None:
        """Note where an address stands that is linked to."""
        self.draft.addresses.add((self.line_at(place), address))

    def _add_text(self, children: list[Element | str], start: int, end: int, context: int) -> None:
        text = self.text[start:end]
        children.append(Element("verbatim", source=text) if context & RAW else text)
