"""The head of a notebook: its title, which is its first heading, and fastpages' first cell

# Title
> Summary

- toc: true
- categories: [jupyter]
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evergreen.content.formats.text import FoundHeading, first_heading, is_blank, plain_text
from evergreen.content.yaml_mapping import MappingError, read_mapping
from evergreen.regex import regex

MAX_CELLS = 6
"""Number of cells at the beginning of which one may have the title."""


def find_title(cells: Sequence[Sequence[str] | None]) -> tuple[int, FoundHeading] | None:
    """Return the heading that is a notebook's title, and the index of its cell.

    It is the first heading in the first text cells, after badges, licences and code; one of a lower
    level only where no text is above it, and none of the first level is right below it, as below
    `##### Copyright`. `cells` are the lines of each cell, None for code.
    """
    has_text = False
    lower: tuple[int, FoundHeading] | None = None
    for index, lines in enumerate(cells[:MAX_CELLS]):
        start = 0
        while lines is not None and (heading := first_heading(lines, start)):
            has_text |= not all(map(is_blank, lines[start : heading.start]))
            if heading.level == 1 and not (lower and has_text):
                return index, heading
            if has_text:
                return lower
            lower, start = lower or (index, heading), heading.start + heading.count
        has_text |= lines is not None and not all(map(is_blank, lines[start:]))
    return lower


def read_fastpages(lines: Sequence[str]) -> tuple[dict[str, tuple[Any, int]], int] | None:
    """Return the keys in fastpages' first cell, each with the index of its line, and the number of
    lines of that head; None if the cell is not of that form. A text may follow, below keys that
    only fastpages has."""
    found: dict[str, tuple[Any, int]] = {}
    end = len(lines)
    for index, line in enumerate(lines):
        if not line.strip() or _COMMENT.fullmatch(line):
            continue
        if match := _TITLE.fullmatch(line):
            found.setdefault("title", (_unquoted(plain_text(match[1])), index))
        elif match := _SUMMARY.fullmatch(line):
            found.setdefault("description", (_unquoted(plain_text(match[1])), index))
        elif match := _KEY.fullmatch(line):
            if match[1] not in _UNUSED and (value := _value(match)) is not None:
                found[match[1]] = (value, index)
        else:
            end = index
            break
    keys = {match[1] for line in lines[:end] if (match := _KEY.fullmatch(line))}
    is_head = bool(keys if end == len(lines) else keys & _OF_FASTPAGES)
    return (found, end) if is_head and "title" in found else None


def is_hidden(lines: Sequence[str]) -> bool:
    """True for a text that fastpages leaves out: `#hide` is its first line."""
    first = next((line for line in lines if line.strip()), "")
    return _HIDE.fullmatch(first) is not None


def translate_fastpages(line: str) -> str:
    """Convert fastpages' syntax in a line of text: call-outs, videos, footnotes."""
    if found := _CALLOUT.fullmatch(line):
        kind, text = found[1].lower(), found[2]
        return f'<div class="callout-{kind}" markdown="span">**{found[1]}:** {text}</div>'
    if found := _VIDEO.fullmatch(line):
        return f"<{found[1]}>"
    line = _DETAIL.sub(r"[^fn-\2]: \1", line)
    return _FOOTNOTE.sub(r"[^fn-\1]", line)


def _value(match: re.Match[str]) -> Any:
    try:
        values: Mapping[Any, Any] = read_mapping(f"{match[1]}: {match[2]}")[0]
    except MappingError:
        return match[2]
    return values.get(match[1])


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


_TITLE = regex(r" {0,3}#[ \t]+(.+?)[ \t]*")
_SUMMARY = regex(r" {0,3}>[ \t]*(.+?)[ \t]*")
_KEY = regex(r" {0,3}[-*][ \t]+([a-z][a-z0-9_-]*):[ \t]*(.*?)[ \t]*")
_HIDE = regex(r"[ \t]*#[ \t]*hide[ \t]*")
_COMMENT = regex(r"[ \t]*<!--.*-->[ \t]*")
_OF_FASTPAGES = frozenset({"toc", "badges", "comments", "categories"})
_UNUSED = frozenset({"layout", "branch", "badges", "sticky_rank", "permalink", "hide"})
"""Keys for fastpages' own templates."""
_CALLOUT = regex(r"> ?(Warning|Note|Important|Tip):[ \t]*(.+)")
_VIDEO = regex(r"> ?(?:youtube|twitter):[ \t]*<?(https?://[^\s<>]+)>?[ \t]*")
_FOOTNOTE = regex(r"\{%-?\s*fn\s+([\w-]+)\s*-?%\}")
_DETAIL = regex(r"\{\{\s*[\"'](.+?)[\"']\s*\|\s*fndetail:\s*([\w-]+)\s*\}\}")
