"""A rendered body → its links, each with its line in the source of the post.

The links are extracted from the published HTML, so that they are those that a browser sees; the
Markdown parser only contributes the line of each URL.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape, unescape
from urllib.parse import unquote

from evergreen.markdown.html import URL_ATTRIBUTES
from evergreen.model import Cell, Hyperlink, Post, Site
from evergreen.model.urls import CANDIDATE, follow
from evergreen.regex import regex
from evergreen.render.columns import open_columns

UrlLines = Mapping[str, Iterable[int]]
"""URL → its lines in the source file."""


def find_hyperlinks(
    site: Site, post: Post, body: str, own: str, lines: UrlLines
) -> tuple[Hyperlink, ...]:
    """Return the links of a post's body and front matter, sorted by line, except those to its own
    anchors (`own`, separated by spaces).

    The line of a URL that is not in `lines` is where the body contains it, else the first.
    """
    here = post.url.lstrip("/")
    known = {*own.split(" "), "", "top", *(f"reference-{each.id}" for each in post.references)}
    found = dict.fromkeys([*_of_front_matter(post), *_of_body(post, body, lines)])
    column = open_columns(post)
    followed = (_followed(site, post, *each, column(each[0], each[1])) for each in found)
    kept = (link for link in followed if link.path != here or link.fragment not in known)
    return tuple(sorted(kept, key=lambda link: link.line))


def find_urls(html: str) -> Iterator[tuple[str, str]]:
    """Yield each URL that HTML links to or loads, after the name of its element (`img` for the
    poster of a video)."""
    for tag in _LINKING.finditer(html):
        name = (tag[1] or tag[3] or "").lower()
        for attribute in _ATTRIBUTE.finditer(tag[2] or tag[4] or ""):
            key = attribute[1].lower()
            if key in URL_ATTRIBUTES and (key != "data" or name == "object"):
                value = unescape(attribute[2] or attribute[3] or attribute[4] or "")
                shown = "img" if key == "poster" else name
                yield from ((shown, url) for url in _candidates(key, value))


def rewrite_urls(html: str, change: Callable[[str], str]) -> str:
    """Return HTML with other URLs in the attributes where `find_urls` finds them."""

    def one(value: re.Match[str]) -> str:
        url = change(value[1])
        return url + value[0][len(value[1]) :]

    def attribute(found: re.Match[str]) -> str:
        key = found[1].lower()
        if key not in URL_ATTRIBUTES:
            return found[0]
        value = unescape(found[2] or found[3] or found[4] or "")
        new = CANDIDATE.sub(one, value) if key == "srcset" else change(value)
        return found[0] if new == value else f'{found[1]}="{escape(new)}"'

    def tag(found: re.Match[str]) -> str:
        inner = 2 if found[1] else 4
        start, end = found.start(inner) - found.start(), found.end(inner) - found.start()
        return f"{found[0][:start]}{_ATTRIBUTE.sub(attribute, found[inner])}{found[0][end:]}"

    return _LINKING.sub(lambda found: tag(found) if found[3] or found[1] else found[0], html)


def anchors(html: str) -> str:
    """Return the ids and names that a URL fragment can refer to, separated by spaces."""
    shown = _COMMENT.sub("", html) if "<!--" in html else html
    return " ".join(
        unescape(each[1] or each[2] or each[3] or "") for each in _ANCHOR.finditer(shown)
    )


def locate_urls(post: Post, noted: Iterable[tuple[int, str]]) -> dict[str, set[int]]:
    """Map URLs to source lines, from the lines and URLs that the Markdown parser found in a body;
    a `srcset` counts as each of its URLs."""
    lines: dict[str, set[int]] = defaultdict(set)
    for line, value in noted:
        for url in {unescape(value), *_candidates("srcset", unescape(value))}:
            lines[url].add(post.at(line))
    return lines


def locate_output_urls(cells: Iterable[Cell], blocks: Mapping[int, str]) -> dict[str, set[int]]:
    """Map the URLs in the outputs of cells, given by block, to their line in the code, else the
    first line of the cell."""
    lines: dict[str, set[int]] = defaultdict(set)
    for cell in cells:
        for _, url in find_urls("" if cell.inline else blocks.get(cell.fence, "")):
            below = cell.source.count("\n", 0, max(cell.source.find(url), 0))
            lines[url].add(cell.line + below)
    return lines


def _candidates(key: str, value: str) -> Iterator[str]:
    """Yield the URLs in an attribute value; `srcset` has several (HTML, §4.8.4.2.1)."""
    if key != "srcset":
        yield value
        return
    yield from (found[1] for found in CANDIDATE.finditer(value))


def _of_front_matter(post: Post) -> Iterator[tuple[int, str, str]]:
    """Yield line, URL and tag of each link in the front matter."""
    if post.image:
        yield _in_front(post, post.image.url, "image"), post.image.url, "img"
        if post.image.creditlink:
            yield _in_front(post, post.image.creditlink, "image"), post.image.creditlink, "a"
    if post.redirect_to:
        yield _in_front(post, post.redirect_to, "redirect_to"), post.redirect_to, "a"
    for reference in post.references:
        if reference.url:
            yield _in_front(post, reference.url, "references"), reference.url, "a"


def _in_front(post: Post, url: str, key: str) -> int:
    return post.places.get(url) or post.lines.get(key) or post.lines.get("bibliography", 1)


def _of_body(post: Post, body: str, lines: UrlLines) -> Iterator[tuple[int, str, str]]:
    for tag, url in find_urls(body):
        for line in lines.get(url) or [_line_of(post, url)]:
            yield line, url, tag


def _line_of(post: Post, url: str) -> int:
    at = next((at for text in (url, unquote(url)) if text and (at := post.body.find(text)) >= 0), 0)
    return post.at(post.body.count("\n", 0, at) + 1)


def _followed(site: Site, post: Post, line: int, url: str, tag: str, column: int) -> Hyperlink:
    target = follow(site, post.url, url)
    return Hyperlink(line, url, tag, target.path, target.fragment, target.flaw, column)


_TAGS = (
    "a|area|img|source|video|audio|track|iframe|embed|object|link|image|use|input"
    "|blockquote|q|ins|del"
)
_INNER = r"(?=[\s/>])((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>?"
_LINKING = regex(
    r"<(?!/|span|p|code)"  # the most frequent tags, skipped early
    rf"(?:!--.*?(?:-->|\Z)|(script|style){_INNER}.*?(?:</\1\s*>|\Z)|({_TAGS}){_INNER})",
    re.S | re.I,
)
"""Elements with URLs; comments, style sheets and scripts match as a whole, without URLs."""
_ATTRIBUTE = regex(r"([^\s\"'<>/=]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+))")
_COMMENT = regex(r"<!--.*?(?:-->|\Z)", re.S)
_ANCHOR = regex(
    r"<(?!/|span class=\"\w{1,3}\">|p>|code>)"  # as above
    r"(?:[a-zA-Z][^<>]*?\sid|a\s[^<>]*?\bname)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+))"
)
