"""Texts of the interface: one TOML file per language in `templates/languages`.

To add a language, add a file. A file of the blog or of a theme goes over the built-in one of its
language text by text; texts that are in neither fall back to English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from evergreen.dataclass import dataclass, replace
from evergreen.errors import fault
from evergreen.model import HomeOptions, Site
from evergreen.paths import place_of
from evergreen.toml import TomlError, read_toml

FALLBACK = "en"
LANGUAGES = "languages"
"""The folder of language files in a folder of templates."""


@dataclass(frozen=True, slots=True)
class Language:
    """The interface texts of one language."""

    code: str
    """BCP 47 tag, as in `lang` attributes."""
    name: str
    """Name of the language in the language itself."""
    texts: Mapping[str, str]
    """Key → text with `{named}` fields; `KEY_one`, if there is one, is used for a count of one."""
    months: tuple[str, ...]
    """The names of the twelve months."""

    def text(self, key: str, **values: Any) -> str:
        """Return the text of a key with its fields filled. Raises KeyError for an unknown key."""
        if values.get("count") == 1 and f"{key}_one" in self.texts:
            key = f"{key}_one"
        return self.texts[key].format_map(values) if values else self.texts[key]

    def date(self, value: date, form: str = "date") -> str:
        """Format a date by a text of the language, such as `date` or `month_day`."""
        month = self.months[value.month - 1]
        return self.text(form, year=value.year, month=value.month, day=value.day, name=month)


def read_languages(folders: Sequence[Path]) -> dict[str, Language]:
    """Read all languages in the folders, by code; a text in an earlier folder wins.

    Raises EvergreenError for invalid TOML or a wrong type.
    """
    tables: dict[str, dict[str, Any]] = {}
    for folder in reversed(folders):
        for path in sorted((folder / LANGUAGES).glob("[!.]*.toml")):
            tables.setdefault(path.stem, {}).update(_read_table(path, place_of(path, folders)))
    fallback = tables.get(FALLBACK, {})
    return {code: _language(code, {**fallback, **tables[code]}) for code in sorted(tables)}


def find_language(languages: Mapping[str, Language], code: str) -> Language:
    """Return the language of a tag such as `zh-CN`, else of its primary subtag, else English."""
    if code in languages:
        return languages[code]
    found = languages.get(code.partition("-")[0].lower()) or languages[FALLBACK]
    return Language(code, found.name, found.texts, found.months)


def in_language(site: Site, lang: str) -> Site:
    """Return the settings with the title and description of the site in a language."""
    title = site.titles.get(lang, site.title)
    description = site.descriptions.get(lang, site.description)
    home = site.home if lang == site.lang else site.homes.get(lang, HomeOptions())
    return replace(site, title=title, description=description, home=home)


def _read_table(path: Path, place: str) -> dict[str, Any]:
    try:
        table = read_toml(path)
    except FileNotFoundError:
        raise fault(place, "a link to a file that is missing", "replace or remove it") from None
    except TomlError as error:
        at = {"line": error.line, "column": error.column}
        raise fault(place, error.message, error.advice, **at) from None
    for key, value in table.items():
        if key != "months" and not isinstance(value, str):
            raise fault(place, f"'{key}' must be a text, not {value!r}", "write it in quotes")
    months = table.get("months")
    if months is not None and not (isinstance(months, list) and len(months) == 12):
        message = "'months' must be a list of twelve names"
        raise fault(place, message, "write one for each month")
    return table


def _language(code: str, table: Mapping[str, Any]) -> Language:
    texts = {key: value for key, value in table.items() if isinstance(value, str)}
    months = tuple(map(str, table.get("months", range(1, 13))))
    return Language(code, texts.get("name", code), texts, months)
