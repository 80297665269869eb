"""What pages say of other pages: links, relations, lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page as other pages name it."""

    title: str
    url: str
    """Below `baseurl`, or complete."""
    lang: str = ""
    """Where it is not the language of the page that names it."""
    count: int = 0
    """Of a tag, a category, a series: its posts."""


@dataclass(frozen=True, slots=True)
class SeriesParts:
    """A series as the page of one of its posts shows it."""

    title: str
    url: str
    posts: tuple[PageLink, ...]
    """Oldest first, this post among them; in another language where one is not translated."""


@dataclass(frozen=True, slots=True)
class Relations:
    """What a post's page says about other posts; nothing else of them reaches it."""

    newer: PageLink | None = None
    older: PageLink | None = None
    similar: tuple[PageLink, ...] = ()
    series: SeriesParts | None = None
    tags: tuple[PageLink, ...] = ()
    categories: tuple[PageLink, ...] = ()
    translations: tuple[PageLink, ...] = ()
    """The same post in the other languages; `title` is the translation's."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """What a list shows of a post."""

    path: str
    """The post's."""
    title: str
    url: str
    date: datetime
    lang: str
    summary: str = ""
    """In the lists that show it; set when their file is made."""
    tags: tuple[PageLink, ...] = ()
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A list page: some posts, or (an index) the tags, categories or series themselves; or none of
    them, on the page that searches all.
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
    """Of its first page."""
    lang: str
    title: str = ""
    """The name of the tag, category or series."""
    entries: tuple[ListEntry, ...] = ()
    links: tuple[PageLink, ...] = ()
    number: int = 1
    """Which page of the list this is, from 1."""
    total: int = 1
    pages: str = "page/:num/"
    """Where its second page and those behind it stand, below the first."""
    translations: tuple[PageLink, ...] = ()
