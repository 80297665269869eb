"""site.toml → Site: every key known, typed and checked; a wrong one is named with the nearest right
one. The settings are read once, at the entry, and handed down as one frozen value.

The keys and their types are those of the dataclasses in `model`: a field is a key, a dataclass or a
mapping among the fields is a table.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from evergreen.errors import Problem, SettingsError
from evergreen.model import Site

FILE = "site.toml"

_KINDS: dict[Any, str] = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a whole number above 0",
    int | None: "a whole number",
    float: "a number above 0",
    tuple[str, ...]: "a list of texts",
}


def read_settings(root: Path) -> Site:
    """The settings of the blog at `root`; the defaults where it has no site.toml.

    Raises SettingsError, with every wrong key, when the file cannot be read as settings.
    """
    try:
        text = (root / FILE).read_text("utf-8")
    except FileNotFoundError:
        return Site()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(Problem(FILE, message=str(error), advice="save it as UTF-8")) from None
    return parse_settings(text)


def parse_settings(text: str) -> Site:
    """A Site from the text of a site.toml. Raises SettingsError with every wrong key."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_broken_toml(error, text)) from None
    problems: list[Problem] = []
    site = _section(Site, values, text, "", problems)
    if problems:
        raise SettingsError(*problems)
    return replace(site, url=site.url.rstrip("/"), baseurl=_base(site.baseurl))


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice that names the known word most like this one, or all of them where none is near."""
    names = sorted(known)
    match = difflib.get_close_matches(word, names, 1)
    return f"did you mean '{match[0]}'?" if match else f"known: {', '.join(names)}"


def _section(
    kind: Any, table: Mapping[str, Any], text: str, prefix: str, problems: list[Problem]
) -> Any:
    """A dataclass from a table; what is wrong is added to `problems` and left out."""
    hints = get_type_hints(kind)
    known = [field.name for field in fields(kind)]
    good = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        if key not in known:
            problems.append(_problem(text, key, f"unknown setting '{name}'", nearest(key, known)))
        elif is_dataclass(hints[key]) and isinstance(value, dict):
            good[key] = _section(hints[key], value, text, f"{name}.", problems)
        elif wrong := _what_is_wrong(value, hints[key], name):
            problems.append(_problem(text, wrong[0].split("'")[1].rpartition(".")[2], *wrong))
        else:
            good[key] = tuple(value) if isinstance(value, list) else value
    return kind(**good)


def _what_is_wrong(value: Any, kind: Any, name: str) -> tuple[str, str] | None:
    """Message and advice where a value is not of a kind."""
    if is_dataclass(kind) or (get_origin(kind) is not None and kind not in _KINDS):
        return _wrong_table(value, kind, name)
    return None if _fits(value, kind) else (f"'{name}' is {value!r}", f"give {_KINDS[kind]}")


def _wrong_table(value: Any, kind: Any, name: str) -> tuple[str, str] | None:
    if not isinstance(value, dict):
        return f"'{name}' is {value!r}", f"write it as a table: [{name}]"
    if kind == Mapping[str, str]:
        for key, each in value.items():
            if not isinstance(each, str):
                return f"'{name}.{key}' is {each!r}", "give a text in quotes"
    return None


def _fits(value: Any, kind: Any) -> bool:
    if kind == tuple[str, ...]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind is float:
        return type(value) in (int, float) and value > 0
    if kind is int:
        return type(value) is int and value > 0
    return type(value) is (int if kind == int | None else kind)


def _broken_toml(error: tomllib.TOMLDecodeError, text: str) -> Problem:
    message, _, place = str(error).partition(" (at ")
    line, column = [*map(int, re.findall(r"\d+", place)), len(text.splitlines()), 0][:2]
    return Problem(FILE, line, column, message, "see https://toml.io")


def _problem(text: str, key: str, message: str, advice: str) -> Problem:
    """A problem at the first line that begins with the key."""
    starts = (key, f'"{key}"', f"[{key}")
    lines = enumerate(text.splitlines(), 1)
    number = next((n for n, line in lines if line.lstrip().startswith(starts)), 0)
    return Problem(FILE, number, 0, message, advice)


def _base(path: str) -> str:
    stripped = path.strip("/")
    return f"/{stripped}" if stripped else ""
