"""Split a text into Liquid tags, outputs and text, in linear time.

In a Jekyll blog everything is Liquid, code too. In a blog of ours a text is mainly prose: a tag is
Liquid if it is outside code and formulas, has a name that Jekyll knows, and reads variables of the
blog or ones that Liquid itself has set. Python's and LaTeX's `{{`, and the syntax of other template
languages, are kept as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import field

from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG, Token

from evergreen.dataclass import dataclass
from evergreen.regex import regex

_START = regex(r"\{[{%]")
_NAME = regex(r"#|[^\W\d]\w*")
_ENDS = {name: regex(rf"\{{%-?\s*end{name}\s*(-?)%\}}") for name in ("raw", "comment", "highlight")}
_STRING = regex(r"\"[^\"]*\"|'[^']*'")
_ROOT = regex(r"(?<![\w.\[-])([^\W\d][\w-]*)")
_SETTING = regex(r"[^\W\d][\w-]*")
_WORDS = {"and", "or", "contains", "in", "true", "false", "nil", "null", "empty", "blank"}
_BLOG = {"site", "page", "include", "jekyll", "forloop", "layout"}
ASKING = {"if", "unless", "for", "case", "tablerow", "elsif", "when", "cycle"}
_SETS = {"assign", "capture", "for", "tablerow", "increment", "decrement"}
_PARTS = {"else", "elsif", "when", "break", "continue"}
MAX_LENGTH = 20_000
"""Characters of one tag."""
MAX_TAGS = 20_000
"""Tags and outputs of one text."""
TOO_MANY = "tags"


class UnclosedTag(Exception):
    """A tag, an output or a block is not closed, or there are too many; `index` is its position."""

    def __init__(self, index: int, what: str) -> None:
        super().__init__(what)
        self.index, self.what = index, what


@dataclass(slots=True)
class Prose:
    """Rules for what is Liquid in a text that is mainly prose."""

    known: frozenset[str]
    """Names of known tags and of their end tags."""
    is_code: Callable[[int], bool]
    """True for an index inside code or a formula."""
    names: set[str] = field(default_factory=set)
    """Variables that the text has set so far."""
    open: list[tuple[str, bool]] = field(default_factory=list)
    """Open blocks: (name, True if it is Liquid)."""
    unknown: list[tuple[int, str]] = field(default_factory=list)
    """Tags that look like Liquid and are kept as text: (index, name)."""

    def is_liquid_output(self, index: int, inner: str) -> bool:
        """True if `{{ inner }}` is Liquid."""
        if self.is_code(index):
            return False
        return inner[:1] in ("'", '"') or self._reads_blog(inner)

    def is_liquid_tag(self, index: int, name: str, inner: str) -> bool:
        """True if a tag is Liquid. To be called once per tag, in order."""
        if self.is_code(index):
            return False
        if name.startswith("end") or name in _PARTS:
            return self._is_liquid_part(name, index)
        if name not in self.known:
            self.unknown.append((index, name))
            return False
        taken = name not in ASKING or self._reads_blog(inner) or not self._roots(inner)
        taken = taken and not (name == "include" and inner[:1] in ("'", '"'))
        if taken and name in _SETS and (found := _SETTING.match(inner)):
            self.names.add(found[0])
        if f"end{name}" in self.known:
            self.open.append((name, taken))
        if not taken:
            self.unknown.append((index, name))
        return taken

    def _is_liquid_part(self, name: str, index: int) -> bool:
        if not self.open:
            self.unknown.append((index, name))
            return False
        opened, taken = self.open[-1]
        if name == f"end{opened}":
            self.open.pop()
        return taken

    def _reads_blog(self, inner: str) -> bool:
        return not self._roots(inner).isdisjoint(_BLOG | self.names)

    def _roots(self, inner: str) -> set[str]:
        """Return the first names of the paths in an expression, without its filters."""
        text = _STRING.sub('""', inner).split("|")[0]
        return set(_ROOT.findall(text)) - _WORDS


def read_tokens(source: str, prose: Prose | None = None) -> Iterator[Token]:
    """Yield the tokens for python-liquid's parser. Raises UnclosedTag."""
    splitter = _Splitter(source)
    place = count = 0
    while found := _START.search(source, place):
        start = found.start()
        is_tag = source[start + 1] == "%"
        end = splitter.end_of("%}" if is_tag else "}}", start + 2)
        if end < 0 or end - start > MAX_LENGTH:
            if prose is None:
                raise UnclosedTag(start, source[start : start + 2])
            place = start + 2
            continue
        piece = _Piece.of(source, start, end)
        if prose and not piece.is_taken(prose):
            place = start + 2
            continue
        count += 1
        if count > MAX_TAGS:
            raise UnclosedTag(start, TOO_MANY)
        yield from splitter.text(start, piece.strips_before)
        splitter.place, splitter.strips = end, piece.strips_after
        yield from _piece_tokens(splitter, piece, prose is not None)
        place = splitter.place
    yield from splitter.text(len(source), strips=False)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A tag or an output."""

    start: int
    name: str
    """Name of the tag; "" for an output."""
    inner: str
    """The rest, without surrounding space."""
    place: int
    """Index of `inner`."""
    strips_before: bool
    strips_after: bool
    is_tag: bool

    @staticmethod
    def of(source: str, start: int, end: int) -> _Piece:
        whole = source[start + 2 : end - 2]
        before, after = whole.startswith("-"), len(whole) > 1 and whole.endswith("-")
        inner = whole[before : len(whole) - after].rstrip()
        is_tag = source[start + 1] == "%"
        name = _NAME.match(inner.lstrip()) if is_tag else None
        rest = inner.lstrip()[len(name[0]) if name else 0 :].lstrip()
        place = start + 2 + before + len(inner) - len(rest)
        return _Piece(start, name[0] if name else "", rest, place, before, after, is_tag)

    def is_taken(self, prose: Prose) -> bool:
        """True if it is Liquid."""
        if self.is_tag:
            return prose.is_liquid_tag(self.start, self.name, self.inner)
        return prose.is_liquid_output(self.start, self.inner)


def _piece_tokens(splitter: _Splitter, piece: _Piece, in_prose: bool) -> Iterator[Token]:
    if not piece.is_tag:
        yield Token(TOKEN_OUTPUT, piece.inner, piece.start, splitter.source)
        yield Token(TOKEN_EXPRESSION, piece.inner, piece.place, splitter.source)
    elif piece.name in ("raw", "comment"):
        end = splitter.end_of_block(piece.name, piece.start)
        if piece.name == "raw":
            yield from splitter.text(end.start(), strips=False)
        splitter.place, splitter.strips = end.end(), bool(end[1])
    elif piece.name != "#":
        yield Token(TOKEN_TAG, piece.name, piece.start, splitter.source)
        if piece.inner:
            yield Token(TOKEN_EXPRESSION, piece.inner, piece.place, splitter.source)
        if piece.name == "highlight" and in_prose:
            yield from splitter.text(
                splitter.end_of_block("highlight", piece.start).start(), strips=False
            )


@dataclass(slots=True)
class _Splitter:
    """Progress of splitting a text."""

    source: str
    place: int = 0
    strips: bool = False
    """True if the last tag removes the space after it."""
    missing: dict[str, int] = field(default_factory=dict)
    """Index from which a mark does not occur any more, so that each is searched for once."""

    def end_of(self, mark: str, start: int) -> int:
        """Return the index after the next mark; -1 if there is none."""
        if start >= self.missing.get(mark, len(self.source) + 1):
            return -1
        at = self.source.find(mark, start)
        if at < 0:
            self.missing[mark] = start
            return -1
        return at + len(mark)

    def end_of_block(self, name: str, start: int) -> re.Match[str]:
        """Find the end tag of a block whose content is not Liquid. Raises UnclosedTag."""
        if name not in self.missing and (found := _ENDS[name].search(self.source, self.place)):
            return found
        raise UnclosedTag(start, name)

    def text(self, end: int, strips: bool) -> Iterator[Token]:
        """Yield the text up to `end` as one token; `strips`: without the space at its end."""
        start, value = self.place, self.source[self.place : end]
        self.place = end
        if self.strips:
            value = value.lstrip()
            start = end - len(value)
        self.strips = False
        if strips:
            value = value.rstrip()
        if value:
            yield Token(TOKEN_CONTENT, value, start, self.source)
