"""Definitions of links, footnotes and abbreviations, which are used elsewhere in the text."""

from __future__ import annotations

import re

from evergreen.markdown.code import CODE_LINES
from evergreen.markdown.grammar import BLANK_CHARS, INDENT
from evergreen.markdown.parse_state import Container, LinkDefinition
from evergreen.markdown.tree import Element
from evergreen.regex import regex


def link_definition(c: Container) -> bool:
    """Parse `[id]: url "title"`; the title may be on the next line, the space may be missing."""
    match = c.match(_LINK)
    if not match:
        return False
    found = _in_angles(c, match) or _target(c, match)
    if not found:
        return False
    url, title, end = found
    mark = c.add(Element("mark", c.current_line(), model="link"))
    c.pos = end
    c.state.links[link_id(match[1])] = LinkDefinition(url, title, mark)
    c.state.urls.add((mark.line, url))
    return True


def link_id(text: str) -> str:
    """Return the normalized id of a definition; case and amount of white space do not count."""
    return _SPACES.sub(" ", text).lower()


def footnote_definition(c: Container) -> bool:
    """Parse `[^name]: text`, with the indented lines below it."""
    match = c.match(_FOOTNOTE)
    if not match:
        return False
    line = c.current_line()
    note = Element("footnote", line, name=match[1])
    c.pos = match.end()
    c.read(note, re.sub(rf"(?m)^{INDENT}", "", match[2]), line)
    c.add(Element("mark", line, model="footnote"))
    c.state.footnotes[match[1]] = note
    return True


def abbreviation_definition(c: Container) -> bool:
    """Parse `*[HTML]: HyperText Markup Language`."""
    match = c.match(_ABBREVIATION)
    if match:
        mark = Element("mark", c.current_line(), match[2].strip(BLANK_CHARS), model="abbreviation")
        c.state.abbreviations[match[1]] = c.add(mark)
        c.pos = match.end()
    return match is not None


def _in_angles(c: Container, match: re.Match[str]) -> tuple[str, str, int] | None:
    angles = _ANGLES.match(c.text, match.end(), c.text.find("\n", match.end()) + 1)
    if not angles:
        return None
    if angles[2]:
        return angles[1], angles[3], angles.end()
    return (angles[1], *_title_below(c, angles.end()))


def _target(c: Container, match: re.Match[str]) -> tuple[str, str, int] | None:
    end = c.text.find("\n", match.end())
    rest = c.text[match.end() : end].rstrip(BLANK_CHARS)
    if not rest:
        return None
    quote = _TITLE_START.search(rest)
    if not quote:
        return (rest, *_title_below(c, end + 1))
    title = rest[quote.end() : -1]
    if not rest.endswith(quote[1]) or not title:
        return None
    return rest[: quote.start()], title, end + 1


def _title_below(c: Container, start: int) -> tuple[str, int]:
    match = _TITLE_LINE.match(c.text, start)
    return (match[2], match.end()) if match else ("", start)


_SPACES = regex(r"[ \t\r\n\f\v]+")
_LINK = regex(r" {0,3}\[([^\n\]]+)\]:[ \t]*")
_ANGLES = regex(r"""<([^\n>]*)>(?:[ \t]+(["'])(.+)\2)?[ \t\r]*\n""")
_TITLE_START = regex(r"""(?<=[^ \t])[ \t]+(["'])""")
_TITLE_LINE = regex(r"""[ \t]*(["'])(.+)\1[ \t\r]*\n""")
_FOOTNOTE = regex(rf" {{0,3}}\[\^(\w[\w-]*)\]:((?:.*\n){CODE_LINES})")
_ABBREVIATION = regex(r" {0,3}\*\[(.+?)\]:(.*)\n")
