"""Ordered, unordered and task lists; the indent of an item's content determines its nesting."""

from __future__ import annotations

import re
from dataclasses import field

from evergreen.dataclass import dataclass
from evergreen.markdown.attributes import read_attributes
from evergreen.markdown.grammar import (
    ATTRIBUTES,
    BLANK_CHARS,
    BLANK_LINES,
    BLOCK_TAG,
    END_OF_BLOCK,
    IDENTIFIER,
    MARKER_TAIL,
    SPACE,
    fence_below,
)
from evergreen.markdown.parse_state import Container
from evergreen.markdown.tree import Element
from evergreen.regex import regex


@dataclass(slots=True)
class Item:
    """A list item or a definition while its lines are collected."""

    element: Element
    indent: int
    """Columns by which the lines of the item are indented."""
    pieces: list[list[str]] = field(default_factory=list)
    """Its lines; a nested list starts a new piece."""

    def add(self, line: str) -> None:
        """Append a line to the last piece."""
        self.pieces[-1].append(line)


def block_list(c: Container) -> bool:
    """Parse a list: `* a`, `+ a`, `- a` or `1. a`, and the items of the same type below."""
    start = None if c.state.is_commonmark else c.match(_START)
    if not start:
        return False
    ordered = start[1][-1] == "."
    number = start[1][:-1].strip() if ordered and c.state.options.list_numbers else "1"
    if number != "1" and c.last and c.last.kind == "p" and not c.after_boundary():
        return False
    element = c.add(Element("ol" if ordered else "ul", c.current_line()))
    if number != "1":
        element.attributes["start"] = str(int(number))
    items, ended = _collect(c, element, _ORDERED if ordered else _UNORDERED)
    blank = None
    for item in items:
        _read_item(c, item, element, ended)
        blank = _pop_blank(item.element)
    if blank and not ended:
        c.element.blocks.append(blank)
    mark_tasks(element)
    return True


def first_line(element: Element, marker: str, content: str) -> Item:
    """Return the item that starts with `marker`; tabs in front of its content extend to the next
    multiple of four columns."""
    if _ONLY_ATTRIBUTES.match(content):
        indent = 4
    else:
        content = expand_tabs(content, len(marker))
        indent = len(marker) + len(content) - len(content.lstrip(" "))
    content = content.lstrip(BLANK_CHARS)
    if match := ITEM_ATTRIBUTES.match(content):
        element.applied = read_attributes(match[1])
        content = content[match.end() :]
    return Item(element, indent, [[content]])


def belongs(item: Item, line: str, after_blank: bool) -> bool:
    """True if a non-blank line belongs to the item: it is indented, or a lazy continuation."""
    if _is_indented(line, item.indent):
        return True
    if after_blank:
        return False
    ending = _LAZY_END.match(line)
    return not ending or len(ending[1]) > item.indent


def unindent(item: Item, line: str) -> tuple[str, bool]:
    """Return the line without the item's indent, and True if it was indented."""
    tabs = len(line) - len(line.lstrip("\t"))
    line = "    " * tabs + line[tabs:]
    indented = line.startswith(" " * item.indent)
    return (line[item.indent :] if indented else line), indented


def read_pieces(c: Container, item: Item) -> None:
    """Parse the collected lines as the blocks of the item."""
    line = item.element.line
    for piece in item.pieces:
        text = "".join(piece)
        c.read(item.element, text, line)
        line += text.count("\n")


def _collect(
    c: Container, parent: Element, starts: tuple[re.Pattern[str], ...]
) -> tuple[list[Item], bool]:
    """Return the items of the list, and True if an end-of-block marker (`^`) closed it."""
    items: list[Item] = []
    nested = after_blank = False
    fence = ""
    start = starts[3]
    while c.pos < len(c.text):
        if after_blank and c.match(RULE):
            break
        if c.match(_END):
            c.consume(_END)
            return items, True
        line = c.current_line()
        if match := c.consume(start):
            item = first_line(Element("li", line), match[1], match[2])
            parent.blocks.append(item.element)
            items.append(item)
            start = starts[min(item.indent - 1, 3)]
            nested, after_blank = bool(_START.match(item.pieces[0][0])), False
            fence = _fence(c, "", item.pieces[0][0])
        elif match := c.consume(BLANK_LINES):
            nested = after_blank = True
            items[-1].add(match[0])
        elif belongs(items[-1], text := c.peek_line(), after_blank):
            c.pos += len(text)
            fence, is_code = _fence(c, fence, unindent(items[-1], text)[0]), bool(fence)
            nested, after_blank = _add_line(items[-1], text, nested, is_code), False
        else:
            break
    return items, False


