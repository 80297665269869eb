"""Where a source file's page stands: its slug, its date, its address.

An address is a pattern with Jekyll's placeholders, below the language of a translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from evergreen import values
from evergreen.frontmatter import FrontMatter
from evergreen.model import Site

PERMALINKS = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_SUFFIX = re.compile(r"(.+)\.([a-z]{2,3}(?:-[A-Za-z]{2,4})?)")


@dataclass(frozen=True, slots=True)
class Place:
    """What a file's name and front matter say of where its page stands."""

    slug: str
    date: datetime
    url: str
    lang: str
    layout: str
    """Where the front matter names none."""


def split_language(name: str, head: FrontMatter, site: Site) -> tuple[str, str]:
    """A file's name without `.md` as slug and language suffix.

    `tf-mnist.en` is a translation where `en` is its `lang` or one of the site's languages;
    otherwise the suffix belongs to the slug (`node.js`).
    """
    found = _SUFFIX.fullmatch(name)
    if found and found[2] in (head.values.get("lang"), *site.languages):
        return found[1], found[2]
    return name, ""


def address(
    head: FrontMatter, pattern: str, categories: Iterable[str], slug: str, date: datetime, lang: str
) -> str:
    """The address that the file's own permalink gives, else the pattern below the language."""
    own = values.text(head, "permalink")
    pattern = PERMALINKS.get(own or pattern, own or pattern)
    fields = _fields(categories, slug, date)
    filled = re.sub(r":(\w+)", lambda found: fields.get(found[1], found[0]), pattern)
    url = re.sub(r"/{2,}", "/", f"/{'' if own else lang}/{filled}")
    if any(part in (".", "..") for part in url.split("/")) or "\\" in url:
        raise head.fault("permalink", f"the address {url!r} leaves the site", "remove the dots")
    return url


def _fields(categories: Iterable[str], slug: str, date: datetime) -> dict[str, str]:
    """Jekyll's placeholders (its "Permalinks" page)."""
    return {
        "categories": "/".join(category.lower() for category in categories),
        "title": slug,
        "slug": slug,
        "year": f"{date:%Y}",
        "short_year": f"{date:%y}",
        "month": f"{date:%m}",
        "i_month": str(date.month),
        "short_month": f"{date:%b}",
        "day": f"{date:%d}",
        "i_day": str(date.day),
        "y_day": f"{date:%j}",
        "week": f"{date:%V}",
        "short_day": f"{date:%a}",
        "hour": f"{date:%H}",
        "minute": f"{date:%M}",
        "second": f"{date:%S}",
        "output_ext": ".html",
    }
