"""Page → what is told of it without its content: to other pages, and to those who follow links."""

from __future__ import annotations

from dataclasses import replace

from evergreen.model import Page, PageLinks, Post
from evergreen.model.hashing import sha256
from evergreen.model.urls import file_of

ASSETS = "assets/"
"""Figures stand below it, named by their content."""


def metadata_hash(page: Page) -> str:
    """A hash of all that other files than the page's own may show of it or depend on: lists, other
    posts' pages, redirects, the sitemap, who has which address. Pages with one face differ at most
    in their content and its summary, which only feeds, home pages and the index of searches show.
    """
    post = replace(
        page.post,
        body="",
        body_line=0,
        origin=(),
        stored={},
        attachments={},
        warnings=(),
        uses={},
    )
    files = [file.path for file in page.artifacts if not file.path.startswith(ASSETS)]
    shown = (post, page.libraries, bool(page.figure), page.ran > 0, lists_posts(page.post), files)
    return sha256(repr(shown))


def lists_posts(post: Post) -> bool:
    """Whether its text was made of the blog's posts, as the home page of a Jekyll blog is."""
    return any(each.partition(" ")[0] == "posts" for each in post.uses)


def page_links(page: Page) -> PageLinks:
    """The page as links see it."""
    links = tuple(link for link in page.hyperlinks if link.path is not None or link.flaw)
    return PageLinks(page.post.path, file_of(page.post), page.post.lang, links, page.anchors)
