"""The keys of a front matter whose values have parts: `image`, `series`, `references`, `execute`,
`jupyter`, `data`. Each function raises EvergreenError at the part that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches

from evergreen import requirements
from evergreen.addresses import is_complete
from evergreen.model import (
    CheckOptions,
    DataFile,
    ExecuteOptions,
    HeroImage,
    Reference,
    Series,
    Site,
)
from evergreen.paths import flaw
from evergreen.posts import checks, values
from evergreen.posts.frontmatter import FrontMatter
from evergreen.posts.mappings import index_of
from evergreen.posts.permalinks import check_address

LANGUAGES = {"ir": "r", "julia": "julia", "bash": "bash"}
"""Kernels whose language is not Python."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "execute": (
        "enabled",
        "eval",
        "timeout",
        "allow_errors",
        "error",
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
"""The parts of the keys that have some."""
REQUIRES = "execute.requires"
"""The name under which `Post.lines` has the place of the requirements."""
_ALIKE = 0.75
"""From here on a word is taken for another one, misspelt."""
_REMOTE = re.compile(r"https?://[^/]")
_KERNEL = re.compile(r"[\w.-]+")
_SCRIPTS = ("javascript:", "vbscript:", "data:text")


def image(head: FrontMatter, site: Site) -> HeroImage | None:
    """`image: /a.jpg`, or a mapping with the host's name in site.toml as `vendor`."""
    if isinstance(head.values.get("image"), str):
        return HeroImage(_picture(head, "image"))
    part = values.mapping(head, "image", "an address")
    if part is None:
        return None
    _check_parts(part, "image")
    key = "feature" if part.values.get("feature") else "path"
    if not values.text(part, key):
        return None
    rest = {key: values.text(part, key) for key in ("alt", "credit", "creditlink")}
    vendor = values.text(part, "vendor")
    if not vendor:
        return HeroImage(_picture(part, key), **rest)
    if vendor not in site.vendors:
        advice = f'add {vendor} = "https://…" to [vendors] in site.toml'
        raise part.fault("vendor", f"the image's vendor '{vendor}' is unknown", advice)
    feature = values.text(part, key).lstrip("/")
    return HeroImage(f"{site.vendors[vendor].rstrip('/')}/{feature}", **rest)


def series(head: FrontMatter) -> Series | None:
    """`series: NAME`, or a mapping with the address of its page as `url`."""
    if isinstance(head.values.get("series"), str):
        return Series(head.values["series"]) if head.values["series"] else None
    part = values.mapping(head, "series", "a title")
    if part is None:
        return None
    _check_parts(part, "series")
    if not (title := values.text(part, "title")):
        raise head.fault("series", "the series has no title", "add 'title: …' to it")
    url = values.text(part, "url")
    if not url or re.match(r"https?://", url):
        return Series(title, url)
    check_address(part, "url", url)
    return Series(title, _rooted(url))


def references(head: FrontMatter) -> tuple[Reference, ...]:
    """The list of sources."""
    return values.records(head, "references", _reference)


def bare_doi(text: str) -> str:
    """A DOI without the address or the word that it may be written with."""
    return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", text)


def bibliography(head: FrontMatter) -> tuple[str, ...]:
    """BibTeX files beside the post, as paths relative to the blog."""
    names = values.lines(head, "bibliography")
    for name in names:
        if wrong := flaw(name):
            what = f"the bibliography {name!r} {wrong}"
            raise head.fault("bibliography", what, "name a .bib file beside the post")
    folder = "".join(head.path.rpartition("/")[:2])
    return tuple(folder + name for name in names)


def redirects(head: FrontMatter) -> tuple[str, ...]:
    """The addresses that the page had before."""
    found = values.lines(head, "redirect_from")
    for url in found:
        check_address(head, "redirect_from", url)
    return tuple(map(_rooted, found))


def author(head: FrontMatter, site: Site) -> str:
    """A name, or several; the `name` of a mapping, as some themes of Jekyll have it."""
    value = head.values.get("author")
    if isinstance(value, list):
        return ", ".join(values.lines(head, "author"))
    if isinstance(value, dict):
        return values.text(head.part("author"), "name", site.author)
    return values.text(head, "author", site.author)


def layout(head: FrontMatter) -> str:
    """The name of a template, "" where none is given."""
    name = values.text(head, "layout")
    if name and (wrong := flaw(name)):
        raise head.fault("layout", f"the layout {name!r} {wrong}", "give the name of a template")
    return name


def execute(head: FrontMatter, site: Site) -> ExecuteOptions:
    """The site's options with the post's own in their place; `execute: false` is short.

    Quarto's `eval` and `error` are `enabled` and `allow_errors`.
    """
    if isinstance(head.values.get("execute"), bool):
        return replace(site.execute, enabled=head.values["execute"])
    part = values.mapping(head, "execute", "true, false")
    if part is None:
        return site.execute
    _check_parts(part, "execute")
    default = site.execute
    enabled, errors = values.flag(part, "eval", default.enabled), default.allow_errors
    return replace(
        default,
        enabled=values.flag(part, "enabled", enabled),
        stored=values.flag(part, "stored", default.stored),
        timeout=values.number(part, "timeout", default.timeout),
        allow_errors=values.flag(part, "allow_errors", values.flag(part, "error", errors)),
        memory=values.number(part, "memory", default.memory),
        seed=values.whole(part, "seed", default.seed),
        env=(*default.env, *values.lines(part, "env")),
        requires=_requires(part, default.requires),
        # Who is to be boxed in has no say in it.
        sandbox=values.flag(part, "sandbox") or default.sandbox,
    )


