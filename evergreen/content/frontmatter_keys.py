"""The keys of a front matter: which field of a post each gives, and how it is read.

Each function raises EvergreenError at the line of the wrong part. The keys about running code are
in `execution_keys`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import datetime
from typing import Any

from evergreen.content import execution_keys, fields
from evergreen.content.frontmatter import FrontMatter
from evergreen.content.jekyll.media import media_url
from evergreen.content.jekyll.services import wants_comments
from evergreen.content.key_parts import CSL_PARTS, check_parts
from evergreen.content.permalinks import check_address
from evergreen.content.timezones import zone
from evergreen.content.yaml_mapping import index_of
from evergreen.errors import nearest
from evergreen.model import HeroImage, NumberOptions, Reference, Series, Site
from evergreen.model.post import REQUIRES, is_foreign
from evergreen.model.urls import SCRIPTS, is_complete
from evergreen.paths import flaw
from evergreen.regex import regex

_TAG = regex(r"</?[A-Za-z][^<>@]*>")
_LINKED = regex(r"\[([^\[\]]+)\]\([^()\s]*\)")


def image(front_matter: FrontMatter, site: Site) -> HeroImage | None:
    """Read `image: /a.jpg`, or a mapping whose `vendor` is a host's name in site.toml. In a Jekyll
    blog a path begins at the root of the site, with or without a slash.
    """
    found = _image(front_matter, site)
    if not found or not site.jekyll or is_complete(found.url):
        return found
    rooted = f"/{found.url.removeprefix('./').lstrip('/')}"
    return replace(found, url=media_url(rooted, front_matter.values, site))


def _image(front_matter: FrontMatter, site: Site) -> HeroImage | None:
    if isinstance(front_matter.values.get("image"), str):
        return HeroImage(_picture(front_matter, "image"))
    part = fields.mapping(front_matter, "image", "a URL")
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


def series(front_matter: FrontMatter) -> Series | None:
    """Read `series: NAME`, or a mapping with `title` and the `url` of its page."""
    if isinstance(front_matter.values.get("series"), str):
        return Series(front_matter.values["series"]) if front_matter.values["series"] else None
    part = fields.mapping(front_matter, "series", "a title")
    if part is None:
        return None
    check_parts(part, "series")
    if not (title := fields.text(part, "title")):
        raise front_matter.fault("series", "the series has no title", "add 'title: …' to it")
    url = fields.text(part, "url")
    if not url or re.match(r"https?://", url):
        return Series(title, url)
    check_address(part, "url", url)
    return Series(title, _rooted(url))


def references(front_matter: FrontMatter) -> tuple[Reference, ...]:
    """Read the list of references."""
    value = front_matter.values.get("references")
    if isinstance(value, str) or (isinstance(value, list) and any(map(_is_text, value))):
        return tuple(_references(front_matter, value))
    return fields.records(front_matter, "references", _reference)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _references(front_matter: FrontMatter, value: str | list[object]) -> Iterator[Reference]:
    """Read a list of URLs or texts, among which there may be mappings; a text has its number as
    id."""
    for place, item in enumerate([value] if isinstance(value, str) else value):
        if isinstance(item, dict):
            yield _reference(front_matter.part("references", place))
        elif isinstance(item, str) and item.strip():
            url = item.strip() if is_complete(item.strip()) else ""
            yield Reference(str(place + 1), item.strip(), url)


def bare_doi(text: str) -> str:
    """Strip the resolver or the prefix from a DOI."""
    return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", text)


def pdf(front_matter: FrontMatter, site: Site) -> bool | None:
    """Read `pdf: true`; in a Jekyll blog a text is for its theme, which links to a file."""
    value = front_matter.values.get("pdf")
    if value is None or (site.jekyll and not isinstance(value, bool)):
        return None
    return fields.flag(front_matter, "pdf")


def excerpt(front_matter: FrontMatter, site: Site) -> str:
    """Return what lists say of the post; other tools call it `description` or `summary`."""
    given = (fields.text(front_matter, key) for key in ("excerpt", "description", "summary"))
    return next(filter(None, given), "")


def bibliography(front_matter: FrontMatter) -> tuple[str, ...]:
    """Read the BibTeX files, as paths relative to the blog; each is named from the post's folder,
    or from the blog's (see `render.bibliography`). Of a path of another tool's machine the name
    counts."""
    folder, paths = posixpath.dirname(front_matter.path), []
    is_other = is_foreign(front_matter.path, front_matter.cell_form)
    for name in fields.lines(front_matter, "bibliography"):
        name = name.rpartition("/")[2] if is_other and name.startswith(("/", "~")) else name
        path = posixpath.normpath(posixpath.join(folder, name))
        if wrong := flaw(path if name.startswith(("../", "./")) else name):
            what = f"the bibliography {name!r} {wrong}"
            raise front_matter.fault("bibliography", what, "name a .bib file beside the post")
        paths.append(path)
    return tuple(paths)


def csl(front_matter: FrontMatter) -> str:
    """Read the file of a citation style, as a path relative to the blog (see `render.csl`); a URL,
    which other tools download, counts as a file that is missing."""
    name = fields.text(front_matter, "csl")
    if not name or is_complete(name):
        return name
    path = posixpath.normpath(posixpath.join(posixpath.dirname(front_matter.path), name))
    return name if flaw(path) else path


def modified(front_matter: FrontMatter, site: Site) -> datetime | None:
    """Read when the post was revised, by the names that several tools give it."""
    names = ("modified", "last_modified_at", "lastmod", "updated", "date-modified")
    found = (fields.moment(front_matter, name, zone(site.timezone)) for name in names)
    return next(filter(None, found), None)


def redirects(front_matter: FrontMatter) -> tuple[str, ...]:
    """Read `redirect_from`, or the `aliases` of Hugo and Quarto: the earlier URLs of the page."""
    found = []
    for key in ("redirect_from", "aliases"):
        for url in fields.lines(front_matter, key):
            if key == "aliases" and url.startswith((".", "/..")):
                url = _from_folder(front_matter.path, url)
            check_address(front_matter, key, url)
            found.append(_rooted(url))
    return tuple(found)


def _from_folder(path: str, url: str) -> str:
    """Return a URL that begins at the folder of a post, as Quarto's `../../2020/a/` does."""
    whole = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), url.lstrip("/")))
    return f"{whole}/" if url.endswith("/") and whole != "/" else whole


