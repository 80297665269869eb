"""Split a source file into its front matter, with the line of each key, and its body.

The grammar is Jekyll's: a first line of three hyphens, YAML, and a closing line of three hyphens
(or three dots).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from evergreen.content.yaml_mapping import CONTROL, MappingError, index_of, read_mapping
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem, fault, place_in
from evergreen.model import Output
from evergreen.model.post import CellForm
from evergreen.regex import regex

MAX_BYTES = 10_000_000
_SEPARATORS = {0x2028: " ", 0x2029: " "}
"""Line separators for YAML, but not for editors: replaced to keep line numbers right."""
_OPENING = regex(r"---[ \t]*(\n|$)")
_CLOSING = regex(r"^(---|\.\.\.)[ \t]*(\n|\Z)", re.M)
_MISPLACED = regex(r"(?:[ \t]*\n)*([ \t]*(?:-{3,}|\+\+\+))[ \t]*\n")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Front matter of one file, or a mapping inside it."""

    path: str
    values: Mapping[str, Any]
    lines: Mapping[str, int]
    """Line in the file of each top-level key."""
    body: str
    """The text after the front matter; lines end with \\n."""
    body_line: int
    """Line in the file where `body` begins, from 1."""
    found: bool
    """False if the file has no front matter: then `values` is empty and `body` is the whole text.
    """
    text: str = ""
    """The YAML source."""
    keys: tuple[str | int, ...] = ()
    """Path of `values` inside the front matter; empty for the whole."""
    origin: tuple[int, ...] = ()
    """Line in the file of each line of `body`; empty if they are consecutive."""
    cell_form: CellForm = "fence"
    """Which code blocks run."""
    parts: tuple[int, ...] = ()
    """Lines of `body`, from 1, at which documents of their own begin; () for one document."""
    stored: Mapping[int, tuple[Output, ...]] = field(default_factory=dict)
    """Outputs stored in the file, by the line of their cell."""
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    """Files stored in the file, by their paths in the site."""
    warnings: tuple[Problem, ...] = ()
    """What is not valid in it, where that is not an error."""

    def part(self, key: str, *rest: str | int) -> FrontMatter:
        """Return the mapping at a key, or at an index of the list at a key."""
        values = self.values[key]
        for each in rest:
            values = values[each]
        return replace(self, values=values, keys=(*self.keys, key, *rest))

    def fault(self, key: str, message: str, advice: str) -> EvergreenError:
        """Return an error at the value of a key; at the mapping itself if the key is missing."""
        if not self.keys and key not in self.values:
            return fault(self.path, message, advice, line=1)
        return _fault(self.path, self.text, index_of(self.text, (*self.keys, key)), message, advice)


def read_front_matter(path: str, source: bytes, *, as_jekyll: bool = False) -> FrontMatter:
    """Split and parse one file.

    Raises EvergreenError at the line of the problem; `as_jekyll` accepts duplicate keys, takes a
    front matter without an end for text, and reads of invalid YAML what it can, with a warning.
    """
    text = decode(path, source)
    if not _OPENING.match(text):
        return FrontMatter(path, {}, {}, text, 1, False)
    start = text.find("\n") + 1
    end = _CLOSING.search(text, start)
    if end is None and as_jekyll:
        return FrontMatter(path, {}, {}, text, 1, False)
    if end is None:
        raise fault(path, "the front matter is not closed", "end it with a line '---'", line=1)
    front_matter = text[start : end.start()].translate(_SEPARATORS)
    warnings: tuple[Problem, ...] = ()
    try:
        values, places = read_mapping(front_matter, allow_duplicates=as_jekyll)
    except MappingError as error:
        wrong = _fault(path, front_matter, error.index, error.message, error.advice)
        if not as_jekyll:
            raise wrong from None
        from evergreen.content.jekyll.repaired_yaml import repair  # late: few posts need it

        front_matter = repair(front_matter)
        values, places = read_mapping(front_matter, allow_duplicates=True)
        warnings = tuple(replace(each, severity="warning") for each in wrong.problems)
    lines = {key: front_matter.count("\n", 0, at) + 2 for key, at in places.items()}
    body_line = text.count("\n", 0, end.end()) + 1
    body = text[end.end() :]
    return FrontMatter(path, values, lines, body, body_line, True, front_matter, warnings=warnings)


def with_title(front_matter: FrontMatter, title: str, line: int) -> FrontMatter:
    """Return the front matter with a title that is on a line of the text."""
    values = {**front_matter.values, "title": title}
    return replace(front_matter, values=values, lines={**front_matter.lines, "title": line})


def no_front_matter(path: str, text: str) -> EvergreenError:
    """Return the error for a file whose first line does not open a front matter."""
    if not text.strip():
        return fault(path, "the file is empty", "begin it with '---' lines", line=1)
    if found := _MISPLACED.match(text):
        line = text.count("\n", 0, found.start(1)) + 1
        message = "blank lines before the front matter"
        if found[1] != "---":
            message = f"the front matter opens with {found[1]!r}"
        return fault(path, message, "begin the file with a line '---'", line=line)
    return fault(path, "no front matter", "begin the file with '---' lines", line=1)


def decode(path: str, source: bytes) -> str:
    """Decode a source file: UTF-8, without byte order mark, lines end with \\n.

    Raises EvergreenError at the first byte that is not UTF-8, or at a control character.
    """
    if len(source) > MAX_BYTES:
        raise too_large(path, len(source))
    if source[:2] in (b"\xff\xfe", b"\xfe\xff") or 0 in source[:2]:
        raise fault(path, "the file is UTF-16", "save it as UTF-8", line=1)
    try:
        text = source.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError:
        raise _not_utf8(path, source) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if control := CONTROL.search(text):
        line, column = place_in(text, control.start())
        message = f"a control character (U+{ord(control[0]):04X})"
        raise fault(path, message, "remove it", line=line, column=column)
    return text


def too_large(path: str, size: int) -> EvergreenError:
    """Return the error for a file of that many bytes."""
    advice = f"a post may have {MAX_BYTES // 1_000_000} MB: move its data to a file beside it"
    return fault(path, f"the file has {size // 1_000_000} MB", advice)


def _not_utf8(path: str, source: bytes) -> EvergreenError:
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start
    line = source.count(b"\n", 0, at) + 1
    column = len(source[source.rfind(b"\n", 0, at) + 1 : at].decode("utf-8")) + 1
    message = f"byte {at} (0x{source[at]:02x}) is not UTF-8"
    return fault(path, message, "save the file as UTF-8", line=line, column=column)


def _fault(path: str, front_matter: str, index: int, message: str, advice: str) -> EvergreenError:
    """Return an error in the YAML, which begins on line 2 of the file."""
    line, column = place_in(front_matter, index)
    return fault(path, message, advice, line=line + 1, column=column)
