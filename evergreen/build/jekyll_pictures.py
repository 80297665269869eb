"""Pictures of a Jekyll blog, as its theme and plugins would have shown them.

Smaller copies that a plugin makes do not exist here: tags offer only files that do, and our own
copies take their place. Chirpy puts `media_subpath` before the paths in a post, and the setting
`cdn` before all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from html import escape, unescape

from evergreen.content.jekyll.media import media_url
from evergreen.content.liquid.shared import BlogContext
from evergreen.dataclass import dataclass, replace
from evergreen.model import Hyperlink, Page, Site
from evergreen.model.urls import CANDIDATE, follow, is_complete
from evergreen.regex import regex

_INNER = r"((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)"
_SOURCE = regex(rf"<(source|img)(?=[\s/>]){_INNER}>", re.I)
_SRCSET = regex(r"\ssrcset\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_SIZES = regex(r"\s(?:sizes|onerror)\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.I)
_PICTURE = regex(r"<picture\b[^>]*>(.*?)</picture\s*>", re.I | re.S)
_MEDIA = regex(rf"<(img|video|audio|source)(?=[\s/>]){_INNER}>", re.I)
_PLACE = regex(r"(\s(?:src|poster)\s*=\s*)(?:\"([^\"]*)\"|'([^']*)')", re.I)
_TAGS = ("img", "video", "audio", "source")


def with_jekyll_pictures(page: Page, blog: BlogContext) -> Page:
    """Return a page of a Jekyll blog with complete paths of media, without copies that no plugin
    made; any other page is unchanged.
    """
    if not blog.site.jekyll or "<" not in page.content:
        return page
    page = _with_media_paths(page, blog.site)
    if "srcset" not in page.content:
        return page
    files = _Copies(page, blog)
    content = _PICTURE.sub(files.in_picture, _SOURCE.sub(files.in_tag, page.content))
    links = tuple(link for link in page.hyperlinks if link.url not in files.missing)
    post = replace(page.post, uses={**page.post.uses, **files.uses})
    return replace(page, content=content, post=post, hyperlinks=links)


@dataclass(slots=True)
class _Copies:
    """The files that the tags of a page offer."""

    page: Page
    blog: BlogContext
    missing: set[str] = field(default_factory=set)
    """URLs that are left out."""
    uses: dict[str, str] = field(default_factory=dict)

    def in_tag(self, found: re.Match[str]) -> str:
        """Return a tag with the files of its `srcset` that exist; "" for a source without any."""
        value = _SRCSET.search(found[2])
        if not value:
            return found[0]
        written = unescape(value[1] or value[2] or "")
        candidates = [each for each in CANDIDATE.finditer(written) if each[1]]
        kept = [each for each in candidates if self._exists(each[1])]
        if len(kept) == len(candidates):
            return found[0]
        if not kept and found[1].lower() == "source":
            return ""
        new = ", ".join(each[0].strip().rstrip(",") for each in kept)
        inner = found[2].replace(value[0], f' srcset="{escape(new)}"' if kept else "")
        return f"<{found[1]}{inner if kept else _SIZES.sub('', inner)}>"

    def in_picture(self, found: re.Match[str]) -> str:
        """Return a picture; without its element, and what the author's script does if a source
        fails to load, if no source is left."""
        if "<source" in found[1].lower() or not self.missing:
            return found[0]
        return _SIZES.sub("", found[1])

    def _exists(self, url: str) -> bool:
        """True for a file of the blog, and for what is elsewhere."""
        path = follow(self.blog.site, self.page.post.url, url).path
        if path is None or is_complete(url):
            return True
        self.uses[f"file {path}"] = sha256 = self.blog.hashes.of(self.blog.root / path)
        if not sha256:
            self.missing.add(url)
        return bool(sha256)


def _with_media_paths(page: Page, site: Site) -> Page:
    def change(url: str) -> str:
        return media_url(url, page.post.meta, site)

    if change("a.png") == "a.png":
        return page
    content = _MEDIA.sub(lambda found: _changed(found, change), page.content)
    links = tuple(
        _followed(page, site, link, change(link.url)) if link.tag in _TAGS else link
        for link in page.hyperlinks
    )
    return replace(page, content=content, hyperlinks=links)


def _changed(found: re.Match[str], change: Callable[[str], str]) -> str:
    def place(each: re.Match[str]) -> str:
        url = unescape(each[2] or each[3] or "")
        return f'{each[1]}"{escape(change(url))}"'

    return f"<{found[1]}{_PLACE.sub(place, found[2])}>"


def _followed(page: Page, site: Site, link: Hyperlink, url: str) -> Hyperlink:
    target = follow(site, page.post.url, url)
    return replace(link, url=url, path=target.path, fragment=target.fragment, flaw=target.flaw)
