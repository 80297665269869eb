"""Where Jekyll puts a page: the template of its address, filled and cleaned as Jekyll does it.

Addresses are made quoted, as Jekyll makes them, because cleaning comes after quoting; they leave
unquoted, as everywhere in the engine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from evergreen.content.jekyll.files import HTML
from evergreen.model import JekyllConfig

_PLACEHOLDER = re.compile(r":([a-z_]+)")
_SAFE = "/~!$&'()*+,;=:@-._?[]"


def post_address(
    template: str, path: str, slug: str, categories: Iterable[str], date: datetime, suffix: str
) -> str:
    """The address of the post at `path`; `suffix` is that of the file that it becomes.

    Raises KeyError with a placeholder that Jekyll does not have.
    """
    names = [str(name) for name in categories]
    stem = PurePosixPath(path).name.rpartition(".")[0]
    fields = {
        "collection": "posts",
        "path": _cleaned(path),
        "name": slugify(stem),
        "title": slugify(slug, "pretty", cased=True),
        "slug": slugify(slug),
        "categories": "/".join(dict.fromkeys(name.lower() for name in names)),
        "slugified_categories": "/".join(dict.fromkeys(map(slugify, names))),
        "output_ext": suffix,
        **date_fields(date),
    }
    return _clean(_PLACEHOLDER.sub(lambda found: _filled(found[1], fields), template))


def page_address(own: str, path: str, suffix: str, style: str) -> str:
    """The address of the page at `path`: its own, or the one that its path gives."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0].rstrip(".")
    template = own or _page_template(stem, suffix, style)
    for key, value in (("path", f"/{folder}"), ("basename", stem), ("output_ext", suffix)):
        template = template.replace(f":{key}", _quoted(value))
    return _clean(template)


def file_of(url: str, suffix: str) -> str:
    """The file at an address, as Jekyll writes it: `/a` is the file `a.html`."""
    path = url.lstrip("/")
    if not path or path.endswith("/"):
        return f"{path}index{suffix}"
    return path if path.endswith(suffix) else path + suffix


def output_suffix(path: str, own: str, jekyll: JekyllConfig) -> str:
    """The suffix of the file that a source file becomes, where its permalink is `own`."""
    if own and not own.endswith("/") and (suffix := PurePosixPath(own).suffix):
        return suffix
    suffix = PurePosixPath(path).suffix
    return ".html" if suffix.lower() in jekyll.markdown else suffix


def unknown_placeholder(template: str) -> str:
    """The first placeholder of a template for posts that Jekyll does not have; else ""."""
    for found in _PLACEHOLDER.finditer(template):
        if not {found[1], found[1].removesuffix("_")} & _KNOWN:
            return found[0]
    return ""


def date_fields(date: datetime) -> dict[str, str]:
    """The placeholders of a date in addresses, without their colons, and what stands for them."""
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
    """A placeholder's value; `:year_` is `:year` with an underscore behind it."""
    if name in fields:
        return _quoted(fields[name])
    return _quoted(fields[name.removesuffix("_")]) + "_" * name.endswith("_")


def _quoted(value: str) -> str:
    return quote(value, safe=_SAFE)


def _clean(url: str) -> str:
    url = f"/{url}".replace("..", "/").replace("./", "")
    return unquote(re.sub(r"/{2,}", "/", url))


def _cleaned(path: str) -> str:
    return path.rpartition(".")[0].replace("_posts", "", 1).rstrip(".")


_KNOWN = {
    *("collection", "path", "name", "title", "slug", "categories", "slugified_categories"),
    *("output_ext", *date_fields(datetime(2026, 1, 1))),
}


_SIGNS = {"default": "", "latin": "", "pretty": "._~!$&'()+,;=@"}
_NOT_ASCII = re.compile(r"[^A-Za-z0-9]+")
_SPACE = re.compile(r"[ \t\r\n\f\v]+")


@lru_cache(maxsize=4096)
def slugify(text: str, mode: str = "default", *, cased: bool = False) -> str:
    """The slug of a text in one of Jekyll's modes; it may be empty.

    An unknown mode, like `none`, changes nothing but the case.
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
    """The title of a post that has only a slug: `tf-mnist` → `Tf Mnist`."""
    return " ".join(word.capitalize() for word in slug.rstrip("-").split("-"))


def _hyphenated(text: str, signs: str) -> str:
    """Every run of what is neither letter, mark, decimal digit nor one of the signs as `-`."""
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
    """Letters without their accents; what has none in ASCII becomes `?`."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return plain.encode("ascii", "replace").decode()
