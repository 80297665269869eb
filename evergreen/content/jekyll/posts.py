"""Read the posts and pages of a Jekyll blog.

Their front matter was written for other tools: a value of an unexpected type is left to the
templates, with a warning, and the page is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any

from evergreen.content import fields
from evergreen.content.frontmatter import FrontMatter, read_front_matter
from evergreen.content.jekyll.files import collection_of, is_markdown, kind_of
from evergreen.content.jekyll.front_matter_defaults import with_jekyll_defaults
from evergreen.content.jekyll.permalinks import file_of, output_suffix, page_address, post_address
from evergreen.content.permalinks import Location, read_language
from evergreen.content.static_pages import BARE, LAYOUT
from evergreen.content.yaml_mapping import CONTROL
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError, Problem, place_in
from evergreen.model import JekyllConfig, Site
from evergreen.paths import flaw
from evergreen.regex import regex

Reader = Callable[[FrontMatter, Site], Any]

_KEYS = {
    "modified": ("modified", "last_modified_at", "lastmod", "updated", "date-modified"),
    "excerpt": ("excerpt", "description", "summary"),
    "authors": ("authors", "author"),
}
"""The keys that a field is read from, if they differ from its name."""
_DOCUMENT = regex(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html)\b", re.I | re.S)
_HIDDEN = regex(r"<!--.*?-->|<(script|style|head)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_LOOP = regex(r"\{%-?\s*for\b.*\{%-?\s*endfor\s*-?%\}", re.DOTALL)
_COUNTED = regex(r"\{%-?\s*include\b.*?%\}|<(?:img|iframe|video|form|canvas)\b|!\[", re.IGNORECASE)
_TAG = regex(r"<[^<>]*>|\{%.*?%\}|\{\{.*?\}\}|\{:.*?\}", re.DOTALL)
_WORD = regex(r"[\u3041-\u9fff\uac00-\ud7a3]|[^\W_]+")
_HEADED = regex(r"---[ \t]*\n(?:[A-Za-z_][\w-]*:|#)")
"""A line that opens a front matter, with a key below it."""
_REQUIRED = ("place", "execute")
"""Fields that must be valid, or the page would be wrong."""


def without_control_characters(path: str, source: bytes) -> tuple[bytes, tuple[Problem, ...]]:
    """Remove the control characters, which Jekyll publishes and HTML does not allow; return a
    warning at the first one. A file that is not UTF-8 is returned as it is."""
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        return source, ()
    found = CONTROL.search(text)
    if found is None or text.startswith("\0"):
        return source, ()
    line, column = place_in(text, found.start())
    message = f"a control character (U+{ord(found[0]):04X}) is left out"
    problem = Problem(path, line, column, message, "remove it", "warning")
    return CONTROL.sub("", text).encode(), (problem,)


def complete_front_matter(path: str, source: bytes, jekyll: JekyllConfig) -> FrontMatter:
    """Read the front matter, completed as Jekyll does; a file without one has only defaults."""
    return with_jekyll_defaults(read_front_matter(path, source, as_jekyll=True), jekyll)


def jekyll_location(front_matter: FrontMatter, site: Site, jekyll: JekyllConfig) -> Location:
    """Return the location that Jekyll gives the page. Raises EvergreenError if it is not valid
    within the site.
    """
    own = fields.text(front_matter, "permalink")
    suffix = output_suffix(front_matter.path, own, jekyll)
    collection = collection_of(front_matter.path, jekyll)
    is_page = kind_of(front_matter.path, jekyll) == "pages"
    template = collection.permalink if collection else site.permalink
    slug = (
        front_matter.path.rpartition(".")[0].replace("/", "-")
        if is_page
        else str(front_matter.values["slug"])
    )
    try:
        url = (
            page_address(own, front_matter.path, suffix, jekyll.style)
            if is_page
            else post_address(
                own or template,
                front_matter.path,
                slug,
                front_matter.values["categories"],
                front_matter.values["date"],
                suffix,
                collection,
            )
        )
    except KeyError as error:
        message = f"the URL {own!r} has an unknown placeholder ':{error.args[0]}'"
        advice = "Jekyll's are :categories, :title, :year, :month, :day and the like"
        raise front_matter.fault("permalink", message, advice) from None
    file = file_of(url, suffix)
    if wrong := flaw(file):
        raise front_matter.fault("permalink", f"the URL {url!r} {wrong}", "write it as /a/b/")
    return Location(
        slug,
        front_matter.values["date"],
        url,
        _language(front_matter, site),
        LAYOUT if is_page or collection else "post",
        file,
    )


def read_leniently(
    fields: Mapping[str, Reader], front_matter: FrontMatter, site: Site
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Read each field by name, with warnings for values of a wrong type and for a front matter that
    does not begin the file.

    Raises EvergreenError if a field is wrong that the page depends on.
    """
    found, warnings = read_each(fields, front_matter, site, _REQUIRED)
    found["layout"] = ""
    found["redirect_from"] = tuple(map(_old, found["redirect_from"]))
    return found, (*front_matter.warnings, *_shown_as_text(front_matter), *warnings)


