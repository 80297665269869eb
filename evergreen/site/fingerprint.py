"""Hash of the page metadata that lists, other pages and link checks depend on; a page's links."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter

from evergreen.model import Page, PageLinks, Post
from evergreen.model.hashing import sha256
from evergreen.model.urls import file_of

_UNSEEN = {"body", "body_line", "origin", "stored", "attachments", "warnings", "uses"}
"""Fields of a post that no other page shows."""
_SHOWN = attrgetter(*(each.name for each in fields(Post) if each.name not in _UNSEEN))
_FEW_WORDS = 12
ASSETS = "assets/"
"""The folder of figures, which are named by their content."""


def metadata_hash(page: Page) -> str:
    """Hash the page metadata that lists, other pages, redirects and the sitemap depend on.

    Pages with the same hash differ at most in content and summary, which only feeds, home pages and
    the search index show.
    """
    post = _SHOWN(page.post)
    files = [file.path for file in page.artifacts if not file.path.startswith(ASSETS)]
    shown = (
        post,
        page.libraries,
        bool(page.figure),
        page.ran > 0,
        lists_posts(page.post),
        files,
        page.keywords,
        page.pictures,
    )
    return sha256(repr(shown))


def lists_posts(post: Post) -> bool:
    """True if its text was made from the blog's posts, as a Jekyll home page is."""
    return any(each.partition(" ")[0] == "posts" for each in post.uses)


def gives_way(post: Post) -> bool:
    """True for a page that leaves its address to a list of ours: it is empty, or lists posts with
    hardly a word besides.
    """
    return post.words < (_FEW_WORDS if lists_posts(post) else 1)


def page_links(page: Page) -> PageLinks:
    """Return the links and anchors of a page."""
    links = tuple(link for link in page.hyperlinks if link.path is not None or link.flaw)
    return PageLinks(page.post.path, file_of(page.post), page.post.lang, links, page.anchors)
