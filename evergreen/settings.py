"""site.toml → Site: every key known, typed and checked; a wrong one is named with the nearest right
one. The settings are read once, at the entry, and handed down as one frozen value.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from evergreen.errors import Problem, SettingsError
from evergreen.model import ExecuteOptions, Site

FILE = "site.toml"

_TABLES = {"vendors": str, "extra": object}
_NAMES = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
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
        raise SettingsError(_broken_toml(error)) from None
    problems: list[Problem] = []
    execute = _known(ExecuteOptions, _table(values, "execute", problems), problems, "execute.")
    tables = {key: _table(values, key, problems, kind) for key, kind in _TABLES.items()}
    plain = {key: value for key, value in values.items() if key not in (*_TABLES, "execute")}
    site = _known(Site, plain, problems)
    if problems:
        raise SettingsError(*(_at_line(problem, text) for problem in problems))
    addresses = {"url": site.get("url", "").rstrip("/"), "baseurl": _base(site.get("baseurl", ""))}
    return Site(**{**site, **tables, **addresses, "execute": ExecuteOptions(**execute)})


def nearest(word: str, known: list[str]) -> str:
    """Advice that names the known word most like this one, or all of them where none is near."""
    match = difflib.get_close_matches(word, known, 1)
    return f"did you mean '{match[0]}'?" if match else f"known: {', '.join(sorted(known))}"


def _broken_toml(error: tomllib.TOMLDecodeError) -> Problem:
    message, _, place = str(error).partition(" (at ")
    numbers = [
        int(word) for word in place.replace(",", " ").replace(")", " ").split() if word.isdigit()
    ] + [0, 0]
    return Problem(FILE, numbers[0], numbers[1], message, "see https://toml.io")


def _known(kind: type, values: Mapping[str, Any], problems: list[Problem], prefix: str = "") -> Any:
    """The values whose keys and types are fields of the dataclass; a problem for each other one."""
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind) if field.name not in (*_TABLES, "execute")]
    good = {}
    for key, value in values.items():
        if key not in names:
            known = [*names, *([] if prefix else [*_TABLES, "execute"])]
            problems.append(_problem(key, f"unknown setting '{prefix}{key}'", nearest(key, known)))
        elif not _fits(value, hints[key]):
            advice = f"give {_NAMES[hints[key]]}"
            problems.append(_problem(key, f"'{prefix}{key}' is {value!r}", advice))
        else:
            good[key] = tuple(value) if isinstance(value, list) else value
    return good


def _fits(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    if kind == tuple[str, ...]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return type(value) is kind and (kind is not int or value > 0)


def _table(
    values: Mapping[str, Any], key: str, problems: list[Problem], kind: type = object
) -> dict[str, Any]:
    table = values.get(key, {})
    if not isinstance(table, dict):
        problems.append(_problem(key, f"'{key}' is {table!r}", f"write it as a table: [{key}]"))
        return {}
    for name, value in table.items():
        if not isinstance(value, kind):
            problems.append(_problem(name, f"'{key}.{name}' is {value!r}", "give a text in quotes"))
    return table


def _problem(key: str, message: str, advice: str) -> Problem:
    return Problem(FILE, message=message, advice=advice, details=key)


def _at_line(problem: Problem, text: str) -> Problem:
    """The problem at the first line that begins with its key, which `details` holds."""
    starts = (problem.details, f'"{problem.details}"', f"[{problem.details}")
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(starts):
            return Problem(FILE, number, 0, problem.message, problem.advice)
    return Problem(FILE, 0, 0, problem.message, problem.advice)


def _base(path: str) -> str:
    stripped = path.strip("/")
    return f"/{stripped}" if stripped else ""
