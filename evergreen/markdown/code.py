"""Code blocks, fenced or indented, and what a document exposes of its code."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import field
from itertools import accumulate

from evergreen.dataclass import dataclass
from evergreen.markdown.code_display import read_display, read_tag_display, with_numbers
from evergreen.markdown.grammar import ATTRIBUTES_LINE, BLOCK_TAG, CODE_INDENT, END_OF_BLOCK, INDENT
from evergreen.markdown.parse_state import Container
from evergreen.markdown.tree import Element
from evergreen.model.code_display import CodeDisplay
from evergreen.regex import regex

UNCLOSED_CODE = "the code block is not closed"


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes that attribute lists gave to an element."""

    classes: tuple[str, ...] = ()
    id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """The other keys."""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A code block of the text, in any container."""

    line: int
    """Line of the opening fence, or of the first line of an indented block; from 1."""
    source_line: int
    """Line of the first line of code."""
    info: str
    """The info string as written, "" if none: `python`, `{.python .noeval}`."""
    attributes: Attributes
    source: str
    """The code without the prefixes of its containers, with its tabs, without a final newline."""
    fenced: bool
    notes: str = ""
    """Prefix of the ids of its notes, in the list below it; "" without any."""

    @property
    def language(self) -> str:
        """Return the language from the info string, else from a class `language-…`, else ""."""
        named = (name[9:] for name in self.attributes.classes if name.startswith("language-"))
        return language_of(self.info) or next(named, "")

    @property
    def display(self) -> CodeDisplay:
        """Return how the block is shown."""
        return read_display(self.info, self.outer, CodeDisplay(notes=self.notes))

    def display_as_html(self, line_numbers: int) -> CodeDisplay:
        """Return how the block is shown where its attributes are HTML's, in a text that numbers
        lines from `line_numbers`, unless that is 0.
        """
        display = read_tag_display(self.outer)
        return with_numbers(display, self.language, self.attributes.classes, line_numbers)

    @property
    def outer(self) -> dict[str, str]:
        """Return the attributes of the outermost HTML element."""
        classes = (name for name in self.attributes.classes if not name.startswith("language-"))
        named = {"class": " ".join(classes), "id": self.attributes.id}
        return {**{key: value for key, value in named.items() if value}, **self.attributes.values}


@dataclass(frozen=True, slots=True)
class CodeSpan:
    """Code within a line."""

    line: int
    """Line of the first backtick, from 1."""
    source: str


def fenced_code(c: Container) -> bool:
    """Parse code between two lines of three or more backticks or tildes, the closing one at least
    as long. An unclosed fence is reported as a problem and parsed as text; in a notebook it ends
    with its cell, in MyST with the text."""
    match = c.match(_FENCE)
    if not match:
        return False
    run, info = match[1], match[2].strip()
    if "`" in info and _SPACED.search(info):
        return False
    closing = _closing(c, match.end(), run, info)
    if closing is None and c.state.is_commonmark and "`" not in info:
        closing = _END.search(c.text)
    if closing is None:
        if "`" not in info:
            c.report(f"{UNCLOSED_CODE}: close it with a line of {run}", written=run)
        return False
    source = c.text[match.end() : closing.start()]
    info = info.lstrip("`~")
    c.add(
        Element("codeblock", c.current_line(), source.removesuffix("\n"), name=info, model="fenced")
    )
    c.pos = closing.end()
    return True


def indented_code(c: Container) -> bool:
    """Parse indented lines, with the blank lines between them. As in kramdown, an unindented line
    directly below continues the last one, but not in files of other tools."""
    indent = INDENT if c.match(_INDENT) else CODE_INDENT
    if c.state.is_commonmark:
        match = c.consume(_ALL_INDENTED)
    else:
        match = c.consume(_INDENTED if indent == INDENT else _TABBED)
    if not match:
        return False
    start = c.pos
    c.pos = match.start()
    line = c.current_line()
    c.pos = start
    source = re.sub(r"\n( {0,3}[^ \t\r\n\f\v])", r" \1", match[0])
    source = re.sub(rf"(?m)^{indent}", "", source)
    c.add(Element("codeblock", line, source.removesuffix("\n")))
    return True


def code_block(block: Element) -> CodeBlock:
    """Convert a `codeblock` element."""
    fenced = block.model.startswith("fenced")
    values = {key: value for key, value in block.attributes.items() if key not in ("class", "id")}
    attributes = Attributes(
        tuple(block.attributes.get("class", "").split()),
        block.attributes.get("id", ""),
        values,
    )
    return CodeBlock(
        block.line,
        block.line + fenced,
        block.name,
        attributes,
        block.source,
        fenced,
        block.model.removeprefix("fenced").strip(),
    )


def language_of(info: str) -> str:
    """Return the language in an info string, or "": `python` for `python`, `{python}`,
    `{.python .x}`, `{python, echo=false}`, `python title="x"`, `python?opts`."""
    match = _LANGUAGE.match(info)
    return match[1] if match else ""


def _closing(c: Container, start: int, run: str, info: str) -> re.Match[str] | None:
    """Return the closing fence. As in kramdown, a shorter one counts if no fence of full length
    follows and the info string has no space."""
    if run[0] not in c.fence_ends:
        c.fence_ends[run[0]] = _FenceEnds.of(c.text, run[0])
    ends: _FenceEnds = c.fence_ends[run[0]]
    at = bisect_left(ends.places, start)
    longest = ends.longest[at]
    if longest < len(run) and (not longest or _SPACED.search(info)):
        return None
    while len(ends.matches[at][1]) < min(longest, len(run)):
        at += 1
    return ends.matches[at]


@dataclass(frozen=True, slots=True)
class _FenceEnds:
    """The lines of a container that can close a fence of one character."""

    matches: list[re.Match[str]]
    places: list[int]
    longest: list[int]
    """For each line, the longest run in it and below; then 0."""

    @staticmethod
    def of(text: str, char: str) -> _FenceEnds:
        matches = list(_CLOSING[char].finditer(text))
        lengths = accumulate((len(match[1]) for match in reversed(matches)), max, initial=0)
        return _FenceEnds(matches, [match.start() for match in matches], [*lengths][::-1])


CODE_LINES = (
    rf"(?:(?:[ \t\r\f\v]*\n)*+(?:{INDENT}[ \t]*[^ \t\r\n\f\v].*\n)++"
    rf"(?:(?!{ATTRIBUTES_LINE}|{END_OF_BLOCK}| {{0,3}}{BLOCK_TAG})[ \t]*[^ \t\r\n\f\v].*\n)*+)*"
)
_INDENTED = regex(CODE_LINES)
_TABBED = regex(CODE_LINES.replace(INDENT, CODE_INDENT))
_ALL_INDENTED = regex(
    rf"(?:{CODE_INDENT}[^\n]*\S[^\n]*\n)(?:(?:[ \t\r\f\v]*\n)*{CODE_INDENT}[^\n]*\S[^\n]*\n)*"
)
_INDENT = regex(INDENT)
_FENCE = regex(r" {0,3}(`{3,}|~{3,})(.*)\n")
_CLOSING = {char: regex(rf"^ {{0,3}}({char}{{3,}})[ \t\r\f\v]*\n", re.MULTILINE) for char in "`~"}
_END = regex(r"\Z")
_SPACED = regex(r"[ \t]")
_LANGUAGE = regex(r"\{?[ \t]*(?:#[^\s{}]*[ \t]*)?[.=]?([^\s{}.,=?][^\s{},?=]*)(?!=)")
