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
    level only where no text is above it. `cells` are the lines of each cell, None for code.
    """
    has_text = False
    for index, lines in enumerate(cells[:MAX_CELLS]):
        if lines is None:
            continue
        if heading := first_heading(lines):
            has_text |= not all(map(is_blank, lines[: heading.start]))
            return (index, heading) if heading.level == 1 or not has_text else None
        has_text |= not all(map(is_blank, lines))
    return None


def read_fastpages(lines: Sequence[str]) -> dict[str, tuple[Any, int]] | None:
    """Return the keys in fastpages' first cell, each with the index of its line; None if the cell
    is not of that form."""
    found: dict[str, tuple[Any, int]] = {}
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        if match := _TITLE.fullmatch(line):
            found.setdefault("title", (_unquoted(plain_text(match[1])), index))
        elif match := _SUMMARY.fullmatch(line):
            found.setdefault("description", (_unquoted(plain_text(match[1])), index))
        elif match := _KEY.fullmatch(line):
            if match[1] not in _UNUSED and (value := _value(match)) is not None:
                found[match[1]] = (value, index)
        else:
            return None
    has_keys = any(_KEY.fullmatch(line) for line in lines)
    return found if has_keys and "title" in found else None


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
_KEY = regex(r" {0,3}[-*][ \t]+([a-z][a-z_-]*):[ \t]*(.*?)[ \t]*")
_UNUSED = frozenset({"layout", "branch", "badges", "sticky_rank", "permalink", "hide"})
"""Keys for fastpages' own templates."""
_CALLOUT = regex(r"> ?(Warning|Note|Important|Tip):[ \t]*(.+)")
_VIDEO = regex(r"> ?(?:youtube|twitter):[ \t]*<?(https?://[^\s<>]+)>?[ \t]*")
_FOOTNOTE = regex(r"\{%-?\s*fn\s+([\w-]+)\s*-?%\}")
_DETAIL = regex(r"\{\{\s*[\"'](.+?)[\"']\s*\|\s*fndetail:\s*([\w-]+)\s*\}\}")
