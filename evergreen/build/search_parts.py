"""The parts of the search index that the cache holds: one of each page, made where the page is."""

from __future__ import annotations

from evergreen.build.cache.pickling import pack, unpack
from evergreen.content.static_pages import APART
from evergreen.model import Page, Site
from evergreen.model.urls import file_of, path_of
from evergreen.site.search.post import IndexedPost, index_post


def is_found(file: str) -> bool:
    """True if the search shows a page, by its file in the site."""
    return file not in map(path_of, APART) and file.endswith((".html", ".htm"))


def pack_part(site: Site, page: Page) -> bytes:
    """Return a whole page's part of the index, packed; empty if it is not searched."""
    is_searched = site.search and is_found(file_of(page.post))
    return pack(index_post(site, page)) if is_searched else b""


def unpack_part(packed: bytes) -> IndexedPost | None:
    """Return what `pack_part` packed; None if it is empty or damaged."""
    try:
        found = unpack(packed)
    except Exception:  # a damaged one can fail in any way
        return None
    return found if isinstance(found, IndexedPost) else None
