"""URLs as Jekyll makes them: fill in the template, then clean up.

Jekyll cleans up after percent-encoding, so the URLs are encoded in between; they are returned
decoded, as everywhere in the engine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from evergreen.content.jekyll.files import HTML, POSTS, collection_of
from evergreen.model import Collection, JekyllConfig
from evergreen.regex import regex

_PLACEHOLDER = regex(r":([a-z_]+)")
_SAFE = "/~!$&'()*+,;=:@-._?[]"


def post_address(
    template: str,
    path: str,
    slug: str,
    categories: Iterable[str],
    date: datetime,
    suffix: str,
    collection: Collection | None = None,
) -> str:
    """Return the URL of the post, or the document of a collection, at `path`; `suffix` is that of
    its output file.

    Raises KeyError with a placeholder that Jekyll does not have.
    """
    names = [str(name) for name in categories]
    stem = PurePosixPath(path).name.rpartition(".")[0]
    fields = {
        "collection": collection.name if collection else "posts",
        "path": _cleaned(path, collection.folder if collection else POSTS),
        "name": slugify(stem),
        "title": slugify(slug, "pretty", cased=True),
        "slug": slugify(slug),
        "categories": "/".join(dict.fromkeys(name.lower() for name in names)),
        "slugified_categories": "/".join(dict.fromkeys(map(slugify, names))),
        "output_ext": suffix,
        **date_fields(date),
    }
    return _clean(_PLACEHOLDER.sub(lambda found: _filled(found[1], fields), template))


def collection_template(style: str) -> str:
    """Return the URL template of a collection that has none, for the blog's style of permalinks."""
    if style in ("date", "ordinal", "none") or style.endswith(":output_ext"):
        return "/:collection/:path:output_ext"
    return f"/:collection/:path{'/' if style == 'pretty' or style.endswith('/') else ''}"


def page_address(own: str, path: str, suffix: str, style: str) -> str:
    """Return the URL of the page at `path`: its own permalink, or by its path."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0].rstrip(".")
    template = own or _page_template(stem, suffix, style)
    for key, value in (("path", f"/{folder}"), ("basename", stem), ("output_ext", suffix)):
        template = template.replace(f":{key}", _quoted(value))
    return _clean(template)


def static_target(path: str, jekyll: JekyllConfig) -> str:
    """Return the path in the site of a file that Jekyll copies; one of a collection follows the
    collection's template.
    """
    collection = collection_of(path, jekyll)
    if collection is None:
        return path
    name = PurePosixPath(path)
    fields = {"collection": collection.name, "path": _cleaned(path, collection.folder)}
    fields |= {"name": name.stem.rstrip("."), "title": "", "output_ext": ""}
    url = _PLACEHOLDER.sub(lambda found: _quoted(fields.get(found[1], "")), collection.permalink)
    return f"{_clean(url).strip('/')}{name.suffix}"


def file_of(url: str, suffix: str) -> str:
    """Return the file of a URL, as Jekyll writes it: `/a` is the file `a.html`."""
    path = url.lstrip("/")
    if not path or path.endswith("/"):
        return f"{path}index{suffix}"
    return path if path.endswith(suffix) else path + suffix


def output_suffix(path: str, own: str, jekyll: JekyllConfig) -> str:
    """Return the suffix of the output file, for a source file with the permalink `own`."""
    if own and not own.endswith("/") and (suffix := PurePosixPath(own).suffix):
        return suffix
    suffix = PurePosixPath(path).suffix
    return ".html" if suffix.lower() in jekyll.markdown else suffix


def unknown_placeholder(template: str) -> str:
    """Return the first placeholder in a post's template that Jekyll does not have; "" if none."""
    for found in _PLACEHOLDER.finditer(template):
        if not {found[1], found[1].removesuffix("_")} & _KNOWN:
            return found[0]
    return ""


def date_fields(date: datetime) -> dict[str, str]:
    """Return the values of the date placeholders, by name without the colon."""
    return {
        "year": f"{date.year:04}",
        "short_year": f"{date.year % 100:02}",
        "month": f"{date:%m}",
        "i_month": str(date.month),
        "short_month": f"{date:%b}",
        "long_month": f"{date:%B}",
        "day": f"{date:%d}",
        "i_day": str(date.day),
        "y_day": f"{date:%j}",
        "w_year": f"{date:%G}",
        "week": f"{date:%V}",
        "w_day": f"{date:%u}",
        "short_day": f"{date:%a}",
        "long_day": f"{date:%A}",
        "hour": f"{date:%H}",
        "minute": f"{date:%M}",
        "second": f"{date:%S}",
    }


def _page_template(stem: str, suffix: str, style: str) -> str:
    if suffix not in HTML:
        return "/:path/:basename:output_ext"
    if stem == "index":
        return "/:path/"
    if style in ("date", "ordinal", "none"):
        return "/:path/:basename:output_ext"
    if style == "pretty" or style.endswith("/"):
        return "/:path/:basename/"
    return f"/:path/:basename{':output_ext' if style.endswith(':output_ext') else ''}"


def _filled(name: str, fields: Mapping[str, str]) -> str:
    """Return a placeholder's value; `:year_` is `:year` followed by an underscore."""
    if name in fields:
        return _quoted(fields[name])
    return _quoted(fields[name.removesuffix("_")]) + "_" * name.endswith("_")


def _quoted(value: str) -> str:
    return quote(value, safe=_SAFE)


def _clean(url: str) -> str:
    url = f"/{url}".replace("..", "/").replace("./", "")
    return unquote(re.sub(r"/{2,}", "/", url))


def _cleaned(path: str, folder: str) -> str:
    return path.rpartition(".")[0].replace(folder, "", 1).rstrip(".")


_KNOWN = {
    *("collection", "path", "name", "title", "slug", "categories", "slugified_categories"),
    *("output_ext", *date_fields(datetime(2026, 1, 1))),
}


_SIGNS = {"default": "", "latin": "", "pretty": "._~!$&'()+,;=@"}
_NOT_ASCII = regex(r"[^A-Za-z0-9]+")
_SPACE = regex(r"[ \t\r\n\f\v]+")


@lru_cache(maxsize=4096)
def slugify(text: str, mode: str = "default", *, cased: bool = False) -> str:
    """Make a slug in one of Jekyll's modes; it may be empty.

    An unknown mode, like `none`, changes only the case.
    """
    if mode == "raw":
        found = _SPACE.sub("-", text)
    elif mode == "ascii":
        found = _NOT_ASCII.sub("-", text)
    elif mode in _SIGNS:
        found = _hyphenated(_latin(text) if mode == "latin" else text, _SIGNS[mode])
    else:
        return text if cased else text.lower()
    found = found.removeprefix("-").removesuffix("-")
    return found if cased else found.lower()


def title_of(slug: str) -> str:
    """Make the title of a post that has only a slug: `tf-mnist` → `Tf Mnist`."""
    return " ".join(word.capitalize() for word in slug.rstrip("-").split("-"))


def _hyphenated(text: str, signs: str) -> str:
    """Replace every run of other characters than letters, marks, decimal digits and `signs`
    by `-`.
    """
    found: list[str] = []
    for char in text:
        if char in signs or _is_kept(char):
            found.append(char)
        elif not found or found[-1] != "-":
            found.append("-")
    return "".join(found)


def _is_kept(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or category == "Nd"


def _latin(text: str) -> str:
    """Remove the accents of letters; what has no ASCII form becomes `?`."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return plain.encode("ascii", "replace").decode()
