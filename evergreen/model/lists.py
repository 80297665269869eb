"""What pages show of other pages: links, relations, lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class PageLink:
    """Title and URL of a page, for a link on another page."""

    title: str
    url: str
    """Below `baseurl`, or absolute."""
    lang: str = ""
    """Set if it differs from the language of the page with the link."""
    count: int = 0
    """Number of posts of a tag, a category or a series."""


@dataclass(frozen=True, slots=True)
class SeriesParts:
    """A series, as shown on the page of one of its posts."""

    title: str
    url: str
    posts: tuple[PageLink, ...]
    """Oldest first, including this post; in another language if one is not translated."""


@dataclass(frozen=True, slots=True)
class Relations:
    """The links from a post's page to other posts; the page depends on nothing else of them."""

    newer: PageLink | None = None
    older: PageLink | None = None
    similar: tuple[PageLink, ...] = ()
    series: SeriesParts | None = None
    tags: tuple[PageLink, ...] = ()
    categories: tuple[PageLink, ...] = ()
    translations: tuple[PageLink, ...] = ()
    """The same post in other languages, with the translated titles."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A post in a list."""

    path: str
    """Path of the post."""
    title: str
    url: str
    date: datetime
    lang: str
    summary: str = ""
    """Only in lists that show it; set when their file is rendered."""
    tags: tuple[PageLink, ...] = ()
    draft: bool = False
    scheduled: bool = False
    """See `Page.scheduled`."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list page: some posts; or, for an index, the tags, categories or series; or nothing, on the
    search page.
    """

    kind: Literal[
        "home",
        "archive",
        "tag",
        "category",
        "series",
        "tags",
        "categories",
        "all_series",
        "search",
    ]
    url: str
    """URL of its first page."""
    lang: str
    title: str = ""
    """Name of the tag, category or series."""
    entries: tuple[ListEntry, ...] = ()
    links: tuple[PageLink, ...] = ()
    number: int = 1
    """Number of this page of the list, from 1."""
    total: int = 1
    pages: str = "page/:num/"
    """Path of the second and later pages, below the first."""
    translations: tuple[PageLink, ...] = ()
