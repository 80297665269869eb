"""A front matter that is not valid YAML: what can be read of it.

Jekyll says so at its terminal and makes the page without any of the values. Here each key counts
whose own lines are valid; the value of another one is the text behind its colon.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from evergreen.content.yaml_mapping import MappingError, read_mapping
from evergreen.regex import regex

_KEY = regex(r"([\w][\w .-]*?)[ \t]*:(?:[ \t]+(.*?))?[ \t]*")
"""The first line of a key at the left margin."""
_QUOTES = "\"'"


def repair(text: str) -> str:
    """Return valid YAML with as many lines, and the same keys on them."""
    repaired = "".join(map(_repaired, _parts(text)))
    return repaired if _is_valid(repaired) else _commented(text.splitlines(keepends=True))


def _parts(text: str) -> Iterator[list[str]]:
    """Yield the lines of each key, and those before the first."""
    part: list[str] = []
    for line in text.splitlines(keepends=True):
        if _KEY.fullmatch(line.rstrip("\n")) and part:
            yield part
            part = []
        part.append(line)
    yield part


def _repaired(part: list[str]) -> str:
    source = "".join(part)
    if _is_valid(source):
        return source
    spaced = source.replace("\t", "  ")
    if _is_valid(spaced):
        return spaced
    found = _KEY.fullmatch(part[0].rstrip("\n")) if part else None
    if not found:
        return _commented(part)
    value = found[2] or ""
    if value[:1] in _QUOTES and value.count(value[:1]) == 1:
        value = value[1:]  # a quotation mark that is not closed
    return f"{found[1]}: {json.dumps(value, ensure_ascii=False)}\n{_commented(part[1:])}"


def _commented(lines: list[str]) -> str:
    return "".join(f"# {line}" for line in lines)


def _is_valid(text: str) -> bool:
    try:
        read_mapping(text, allow_duplicates=True)
    except MappingError:
        return False
    return True
