"""The sitemap and robots.txt."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from sample_pages import SITE, post, sample_pages

from evergreen.content.static_pages import MISSING, NO_DATE
from evergreen.model import Artifact, Page, Site
from evergreen.site.listings import find_listings
from evergreen.site.sitemap import render_robots, render_sitemap

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
BASE = "https://blog.example.org"
POSTS = [page for page in sample_pages() if page.post.layout == "post"]
LISTINGS = list(find_listings(SITE, POSTS))


def addresses(made: Artifact) -> dict[str, ElementTree.Element]:
    """The entries of a file of the sitemap, by address."""
    return {node.findtext(f"{SITEMAP}loc"): node for node in ElementTree.fromstring(made.content)}


def sitemap(pages: list[Page], site: Site = SITE) -> dict[str, ElementTree.Element]:
    """The entries of a sitemap of one file."""
    (made,) = render_sitemap(site, pages, LISTINGS)
    assert "sitemap.xml" == made.path
    return addresses(made)


def test_every_page_but_drafts():
    """Posts, static pages and lists have complete addresses; a draft is not there."""
    urls = sitemap(sample_pages())
    assert f"{BASE}/about/" in urls
    assert f"{BASE}/tags/%E6%B7%B1%E5%BA%A6%E5%AD%A6%E4%B9%A0/" in urls
    assert f"{BASE}/articles/notes/" not in urls


def test_last_change_and_translations():
    """An entry tells when the post changed, and its versions in all languages."""
    mnist = sitemap(sample_pages())[f"{BASE}/articles/tf-mnist/"]
    assert "2026-11-02T00:00:00+00:00" == mnist.findtext(f"{SITEMAP}lastmod")
    assert {"zh": f"{BASE}/articles/tf-mnist/", "en": f"{BASE}/en/articles/tf-mnist/"} == {
        link.get("hreflang"): link.get("href") for link in mnist.iter(f"{XHTML}link")
    }


def test_a_static_page_is_no_translation_of_a_post():
    """They may share a slug; a page without a date tells no time, a page for 404 is left out."""
    about = {"path": "pages/about.en.md", "layout": "page", "lang": "en"}
    pages = [
        Page(post("about", "关于", 1), "x"),
        Page(replace(post("about", "About", 1, **about), date=NO_DATE), "x"),
        Page(post("404", "没有", 1, url=MISSING, path="pages/404.md"), "x"),
    ]
    urls = sitemap(pages)
    assert f"{BASE}{MISSING}" not in urls
    english = urls[f"{BASE}/en/articles/about/"]
    assert [] == [*english.iter(f"{XHTML}link"), *english.iter(f"{SITEMAP}lastmod")]


def test_too_many_for_one_file():
    """The sitemap is then an index of numbered files, which have all addresses in order."""
    index, *parts = render_sitemap(SITE, sample_pages(), LISTINGS, longest=7)
    assert ["sitemap.xml", "sitemap-1.xml"] == [index.path, parts[0].path]
    assert [f"{BASE}/{part.path}" for part in parts] == list(addresses(index))
    found = [url for part in parts for url in addresses(part)]
    assert list(sitemap(sample_pages())) == found
    assert all(len(addresses(part)) <= 7 for part in parts)


def test_a_site_without_address():
    """It has an empty sitemap, which robots.txt does not name."""
    assert {} == sitemap(sample_pages(), replace(SITE, url=""))
    assert b"Sitemap" not in render_robots(replace(SITE, url="")).content


def test_robots():
    """robots.txt allows everything and names the sitemap."""
    assert render_robots(SITE).content.decode() == (
        "User-agent: *\nDisallow:\n\nSitemap: https://blog.example.org/sitemap.xml\n"
    )
