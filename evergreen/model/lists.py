"""What pages show of other pages: links, relations, lists."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from evergreen.dataclass import dataclass


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
    icon: str = ""
    """SVG that is shown instead of the title."""


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
    authors: tuple[PageLink, ...] = ()
    """Links to the pages of its authors, if the blog has such pages."""
    series: SeriesParts | None = None
    tags: tuple[PageLink, ...] = ()
    categories: tuple[PageLink, ...] = ()
    translations: tuple[PageLink, ...] = ()
    """The same post in other languages, with the translated titles."""


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """Where a post is in its series."""

    title: str
    url: str
    number: int
    """From 1, oldest first."""
    total: int


@dataclass(frozen=True, slots=True)
class Cover:
    """The picture of a post in a list."""

    url: str
    """Below `baseurl`, or absolute."""
    alt: str = ""
    width: int = 0
    """In pixels, like the height; 0 if unknown."""
    height: int = 0
    srcset: str = ""
    """Copies in other sizes, as in HTML; "" for none."""


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
    """Only in lists that show it; set when their file is rendered, as the next three."""
    summary_html: str = ""
    """With formulas; "" if it has none."""
    minutes: int = 0
    """See `Page.minutes`."""
    cover: Cover | None = None
    tags: tuple[PageLink, ...] = ()
    draft: bool = False
    scheduled: bool = False
    """See `Page.scheduled`."""
    pinned: bool = False
    featured: bool = False
    authors: tuple[PageLink, ...] = ()
    part: SeriesPlace | None = None


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
        "author",
        "tags",
        "categories",
        "all_series",
        "authors",
        "search",
    ]
    url: str
    """URL of its first page."""
    lang: str
    title: str = ""
    """Name of the tag, category, series or author."""
    entries: tuple[ListEntry, ...] = ()
    links: tuple[PageLink, ...] = ()
    number: int = 1
    """Number of this page of the list, from 1."""
    total: int = 1
    pages: str = "page/:num/"
    """Path of the second and later pages, below the first."""
    translations: tuple[PageLink, ...] = ()
    description: str = ""
    """What the blog's settings say about it."""
