"""Lists and quotes by CommonMark, for files of other tools: the column at which an item's text
begins decides what belongs to the item, another marker begins another list, and a list is loose as
a whole. Lines without the marks of an item or a quote belong to it only if they continue a
paragraph.
"""

from __future__ import annotations

import re
from dataclasses import field

from evergreen.dataclass import dataclass
from evergreen.markdown.attributes import read_attributes
from evergreen.markdown.grammar import BLOCK_TAG, END_OF_BLOCK, fence_after
from evergreen.markdown.lists import ITEM_ATTRIBUTES, RULE, expand_tabs, mark_tasks
from evergreen.markdown.parse_state import Container
from evergreen.markdown.tree import Element
from evergreen.regex import regex


@dataclass(slots=True)
class _Item:
    """An item while its lines are collected, without the columns in front of them."""

    element: Element
    column: int
    """Column at which its text begins."""
    lines: list[str]
    fence: str = ""
    """The fence of code that is open below its last line."""
    blanks: int = 0
    """Number of blank lines below the last one, which may be below the list."""

    def add(self, line: str) -> None:
        """Append a line of the item's own text."""
        self.lines += ["\n"] * self.blanks
        self.blanks = 0
        self._note(line)

    def _note(self, line: str) -> None:
        self.fence = fence_after(self.fence, _bare(line))
        self.lines.append(line)

    @property
    def is_open(self) -> bool:
        """True if its last line is one of a paragraph, which the next line may continue."""
        return not self.blanks and not self.fence and _is_text(self.lines[-1])


@dataclass(slots=True)
class _List:
    kind: str
    """Its bullet, or the sign behind its numbers."""
    items: list[_Item] = field(default_factory=list)
    is_loose: bool = False


def column_list(c: Container) -> bool:
    """Parse a list of a file of another tool. An item without text, or a number other than 1,
    begins none within a paragraph."""
    start = c.match(_START) if c.state.is_commonmark else None
    if not start:
        return False
    number = start[2][:-1]
    if c.last and c.last.kind == "p" and not c.after_boundary() and not _may_follow(c, start):
        return False
    element = c.add(Element("ol" if number else "ul", c.current_line()))
    if number and int(number) != 1:
        element.attributes["start"] = str(int(number))
    found = _collect(c, element, _List(_kind(c, start)))
    for item in found.items:
        c.read(item.element, "".join(item.lines), item.element.line)
        found.is_loose |= _has_gap(item.element)
    for item in found.items:
        _join(item.element, found.is_loose)
    mark_tasks(element)
    return True


def _may_follow(c: Container, start: re.Match[str]) -> bool:
    """True if a list may begin right below a paragraph, as Jupyter and Pandoc have it within an
    item whatever its number is."""
    is_within, is_pandoc = c.element.kind == "li", c.state.options.pandoc
    if not start[3].strip() or (is_pandoc and not is_within):
        return False
    is_any = is_within and (is_pandoc or c.state.is_notebook)
    return is_any or not start[2][:-1] or int(start[2][:-1]) == 1


def _collect(c: Container, element: Element, found: _List) -> _List:
    """Return the list with its items, which are added to the element."""
    items = found.items
    while c.pos < len(c.text):
        line = c.peek_line()
        last = items[-1] if items else None
        if not line.strip():
            if last and len(last.lines) == 1 and not last.lines[0].strip() and last.blanks:
                break
            last.blanks += 1  # type: ignore[union-attr]
        elif last and _indent(line) >= last.column and not _is_empty(last):
            last.add(_without(line, last.column))
        elif (start := c.match(_START)) and not c.match(RULE) and _kind(c, start) == found.kind:
            found.is_loose |= bool(last and last.blanks)
            items.append(_first(Element("li", c.current_line()), start))
            element.blocks.append(items[-1].element)
        elif last and last.is_open and not _ends_text(c).match(line):
            text = line.lstrip(" \t")
            # Behind the text of an item, a line to the left is no underline.
            text = f"\\{text}" if _UNDERLINE.fullmatch(text) else text
            last.add(f"    {text}" if _indent(line) >= _CODE else text)
        else:
            break
        c.pos += len(line)
    if items and (count := items[-1].blanks):  # blank lines below a list are not its own
        c.pos = _before_blanks(c.text, c.pos, count)
    return found


def quote_end(c: Container) -> int:
    """Return the position behind the quote that begins at the container's."""
    at, fence, line = c.pos, "", ""
    while at < len(c.text):
        end = c.text.index("\n", at) + 1
        below = c.text[at:end]
        if found := _QUOTED.match(below):
            line = below[found.end() :]
            fence = fence_after(fence, _bare(line))
        elif (
            fence
            or not _is_text(line)
            or not below.strip()
            or _ends_text(c, in_quote=True).match(below)
        ):
            break
        else:
            line = below
        at = end
    return at


