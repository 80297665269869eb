"""What is wrong in a TOML file, in an author's words instead of the parser's."""

from __future__ import annotations

import re
from typing import NamedTuple

_CLOSE = "a text is not closed", "end it with the quote that begins it, on the same line"
_EXPLAINED = {
    "Illegal character '\\n'": _CLOSE,
    "Found invalid character": _CLOSE,
    "Unterminated string": _CLOSE,
    "Expected \"'": _CLOSE,
    "Invalid value": ("not a valid value", 'write text in quotes, and "true" or "false" without'),
    "Cannot overwrite a value": ("a key is set twice", "remove one of the two"),
    "Duplicate inline table key": ("a key is set twice", "remove one of the two"),
    "Cannot declare": ("a table is declared twice", "join the two"),
    "Expected '=' after": ("no '=' after the key", "write key = value"),
    "Expected newline": ("more text after the value", "one setting a line, and text in quotes"),
    "Unclosed array": ("a list is not closed", "end it with ']', and put commas between values"),
    "Unclosed inline table": ("a table is not closed", "end it with '}' on the same line"),
    "Unescaped '\\'": ("a backslash between double quotes", "write \\\\, or use single quotes"),
    "Invalid statement": ("not a setting", "write key = value, and keys beyond a-z in quotes"),
    "Expected ']'": ("a table's name is not closed", "end it with ']'"),
}
"""Message and advice by the beginning of the parser's message."""


class TomlError(NamedTuple):
    """A place in a TOML text, 0 where it is not known, with what is wrong there."""

    line: int
    column: int
    message: str
    advice: str


def explain_toml(error: Exception, text: str) -> TomlError:
    """Explain what `tomllib` raised for a text."""
    if isinstance(error, RecursionError):
        return TomlError(0, 0, "values nested too deeply", "make it flat")
    message, _, place = str(error).partition(" (at ")
    line, column = [*map(int, re.findall(r"\d+", place)), len(text.splitlines()), 0][:2]
    if "digits" in message:
        return TomlError(line, column, "a number of too many digits", "write a shorter one")
    found = (said for start, said in _EXPLAINED.items() if message.startswith(start))
    return TomlError(line, column, *next(found, (message, "see https://toml.io")))
