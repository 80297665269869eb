"""The menu of a Jekyll blog, as its theme has it in `_data` or in `_config.yml`.

The shapes are those of Minimal Mistakes and academicpages (`_data/navigation.yml`: `main`), TeXt
(`header`), Beautiful Jekyll (`navbar-links`), and lists of titles with addresses under the usual
names. minima's `header_pages` are resolved where the pages are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from evergreen.content.liquid.data import DataFolder
from evergreen.errors import EvergreenError, SettingsError
from evergreen.model.settings import MenuEntry
from evergreen.regex import regex

DATA = ("navigation", "menu", "menus", "nav", "navbar")
"""Names of files in `_data` with a menu."""
KEYS = ("navbar-links", "navigation", "menu", "nav", "navbar", "header_links")
"""Keys of `_config.yml` with a menu."""
_PARTS = ("main", "header", "navbar", "top", "items", "links", "menu")
_TITLES = ("title", "name", "text", "label")
_URLS = ("url", "link", "href", "path", "page")
_BELOW = ("children", "sublinks", "submenu", "dropdown", "sub_links", "items", "links")
_LIQUID = regex(r"\{\{\s*site\.(?:baseurl|url)\s*\}\}")
_COMPLETE = regex(r"[a-z][a-z0-9+.-]*:|//", re.I)


def read_menu(
    root: Path, config: Mapping[str, Any], language: str = ""
) -> tuple[str, dict[str, MenuEntry]]:
    """Return where the menu of a blog's theme is, and its entries by title; ("", {}) for none.

    Raises SettingsError, at a place in the file, for one that cannot be read.
    """
    folder = DataFolder(root, str(config.get("data_dir") or "_data").strip("/"))
    found = ((f"{folder.folder}/{name}", folder.read(name)) for name in DATA)
    try:
        for place, value in chain(found, ((key, config.get(key)) for key in KEYS)):
            if entries := dict(_entries(_main(value), language)):
                return place, entries
    except EvergreenError as error:
        raise SettingsError(*error.problems) from None
    return "", {}


def header_pages(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths of the pages that minima's menu has, in its order."""
    pages = config.get("header_pages")
    return tuple(map(str, pages)) if isinstance(pages, list) else ()


def is_menu_file(path: str) -> bool:
    """True if a file of `_data` may hold a menu, by its path."""
    found = PurePosixPath(path)
    return len(found.parts) == 2 and found.parent.name.startswith("_") and found.stem in DATA


def _main(value: Any) -> Any:
    """Return the menu in the head of the pages, where a file has several."""
    if isinstance(value, Mapping):
        return next((value[part] for part in _PARTS if value.get(part)), value)
    return value


def _entries(value: Any, language: str) -> Iterator[tuple[str, MenuEntry]]:
    """Yield titles with addresses; the entries of a submenu follow one another."""
    if isinstance(value, Mapping):
        for title, target in value.items():
            if isinstance(target, str) and (url := _url(target)):
                yield str(title), MenuEntry(url)
            elif isinstance(target, list):
                yield from _entries(target, language)
        return
    for each in value if isinstance(value, list) else ():
        if isinstance(each, Mapping):
            yield from _entry(each, language)


def _entry(given: Mapping[str, Any], language: str) -> Iterator[tuple[str, MenuEntry]]:
    title = next((str(given[key]) for key in _TITLES if _is_text(given.get(key))), "")
    title = title or _translated(given.get("titles"), language)
    url = next((_url(given[key]) for key in _URLS if isinstance(given.get(key), str)), "")
    below = next((given[key] for key in _BELOW if isinstance(given.get(key), list)), None)
    if title and url:
        yield title, MenuEntry(url)
    elif not title and not url and below is None:  # `- About: about`
        yield from _entries(dict(given), language)
    yield from _entries(below, language)


def _translated(titles: Any, language: str) -> str:
    if not isinstance(titles, Mapping) or not titles:
        return ""
    named = {str(tag).lower(): str(title) for tag, title in titles.items()}
    tags = (language.lower(), language.lower().partition("-")[0])
    return next((named[tag] for tag in tags if tag in named), next(iter(named.values())))


def _url(given: str) -> str:
    """Return an address of another site as it is, and one of this site below its root."""
    url = _LIQUID.sub("", given).strip()
    if not url or url.startswith(("#", "{")):
        return ""
    return url if _COMPLETE.match(url) else f"/{url.lstrip('/')}"


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and bool(str(value).strip())
