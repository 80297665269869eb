"""Links from one source file to another, `[text](2018-07-11-slug.md)`, become links to pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace
from html import escape, unescape
from urllib.parse import quote, unquote

from evergreen.content.liquid.shared import BlogContext
from evergreen.model import Hyperlink, Page, Post

_PATH = r"[^\"<>:?#]*\.(?:md|markdown|mkdn?|ipynb|qmd|rmd|py)"
_LINK = re.compile(rf'(<a\b[^<>]*?\shref=")({_PATH})((?:#[^"<>]*)?")', re.I)
_SOURCE = re.compile(_PATH, re.I)


def with_links(page: Page, blog: BlogContext) -> Page:
    """Replace links to source files by links to their pages; links to no page are unchanged."""
    if "href=" not in page.content or not _LINK.search(page.content):
        return page
    uses: dict[str, str] = {}

    def address(link: str) -> str:
        path = _path(page.post, unquote(unescape(link)))
        uses[f"link {path}"] = url = blog.post_index.by_path(path)
        return url

    def led(found: re.Match[str]) -> str:
        url = address(found[2])
        return f"{found[1]}{escape(quote(url))}{found[3]}" if url else found[0]

    content = _LINK.sub(led, page.content)
    links = tuple(_followed(link, address) for link in page.hyperlinks)
    post = replace(page.post, uses={**page.post.uses, **uses})
    return replace(page, content=content, post=post, hyperlinks=links)


def _followed(link: Hyperlink, address: Callable[[str], str]) -> Hyperlink:
    source = link.url.partition("#")[0]
    if link.tag != "a" or not _SOURCE.fullmatch(source) or not (url := address(source)):
        return link
    return replace(link, url=quote(url), path=url.lstrip("/"))


def _path(post: Post, link: str) -> str:
    """Return the path below the blog that a link in a post means."""
    if link.startswith("/"):
        return posixpath.normpath(link).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(post.path), link))
