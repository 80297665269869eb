"""The link of a page to its PDF, which is printed when the site is whole (see `pdf`)."""

from __future__ import annotations

import posixpath
from urllib.parse import quote, unquote

from evergreen.build.browser import find_browser
from evergreen.content.static_pages import is_static
from evergreen.dataclass import replace
from evergreen.errors import Problem
from evergreen.model import Download, Page, Post, Site
from evergreen.model.urls import file_of

PDF = "pdf"
"""Label of the download."""


def has_pdf(site: Site, post: Post) -> bool:
    """True if a post asks for a PDF, or the blog does and the post does not refuse."""
    if post.pdf is not None:
        return post.pdf
    return site.pdf and not is_static(post)


def with_pdf_link(page: Page, site: Site) -> tuple[Page, tuple[Problem, ...]]:
    """Return the page with a link to its PDF; without it and with a warning if none can be made."""
    post = page.post
    if not has_pdf(site, post):
        return page, ()
    if not find_browser():
        line = post.lines.get("pdf", 1)
        message = "there is no PDF: no Chromium-based browser is installed"
        return page, (
            Problem(post.path, line, 0, message, "install Chromium or Chrome", "warning"),
        )
    folder = posixpath.dirname(file_of(post))
    url = f"{site.baseurl}/{quote(posixpath.join(folder, post.slug))}.pdf"
    return replace(page, downloads=(*page.downloads, Download(PDF, url))), ()


def pdf_url(page: Page) -> str:
    """Return the address of the PDF that a page links to; "" for none."""
    return next((each.url for each in page.downloads if each.label == PDF), "")


def pdf_path(url: str, site: Site) -> str:
    """Return the path in the site of a PDF with this address."""
    return unquote(url.removeprefix(site.baseurl)).lstrip("/")
