"""Pages → what feed readers read: Atom (RFC 4287) and JSON Feed 1.1.

Feeds hold the full text with complete addresses. They carry no time of their own: the same posts
make the same bytes.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any
from xml.etree import ElementTree

from evergreen.addresses import absolute
from evergreen.model import Artifact, Listing, Page, Site
from evergreen.templates.content import with_absolute_links
from evergreen.templates.languages import in_language
from evergreen.templates.metadata import picture
from evergreen.xml_text import write_xml

ATOM = "feed.xml"
JSON = "feed.json"
LENGTH = {"archive": 20, "tag": 10}
"""Posts in the feed of a language and in that of a tag."""
_ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A post as feeds carry it; made once, though it may stand in several feeds."""

    page: Page
    url: str
    content: str
    image: str = ""

    @property
    def updated(self) -> datetime:
        return self.page.post.modified or self.page.post.date


@dataclass(frozen=True, slots=True)
class Feed:
    """The newest posts of a list."""

    title: str
    url: str
    """Of the list, below `baseurl`; the feed's files stand in its folder."""
    lang: str
    items: tuple[FeedItem, ...]


def feed_parts(
    site: Site,
    pages: Sequence[Page],
    listings: Iterable[Listing],
    whole: Callable[[Page], Page] = lambda page: page,
) -> Iterator[tuple[str, str, Callable[[], Artifact]]]:
    """For Atom and JSON Feed of each language and each tag, in the folder of the list: the file's
    path, all that it is made of ("" where not known), and a call that makes it.

    `whole` gives a page its content; each page's is asked for at the most once.
    """
    by_url = {page.post.url: page for page in pages}
    item = cache(lambda url: _item(site, whole(by_url[url])))
    for listing in listings:
        if listing.number > 1 or listing.kind not in LENGTH:
            continue
        urls = tuple(entry.url for entry in listing.entries[: LENGTH[listing.kind]])
        digests = [by_url[url].digest for url in urls]
        inputs = " ".join((listing.kind, listing.title, *digests)) if all(digests) else ""
        folder = _feed_url(listing).lstrip("/")
        for name, write in ((ATOM, render_atom), (JSON, render_json_feed)):
            yield folder + name, inputs, partial(_make, site, listing, urls, item, name, write)


def _make(
    site: Site,
    listing: Listing,
    urls: Iterable[str],
    item: Callable[[str], FeedItem],
    name: str,
    write: Callable[[Site, Feed], bytes],
) -> Artifact:
    site = in_language(site, listing.lang)
    feed = _feed(site, listing, tuple(map(item, urls)))
    return Artifact(feed.url.lstrip("/") + name, write(site, feed))


def render_atom(site: Site, feed: Feed) -> bytes:
    """An Atom feed; ids are addresses, or UUIDs made from them where the site has no address."""
    root = ElementTree.Element("feed", {"xmlns": _ATOM_NAMESPACE, "xml:lang": feed.lang})
    url = absolute(site, feed.url)
    _texts(root, title=feed.title, id=_id(site, url), updated=_updated(feed))
    if feed.title == site.title and site.description:
        _texts(root, subtitle=site.description)
    _link(root, "self", absolute(site, feed.url + ATOM), "application/atom+xml")
    _link(root, "alternate", url, "text/html")
    _texts(ElementTree.SubElement(root, "author"), name=site.author or site.title)
    for item in feed.items:
        _atom_entry(site, ElementTree.SubElement(root, "entry"), item)
    return write_xml(root)


def render_json_feed(site: Site, feed: Feed) -> bytes:
    """A JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    return _json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": absolute(site, feed.url),
            "feed_url": absolute(site, feed.url + JSON),
            "description": site.description,
            "language": feed.lang,
            "authors": [{"name": site.author or site.title}],
            "items": [_json_item(site, item) for item in feed.items],
        }
    )


def _item(site: Site, page: Page) -> FeedItem:
    site = in_language(site, page.post.lang)
    content = with_absolute_links(site, page.post.url, page.content)
    return FeedItem(page, absolute(site, page.post.url), content, picture(site, page))


def _feed(site: Site, listing: Listing, items: tuple[FeedItem, ...]) -> Feed:
    title = site.title if listing.kind == "archive" else f"{listing.title} · {site.title}"
    return Feed(title, _feed_url(listing), listing.lang, items)


def _feed_url(listing: Listing) -> str:
    return listing.url.removesuffix("archive/") if listing.kind == "archive" else listing.url


def _atom_entry(site: Site, node: ElementTree.Element, item: FeedItem) -> None:
    post = item.page.post
    _texts(node, title=post.title, id=_id(site, item.url))
    _texts(node, published=post.date.isoformat(), updated=item.updated.isoformat())
    _link(node, "alternate", item.url, "text/html")
    _texts(ElementTree.SubElement(node, "author"), name=post.author or site.author or site.title)
    for tag in (*post.categories, *post.tags):
        ElementTree.SubElement(node, "category", {"term": _legal(tag)})
    if item.page.summary:
        _texts(node, summary=item.page.summary)
    content = ElementTree.SubElement(node, "content", {"type": "html", "xml:lang": post.lang})
    content.text = _legal(item.content)


def _json_item(site: Site, item: FeedItem) -> dict[str, Any]:
    post = item.page.post
    values: dict[str, Any] = {
        "id": _id(site, item.url),
        "url": item.url,
        "title": post.title,
        "summary": item.page.summary,
        "content_html": item.content,
        "image": item.image,
        "date_published": post.date.isoformat(),
        "date_modified": item.updated.isoformat(),
        "authors": [{"name": post.author or site.author or site.title}],
        "tags": list(post.tags),
        "language": post.lang,
    }
    return {key: value for key, value in values.items() if value}


def _id(site: Site, url: str) -> str:
    return url if site.url else f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, site.title + url)}"


def _updated(feed: Feed) -> str:
    times: Sequence[datetime] = [item.updated for item in feed.items]
    return max(times).isoformat() if times else "1970-01-01T00:00:00+00:00"


def _texts(parent: ElementTree.Element, **texts: str) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = _legal(text)


def _link(parent: ElementTree.Element, relation: str, url: str, kind: str) -> None:
    ElementTree.SubElement(parent, "link", {"rel": relation, "href": url, "type": kind})


def _legal(text: str) -> str:
    """Text without the characters that XML 1.0 does not allow, not even escaped."""
    return _NOT_XML.sub("", text)


def _json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace") + b"\n"
