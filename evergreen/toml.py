"""Read TOML; what is wrong is explained in an author's words instead of the parser's."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

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
_WIDE = dict(zip("“”‘’＂＇「」＝：，、［］【】｛｝＃．", '""\'\'"\'""==,,[][]{}#.', strict=True))
"""Characters of Chinese and Japanese keyboards → those that TOML knows."""


class TomlError(ValueError):
    """A text is not TOML. Line and column are from 1; 0 where the place is not known."""

    def __init__(self, message: str, advice: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"{message}: {advice}")
        self.message, self.advice = message, advice
        self.line, self.column = line, column


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file. Raises TomlError; FileNotFoundError if there is none."""
    try:
        return parse_toml(path.read_text("utf-8"))
    except FileNotFoundError:
        raise
    except UnicodeDecodeError as error:
        raise TomlError(f"byte {error.start} is not UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise TomlError(f"cannot be read: {error.strerror}", "make it readable") from None


def parse_toml(text: str) -> dict[str, Any]:
    """Return the values of a text. Raises TomlError."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TomlError("values nested too deeply", "make it flat") from None
    except ValueError as error:
        raise explained(str(error), text) from None


def explained(error: str, text: str) -> TomlError:
    """Return what the parser says of a text, in an author's words."""
    message, _, place = error.partition(" (at ")
    line, column = [*map(int, re.findall(r"\d+", place)), len(text.splitlines()), 0][:2]
    if wide := _wide_at(text, line, column):
        message = f"the character '{wide}' is a wide one"
        advice = f"write {_WIDE[wide]}"
    elif "digits" in message:
        message, advice = "a number of too many digits", "write a shorter one"
    else:
        known = (said for start, said in _EXPLAINED.items() if message.startswith(start))
        message, advice = next(known, (message, "see https://toml.io"))
    return TomlError(message, advice, line, column)


def _wide_at(text: str, line: int, column: int) -> str:
    """Return the wide character at a place, at which the parser stopped; "" for any other."""
    shown = text.splitlines()[line - 1 : line] or [""]
    found = shown[0][column - 1 : column] if column else ""
    return found if found in _WIDE else ""
