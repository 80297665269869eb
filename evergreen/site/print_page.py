"""A page as it is printed: without the site around it, and with a numbered list of its links.

Nothing in it depends on other posts, so a new post changes no PDF.
"""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import urljoin

from markupsafe import Markup

from evergreen.model import Page, Site
from evergreen.model.urls import absolute, is_complete
from evergreen.regex import regex
from evergreen.render.languages import in_language
from evergreen.site.absolute_links import dress
from evergreen.site.jinja import SiteFrame, Templates, fill

TEMPLATE = "print.html"
_LINK = regex(r"<a(?=\s)((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>(.*?)</a\s*>", re.S | re.I)
_HREF = regex(r"\shref\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_TAG = regex(r"<[^<>]*>")
_LAZY = regex(r'\sloading="lazy"')
_NOTED = ("http://", "https://")


def render_print(templates: Templates, site: Site, page: Page) -> str:
    """Render a page for paper. Raises EvergreenError at the template."""
    site = in_language(site, page.post.lang)
    post = page.post
    body, links = note_links(site, post.url, dress(site, page.content))
    frame = SiteFrame(title=post.title, url=post.url, lang=post.lang, theme=post.theme)
    values = {
        "page": page,
        "content": Markup(_LAZY.sub("", body)),
        "links": links,
        "address": absolute(site, post.url) if site.url else "",
    }
    return fill(templates, site, TEMPLATE, frame, values, post.path).decode()


def note_links(site: Site, url: str, body: str) -> tuple[str, list[str]]:
    """Return a body whose links to other pages have numbers, and the list of their URLs.

    A link whose text is its URL has no number. Links to pages of a site without an address are
    plain text, as are those that stand for a picture's file.
    """
    base = absolute(site, url)
    numbers: dict[str, int] = {}

    def note(found: re.Match[str]) -> str:
        if 'class="doc-link"' in found[1]:
            return found[2]
        href = _HREF.search(found[1])
        target = unescape(href[1] or href[2] or "") if href else ""
        if not href or target.startswith("#"):
            return found[0]
        target = target if is_complete(target) else urljoin(base, target)
        text = unescape(_TAG.sub("", found[2])).strip()
        if not is_complete(target) or not text:
            return found[2]
        attributes = found[1].replace(href[0], f' href="{escape(target)}"')
        link = f"<a{attributes}>{found[2]}</a>"
        if not target.startswith(_NOTED) or text in (target, target.partition("://")[2]):
            return link
        number = numbers.setdefault(target, len(numbers) + 1)
        return f'{link}<sup class="link-note">{number}</sup>'

    return _LINK.sub(note, body), list(numbers)
