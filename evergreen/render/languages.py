"""The interface's texts: one TOML file a language in the templates' folder `languages`.

A new language is a new file. What it leaves out is taken from English, so it can grow.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from evergreen.errors import fault
from evergreen.model import Site

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """How the interface speaks one language."""

    code: str
    """BCP 47, as in `lang` attributes."""
    name: str
    """In the language itself."""
    texts: Mapping[str, str]
    """Key → text with `{named}` places; `KEY_one` is used for a count of one where it is there."""
    months: tuple[str, ...]
    """The names of the twelve months."""

    def text(self, key: str, **values: Any) -> str:
        """The text of a key, its places filled. Raises KeyError where no language file has it."""
        if values.get("count") == 1 and f"{key}_one" in self.texts:
            key = f"{key}_one"
        return self.texts[key].format_map(values) if values else self.texts[key]

    def date(self, value: date, form: str = "date") -> str:
        """A date in the language's `date`, `month_day` or another form of its file."""
        month = self.months[value.month - 1]
        return self.text(form, year=value.year, month=value.month, day=value.day, name=month)


def read_languages(folders: Sequence[Path]) -> dict[str, Language]:
    """All languages that the folders have, by code; the first folder that has one is taken.

    Raises EvergreenError at the line of a file that is no TOML, or for a wrong value.
    """
    files: dict[str, Path] = {}
    for folder in folders:
        for path in sorted((folder / "languages").glob("[!.]*.toml")):
            files.setdefault(path.stem, path)
    tables = {code: _read_table(path) for code, path in sorted(files.items())}
    fallback = tables.get(FALLBACK, {})
    return {code: _language(code, {**fallback, **table}) for code, table in tables.items()}


def find_language(languages: Mapping[str, Language], code: str) -> Language:
    """The language of a tag such as `zh-CN`: itself, else its first part, else English."""
    if code in languages:
        return languages[code]
    found = languages.get(code.partition("-")[0].lower()) or languages[FALLBACK]
    return Language(code, found.name, found.texts, found.months)


def in_language(site: Site, lang: str) -> Site:
    """The settings as the pages of a language show them: with its title and description."""
    title = site.titles.get(lang, site.title)
    return replace(site, title=title, description=site.descriptions.get(lang, site.description))


def _read_table(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError, OSError) as error:
        raise fault(f"templates/languages/{path.name}", str(error), "see https://toml.io") from None
    for key, value in table.items():
        if key != "months" and not isinstance(value, str):
            raise fault(
                f"templates/languages/{path.name}", f"'{key}' is {value!r}", "give a text in quotes"
            )
    months = table.get("months")
    if months is not None and not (isinstance(months, list) and len(months) == 12):
        raise fault(
            f"templates/languages/{path.name}",
            "'months' has not twelve names",
            "give a list of twelve texts",
        )
    return table


def _language(code: str, table: Mapping[str, Any]) -> Language:
    texts = {key: value for key, value in table.items() if isinstance(value, str)}
    months = tuple(map(str, table.get("months", range(1, 13))))
    return Language(code, texts.get("name", code), texts, months)
