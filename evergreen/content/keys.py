"""Validate the front-matter keys with parts or paths: `image`, `series`, `references` and others.

Each function raises EvergreenError at the line of the wrong part. The keys about running code are
in `execution_keys`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from evergreen.content import fields
from evergreen.content.frontmatter import FrontMatter
from evergreen.content.permalinks import check_address
from evergreen.content.yaml_mapping import index_of
from evergreen.model import HeroImage, Reference, Series, Site
from evergreen.model.post import REQUIRES
from evergreen.model.urls import is_complete
from evergreen.paths import flaw

PARTS: Mapping[str, tuple[str, ...]] = {
    "execute": (
        "enabled",
        "eval",
        "stored",
        "timeout",
        "allow_errors",
        "error",
        "max_output",
        "memory",
        "seed",
        "env",
        "requires",
        "sandbox",
    ),
    "image": ("feature", "path", "vendor", "alt", "credit", "creditlink"),
    "series": ("title", "url"),
    "references": ("id", "title", "url", "authors", "author", "year", "doi", "venue"),
    "data": ("name", "url", "mirrors", "sha256", "stand_in"),
}
"""Known parts of the keys that have parts."""
_ALIKE = 0.75
"""Similarity from which a word is reported as a misspelling of another."""
_SCRIPTS = ("javascript:", "vbscript:", "data:text")


def image(head: FrontMatter, site: Site) -> HeroImage | None:
    """Read `image: /a.jpg`, or a mapping whose `vendor` is a host's name in site.toml."""
    if isinstance(head.values.get("image"), str):
        return HeroImage(_picture(head, "image"))
    part = fields.mapping(head, "image", "a URL")
    if part is None:
        return None
    check_parts(part, "image")
    key = "feature" if part.values.get("feature") else "path"
    if not fields.text(part, key):
        return None
    rest = {key: fields.text(part, key) for key in ("alt", "credit", "creditlink")}
    vendor = fields.text(part, "vendor")
    if not vendor:
        return HeroImage(_picture(part, key), **rest)
    if vendor not in site.vendors:
        advice = f'add {vendor} = "https://…" to [vendors] in site.toml'
        raise part.fault("vendor", f"the image's vendor '{vendor}' is unknown", advice)
    feature = fields.text(part, key).lstrip("/")
    return HeroImage(f"{site.vendors[vendor].rstrip('/')}/{feature}", **rest)


def series(head: FrontMatter) -> Series | None:
    """Read `series: NAME`, or a mapping with `title` and the `url` of its page."""
    if isinstance(head.values.get("series"), str):
        return Series(head.values["series"]) if head.values["series"] else None
    part = fields.mapping(head, "series", "a title")
    if part is None:
        return None
    check_parts(part, "series")
    if not (title := fields.text(part, "title")):
        raise head.fault("series", "the series has no title", "add 'title: …' to it")
    url = fields.text(part, "url")
    if not url or re.match(r"https?://", url):
        return Series(title, url)
    check_address(part, "url", url)
    return Series(title, _rooted(url))


def references(head: FrontMatter) -> tuple[Reference, ...]:
    """Read the list of references."""
    return fields.records(head, "references", _reference)


def bare_doi(text: str) -> str:
    """Strip the resolver or the prefix from a DOI."""
    return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", text)


def bibliography(head: FrontMatter) -> tuple[str, ...]:
    """Read the BibTeX files, as paths relative to the blog."""
    names = fields.lines(head, "bibliography")
    for name in names:
        if wrong := flaw(name):
            what = f"the bibliography {name!r} {wrong}"
            raise head.fault("bibliography", what, "name a .bib file beside the post")
    folder = "".join(head.path.rpartition("/")[:2])
    return tuple(folder + name for name in names)


def redirects(head: FrontMatter) -> tuple[str, ...]:
    """Read `redirect_from`, the earlier URLs of the page."""
    found = fields.lines(head, "redirect_from")
    for url in found:
        check_address(head, "redirect_from", url)
    return tuple(map(_rooted, found))


def author(head: FrontMatter, site: Site) -> str:
    """Read the author: a name, several names, or the `name` of a mapping, as in some Jekyll
    themes.
    """
    value = head.values.get("author")
    if isinstance(value, list):
        return ", ".join(fields.lines(head, "author"))
    if isinstance(value, dict):
        return fields.text(head.part("author"), "name", site.author)
    return fields.text(head, "author", site.author)


def layout(head: FrontMatter) -> str:
    """Read the name of a template; "" if none is given."""
    name = fields.text(head, "layout")
    if name and (wrong := flaw(name)):
        raise head.fault("layout", f"the layout {name!r} {wrong}", "write the name of a template")
    return name


def lines(head: FrontMatter) -> dict[str, int]:
    """Return the line of each key in the front matter, and of the requirements in it."""
    options = head.values.get("execute")
    if not isinstance(options, dict) or not options.get("requires"):
        return dict(head.lines)
    index = index_of(head.text, ("execute", "requires"))
    return {**head.lines, REQUIRES: head.text.count("\n", 0, index) + 2}


def check_parts(part: FrontMatter, key: str) -> None:
    """Raise EvergreenError for a part that is a misspelling of one of ours; other unknown parts are
    for other tools.
    """
    for name in map(str, part.values):
        if name not in PARTS[key] and (found := get_close_matches(name, PARTS[key], 1, _ALIKE)):
            what = f"unknown option '{name}' of {key}"
            raise part.fault(name, what, f"did you mean '{found[0]}'?")


def _picture(head: FrontMatter, key: str) -> str:
    """Read the URL of a picture: absolute, or below the site's root or the page."""
    url = fields.text(head, key)
    wrong = "is a script" if url.strip().lower().startswith(_SCRIPTS) else ""
    if not wrong and not is_complete(url):
        wrong = flaw(re.split(r"[?#]", url)[0].lstrip("/"))
    if wrong:
        raise head.fault(key, f"the picture's URL {url!r} {wrong}", "write it as /a/b.jpg")
    return url


def _rooted(url: str) -> str:
    return re.sub(r"/{2,}", "/", f"/{url}")


def _reference(item: FrontMatter) -> Reference:
    check_parts(item, "references")
    return Reference(
        fields.text(item, "id"),
        fields.text(item, "title"),
        fields.text(item, "url"),
        authors=fields.lines(item, "authors") or fields.lines(item, "author"),
        year=fields.text(item, "year"),
        doi=bare_doi(fields.text(item, "doi")),
        venue=fields.text(item, "venue"),
    )