def _fence(c: Container, fence: str, line: str) -> str:
    """Return the fence that is open below a line; "" for none, and in Jekyll's posts, where
    kramdown splits code in a list at lines that look like items."""
    found = _FENCE.match(line) if c.state.options.native else None
    return fence_below(fence, found[1], found[2]) if found else fence


def _add_line(item: Item, line: str, nested: bool, is_code: bool) -> bool:
    """Append a line; return True if the item may now contain a nested list."""
    line, indented = unindent(item, line)
    is_start = not is_code and bool(_START.match(line))
    if is_start and indented and not nested:
        item.pieces.append([])
        nested = True
    elif is_start and nested and not indented:
        line = " " * (item.indent + 4) + line
    item.add(line)
    return nested


def _read_item(c: Container, item: Item, parent: Element, ended: bool) -> None:
    read_pieces(c, item)
    children = item.element.blocks
    # The mark that an attribute list leaves below the first paragraph does not make it loose.
    if [child.kind for child in children[:2]] == ["p", "mark"] and children[0].applied:
        del children[1]
    if children and _is_tight(item.element, parent, ended):
        if len(children) > 1 and children[1].kind != "blank":
            children[0].source += "\n"
        children[0].tight = True


def _is_tight(item: Element, parent: Element, ended: bool) -> bool:
    """True if the first paragraph of an item is rendered without `<p>`: no blank line follows it,
    and, for the last item, another item is tight too."""
    children, is_last = item.blocks, item is parent.blocks[-1]
    if children[0].kind != "p":
        return False
    alone = is_last and len(children) == 2 and not ended
    if len(children) > 1 and children[1].kind == "blank" and not alone:
        return False
    if not is_last or len(parent.blocks) == 1:
        return True
    return any(not _is_loose(other) for other in parent.blocks[:-1])


def _is_loose(item: Element) -> bool:
    return bool(item.blocks) and item.blocks[0].kind == "p" and not item.blocks[0].tight


def _pop_blank(item: Element) -> Element | None:
    last = item.blocks[-1] if item.blocks else None
    return item.blocks.pop() if last is not None and last.kind == "blank" else None


def mark_tasks(element: Element) -> None:
    """Draw the boxes of a list of tasks, `- [x] done`."""
    found = False
    for item in element.blocks:
        if not item.blocks or item.blocks[0].kind != "p":
            continue
        paragraph = item.blocks[0]
        if match := _TASK.match(paragraph.source):
            found = True
            checked = "" if match[1] == " " else ' checked="checked"'
            paragraph.source = _BOX.format(checked) + paragraph.source[match.end() :]
        if found:
            item.attributes["class"] = "task-list-item"
    if found:
        element.attributes["class"] = "task-list"


def _is_indented(line: str, indent: int) -> bool:
    spaces = len(line) - len(line.lstrip(" "))
    if spaces >= indent or line[spaces] != "\t":
        return spaces >= indent
    at = 0
    for _ in range(indent // 4):
        if line[at] == "\t":
            at += 1
        elif line.startswith("    ", at):
            at += 4
        else:
            return False
    return line[at] == "\t" or line.startswith(" " * (indent % 4), at)


def expand_tabs(content: str, column: int) -> str:
    """Replace the tabs at the start of a text that begins at a column, up to multiples of four."""
    spaces = 0
    for at, char in enumerate(content):
        if char == "\t":
            spaces += 4 - (spaces + column) % 4
        elif char == " ":
            spaces += 1
        else:
            return " " * spaces + content[at:]
    return content


def _starts(marker: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of an item's first line, by the maximum indent of its marker: 0 to 3."""
    return tuple(regex(rf"( {{0,{n}}}{marker})({MARKER_TAIL}.*\n)") for n in range(4))


RULE = regex(r" {0,3}([*_-])[ \t]*\1[ \t]*\1(?:\1|[ \t])*\n")
_UNORDERED = _starts("[+*-]")
_ORDERED = _starts(r"[0-9]+\.")
_START = regex(rf"( {{0,3}}(?:[+*-]|[0-9]+\.)){MARKER_TAIL}")
_END = regex(END_OF_BLOCK)
ITEM_ATTRIBUTES = regex(rf"{SPACE}*\{{:(?!(?:{IDENTIFIER})?:|/)((?:\\\}}|[^}}\n])+)\}}{SPACE}*")
_ONLY_ATTRIBUTES = regex(rf"(?:{ITEM_ATTRIBUTES.pattern})?{SPACE}*\Z")
_LAZY_END = regex(rf"( {{0,3}})(?:{ATTRIBUTES}[ \t\r\f\v]*\n|{BLOCK_TAG})")
_FENCE = regex(r" {0,3}(`{3,}|~{3,})(.*)")
_TASK = regex(rf"{SPACE}*\[([ xX])\]{SPACE}+")
_BOX = '<input type="checkbox" class="task-list-item-checkbox" disabled="disabled"{} />'
