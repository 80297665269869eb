"""Slug, date and URL of a source file's page.

A URL is made from a pattern with Jekyll's placeholders, below the language of a translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from evergreen.content import fields
from evergreen.content.frontmatter import FrontMatter
from evergreen.content.jekyll.permalinks import date_fields
from evergreen.dataclass import dataclass
from evergreen.errors import EvergreenError
from evergreen.model import Site
from evergreen.model.urls import is_complete, path_of
from evergreen.paths import flaw, nfc
from evergreen.regex import regex

PERMALINKS = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
LONGEST_SLUG = 200
"""Bytes; downloads and working folders are named after it."""
SUFFIX = regex(r"(.+)\.([a-z]{2,3}(?:-[A-Za-z]{2,4})?)")
"""A file's name without `.md` that ends as that of a translation."""
LANGUAGE = regex(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
"""A language tag of BCP 47."""
_PLACEHOLDER = regex(r":(\w+)")


@dataclass(frozen=True, slots=True)
class Location:
    """Slug, date, URL and file of a page, from the file's name and front matter."""

    slug: str
    date: datetime
    url: str
    lang: str
    layout: str
    """The default, for front matter without a layout."""
    file: str = ""
    """File of the page in the site; "" if `url` implies it."""


def split_language(name: str, front_matter: FrontMatter, site: Site) -> tuple[str, str]:
    """Split a file's name without `.md` into slug and language suffix.

    `tf-mnist.en` is a translation if `en` is its `lang` or one of the site's languages; otherwise
    the suffix belongs to the slug (`node.js`).
    """
    found = SUFFIX.fullmatch(name)
    if found and found[2] in (front_matter.values.get("lang"), *site.languages):
        return found[1], found[2]
    return name, ""


def read_slug(front_matter: FrontMatter, default: str) -> str:
    """Read the slug, one segment of a URL. Raises EvergreenError if it is not valid."""
    slug = nfc(fields.text(front_matter, "slug", default))
    wrong = "has a slash" if "/" in slug else flaw(slug)
    if not wrong and len(slug.encode()) > LONGEST_SLUG:
        wrong = f"has {len(slug.encode())} bytes, more than {LONGEST_SLUG}"
    if wrong:
        shown = slug if len(slug) < 60 else f"{slug[:56]}…"
        raise front_matter.fault("slug", f"the slug {shown!r} {wrong}", "write 'slug: a-word'")
    return slug


def read_language(front_matter: FrontMatter, default: str) -> str:
    """Read a language tag (BCP 47). Raises EvergreenError if it is not valid."""
    lang = fields.text(front_matter, "lang", default)
    if not LANGUAGE.fullmatch(lang):
        raise front_matter.fault(
            "lang", f"'lang' is {lang!r}", "write a language tag: en, zh, pt-BR"
        )
    return lang


def address(
    front_matter: FrontMatter,
    pattern: str,
    categories: Iterable[str],
    slug: str,
    date: datetime,
    lang: str,
) -> str:
    """Return the URL by the file's own permalink, or else by the pattern, below the language.

    Raises EvergreenError if it is not a valid URL within the site.
    """
    own = fields.text(front_matter, "permalink")
    if own:
        _check_permalink(front_matter, own)
    pattern = PERMALINKS.get(own or pattern, own or pattern)
    filled = _filled(pattern, categories, slug, date)
    url = nfc(re.sub(r"/{2,}", "/", f"/{'' if own else lang}/{filled}"))
    if wrong := flaw(path_of(url)):
        raise _refusal(front_matter, "permalink" if own else "categories", url, wrong)
    return url


def check_address(front_matter: FrontMatter, key: str, url: str) -> None:
    """Raise EvergreenError if a text is not a valid URL of a page within the site."""
    wrong = flaw(path_of(re.sub(r"/{2,}", "/", f"/{url}"))) if url.strip("/") else ""
    if is_complete(url):
        wrong = "points to another site"
    if wrong:
        raise _refusal(front_matter, key, url, wrong)


def unknown_placeholder(pattern: str) -> str:
    """Return the first placeholder in a pattern that Jekyll does not have; "" if none."""
    known = _fields((), "", datetime(2026, 1, 1))
    return next((f[0] for f in _PLACEHOLDER.finditer(pattern) if f[1] not in known), "")


def _check_permalink(front_matter: FrontMatter, own: str) -> None:
    check_address(front_matter, "permalink", own)
    if "?" in own or "#" in own:
        raise _refusal(front_matter, "permalink", own, "has a '?' or a '#'")
    if unknown := unknown_placeholder(own):
        message = f"the URL {own!r} has an unknown placeholder '{unknown}'"
        advice = "Jekyll's are :categories, :title, :year, :month, :day and the like"
        raise front_matter.fault("permalink", message, advice)


def _refusal(front_matter: FrontMatter, key: str, url: str, wrong: str) -> EvergreenError:
    shown = url if len(url) < 80 else f"{url[:76]}…"
    advice = "choose others" if key == "categories" else "write it as /a/b/"
    return front_matter.fault(key, f"the URL {shown!r} {wrong}", advice)


@lru_cache(maxsize=64)
def _names(pattern: str) -> frozenset[str]:
    return frozenset(found[1] for found in _PLACEHOLDER.finditer(pattern))


def _filled(pattern: str, categories: Iterable[str], slug: str, date: datetime) -> str:
    """Return the pattern with its placeholders filled; dates are only formatted for those."""
    is_undated = _names(pattern) <= _UNDATED
    known = _undated(categories, slug) if is_undated else _fields(categories, slug, date)
    return _PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), pattern)


def _fields(categories: Iterable[str], slug: str, date: datetime) -> dict[str, str]:
    """Return the values of Jekyll's placeholders (its "Permalinks" page)."""
    return {**_undated(categories, slug), **date_fields(date)}


def _undated(categories: Iterable[str], slug: str) -> dict[str, str]:
    return {
        "categories": "/".join(category.lower() for category in categories),
        "title": slug,
        "slug": slug,
        "output_ext": ".html",
    }


_UNDATED = _undated((), "").keys()
