"""Posts and pages of a Jekyll blog that is built where it stands: what Jekyll reads in them.

Front matter there was written for other tools: a value that is not of the kind that we read is left
to the templates, with a warning, and the page is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from evergreen.content import fields
from evergreen.content.frontmatter import FrontMatter, read_front_matter
from evergreen.content.jekyll.files import is_markdown, kind_of
from evergreen.content.jekyll.front_matter_defaults import completed
from evergreen.content.jekyll.permalinks import file_of, output_suffix, page_address, post_address
from evergreen.content.permalinks import Location, read_language
from evergreen.content.static_pages import BARE, LAYOUT
from evergreen.errors import EvergreenError, Problem
from evergreen.model import JekyllConfig, Site
from evergreen.paths import flaw

Reader = Callable[[FrontMatter, Site], Any]

_KEYS = {
    "modified": ("modified", "last_modified_at"),
    "excerpt": ("excerpt", "description"),
}
"""The keys that a field is read from, where they are not its name."""
_DOCUMENT = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html)\b", re.I | re.S)
_OURS = ("place", "execute")
"""What must be right for the page to be right."""


def read_head(path: str, source: bytes, jekyll: JekyllConfig) -> FrontMatter:
    """The front matter as Jekyll completes it; a file without one has only that."""
    return completed(read_front_matter(path, source, twice=True), jekyll)


def jekyll_location(head: FrontMatter, site: Site, jekyll: JekyllConfig) -> Location:
    """Where Jekyll puts the page. Raises EvergreenError where that is no place within the site."""
    own = fields.text(head, "permalink")
    suffix = output_suffix(head.path, own, jekyll)
    is_page = kind_of(head.path) == "pages"
    slug = head.path.rpartition(".")[0].replace("/", "-") if is_page else str(head.values["slug"])
    try:
        url = (
            page_address(own, head.path, suffix, jekyll.style)
            if is_page
            else post_address(
                own or site.permalink,
                head.path,
                slug,
                head.values["categories"],
                head.values["date"],
                suffix,
            )
        )
    except KeyError as error:
        message = f"the address {own!r} has an unknown placeholder ':{error.args[0]}'"
        advice = "Jekyll's are :categories, :title, :year, :month, :day and the like"
        raise head.fault("permalink", message, advice) from None
    file = file_of(url, suffix)
    if wrong := flaw(file):
        raise head.fault("permalink", f"the address {url!r} {wrong}", "give it as /a/b/")
    return Location(slug, head.values["date"], url, _language(head, site), _layout(is_page), file)


def read_leniently(
    fields: Mapping[str, Reader], head: FrontMatter, site: Site
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Each field by name, and warnings: about those whose values are of another kind, and about a
    front matter that is none.

    Raises EvergreenError where what is wrong is more than a matter of looks.
    """
    found: dict[str, Any] = {}
    warnings = list(_shown_as_text(head))
    for name, read in fields.items():
        try:
            found[name] = read(head, site)
        except EvergreenError as error:
            if name in _OURS:
                raise
            warnings += (replace(each, severity="warning") for each in error.problems)
            found[name] = read(_without(head, _KEYS.get(name, (name,))), site)
    found["layout"] = ""
    found["redirect_from"] = tuple(map(_old, found["redirect_from"]))
    return found, tuple(warnings)


def form_of(head: FrontMatter, jekyll: JekyllConfig) -> dict[str, str]:
    """What a source file is written in, and its layout where it is a whole document."""
    if is_markdown(head.path, jekyll):
        return {"markup": "markdown"}
    bare = "layout" in head.values and head.values["layout"] in (None, False, "none", "null", "nil")
    is_whole = kind_of(head.path) == "pages" and (bare or _DOCUMENT.match(head.body))
    return {"markup": "html", "layout": BARE if is_whole else ""}


def _shown_as_text(head: FrontMatter) -> Iterator[Problem]:
    """A warning where blanks or blank lines stand before a front matter: to Jekyll it is text."""
    text = head.body.lstrip()
    if head.found or not text.startswith("---"):
        return
    with suppress(EvergreenError):
        if read_front_matter(head.path, text.encode(), twice=True).values:
            line = head.body.count("\n", 0, len(head.body) - len(text)) + 1
            message = "the front matter does not begin the file, and is shown as text"
            yield Problem(head.path, line, 0, message, "remove the blanks before it", "warning")


def _layout(is_page: bool) -> str:
    return LAYOUT if is_page else "post"


def _old(url: str) -> str:
    """An old address as the file that jekyll-redirect-from writes for it."""
    name = url.rpartition("/")[2]
    return f"{url}.html" if name and "." not in name else url


def _language(head: FrontMatter, site: Site) -> str:
    try:
        return read_language(head, site.lang)
    except EvergreenError:
        return site.lang


def _without(head: FrontMatter, keys: tuple[str, ...]) -> FrontMatter:
    rest = {key: value for key, value in head.values.items() if key not in keys}
    return replace(head, values=rest)
