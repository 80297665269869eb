"""Code blocks: between fences, or indented by four spaces or a TAB."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate

from evergreen.markdown.grammar import ATTRIBUTES_LINE, BLOCK_TAG, END_OF_BLOCK, INDENT
from evergreen.markdown.reading import Container
from evergreen.markdown.tree import Element


def fenced_code(c: Container) -> bool:
    """Between lines of three or more backticks or tildes, the second at least as long. Without
    that second line it is no code block, and the document has a problem."""
    match = c.check(_FENCE)
    if not match:
        return False
    run, info = match[1], match[2].strip()
    if "`" in info and _SPACED.search(info):
        return False
    closing = _closing(c, match.end(), run, info)
    if closing is None:
        if "`" not in info:
            c.report(f"the code block has no end: close it with a line of {run}")
        return False
    source = c.text[match.end() : closing.start()]
    info = info.lstrip("`~")
    c.add(Element("codeblock", c.here(), source.removesuffix("\n"), name=info, model="fenced"))
    c.pos = closing.end()
    return True


def indented_code(c: Container) -> bool:
    """Indented lines, with the blank lines between them; a line below that is not indented goes on
    with the last one, as kramdown has it."""
    match = c.take(_INDENTED)
    if not match:
        return False
    start = c.pos
    c.pos = match.start()
    line = c.here()
    c.pos = start
    source = re.sub(r"\n( {0,3}[^ \t\r\n\f\v])", r" \1", match[0])
    source = re.sub(rf"(?m)^{INDENT}", "", source)
    c.add(Element("codeblock", line, source.removesuffix("\n")))
    return True


def language_of(info: str) -> str:
    """The language that an info string names: `python` of `python`, `{python}`, `{.python .x}`,
    `{python, echo=false}`, `python title="x"`, `python?opts`; "" where it names none."""
    match = _LANGUAGE.match(info)
    return match[1] if match else ""


def _closing(c: Container, start: int, run: str, info: str) -> re.Match[str] | None:
    """The fence's end. As in kramdown, a fence may be closed by a shorter one where none of its
    length follows and no space stands in its info string."""
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
    """The lines of a container that may close a fence of one character."""

    matches: list[re.Match[str]]
    places: list[int]
    longest: list[int]
    """For each line the longest run in it and below, then 0."""

    @staticmethod
    def of(text: str, char: str) -> _FenceEnds:
        matches = list(_CLOSING[char].finditer(text))
        lengths = accumulate((len(match[1]) for match in reversed(matches)), max, initial=0)
        return _FenceEnds(matches, [match.start() for match in matches], [*lengths][::-1])


CODE_LINES = (
    rf"(?:(?:[ \t\r\f\v]*\n)*+(?:{INDENT}[ \t]*[^ \t\r\n\f\v].*\n)++"
    rf"(?:(?!{ATTRIBUTES_LINE}|{END_OF_BLOCK}| {{0,3}}{BLOCK_TAG})[ \t]*[^ \t\r\n\f\v].*\n)*+)*"
)
_INDENTED = re.compile(CODE_LINES)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)\n")
_CLOSING = {
    char: re.compile(rf"^ {{0,3}}({char}{{3,}})[ \t\r\f\v]*\n", re.MULTILINE) for char in "`~"
}
_SPACED = re.compile(r"[ \t]")
_LANGUAGE = re.compile(r"\{?[ \t]*[.=]?([^\s{}.,=?][^\s{},?=]*)(?!=)")
