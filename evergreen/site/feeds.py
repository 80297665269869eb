"""Pages → what feed readers read: Atom (RFC 4287) and JSON Feed 1.1.

Feeds hold the full text with complete addresses. They carry no time of their own: the same posts
make the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from evergreen.content.jekyll.permalinks import slugify
from evergreen.dataclass import dataclass, replace
from evergreen.model import Artifact, Listing, Site
from evergreen.model.urls import absolute
from evergreen.render.languages import in_language
from evergreen.render.xml_text import legal, write_xml
from evergreen.site.absolute_links import with_absolute_links
from evergreen.site.feed_markup import feed_markup
from evergreen.site.metadata import picture
from evergreen.site.tasks import FeedItem, FileTask, RenderContext

ATOM = "feed.xml"
JSON = "feed.json"
LENGTH = {"archive": 20, "tag": 10, "author": 10}
"""Posts in the feed of a language, and in those of a tag and an author."""
_ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Feed:
    """The newest posts of a list."""

    title: str
    url: str
    """URL of the list, below `baseurl`; the feed's files are in its folder."""
    lang: str
    items: tuple[FeedItem, ...]
    file: str
    """Path of the file in the site."""


def feed_tasks(site: Site, listings: Iterable[Listing]) -> Iterator[FileTask]:
    """Yield tasks for both feeds of each language, tag and author, in the folder of its list, and
    for those at Jekyll's addresses.
    """
    for listing in listings:
        if listing.number > 1:
            continue
        folder = _feed_url(listing).lstrip("/")
        own = [folder + name for name in (ATOM, JSON)] if listing.kind in LENGTH else []
        for file in dict.fromkeys([*own, *_jekylls(site, listing)]):
            paths = tuple(entry.path for entry in listing.entries[: LENGTH.get(listing.kind, 10)])
            title = _title(in_language(site, listing.lang), listing)
            args = (file, title, _feed_url(listing), listing.lang, paths)
            yield FileTask(file, make_feed, args, paths)


def make_feed(
    context: RenderContext, file: str, title: str, url: str, lang: str, paths: Iterable[str]
) -> Artifact:
    """Make the file of a feed, whose name says which of the two it is; `paths` are its posts."""
    feed = Feed(title, url, lang, tuple(_item(context, path) for path in paths), file)
    write = render_json_feed if file.rpartition("/")[2] == JSON else render_atom
    return Artifact(file, write(in_language(context.site, lang), feed))


def _jekylls(site: Site, listing: Listing) -> Iterator[str]:
    """Yield the files at which jekyll-feed writes the feed of a list."""
    if not site.jekyll or listing.lang != site.lang:
        return
    feeds, name = site.jekyll.feeds, listing.title
    if listing.kind == "archive" and feeds.path:
        yield feeds.path
    elif listing.kind == "category" and name in feeds.categories:
        yield f"feed/{name}.xml"
    elif listing.kind == "tag" and feeds.has_tag(name):
        yield f"{feeds.tags}{slugify(name)}.xml"


def render_atom(site: Site, feed: Feed) -> bytes:
    """Render an Atom feed; ids are URLs, or UUIDs made from them if the site has no `url`."""
    root = ElementTree.Element("feed", {"xmlns": _ATOM_NAMESPACE, "xml:lang": feed.lang})
    url = absolute(site, feed.url)
    _texts(root, title=feed.title, id=_id(site, url), updated=_updated(feed))
    if feed.title == site.title and site.description:
        _texts(root, subtitle=site.description)
    _link(root, "self", absolute(site, f"/{feed.file}"), "application/atom+xml")
    _link(root, "alternate", url, "text/html")
    _texts(ElementTree.SubElement(root, "author"), name=site.author or site.title)
    for item in feed.items:
        _atom_entry(site, ElementTree.SubElement(root, "entry"), item)
    return write_xml(root)


def render_json_feed(site: Site, feed: Feed) -> bytes:
    """Render a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    return _json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": absolute(site, feed.url),
            "feed_url": absolute(site, f"/{feed.file}"),
            "description": site.description,
            "language": feed.lang,
            "authors": [{"name": site.author or site.title}],
            "items": [_json_item(site, item) for item in feed.items],
        }
    )


def _item(context: RenderContext, path: str) -> FeedItem:
    if path not in context.items:
        page = context.whole(path)
        site = in_language(context.site, page.post.lang)
        content = feed_markup(with_absolute_links(site, page.post.url, page.content))
        url = absolute(site, page.post.url)
        image = picture(site, page)
        kept = replace(page, content="", toc=(), artifacts=(), hyperlinks=(), anchors="")
        context.items[path] = FeedItem(kept, url, content, image)
    return context.items[path]


def _title(site: Site, listing: Listing) -> str:
    return site.title if listing.kind == "archive" else f"{listing.title} · {site.title}"


def _feed_url(listing: Listing) -> str:
    return listing.url.removesuffix("archive/") if listing.kind == "archive" else listing.url


def _atom_entry(site: Site, node: ElementTree.Element, item: FeedItem) -> None:
    post = item.page.post
    _texts(node, title=post.title, id=_id(site, item.url))
    _texts(node, published=post.date.isoformat(), updated=item.updated.isoformat())
    _link(node, "alternate", item.url, "text/html")
    _texts(ElementTree.SubElement(node, "author"), name=post.author or site.author or site.title)
    for tag in (*post.categories, *post.tags):
        ElementTree.SubElement(node, "category", {"term": legal(tag)})
    if item.page.summary:
        _texts(node, summary=item.page.summary)
    content = ElementTree.SubElement(node, "content", {"type": "html", "xml:lang": post.lang})
    content.text = legal(item.content)


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
    if site.url:
        return url
    import uuid  # slow to import, and only sites without a URL need it

    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, site.title + url)}"


def _updated(feed: Feed) -> str:
    times: Sequence[datetime] = [item.updated for item in feed.items]
    return max(times).isoformat() if times else "1970-01-01T00:00:00+00:00"


def _texts(parent: ElementTree.Element, **texts: str) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = legal(text)


def _link(parent: ElementTree.Element, relation: str, url: str, kind: str) -> None:
    ElementTree.SubElement(parent, "link", {"rel": relation, "href": url, "type": kind})


def _json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace") + b"\n"
