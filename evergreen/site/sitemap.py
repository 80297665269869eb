"""Pages → what crawlers read: the sitemap and robots.txt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from xml.etree import ElementTree

from evergreen.content.static_pages import APART, NO_DATE
from evergreen.dataclass import dataclass
from evergreen.model import Artifact, ExtraPage, Listing, Page, Post, Site
from evergreen.model.urls import absolute
from evergreen.render.xml_text import write_xml
from evergreen.site.translations import translation_keys

SITEMAP = "sitemap.xml"
ROBOTS = "robots.txt"
LONGEST = 50_000
"""Addresses that one file of a sitemap may have."""
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """An entry of the sitemap."""

    url: str
    """Below `baseurl`."""
    modified: datetime | None = None
    versions: tuple[tuple[str, str], ...] = ()
    """Language and address of each version, this one among them."""


def render_sitemap(
    site: Site,
    pages: Iterable[Page],
    listings: Iterable[Listing],
    extra: Iterable[ExtraPage] = (),
    longest: int = LONGEST,
) -> list[Artifact]:
    """Render the sitemap (https://www.sitemaps.org/protocol.html) of all pages except drafts.

    Each has its translations. Too many for one file become an index of numbered files. It is empty
    if the site has no `url`, as it needs absolute URLs.
    """
    addresses = list(_addresses(pages, listings)) if site.url else []
    addresses += [SitemapEntry(page.url) for page in extra if site.url]
    if len(addresses) <= longest:
        return [Artifact(SITEMAP, _write_addresses(site, addresses))]
    parts = [
        Artifact(
            f"sitemap-{number}.xml", _write_addresses(site, addresses[start : start + longest])
        )
        for number, start in enumerate(range(0, len(addresses), longest), 1)
    ]
    return [Artifact(SITEMAP, _write_index(site, parts)), *parts]


def render_robots(site: Site) -> Artifact:
    """Render robots.txt (RFC 9309): everything is allowed; the sitemap is named if there is one."""
    lines = ["User-agent: *", "Disallow:"]
    if site.url:
        lines += ["", f"Sitemap: {absolute(site, f'/{SITEMAP}')}"]
    return Artifact(ROBOTS, ("\n".join(lines) + "\n").encode())


def _addresses(pages: Iterable[Page], listings: Iterable[Listing]) -> Iterator[SitemapEntry]:
    shown = [p.post for p in pages if _is_named(p.post)]
    keys = translation_keys(shown)
    versions: dict[str, dict[str, str]] = defaultdict(dict)
    for post in shown:
        versions[keys[post.path]][post.lang] = post.url
    for post in shown:
        changed = post.modified or (None if post.date == NO_DATE else post.date)
        same = versions[keys[post.path]]
        yield SitemapEntry(post.url, changed, tuple(sorted(same.items())))
    for listing in listings:
        if listing.number == 1 and listing.kind != "search":
            others = [(link.lang, link.url) for link in listing.translations]
            yield SitemapEntry(
                listing.url, None, tuple(sorted([(listing.lang, listing.url), *others]))
            )


def _is_named(post: Post) -> bool:
    """True for a post or page that the sitemap names."""
    return post.sitemap and not post.redirect_to and not post.draft and post.url not in APART


def _write_addresses(site: Site, addresses: Sequence[SitemapEntry]) -> bytes:
    root = ElementTree.Element("urlset", {"xmlns": _NAMESPACE, "xmlns:xhtml": _XHTML})
    for address in addresses:
        node = ElementTree.SubElement(root, "url")
        ElementTree.SubElement(node, "loc").text = absolute(site, address.url)
        if address.modified:
            ElementTree.SubElement(node, "lastmod").text = address.modified.isoformat()
        for lang, url in address.versions if len(address.versions) > 1 else ():
            values = {"rel": "alternate", "hreflang": lang, "href": absolute(site, url)}
            ElementTree.SubElement(node, "xhtml:link", values)
    return write_xml(root)


def _write_index(site: Site, parts: Iterable[Artifact]) -> bytes:
    root = ElementTree.Element("sitemapindex", {"xmlns": _NAMESPACE})
    for part in parts:
        node = ElementTree.SubElement(root, "sitemap")
        ElementTree.SubElement(node, "loc").text = absolute(site, f"/{part.path}")
    return write_xml(root)