def redirect_target(front_matter: FrontMatter) -> str:
    """Read `redirect_to`: where the page is now, on this site or another."""
    url = next(iter(fields.lines(front_matter, "redirect_to")), "").strip()
    if not url or url.startswith(("https://", "http://")):
        return url
    if is_complete(url):
        message, advice = f"the URL {url!r} is not a web address", "write it as https://…"
        raise front_matter.fault("redirect_to", message, advice)
    check_address(front_matter, "redirect_to", re.split(r"[?#]", url)[0])
    return _rooted(url)


def in_sitemap(front_matter: FrontMatter) -> bool:
    """Read `sitemap`; jekyll-sitemap's older `sitemap: {exclude: yes}` is the same as `false`."""
    value = front_matter.values.get("sitemap")
    if isinstance(value, dict):
        return str(value.get("exclude", "")).lower() not in ("yes", "true")
    return fields.flag(front_matter, "sitemap", True)


def numbers(front_matter: FrontMatter, site: Site) -> NumberOptions:
    """Read `numbers`, which labelled things have numbers: `false` for none, or by kind; Quarto's
    `number-sections` means `sections`."""
    base, values = site.numbers, front_matter.values
    if isinstance(values.get("number-sections"), bool):
        base = replace(base, sections=values["number-sections"])
    names = [field.name for field in dataclass_fields(NumberOptions)]
    if isinstance(values.get("numbers"), bool):
        given = values["numbers"]
        return NumberOptions(**dict.fromkeys(names, given)) if not given else base
    part = fields.mapping(front_matter, "numbers", "true, false")
    if part is None:
        return base
    for name in map(str, part.values):
        if name not in names:
            what = f"unknown option '{name}' of numbers"
            raise part.fault(name, what, nearest(name, names))
    chosen = {name: fields.flag(part, name, getattr(base, name)) for name in names}
    return NumberOptions(**chosen)


def author(front_matter: FrontMatter, site: Site) -> str:
    """Read the author: a name, several names, or the `name` of a mapping, as in some Jekyll
    themes.
    """
    return ", ".join(authors(front_matter, site))


def authors(front_matter: FrontMatter, site: Site) -> tuple[str, ...]:
    """Read the names of the authors; the key of an author in `[authors]` is replaced by the name.

    The default is the author of the blog.
    """
    for key in ("author", "authors"):
        value = front_matter.values.get(key)
        if isinstance(value, list) and any(isinstance(each, dict) for each in value):
            names = _mixed_names(front_matter, key, value)
        elif isinstance(value, dict):
            names = (fields.text(front_matter.part(key), "name"),)
        else:
            names = fields.lines(front_matter, key)
        if any(names):
            break
    else:
        names = (site.author,)
    profiles = {name: site.authors[name].name or name for name in names if name in site.authors}
    return tuple(dict.fromkeys(profiles.get(name, _bare_name(name)) for name in names if name))


