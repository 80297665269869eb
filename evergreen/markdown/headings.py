"""ATX (`#`) and setext (underlined) headings, and their ids."""

from __future__ import annotations

import re
import unicodedata

from evergreen.markdown.attributes import pandoc_list
from evergreen.markdown.grammar import BLANK_CHARS
from evergreen.markdown.parse_state import Container
from evergreen.markdown.tree import AttributeList, Element
from evergreen.regex import regex


def atx_heading(c: Container) -> bool:
    """Parse `## 标题`; the space is required, a blank line above is not. In CommonMark's formats it
    may be indented."""
    match = c.match(_INDENTED if c.state.is_commonmark else _ATX)
    if not match:
        return False
    text, identifier = _split_id(match[2])
    given = _PANDOC.search(text) if c.state.options.technical and text.endswith("}") else None
    if given:
        text = text[: given.start()]
    if text.endswith("#"):
        text = _CLOSING.sub("", text)
    if not _add(c, match, len(match[1]), text, identifier):
        return False
    if given and c.last:
        c.last.applied = _pandoc(given[1], c.last.applied)
    return True


def setext_heading(c: Container) -> bool:
    """Parse a single line below a boundary, with `===` or `---` below it."""
    if not c.after_boundary():
        return False
    match = c.match(_SETEXT)
    if not match:
        return False
    text, identifier = _split_id(match[1])
    return _add(c, match, 1 if match[2] == "=" else 2, text, identifier)


def underlined_text(c: Container, text: str, line: int) -> bool:
    """Make a heading of a paragraph of several lines, which ends with a text from a line on, if the
    container is at its underline, as CommonMark has it."""
    rule = c.match(_UNDERLINE)
    if not rule:
        return False
    above = c.last if c.last is not None and c.last.kind == "p" else None
    if above:
        c.flush()
        text, line = f"{above.source}\n{text}", above.line
        c.element.children.pop()
    lines = (each.strip().removesuffix("\\") for each in text.split("\n"))
    text, identifier = _split_id(" ".join(lines))
    heading = _heading(c, line, text, 1 if rule[1] == "=" else 2, identifier)
    if above and above.applied:
        heading.applied = above.applied
    c.pos = rule.end()
    return True


def heading_id(text: str, used: dict[str, int]) -> str:
    """Return the id of a heading as kramdown's GFM parser makes it: lower case, hyphens for
    spaces, no punctuation; a second heading of the same id gets `-1`. `used` counts the ids."""
    kept = _PUNCTUATION.sub("", text.lower())
    if not kept.isascii():
        kept = "".join(filter(_in_id, kept))
    slug = kept.replace(" ", "-").replace("\t", "-")
    return _numbered(slug, used)


def plain_id(text: str, used: dict[str, int]) -> str:
    """Return the id that kramdown gives headings in HTML elements and footnotes: ASCII only."""
    kept = re.sub(r"[^a-zA-Z0-9 -]", "", re.sub(r"(?m)^[^a-zA-Z]+", "", text))
    return _numbered(kept.replace(" ", "-").lower() or "section", used)


def jupyter_id(text: str) -> str:
    """Return the id that Jupyter and nbconvert give a heading: its text, hyphens for spaces."""
    return text.strip().replace(" ", "-")


def _add(c: Container, match: re.Match[str], level: int, text: str, identifier: str) -> bool:
    text = text.rstrip(BLANK_CHARS)
    if not text:
        return False
    _heading(c, c.current_line(), text, level, identifier)
    c.pos = match.end()
    return True


def _heading(c: Container, line: int, text: str, level: int, identifier: str) -> Element:
    """Add a heading to the container, and return it."""
    heading = Element("header", line, text, level=level)
    if identifier:
        heading.attributes["id"] = identifier
    c.add(heading)
    return heading


def _split_id(text: str) -> tuple[str, str]:
    text = text.rstrip(BLANK_CHARS)
    match = _EXPLICIT_ID.search(text) if text.endswith("}") else None
    return (text[: match.start()].rstrip(BLANK_CHARS), match[1]) if match else (text, "")


def _pandoc(text: str, other: AttributeList | None) -> AttributeList:
    """Return the attributes of Pandoc behind a heading; `-` means `.unnumbered`."""
    given = pandoc_list(_UNNUMBERED.sub(".unnumbered", text))
    for key in _OF_DASHBOARDS:
        given.values.pop(key, None)
    if other:
        given.merge(other)
    return given


def _in_id(char: str) -> bool:
    return (
        char.isascii()
        or unicodedata.category(char)[0] in "LM"
        or unicodedata.category(char) in _WORD
    )


def _numbered(slug: str, used: dict[str, int]) -> str:
    count = used.get(slug, -1) + 1
    used[slug] = count
    return f"{slug}-{count}" if count else slug


_PUNCTUATION = regex(r"[\x00-\x08\n-\x1f!-,./:-@\[-^`{-\x7f]")
_WORD = frozenset({"Nd", "Nl", "Pc"})
_ATX = regex(r"(#{1,6})[\t ]+(.*)\n")
_INDENTED = regex(rf" {{0,3}}{_ATX.pattern}")
_CLOSING = regex(r"[\t ]+#+\Z")
_SETEXT = regex(r" {0,3}([^ \t\n].*)\n([-=])[-=]*[ \t\r\f\v]*\n")
_UNDERLINE = regex(r" {0,3}([-=])\1*[ \t\r\f\v]*\n")
_VALUE = r"(?:\"[^\"{}]*\"|'[^'{}]*'|[^\s\"'{}]+)"
_PANDOC = regex(rf"[\t ]+\{{((?:[#.][\w:.-]|-(?=[ }}])|[a-z-]+={_VALUE}(?=[ }}]))[^{{}}]*)\}}\Z")
_OF_DASHBOARDS = ("height", "width", "orientation", "scrolling")
"""Attributes of rows and columns in Quarto's dashboards."""
_UNNUMBERED = regex(r"(?:(?<=\s)|\A)-(?=\s|\Z)")
_EXPLICIT_ID = regex(r"[\t ]\{#([^\W\d][\w.:·-]*|:[\w.:·-]*)\}\Z")
