"""The pictures of a page: its figures, and files of the blog, each with copies to choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import NamedTuple
from urllib.parse import quote, urljoin

from evergreen.dataclass import dataclass
from evergreen.model import Cover, Page, Site
from evergreen.model.hashing import sha256
from evergreen.model.picture import Picture, PictureCopy
from evergreen.model.urls import is_complete
from evergreen.render.figures import FIGURES
from evergreen.render.picture_tags import find_sources, show_pictures, srcset
from evergreen.render.pictures import read_picture

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
"""Names of pictures that have copies."""
_LEAST_COVER = 200
"""Pixels of a picture in the text that can stand for the post."""


class PictureFile(NamedTuple):
    """A picture of the blog."""

    path: str
    """In the site."""
    source: str
    """In the blog."""
    sha256: str
    """Of its content as it is published."""
    content: bytes


@dataclass(slots=True)
class PagePictures:
    """The pictures that a page names."""

    page: Page
    site: Site
    find_file: Callable[[str], PictureFile | None]
    """Returns a picture of the blog by its URL as the post has it."""
    known: dict[str, Picture | None] = field(default_factory=dict)
    """By URL."""

    @property
    def copies(self) -> tuple[PictureCopy, ...]:
        """Return all copies of the pictures that were found."""
        pictures = dict.fromkeys(picture for picture in self.known.values() if picture)
        return tuple(dict.fromkeys(copy for picture in pictures for copy in picture.files))

    def shown(self) -> str:
        """Return the content of the page, whose pictures have sizes and copies."""
        content = self.page.content
        return show_pictures(content, self.find, self.site.baseurl, not self.page.post.image)

    def cover(self) -> Cover | None:
        """Return the picture for lists; None if the page has none."""
        image = self.page.post.image
        if image:
            return self._cover(image.url, image.alt)
        if self.page.figure:
            return self._cover(self.page.figure)
        for url, alt in find_sources(self.page.content):
            if (picture := self.find(url)) and picture.width >= _LEAST_COVER:
                return self._cover(url, alt)
        return None

    def find(self, url: str) -> Picture | None:
        """Return a picture by its URL; None if it is not of the blog, or has no size of its own."""
        if url not in self.known:
            self.known[url] = self._figure(url) or self._file(url)
        return self.known[url]

    def _figure(self, url: str) -> Picture | None:
        path = url.removeprefix(self.site.baseurl).lstrip("/")
        if not path.startswith(f"{FIGURES}/"):
            return None
        own = (file.content for file in self.page.artifacts if file.path == path)
        content = next(own, None)
        if not isinstance(content, bytes):
            return None
        return read_picture(path, content, path, sha256(content), self.page.post.path)

    def _file(self, url: str) -> Picture | None:
        found = self.find_file(url) if url else None
        if not found or not found.path.lower().endswith(PICTURES):
            return None
        return read_picture(found.path, found.content, found.source, found.sha256)

    def _cover(self, url: str, alt: str = "") -> Cover | None:
        picture = self.find(url)
        if not picture and (file := self.find_file(url)):
            return Cover(f"/{quote(file.path)}", alt)
        if not picture:
            whole = url if is_complete(url) else urljoin(self.page.post.url, url)
            return Cover(whole.removeprefix(self.site.baseurl), alt)
        copies = srcset(picture, self.site.baseurl) if picture.copies else ""
        return Cover(f"/{picture.shown}", alt, picture.width, picture.height, copies)