def _kind(c: Container, start: re.Match[str]) -> str:
    sign = start[2][-1]
    return "-" if c.state.options.pandoc and sign in "*+" else sign


def _ends_text(c: Container, *, in_quote: bool = False) -> re.Pattern[str]:
    """Return the beginning of a line that ends the paragraph of an item or a quote."""
    if not c.state.options.pandoc:
        return ENDS_TEXT
    return _ENDS_QUOTE_OF_PANDOC if in_quote else _ENDS_ITEM_OF_PANDOC


def _is_text(line: str) -> bool:
    """True if a line, outside of code, may be one of a paragraph."""
    bare = _bare(line)
    return bool(bare.strip()) and not _NO_TEXT.match(bare)


def _bare(line: str) -> str:
    """Return a line without the markers of items, and of quotes in them."""
    return line[_MARKERS.match(line).end() :]  # type: ignore[union-attr]


def _first(element: Element, start: re.Match[str]) -> _Item:
    """Return the item that begins with a line."""
    marker = start[1] + start[2]
    text = expand_tabs(start[3], len(marker))
    blanks = len(text) - len(text.lstrip(" "))
    if not text.strip():
        return _Item(element, len(marker) + 1, ["\n"])
    column = len(marker) + (blanks if blanks <= _CODE else 1)
    text = text[column - len(marker) :]
    if match := ITEM_ATTRIBUTES.match(text):
        element.applied = read_attributes(match[1])
        text = text[match.end() :]
    item = _Item(element, column, [])
    item.add(text)
    return item


def _is_empty(item: _Item) -> bool:
    """True if an item has no text, and a blank line below its marker."""
    return bool(item.blanks) and not "".join(item.lines).strip()


def _has_gap(item: Element) -> bool:
    """True if two blocks of an item have a blank line between them; the last ones are dropped."""
    while item.blocks and item.blocks[-1].kind == "blank":
        item.blocks.pop()
    return any(each.kind == "blank" for each in item.blocks[1:])


def _join(item: Element, is_loose: bool) -> None:
    """Mark the paragraphs of an item that are rendered without `<p>`."""
    children = item.blocks
    # The mark that an attribute list leaves below the first paragraph is none of its blocks.
    if [child.kind for child in children[:2]] == ["p", "mark"] and children[0].applied:
        del children[1]
    for child in children if not is_loose else ():
        if child.kind == "p":
            child.tight = True
            child.source += "\n" if child is not children[-1] else ""


def _before_blanks(text: str, end: int, count: int) -> int:
    """Return the position of the last `count` lines before `end`."""
    for _ in range(count):
        end = text.rfind("\n", 0, end - 1) + 1
    return end


def _indent(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))


def _without(line: str, columns: int) -> str:
    text = line.lstrip(" \t")
    if "\t" not in line[: len(line) - len(text)]:
        return line[columns:]
    return " " * (_indent(line) - columns) + text


_CODE = 4
"""Blanks behind a marker; if there are more, the item begins with indented code."""
_QUOTED = regex(r" {0,3}> ?")
_UNDERLINE = regex(r"(?:=+|-+)[ \t]*\n")
_START = regex(r"( {0,3})([-+*]|[0-9]{1,9}[.)])((?:[ \t].*)?\n)")
_MARKERS = regex(r"(?:[ \t]*(?:[-+*](?=\s)|[0-9]{1,9}[.)](?=\s)|>))*[ \t]*")
_NO_TEXT = regex(r"#{1,6}[ \t\n]|`{3}|~{3}|:{3}|\||<[A-Za-z/!]")
"""The beginning of a line after which no paragraph is open."""
_HTML = rf"{END_OF_BLOCK}| {{0,3}}{BLOCK_TAG}| {{0,3}}</?(?:div|center|table|details)\b"
_ITEM = r" {0,3}(?:[-+*]|[0-9]{1,9}[.)])[ \t\n]"
ENDS_TEXT = regex(
    rf"{RULE.pattern}|{_ITEM}| {{0,3}}(?:#{{1,6}}[ \t\n]|>|`{{3}}|~{{3}}|:{{3}}|<!--)|{_HTML}"
)
"""A line that ends a paragraph: a rule, an item, a heading, a quote, code, HTML."""
_ENDS_QUOTE_OF_PANDOC = regex(rf" {{0,3}}(?:`{{3}}|~{{3}}|:{{3}})|{_HTML}")
_ENDS_ITEM_OF_PANDOC = regex(rf"{_ENDS_QUOTE_OF_PANDOC.pattern}|{RULE.pattern}|{_ITEM}")
