"""Read object literals out of scripts, which also hold code and Liquid: what is no literal is left
out."""

from __future__ import annotations

import re
from typing import Any

from evergreen.regex import regex


def object_at(text: str, start: int) -> dict[str, Any]:
    """Read the object literal whose brace is at an index: its texts, numbers, lists and objects."""
    value, _ = _value(text, start, 0)
    return value if isinstance(value, dict) else {}


def arguments_at(text: str, start: int) -> list[Any]:
    """Read the arguments of a call, from behind its parenthesis."""
    return _items(text, start, ")", 0)[0]


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    at = _space(text, at)
    if depth < _MAX_DEPTH and text.startswith("{", at):
        return _members(text, at + 1, depth + 1)
    if depth < _MAX_DEPTH and text.startswith("[", at):
        return _items(text, at + 1, "]", depth + 1)
    parts: list[str] = []
    while string := _STRING.match(text, at):
        parts.append(_unquoted(string))
        at = _space(text, string.end())
        if not text.startswith("+", at):
            return "".join(parts), at
        at = _space(text, at + 1)
    if number := _NUMBER.match(text, at):
        return int(number[0]), number.end()
    return None, at


def _members(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while key := _KEY.match(text, _space(text, at)):
        name = key[2] or _unescaped(key[1][1:-1])
        found[name], at = _value(text, key.end(), depth)
        at, closed = _next(text, at, "}")
        if closed:
            return found, at
    return found, _next(text, at, "}")[0]


def _items(text: str, at: int, end: str, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while (at := _space(text, at)) < len(text) and not text.startswith(end, at):
        value, at = _value(text, at, depth)
        found.append(value)
        at, closed = _next(text, at, end)
        if closed:
            return found, at
    return found, at + 1


def _next(text: str, at: int, end: str) -> tuple[int, bool]:
    """Skip to the next comma of this level, or to its end; return True for the end."""
    level = 0
    for found in _STRUCTURE.finditer(text, at):
        sign = found[0]
        if not level and sign in (",", end):
            return found.end(), sign == end
        level += (sign in "{[(") - (sign in "}])")
        if level < 0:
            return found.start(), True
    return len(text), True


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _unquoted(string: re.Match[str]) -> str:
    raw, quoted = string[1], string[2]
    return quoted[1:-1] if raw else _unescaped(quoted[1:-1])


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    escape = found[0]
    if escape[1] in "ux" and len(escape) > 2:
        return chr(int(escape[2:], 16))
    return "" if escape[1] == "\n" else _CONTROL.get(escape[1], escape[1])


_MAX_DEPTH = 8
_QUOTED = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`"
_STRING = regex(rf"(String\.raw)?({_QUOTED})", re.DOTALL)
_KEY = regex(rf"(?:({_QUOTED})|([\w$]+))\s*:", re.DOTALL)
_NUMBER = regex(r"\d{1,4}\b")
_SPACE = regex(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRUCTURE = regex(rf"{_QUOTED}|//[^\n]*|/\*.*?\*/|[{{}}()\[\],]", re.DOTALL)
_ESCAPE = regex(r"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
