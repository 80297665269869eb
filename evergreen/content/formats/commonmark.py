"""Blocks where CommonMark has them and kramdown does not: a list of other markers, a heading of
several lines, a rule right below a text, a text that goes on with an item above it.

The lines are numbered; directives and code are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field

from evergreen.content.formats.text import opens_display
from evergreen.dataclass import dataclass
from evergreen.regex import regex

_Line = tuple[int, str]


def as_commonmark(lines: Iterable[_Line]) -> Iterator[_Line]:
    """Yield the lines so that kramdown finds the blocks that CommonMark has."""
    reader = _Reader()
    for number, line in lines:
        yield from reader.read(number, line)
    yield from reader.end_text()


@dataclass(frozen=True, slots=True)
class _Item:
    """An open item of a list."""

    column: int
    """Column at which its text begins."""
    kind: str
    """Its marker without the number: `-`, `*`, `+`, `.`, `)`, or `:` of a definition."""


@dataclass(slots=True)
class _Reader:
    """What is open above a line."""

    items: list[_Item] = field(default_factory=list)
    text: list[_Line] = field(default_factory=list)
    """Lines of the open paragraph that are not yielded yet, outside of lists."""
    is_text: bool = False
    """True if the line above is of a paragraph, with which the next one may go on."""
    is_blank: bool = True
    fence: str = ""
    is_html: bool = False
    formula: int = -1
    """Columns by which the lines of the open formula are moved; -1 outside of one."""

    def read(self, number: int, line: str) -> Iterator[_Line]:
        """Yield the lines in place of one."""
        if self.fence or self.formula >= 0:
            yield number, self.inside(line)
        elif not line.strip():
            yield from self.end_text()
            self.is_blank, self.is_html = True, False
            yield number, line
        elif self.is_html or _HTML.match(line) or _FENCE.match(line):
            yield from self.opaque(number, line)
        elif _RULE.fullmatch(line) and not self.is_underline(line):
            yield from self.block(number, line, is_rule=True)
        elif self.text and (rule := _UNDERLINE.fullmatch(line)):
            yield from self.heading(number, line, "#" if rule[1] == "=" else "##")
        elif found := self.item(line):
            yield from self.listed(number, line, found)
        elif _BLOCK.match(line):
            yield from self.block(number, line)
        else:
            yield from self.paragraph(number, line)

    def inside(self, line: str) -> str:
        """Return a line of open code, or of a formula."""
        if self.fence:
            bare = line.strip()
            if set(bare) == {self.fence[0]} and len(bare) >= len(self.fence):
                self.fence = ""
            return line
        moved = " " * self.formula + line if line.strip() else line
        if opens_display(line):
            self.formula = -1
        return moved

    def opaque(self, number: int, line: str) -> Iterator[_Line]:
        """Yield a line that opens code, a directive or HTML, or is of HTML."""
        yield from self.end_text()
        if found := _FENCE.match(line):
            self.fence = found[2]
        else:
            self.is_html = True
        self.close(_width(line))
        self.is_text = self.is_blank = False
        yield number, line

    def block(self, number: int, line: str, is_rule: bool = False) -> Iterator[_Line]:
        """Yield a line that is a block of its own, apart from a paragraph or a list above it."""
        had_list = bool(self.items)
        line = _TAB_IN_QUOTE.sub(lambda found: found[0].expandtabs(4), line)
        yield from self.end_text()
        self.close(_width(line))
        if not self.is_blank and (is_rule or (had_list and not self.items)):
            yield number, ""
        yield number, line
        if is_rule:
            yield number, ""
        self.is_text, self.is_blank = False, is_rule

    def is_underline(self, line: str) -> bool:
        """True if a rule below the open paragraph is the underline of a heading."""
        if not self.is_text or not _UNDERLINE.fullmatch(line):
            return False
        return bool(self.text) or bool(self.items and _width(line) >= self.items[-1].column)

    def heading(self, number: int, line: str, signs: str) -> Iterator[_Line]:
        """Yield a paragraph that is underlined; one of several lines as one line."""
        if len(self.text) == 1 or any("|" in each for _, each in self.text):
            yield from self.end_text()
            yield number, line
        else:
            words = " ".join(each.strip().removesuffix("\\") for _, each in self.text)
            yield self.text[0][0], f"{signs} {words}"
            self.text.clear()
        self.is_text = self.is_blank = False

    def item(self, line: str) -> re.Match[str] | None:
        """Return the marker of an item that begins in a line; a number other than 1 begins no list
        within a paragraph."""
        found = _ITEM.match(line)
        if not found or self.shift(line) >= _CODE:
            return None
        is_listed = any(_width(line) < each.column for each in self.items)
        if self.is_text and not is_listed:
            is_first = found[2] in "-*+:" or found[2][:-1] == "1"
            return found if is_first and line[found.end() :].strip() else None
        return found

    def shift(self, line: str) -> int:
        """Return the columns between the item that a line is in and its text."""
        width = _width(line)
        return width - max((each.column for each in self.items if each.column <= width), default=0)

    def listed(self, number: int, line: str, found: re.Match[str]) -> Iterator[_Line]:
        """Yield a line with an item; a list of another kind begins below a mark of kramdown that
        ends the list above."""
        yield from self.end_text()
        kind = found[2][-1]
        closed = self.close(_width(line))
        if closed and closed.kind != kind:
            yield number, f"{found[1]}^"
        if kind == ")":
            line = f"{found[1]}{found[2][:-1]}.{line[found.end(2) :]}"
        yield number, line
        start = 0
        while marker := _ITEM.match(line[start:]):
            width = len(line[: start + marker.start(2)].expandtabs(4))
            blanks = len(marker[3].expandtabs(4))
            step = len(marker[2]) + (blanks if 0 < blanks <= _CODE else 1)
            self.items.append(_Item(width + step, marker[2][-1] if start else kind))
            start += marker.end()
        rest = line[start:]
        self.fence = fence[2] if (fence := _FENCE.match(rest)) else ""
        self.is_text = bool(rest.strip()) and not self.fence and not _BLOCK.match(rest)
        self.is_blank = False
        if self.is_text and opens_display(rest):
            self.formula = 0

    def paragraph(self, number: int, line: str) -> Iterator[_Line]:
        """Yield a line of text; one that goes on with an item above is moved below its text."""
        moved = 0
        if self.items and not self.is_text:
            self.close(_width(line))
        elif self.items and not line.startswith("|"):
            moved = max(self.items[-1].column - _width(line), 0)
        self.is_text, self.is_blank = True, False
        if opens_display(line):
            self.formula = moved
        elif not self.items and _width(line) < _CODE:
            self.text.append((number, line))
            return
        yield from self.end_text()
        self.is_text = True
        yield number, " " * moved + line.lstrip() if moved else line

    def close(self, width: int) -> _Item | None:
        """Close the items that a block at a column is not in; return the outermost of them."""
        closed = None
        while self.items and width < self.items[-1].column:
            closed = self.items.pop()
        return closed

    def end_text(self) -> Iterator[_Line]:
        """Yield the lines of the open paragraph."""
        yield from self.text
        self.text.clear()
        self.is_text = False


def _width(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))


_CODE = 4
"""Columns from which indented text is code."""
_HTML = regex(r" {0,3}<(?:[A-Za-z/!?])(?![\w.+-]*(?::|@))")
_FENCE = regex(r"([ \t]*)(`{3,}(?=[^`]*\Z)|~{3,}|:{3,}(?=[ \t]*\{))")
_RULE = regex(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}")
_UNDERLINE = regex(r" {0,3}([=-])\1+[ \t]*")
_ITEM = regex(r"([ \t]*)([-*+:]|\d{1,9}[.)])([ \t]+|\Z)")
"""An item, or a definition of a term."""
_TAB_IN_QUOTE = regex(r"\A {0,3}>[ ]?\t")
"""A tab behind the sign of a quote, of which the rest is no indent of code."""
_BLOCK = regex(
    r" {0,3}(?:#{1,6}(?:[ \t]|\Z)|>|%|\+\+\+|\([^()\n]+\)=[ \t]*\Z|\{[.#:]|\\begin\{|:{3,}[ \t]*\Z)"
)
"""Lines that are no text which goes on."""
