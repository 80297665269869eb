"""Definition lists: lines of terms with `: definition` lines below."""

from __future__ import annotations

from evergreen.markdown.attributes import read_attributes
from evergreen.markdown.grammar import BLANK_LINES, END_OF_BLOCK, MARKER_TAIL
from evergreen.markdown.lists import (
    ITEM_ATTRIBUTES,
    Item,
    belongs,
    first_line,
    read_pieces,
    unindent,
)
from evergreen.markdown.parse_state import Container
from evergreen.markdown.tree import Element
from evergreen.regex import regex


def definition_list(c: Container) -> bool:
    """Parse definitions; the lines of the paragraph above, at most a blank line away, are their
    terms."""
    if not c.match(_STARTS[3]):
        return False
    siblings = c.element.blocks
    blank = len(siblings) > 1 and siblings[-1].kind == "blank" and siblings[-1].source == "\n"
    at = -2 if blank else -1
    if not siblings or siblings[at].kind != "p":
        return False
    c.flush()
    paragraph = siblings[at]
    del siblings[at:]
    terms = Element("dl", paragraph.line, applied=paragraph.applied)
    terms.blocks.extend(_terms(paragraph))
    last = None
    for item, spaced in _collect(c, blank):
        terms.blocks.append(item.element)
        last = _read_definition(c, item, spaced)
    _append(siblings, terms)
    if last:
        siblings.append(last)
    return True


def _terms(paragraph: Element) -> list[Element]:
    terms = []
    for offset, source in enumerate(paragraph.source.split("\n")):
        term = Element("dt", paragraph.line + offset, source)
        if match := ITEM_ATTRIBUTES.match(source):
            term.applied = read_attributes(match[1])
            term.source = source[match.end() :]
        terms.append(term)
    return terms


def _collect(c: Container, spaced: bool) -> list[tuple[Item, bool]]:
    """Return the definitions, each with True if its first paragraph is rendered with `<p>`."""
    found: list[tuple[Item, bool]] = []
    start, after_blank = _STARTS[3], False
    while c.pos < len(c.text) and not c.match(_END):
        if match := c.match(start):
            item = first_line(Element("dd", c.current_line()), match[1], match[2])
            c.pos = match.end()
            found.append((item, spaced))
            start = _STARTS[min(item.indent - 1, 3)]
            spaced = after_blank = False
        elif match := c.consume(BLANK_LINES):
            found[-1][0].add(match[0])
            spaced = after_blank = True
        elif belongs(found[-1][0], line := c.peek_line(), after_blank):
            c.pos += len(line)
            found[-1][0].add(unindent(found[-1][0], line)[0])
            spaced = after_blank = False
        else:
            break
    return found


def _read_definition(c: Container, item: Item, spaced: bool) -> Element | None:
    read_pieces(c, item)
    children = item.element.blocks
    last = children.pop() if children and children[-1].kind == "blank" else None
    if children and children[0].kind == "p" and not spaced:
        children[0].source += "\n" if len(children) > 1 else ""
        children[0].tight = True
    return last


def _append(siblings: list[Element], terms: Element) -> None:
    """Append the list, or its entries to a definition list directly above."""
    if len(siblings) > 1 and siblings[-1].kind == "blank" and siblings[-2].kind == "dl":
        siblings.pop()
    if siblings and siblings[-1].kind == "dl":
        siblings[-1].blocks.extend(terms.blocks)
    else:
        siblings.append(terms)


_STARTS = tuple(regex(rf"( {{0,{n}}}:)({MARKER_TAIL}.*\n)") for n in range(4))
_END = regex(END_OF_BLOCK)
