"""The part of a MyST document that has a label, as its lines: a directive, a formula, a section, or
any block below `(label)=`. Another document may show it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from evergreen.content.formats.myst import block_end
from evergreen.markdown.grammar import fence_after
from evergreen.regex import regex


def find_part(lines: Sequence[str], label: str) -> list[str]:
    """Return the lines of the part with a label, without the label; [] if there is none."""
    named = re.compile(_OPTION.format(re.escape(label)))
    target = f"({label})="
    for at, line in enumerate(lines):
        if label not in line:
            continue
        if line.strip() == target:
            return _below(lines, at + 1)
        if named.fullmatch(line) and (opening := _opening(lines, at)) is not None:
            end = block_end(lines, opening)
            return [*lines[opening:at], *lines[at + 1 : end]]
        if line.rstrip().endswith(f"$$ ({label})"):
            above = range(at if line.count("$$") > 1 else at - 1, -1, -1)
            start = next((n for n in above if lines[n].lstrip().startswith("$$")), at)
            return [*lines[start:at], line[: line.rindex("(")].rstrip()]
    return []


def is_cell(part: Sequence[str]) -> bool:
    """True if a part is code that runs."""
    return bool(part) and "{code-cell}" in part[0]


def bare(part: Sequence[str]) -> list[str]:
    """Return a figure of one picture as a picture, without its caption; another part as it is."""
    if not _PICTURE.search(part[0]):
        return list(part)
    options = [line for line in part[1:] if _SHOWN.match(line)]
    return [part[0].replace("{figure}", "{image}"), *options, part[-1]]


def moved(lines: Sequence[str], folder: str, bundle: str) -> list[str]:
    """Return the lines of a document in a folder with the paths of files as a post in `bundle`
    names them."""

    def one(found: re.Match[str]) -> str:
        path = posixpath.join(folder, found[2])
        return f"{found[1]}{posixpath.relpath(path, bundle or '.')}"

    return list(lines) if folder == bundle else [_PATH.sub(one, line) for line in lines]


def _opening(lines: Sequence[str], at: int) -> int | None:
    """Return the index of the line that opens the directive which has an option in a line."""
    for n in range(at - 1, -1, -1):
        if _DIRECTIVE.match(lines[n]):
            return n
        if not _ANY_OPTION.match(lines[n]):
            return None
    return None


def _below(lines: Sequence[str], at: int) -> list[str]:
    """Return the block that begins at a line, or at the next one with a text: of a heading its
    section, without a heading that is the document's title."""
    at = next((n for n in range(at, len(lines)) if lines[n].strip()), len(lines))
    if at == len(lines):
        return []
    if heading := _HEADING.match(lines[at]):
        level = len(heading[1])
        return [*lines[at + (level == 1) : at + 1], *_section(lines[at + 1 :], level)]
    end = block_end(lines, at)
    if end == at + 1:
        end = next((n for n in range(at, len(lines)) if not lines[n].strip()), len(lines))
    return list(lines[at:end])


def _section(lines: Sequence[str], level: int) -> Iterator[str]:
    """Yield the lines up to the next heading of the level or above."""
    fence = ""
    for line in lines:
        fence = fence_after(fence, line)
        heading = None if fence else _HEADING.match(line)
        if heading and len(heading[1]) <= level:
            return
        yield "" if not fence and _TARGET.fullmatch(line) else line


_PICTURE = regex(r"\{figure\}[ \t]+[^#\s]")
_SHOWN = regex(r"[ \t]*:(?:alt|width|height|align):")
_OPTION = r"[ \t]*:?(?:name|label):[ \t]*[\"']?{}[\"']?[ \t]*"
_ANY_OPTION = regex(r"[ \t]*(?::?[A-Za-z][\w-]*:|---[ \t]*\Z)")
_DIRECTIVE = regex(r"[ \t]*(?:`{3,}|~{3,}|:{3,})[ \t]*\{")
_HEADING = regex(r" {0,3}(#{1,6})[ \t]")
_TARGET = regex(r"\([^()\n]+\)=\s*")
_PATH = regex(r"(\{(?:figure|image)\}[ \t]+|!\[[^\[\]]*\]\()(?!\w+:|/|#)([^\s()#]+)")