def check(head: FrontMatter, site: Site) -> CheckOptions:
    """The site's options with the post's own in their place: `check: exact`, `{rtol: 1e-2}`."""
    value = head.values.get("check")
    if value is None:
        return site.check
    found, wrong = checks.read_check(value)
    if wrong:
        raise head.fault("check", wrong, checks.ADVICE)
    return replace(site.check, **found)


def lines(head: FrontMatter) -> dict[str, int]:
    """The line of each key of the head, and of the requirements in it."""
    options = head.values.get("execute")
    if not isinstance(options, dict) or not options.get("requires"):
        return dict(head.lines)
    index = index_of(head.text, ("execute", "requires"))
    return {**head.lines, REQUIRES: head.text.count("\n", 0, index) + 2}


def kernel(head: FrontMatter) -> tuple[str, str]:
    """Kernel and language of `jupyter: NAME`, `jupyter: {kernelspec: {name, language}}`, or MyST's
    `kernelspec: {name, language}`."""
    if isinstance(head.values.get("jupyter"), str):
        return _kernel(head, "jupyter", "")
    part = values.mapping(head, "jupyter", "a kernel's name")
    spec = values.mapping(part or head, "kernelspec")
    return _kernel(spec, "name", values.text(spec, "language")) if spec else ("python3", "python")


def data(head: FrontMatter) -> tuple[DataFile, ...]:
    """The files that are to stand beside the post when it runs."""
    value = head.values.get("data")
    if isinstance(value, date) or (isinstance(value, str) and values.parse_moment(value)):
        raise head.fault("data", f"'data' is {values.described(value)}", "did you mean 'date'?")
    return values.records(head, "data", _data_file)


def _kernel(part: FrontMatter, key: str, language: str) -> tuple[str, str]:
    name = values.text(part, key, "python3")
    if not _KERNEL.fullmatch(name):
        advice = "`jupyter kernelspec list` names those that are installed"
        raise part.fault(key, f"{name!r} is no kernel's name", advice)
    return name, (language or LANGUAGES.get(name, "python")).lower()


def _data_file(item: FrontMatter) -> DataFile:
    _check_parts(item, "data")
    urls = (values.text(item, "url"), *values.lines(item, "mirrors"))
    urls = tuple(url for url in urls if url)
    if wrong := next((url for url in urls if not _REMOTE.match(url)), ""):
        message = f"the address {wrong!r} is none of the web"
        raise item.fault("url" if wrong == urls[0] else "mirrors", message, "give https://…")
    name = values.text(item, "name") or (urls or ("",))[0].rpartition("/")[2]
    script = values.text(item, "stand_in")
    for key, path in (("name", name), ("stand_in", script or "x")):
        if wrong := flaw(path):
            message = f"the data file's {key} {path!r} {wrong}"
            raise item.fault(key, message, f"give '{key}: a/file', beside the post")
    digest = values.text(item, "sha256").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        message = f"'{name}' has no sha256 of 64 hexadecimal digits"
        raise item.fault("sha256", message, "add it: sha256sum FILE prints it")
    return DataFile(name, urls, digest, script)


def _picture(head: FrontMatter, key: str) -> str:
    """The address of a picture: one on another host, or below the site's root or the page."""
    url = values.text(head, key)
    wrong = "is a script" if url.strip().lower().startswith(_SCRIPTS) else ""
    if not wrong and not is_complete(url):
        wrong = flaw(re.split(r"[?#]", url)[0].lstrip("/"))
    if wrong:
        raise head.fault(key, f"the picture's address {url!r} {wrong}", "give it as /a/b.jpg")
    return url


def _rooted(url: str) -> str:
    return re.sub(r"/{2,}", "/", f"/{url}")


def _requires(part: FrontMatter, default: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return requirements.normal(values.lines(part, "requires")) or default
    except requirements.RequirementError as error:
        raise part.fault("requires", error.message, error.advice) from None


def _check_parts(part: FrontMatter, key: str) -> None:
    """Raises EvergreenError for a part that is a slip of the pen in one of ours; other tools have
    more."""
    for name in map(str, part.values):
        if name not in PARTS[key] and (found := get_close_matches(name, PARTS[key], 1, _ALIKE)):
            what = f"unknown option '{name}' of {key}"
            raise part.fault(name, what, f"did you mean '{found[0]}'?")


def _reference(item: FrontMatter) -> Reference:
    _check_parts(item, "references")
    return Reference(
        values.text(item, "id"),
        values.text(item, "title"),
        values.text(item, "url"),
        authors=values.lines(item, "authors") or values.lines(item, "author"),
        year=values.text(item, "year"),
        doi=bare_doi(values.text(item, "doi")),
        venue=values.text(item, "venue"),
    )
