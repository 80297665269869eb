"""Published pages of posts that fail when nothing is known of their last good ones: in a new clone
of a blog, or without its cache.

The file of such a page stays as it is, and says when its code ran. No list names the post until its
code runs again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from html import unescape

from evergreen.model import Artifact, Post, Site
from evergreen.model.page import ExistingContent
from evergreen.model.urls import file_of, follow
from evergreen.regex import regex


def keep_published(
    posts: Iterable[Post],
    site: Site,
    made: Collection[str],
    published: Mapping[str, str],
    read: Callable[[str], bytes | None],
) -> Iterator[Artifact]:
    """Yield the published pages of posts, with the files that they load or offer, as they are.

    `made` are the paths of the files that are made now, `published` the SHA-256 of those that we
    published before; `read` returns one of them.
    """
    kept: set[str] = set()
    for post in posts:
        page = file_of(post)
        if page in made or page not in published:
            continue
        for path in (page, *_needed(page, post.url, site, published, read)):
            if path not in made and path not in kept:
                kept.add(path)
                yield Artifact(path, ExistingContent(published[path]), post.path)


def _needed(
    page: str,
    url: str,
    site: Site,
    published: Mapping[str, str],
    read: Callable[[str], bytes | None],
) -> Iterator[str]:
    """Yield the published files that a page names, and its style sheets, except other pages."""
    for path in _named(page, url, site, read):
        if path in published and not path.endswith((".html", ".htm")):
            yield path
            if path.endswith(".css"):
                yield from published.keys() & {*_named(path, f"/{path}", site, read)}


def _named(file: str, url: str, site: Site, read: Callable[[str], bytes | None]) -> Iterator[str]:
    """Yield the paths in the site that a file names."""
    for found in _URL.finditer((read(file) or b"").decode("utf-8", "replace")):
        for each in re.split(r",\s+|\s+", unescape(next(filter(None, found.groups()), ""))):
            if path := each and follow(site, url, each).path:
                yield path


_URL = regex(
    r"\s(?:href|src|srcset|poster)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')|url\(\s*[\"']?([^\"')]+)"
)
"""URLs in HTML and CSS."""
