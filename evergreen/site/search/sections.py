"""The HTML of a page → its sections: what is searched, and where it is."""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache
from html import unescape

from evergreen.dataclass import dataclass
from evergreen.regex import regex

_TAG = regex(
    r"<(?:!--.*?(?:-->|\Z)|(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?P<attributes>(?:[^>\"']++|\"[^\"]*+\"?|'[^']*+'?)*+)>?)",
    re.S,
)
_ID = regex(r"\sid\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_LEFT_OUT = regex(
    r"\sclass\s*=\s*[\"'](?:[^\"']*\s)?(?:output (?:html|latex)|footnote|reversefootnote|"
    r"math-error|chart-note)[\s\"']|\sid\s*=\s*[\"']markdown-toc[\"']"
)
_OUTPUT = regex(r"\sclass\s*=\s*[\"'](?:[^\"']*\s)?output[\s\"']")
"""What code prints is mostly numbers."""
_UNSEEN = frozenset("head math script style svg template iframe rt rp noscript textarea".split())
"""Formulas are trees of characters."""
_INLINE = frozenset(
    "a abbr b bdi bdo cite code del dfn em font i ins kbd mark q ruby rb s samp small span strong "
    "sub sup time tt u var wbr".split()
)
_PLAIN = regex(r"</?(?:b|code|em|i|strong|sub|sup)>")
"""Tags that make no difference: most of those in prose, so they are dropped at once."""
_EMPTY = frozenset("area base br col embed hr img input link meta source track wbr".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_MOST_UNCLOSED = 20
"""Of so many elements the end is looked for in vain, each time in the whole body."""


@dataclass(slots=True)
class Section:
    """A part of a page below a heading; the first has none."""

    anchor: str = ""
    """The heading's id."""
    heading: str = ""
    text: str = ""
    code: str = ""


def read_sections(body: str) -> list[Section]:
    """Return the sections of a body, in plain text. Takes linear time, whatever the body."""
    reader = _Reader(_PLAIN.sub("", body))
    reader.read()
    return reader.sections


@dataclass(slots=True)
class _Reader:
    body: str
    has_sections: bool = True
    at: int = 0
    sections: list[Section] = field(default_factory=lambda: [Section()])
    pieces: list[str] = field(default_factory=list)
    unclosed: set[str] = field(default_factory=set)
    """Names of elements that have no end behind here."""

    def read(self) -> None:
        while found := _TAG.search(self.body, self.at):
            self.pieces.append(self.body[self.at : found.start()])
            self.at = found.end()
            self._tag(found)
        self.pieces.append(self.body[self.at :])
        self.sections[-1].text = self._text()

    def _tag(self, found: re.Match[str]) -> None:
        name = (found["name"] or "").lower()
        if name and not found["end"]:
            attributes = found["attributes"]
            if name in _UNSEEN or (attributes and _LEFT_OUT.search(attributes)):
                if name not in _EMPTY:
                    self._element(name)
            elif name == "pre":
                self._code(is_output=bool(_OUTPUT.search(attributes)))
            elif name in _HEADINGS and self.has_sections:
                self._heading(name, attributes)
        if name and name not in _INLINE:
            self.pieces.append(" ")

    def _code(self, *, is_output: bool) -> None:
        inner = self._element("pre")
        if not is_output:
            self.sections[-1].code += f"{unescape(_TAG.sub('', inner)).strip()}\n"

    def _heading(self, name: str, attributes: str) -> None:
        inner = self._element(name)
        self.sections[-1].text = self._text()
        found = _ID.search(attributes)
        anchor = unescape(found[1] or found[2] or "") if found else ""
        heading = _Reader(inner, has_sections=False)
        heading.read()
        self.sections.append(Section(anchor, heading.sections[0].text))

    def _element(self, name: str) -> str:
        """Return the inside of an element that begins here, and go behind its end.

        An element without an end has nothing in it.
        """
        if name in self.unclosed or len(self.unclosed) == _MOST_UNCLOSED:
            return ""
        depth, start = 1, self.at
        for found in _edges(name).finditer(self.body, start):
            depth += -1 if found[1] else 1
            if not depth:
                self.at = found.end()
                return self.body[start : found.start()]
        self.unclosed.add(name)
        return ""

    def _text(self) -> str:
        text = " ".join(unescape("".join(self.pieces)).split())
        self.pieces.clear()
        return text


@lru_cache(maxsize=64)
def _edges(name: str) -> re.Pattern[str]:
    """Return a pattern for the beginnings and ends of an element."""
    return re.compile(rf"<(/?){re.escape(name)}(?=[\s/>])[^>]*>?", re.I)
