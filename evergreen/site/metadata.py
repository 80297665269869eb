"""Metadata of a post for machines: schema.org's BlogPosting, and its picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from evergreen.model import Cover, Page, Site
from evergreen.model.urls import absolute, is_complete
from evergreen.render.markdown_page import markdown_path
from evergreen.site.social_cards import card_path


def picture(site: Site, page: Page) -> str:
    """Return the absolute URL of a post's picture: hero image, else first figure, else card.

    It is "" for a post without picture on a site without `url`.
    """
    if page.post.image:
        return absolute(site, page.cover.url if page.cover else page.post.image.url)
    if not page.figure:
        card = f"/{card_path(page.post.title, site.title)}"
        return absolute(site, card) if needs_card(site, page) else ""
    url = page.figure
    return url if is_complete(url) else absolute(site, url.removeprefix(site.baseurl))


def find_cover(site: Site, page: Page) -> Cover | None:
    """Return the picture of a post in lists: hero image, else first figure; None without both."""
    if page.cover:
        return page.cover
    if image := page.post.image:
        return Cover(image.url, image.alt)
    return Cover(page.figure.removeprefix(site.baseurl)) if page.figure else None


def needs_card(site: Site, page: Page) -> bool:
    """True if the post needs a social card: it is public and has no picture of its own."""
    return bool(site.url) and not page.post.image and not page.figure


def structured_data(site: Site, page: Page) -> str:
    """Return the JSON-LD of a post, safe inside <script>, as Google's "Article" type."""
    text = json.dumps(_blog_posting(site, page), ensure_ascii=False)
    return text.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def _blog_posting(site: Site, page: Page) -> dict[str, Any]:
    post, image = page.post, picture(site, page)
    url = absolute(site, post.url)
    author = post.author or site.author or site.title
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "headline": post.title,
        "description": page.summary,
        "inLanguage": post.lang,
        "datePublished": post.date.isoformat(),
        "dateModified": (post.modified or post.date).isoformat(),
        "author": {"@type": "Person", "name": author, "url": absolute(site, "/")},
        "publisher": {"@type": "Organization", "name": site.title, "url": absolute(site, "/")},
        "mainEntityOfPage": {"@type": "WebPage", "@id": url},
        "url": url,
    }
    optional = {
        "image": [image] if image else [],
        "keywords": list(post.tags),
        "timeRequired": f"PT{page.minutes}M" if page.minutes else "",
        "encoding": list(_encodings(site, page)),
        "hasPart": list(_parts(site, page)),
    }
    return data | {key: value for key, value in optional.items() if value}


def _encodings(site: Site, page: Page) -> Iterator[dict[str, str]]:
    """Yield the page in other formats: Markdown, and the notebook of a post that ran."""
    if not site.for_machines:
        return
    files = [(markdown_path(page.post), "text/markdown")]
    notebooks = (each.url for each in page.downloads if each.label == "ipynb")
    for path, kind in files:
        url = absolute(site, f"/{path}")
        yield {"@type": "MediaObject", "encodingFormat": kind, "contentUrl": url}
    for url in notebooks:
        kind = "application/x-ipynb+json"
        yield {"@type": "MediaObject", "encodingFormat": kind, "contentUrl": _on_site(site, url)}


def _parts(site: Site, page: Page) -> Iterator[dict[str, Any]]:
    """Yield the code of a post that ran, and the data sets that it declares."""
    post = page.post
    if not site.for_machines or not page.ran:
        return
    code = {"@type": "SoftwareSourceCode", "name": post.title, "codeSampleType": "full"}
    code["programmingLanguage"] = post.language.capitalize()
    if page.environment.python:
        code["runtimePlatform"] = f"Python {page.environment.python}"
    if script := next((each.url for each in page.downloads if each.label == "py"), ""):
        code["url"] = _on_site(site, script)
    yield code
    for file in post.data:
        yield {
            "@type": "Dataset",
            "name": file.name,
            "description": f"{file.name} · {post.title}",
            "distribution": [{"@type": "DataDownload", "contentUrl": url} for url in file.urls],
            "identifier": f"sha256:{file.sha256}",
        }


def _on_site(site: Site, url: str) -> str:
    """Return the complete address of a link of a page, which is encoded and has `baseurl`."""
    return url if is_complete(url) else site.url + url