def read_each(
    fields: Mapping[str, Reader], front_matter: FrontMatter, site: Site, required: Collection[str]
) -> tuple[dict[str, Any], list[Problem]]:
    """Read each field by name; one of a wrong type has its default, and a warning.

    Raises EvergreenError if one of the `required` fields is wrong.
    """
    found: dict[str, Any] = {}
    warnings: list[Problem] = []
    for name, read in fields.items():
        try:
            found[name] = read(front_matter, site)
        except EvergreenError as error:
            if name in required:
                raise
            warnings += (replace(each, severity="warning") for each in error.problems)
            found[name] = read(_without(front_matter, _KEYS.get(name, (name,))), site)
    return found, warnings


def source_fields(front_matter: FrontMatter, jekyll: JekyllConfig) -> dict[str, Any]:
    """Return the collection and the markup of a source file, and its layout if it is a complete
    HTML document; of a page, how many words of its own it has.
    """
    collection = collection_of(front_matter.path, jekyll)
    found: dict[str, Any] = {"collection": collection.name if collection else ""}
    if kind_of(front_matter.path, jekyll) == "pages":
        found["words"] = own_words(front_matter.body)
    if is_markdown(front_matter.path, jekyll):
        return {**found, "markup": "markdown"}
    bare = "layout" in front_matter.values and front_matter.values["layout"] in (
        None,
        False,
        "none",
        "null",
        "nil",
    )
    is_whole = kind_of(front_matter.path, jekyll) not in ("posts", "drafts") and (
        bare or _DOCUMENT.match(front_matter.body)
    )
    return {**found, "markup": "html", "layout": BARE if is_whole else ""}


def own_words(body: str) -> int:
    """Count the words of a page besides its loops, which list posts; each Chinese character,
    picture and include is one.
    """
    text = _LOOP.sub(" ", _HIDDEN.sub(" ", body))
    return len(_WORD.findall(_TAG.sub(" ", _COUNTED.sub(" x ", text))))


def _shown_as_text(front_matter: FrontMatter) -> Iterator[Problem]:
    """Warn if there is space before a front matter: Jekyll then shows it as text."""
    text = front_matter.body.lstrip()
    if front_matter.found or not text.startswith("---"):
        return
    if text == front_matter.body and _HEADED.match(text):
        message = "the front matter is not closed, and is shown as text"
        yield Problem(front_matter.path, 1, 0, message, "end it with a line '---'", "warning")
        return
    with suppress(EvergreenError):
        if read_front_matter(front_matter.path, text.encode(), as_jekyll=True).values:
            line = front_matter.body.count("\n", 0, len(front_matter.body) - len(text)) + 1
            message = "the front matter does not begin the file, and is shown as text"
            yield Problem(
                front_matter.path, line, 0, message, "remove the space before it", "warning"
            )


def _old(url: str) -> str:
    """Return an old URL as the file that jekyll-redirect-from writes for it."""
    name = url.rpartition("/")[2]
    return f"{url}.html" if name and "." not in name else url


def _language(front_matter: FrontMatter, site: Site) -> str:
    try:
        return read_language(front_matter, site.lang)
    except EvergreenError:
        return site.lang


def _without(front_matter: FrontMatter, keys: tuple[str, ...]) -> FrontMatter:
    rest = {key: value for key, value in front_matter.values.items() if key not in keys}
    return replace(front_matter, values=rest)
