"""HTML blocks of notebooks and of MyST, as CommonMark has them: a block-level tag, or any tag alone
in its line below a paragraph's end, begins HTML that ends at the next blank line, whatever is open
there, and Markdown follows.

Unlike there, elements are closed where their cell, list item or quote ends, and an end tag without
its start tag is dropped: a cell cannot change the page around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evergreen.markdown.grammar import BLOCK_CONTENT, BLOCK_TAGS, KNOWN_TAGS, SPACE
from evergreen.markdown.html import (
    END_TAG,
    TAG,
    escape_html,
    note_label,
    start_tag,
    write_attributes,
)
from evergreen.markdown.parse_state import Container
from evergreen.markdown.raw_formulas import SKIPPED, formulas_in
from evergreen.markdown.tree import Element, Markup
from evergreen.regex import regex


def html_lines(c: Container) -> bool:
    """Parse the lines from a block-level tag to the next blank line, by CommonMark."""
    opening = c.match(_OPENING) if c.state.is_commonmark else None
    if not opening or c.element.kind == "html" or not _begins(c, opening[1].lower()):
        return False
    blank = _BLANK.search(c.text, c.pos)
    end = blank.start() + 1 if blank else len(c.text)
    if _RAW.search(c.text, c.pos, end):
        return False
    line, text = c.current_line(), c.text[c.pos : end]
    c.add(Element("raw", line, children=[*_copied(c, text, line)]))
    c.pos = end
    return True


def _begins(c: Container, name: str) -> bool:
    """True if a tag of that name begins HTML at the container's position."""
    if name in _BLOCKS:
        return True
    is_within = c.state.options.pandoc or (c.last is not None and c.last.kind == "p")
    return not is_within and name in _NAMES and c.match(_ALONE) is not None


def close_tags(c: Container) -> None:
    """Close the elements that are still open at the end of a container."""
    if c.open_tags:
        closing = "".join(f"</{name}>" for name in reversed(c.open_tags))
        c.element.children.append(Element("raw", children=[Markup(f"{closing}\n")]))
        c.open_tags.clear()


def _copied(c: Container, text: str, line: int) -> Iterator[Element | str]:
    """Yield HTML with its attributes quoted, stray signs escaped, and its formulas as elements."""
    at = 0
    for found in _TAGS.finditer(text):
        here = line + text.count("\n", 0, found.start())
        yield from _text(c, text[at : found.start()], here - text.count("\n", at, found.start()))
        at = found.end()
        if found[0].startswith("<!--"):
            yield Markup(found[0])
        elif tag := TAG.fullmatch(found[0]):
            yield Markup(_start(c, tag, here))
        elif end := END_TAG.fullmatch(found[0]):
            yield Markup(_end(c, end[1].lower()))
    yield from _text(c, text[at:], line + text.count("\n", 0, at))


def _text(c: Container, text: str, line: int) -> Iterator[Element | str]:
    if SKIPPED.isdisjoint(c.open_tags):
        for part in formulas_in(text, line, c.state.options):
            yield Markup(escape_html(part)) if isinstance(part, str) else part
    else:
        yield Markup(escape_html(text))


def _start(c: Container, tag: re.Match[str], line: int) -> str:
    element = start_tag(tag, line, c.state)
    element.attributes.pop("markdown", None)
    note_label(c, element, line)
    slash = " /" * element.level
    if not element.level:
        c.open_tags.append(element.name)
    return f"<{element.name}{write_attributes(element.attributes)}{slash}>"


def _end(c: Container, name: str) -> str:
    """Return the end tags that close an element and what is open in it; "" if it is not open."""
    if name not in c.open_tags:
        return ""
    closed: list[str] = []
    while not closed or closed[-1] != name:
        closed.append(c.open_tags.pop())
    return "".join(f"</{each}>" for each in closed)


_BLOCKS = (BLOCK_TAGS | BLOCK_CONTENT | {"center", "dialog", "dir", "search"}) - {"pre"}
_NAMES = KNOWN_TAGS | frozenset(
    "audio bdi canvas data font marquee picture strike svg time video".split()
)
"""Names of HTML; a tag of another one is a placeholder, `<your-name>`."""
_OPENING = regex(rf" {{0,3}}</?([A-Za-z][A-Za-z0-9]*)(?={SPACE}|/?>)")
_ALONE = regex(rf" {{0,3}}(?:{TAG.pattern}|{END_TAG.pattern})[ \t]*\n")
_BLANK = regex(r"\n[ \t\r\f\v]*(?=\n|\Z)")
_RAW = regex(r"<(?:script|style|pre|textarea)\b|<\w[^<>]*\smarkdown=", re.I)
"""Elements whose content is not split at blank lines, or is Markdown by kramdown's attribute."""
_TAGS = regex(rf"<!--.*?-->|{TAG.pattern}|{END_TAG.pattern}", re.S)
