"""Complete a front matter as Jekyll does: the defaults of its scopes, categories from its path,
date and title from its file name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from evergreen.content.fields import describe, parse_moment
from evergreen.content.frontmatter import FrontMatter
from evergreen.content.jekyll.dates_in_words import parse_words
from evergreen.content.jekyll.files import (
    DATED,
    DRAFTS,
    POSTS,
    collection_of,
    kind_of,
    relative_path,
)
from evergreen.content.jekyll.permalinks import title_of
from evergreen.content.static_pages import NO_DATE
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError
from evergreen.model import FrontMatterDefaults, JekyllConfig
from evergreen.regex import regex

_TABS = "tabs"
"""The collection whose documents are the menu of the theme Chirpy."""
_ZONED = regex(r"[T ]+\d\d?:.*(?:Z|UTC|GMT|[+-]\d\d?:?(?:\d\d)?(?::\d\d)?)\s*\Z")


def with_jekyll_defaults(front_matter: FrontMatter, jekyll: JekyllConfig) -> FrontMatter:
    """Return the front matter with what Jekyll adds; a date that is not valid is a warning. Raises
    EvergreenError if that of the file's name is not valid either.
    """
    kind = kind_of(front_matter.path, jekyll)
    path = relative_path(front_matter.path, jekyll)
    defaults = _defaults(path, kind, jekyll)
    own = {str(key): value for key, value in front_matter.values.items()}
    values = _merged(defaults, own)
    if kind != "pages":
        named, slug = _name(front_matter.path)
        values["slug"] = _text(values.get("slug")) or slug
        values["title"] = _text(values.get("title")) or title_of(slug)
        values["categories"] = _categories(path, kind, defaults, own)
        values["tags"] = _tags(values)
    else:
        named = ""
        stem = PurePosixPath(front_matter.path).stem
        values["title"] = _text(values.get("title")) or title_of(stem)
    warnings = front_matter.warnings
    try:
        values["date"] = _date(front_matter, values.get("date"), named, jekyll)
    except EvergreenError as error:  # one by the file's name is left, and a page needs none
        values["date"] = _date(front_matter, None, named, jekyll)
        warnings += tuple(replace(each, severity="warning") for each in error.problems)
    is_tab = kind == _TABS and bool(front_matter.body.strip())
    values.setdefault("nav", is_tab or ("/" not in front_matter.path and "title" in own))
    is_collection = collection_of(front_matter.path, jekyll) is not None
    values["draft"] = kind == "drafts" and not is_collection
    values["published"] = jekyll.unpublished or values.get("published", True) not in (False, None)
    values.pop("category", None)
    values.pop("tag", None)
    return replace(front_matter, values=values, warnings=warnings)


def local(moment: datetime, jekyll: JekyllConfig) -> datetime:
    """Convert a time to the blog's time zone; one without a zone is taken as local."""
    if jekyll.timezone:
        from zoneinfo import ZoneInfo  # late: most blogs name no zone

        zone = ZoneInfo(jekyll.timezone)
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    return moment.astimezone()


def _date(front_matter: FrontMatter, value: Any, named: str, jekyll: JekyllConfig) -> datetime:
    """Return the date by the key, or else by the file's name. Raises EvergreenError if it does not
    exist.
    """
    given = named if value in (None, "") else value
    if given == "":
        return NO_DATE
    with suppress(ValueError, OverflowError):  # the blog's zone may move it before year 1
        if found := _moment(given):
            return local(found, jekyll)
    if value in (None, ""):
        message = f"the date in the file's name, {named}, does not exist"
        raise front_matter.fault(
            "date", message, "name the file YYYY-MM-DD-slug.md, or give 'date:'"
        )
    message = f"'date' is {describe(value)}, which is not a valid date"
    raise front_matter.fault("date", message, "write it as 2026-11-21 or 2026-11-21 09:30:00 +0800")


def _moment(value: Any) -> datetime | None:
    """Parse a time; local time has no zone. None if it is not valid.

    YAML's times without a zone are UTC, as in Ruby; other texts are local time.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    text = str(value)
    if found := parse_moment(_full_year(text)):
        return found if _ZONED.search(text) else found.replace(tzinfo=None)
    return parse_words(text)


def _full_year(text: str) -> str:
    """Complete `18-07-11` with the century that Ruby uses."""
    if found := re.match(r"(\d\d)-\d", text):
        return f"{'20' if int(found[1]) < 69 else '19'}{text}"
    return text


def _name(path: str) -> tuple[str, str]:
    """Return date and slug from a file's name."""
    if found := DATED.fullmatch(path):
        return found[1], found[2].rstrip(".")
    return "", PurePosixPath(path).name.rpartition(".")[0].rstrip(".")


def _categories(
    path: str, kind: str, defaults: Mapping[str, Any], own: Mapping[str, Any]
) -> list[str]:
    """Return the categories of the folders above `_posts`, the defaults and the post, without
    duplicates.
    """
    special = {"posts": POSTS, "drafts": DRAFTS}.get(kind, f"_{kind}")
    folders = [name for name in path.partition(special)[0].split("/") if name]
    found = [*folders, *_words(defaults.get("categories")), *_words(own.get("categories"))]
    single = own.get("category", defaults.get("category"))
    found += _flat(single) if single else []
    return list(dict.fromkeys(name for name in found if name))


def _tags(values: Mapping[str, Any]) -> list[str]:
    if values.get("tag"):
        return list(dict.fromkeys(_flat(values["tag"])))
    return list(dict.fromkeys(_words(values.get("tags"))))


def _words(value: Any) -> list[str]:
    return value.split() if isinstance(value, str) else _flat(value)


def _flat(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for each in value for text in _flat(each)]
    text = _text(value)
    return [text] if text else []


def _text(value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _defaults(path: str, kind: str, jekyll: JekyllConfig) -> dict[str, Any]:
    """Merge the defaults of all scopes that contain the file; narrower scopes override."""
    found: dict[str, Any] = {}
    last: FrontMatterDefaults | None = None
    for each in _scopes(path, kind, jekyll):
        if last is None or _goes_before(each, last):
            found, last = _merged(found, each.values), each
        else:
            found = _merged(each.values, found)
    return found


def _scopes(path: str, kind: str, jekyll: JekyllConfig) -> Iterator[FrontMatterDefaults]:
    for each in jekyll.defaults:
        if each.kind in (None, kind, "posts" if kind == "drafts" else kind) and (
            any(fnmatchcase(part, each.path) for part in _beginnings(path))
            if "*" in each.path
            else path.startswith(relative_path(each.path, jekyll))
        ):
            yield each


def _beginnings(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _goes_before(new: FrontMatterDefaults, old: FrontMatterDefaults) -> bool:
    if len(new.path) != len(old.path):
        return len(new.path) > len(old.path)
    return new.kind is not None or old.kind is None


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge deeply, as Jekyll does in Ruby: an empty value replaces nothing."""
    found = {str(key): value for key, value in base.items()}
    for key, value in over.items():
        old = found.get(str(key))
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            found[str(key)] = _merged(old, value)
        elif value is not None or str(key) not in found:
            found[str(key)] = value
    return found
