"""Fenced code in lists, where CommonMark and Pandoc have it: kramdown takes a fence right below an
item for a part of the item, and keeps the blanks of one that is indented more than the item's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field

from evergreen.dataclass import dataclass
from evergreen.markdown.grammar import fence_below
from evergreen.regex import regex

_Line = tuple[int, str]


def place_fences(lines: Iterable[_Line]) -> Iterator[_Line]:
    """Yield the numbered lines; a fenced block that is indented less than the text of a list item
    has a blank line above it, which ends the list, and one that is indented more is moved back."""
    place = _Place()
    for number, line in lines:
        found = _FENCE.match(line)
        if place.fence:
            place.fence = (
                fence_below(place.fence, found[2], line[found.end() :]) if found else (place.fence)
            )
            yield number, _outdented(line, place.shift)
            continue
        if found and place.opens(found, line):
            yield number, ""
        elif not found:
            place.note(line)
        place.is_blank = not line.strip()
        yield number, _outdented(line, place.shift) if place.fence else line


@dataclass(slots=True)
class _Place:
    """Which list items and which fence are open above a line."""

    columns: list[int] = field(default_factory=list)
    """Column at which the text of each open item begins, the outermost first."""
    fence: str = ""
    shift: int = 0
    """Columns by which the open fenced block is indented too much."""
    is_blank: bool = True
    """True if the line above is blank."""

    def opens(self, found: re.Match[str], line: str) -> bool:
        """Open a fence; return True if it ends a list that a line right above belongs to."""
        indent, count = _width(found[1]), len(self.columns)
        while self.columns and self.columns[-1] > indent:
            self.columns.pop()
        shift = indent - (self.columns[-1] if self.columns else 0)
        if shift < _CODE:
            self.shift = shift
            self.fence = fence_below("", found[2], line[found.end() :])
        return len(self.columns) < count and not self.is_blank

    def note(self, line: str) -> None:
        """Note an item that a line begins, and items that end above it."""
        item, indent = _ITEM.match(line), _width(line[: len(line) - len(line.lstrip())])
        if line.strip() and (item or self.is_blank):
            while self.columns and self.columns[-1] > indent:
                self.columns.pop()
        if item:
            blanks = _width(item[3])
            self.columns.append(indent + len(item[2]) + (blanks if blanks <= _CODE else 1))
            rest = line[item.end() :]
            if fence := _FENCE.match(rest):
                self.shift, self.fence = 0, fence_below("", fence[2], rest[fence.end() :])


def _outdented(line: str, count: int) -> str:
    """Return a line with that many columns of blanks less, as far as it has them."""
    text = line.lstrip(" \t")
    if count < 1 or not text:
        return line
    return " " * max(_width(line[: len(line) - len(text)]) - count, 0) + text


def _width(blanks: str) -> int:
    return len(blanks.expandtabs(4))


_CODE = 4
"""Columns from which indented text is code."""
_FENCE = regex(r"([ \t]*)(`{3,}(?=[^`]*\Z)|~{3,})")
_ITEM = regex(r"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+)(?=\S)")