def _mixed_names(front_matter: FrontMatter, key: str, values: list[Any]) -> tuple[str, ...]:
    """Return the names in a list of mappings and texts, in its order."""
    mappings = {**front_matter.values, key: [each for each in values if isinstance(each, dict)]}
    part = replace(front_matter, values=mappings)
    named = iter(fields.records(part, key, lambda item: fields.text(item, "name")))
    return tuple(next(named) if isinstance(each, dict) else str(each) for each in values)


def _bare_name(name: str) -> str:
    """Return a name without the link and the tags that it has where the front matter is Markdown,
    as in Pandoc's tools: `[A. B.](https://c.org)`."""
    return _TAG.sub(" ", _LINKED.sub(r"\1", name)).strip() or name


def comments(front_matter: FrontMatter, site: Site) -> bool | None:
    """Read whether readers may comment; None if the front matter does not say."""
    if (
        site.jekyll
        and (found := wants_comments(front_matter.values, site.jekyll.config)) is not None
    ):
        return found
    given = front_matter.values.get("comments") is not None
    return fields.flag(front_matter, "comments") if given else None


def pinned(front_matter: FrontMatter, site: Site) -> bool:
    """Read whether the post is above all others, by the names that several tools give it."""
    return any(fields.flag(front_matter, key) for key in ("pinned", "pin", "sticky"))


def layout(front_matter: FrontMatter) -> str:
    """Read the name of a template; "" if none is given."""
    name = fields.text(front_matter, "layout")
    if name and (wrong := flaw(name)):
        raise front_matter.fault(
            "layout", f"the layout {name!r} {wrong}", "write the name of a template"
        )
    return name


def lines(front_matter: FrontMatter) -> dict[str, int]:
    """Return the line of each key in the front matter, and of the requirements in it."""
    options = front_matter.values.get("execute")
    if not isinstance(options, dict) or not options.get("requires"):
        return dict(front_matter.lines)
    index = index_of(front_matter.text, ("execute", "requires"))
    return {**front_matter.lines, REQUIRES: front_matter.text.count("\n", 0, index) + 2}


def _picture(front_matter: FrontMatter, key: str) -> str:
    """Read the URL of a picture: absolute, or below the site's root or the page."""
    url = fields.text(front_matter, key)
    wrong = "is a script" if url.strip().lower().startswith(SCRIPTS) else ""
    if not wrong and not is_complete(url):
        path = re.split(r"[?#]", url)[0].removeprefix("./")
        folder = posixpath.dirname(front_matter.path)
        if posixpath.normpath(posixpath.join(folder, path)).startswith(".."):
            wrong = "points outside the blog"
        else:
            wrong = flaw(re.sub(r"^(\.\./)+", "", path).lstrip("/"))
    if wrong:
        raise front_matter.fault(key, f"the picture's URL {url!r} {wrong}", "write it as /a/b.jpg")
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
        more={name: text for name in CSL_PARTS if (text := fields.text(item, name))},
    )


FIELDS: Mapping[str, Callable[[FrontMatter, Site], Any]] = {
    "title": lambda front_matter, site: fields.text(front_matter, "title"),
    "layout": lambda front_matter, site: layout(front_matter),
    "theme": lambda front_matter, site: fields.text(front_matter, "theme"),
    "excerpt": excerpt,
    "modified": modified,
    "author": author,
    "authors": authors,
    "pinned": pinned,
    "featured": lambda front_matter, site: fields.flag(front_matter, "featured"),
    "categories": lambda front_matter, site: fields.names(front_matter, "categories", "category"),
    "tags": lambda front_matter, site: fields.names(front_matter, "tags", "tag"),
    "image": image,
    "references": lambda front_matter, site: references(front_matter),
    "bibliography": lambda front_matter, site: bibliography(front_matter),
    "csl": lambda front_matter, site: csl(front_matter),
    "series": lambda front_matter, site: series(front_matter),
    "numbers": numbers,
    "comments": comments,
    "pdf": pdf,
    "share": lambda front_matter, site: fields.flag(front_matter, "share"),
    "redirect_from": lambda front_matter, site: redirects(front_matter),
    "redirect_to": lambda front_matter, site: redirect_target(front_matter),
    "sitemap": lambda front_matter, site: in_sitemap(front_matter),
    "draft": lambda front_matter, site: fields.flag(front_matter, "draft"),
    "published": lambda front_matter, site: fields.flag(front_matter, "published", True),
    "jupyter": lambda front_matter, site: execution_keys.kernel(front_matter),
    "execute": execution_keys.execute,
    "check": execution_keys.check,
    "data": lambda front_matter, site: execution_keys.data(front_matter),
}
"""Field of a post → its reader; `jupyter` gives several fields. `post` reads the page's place."""
