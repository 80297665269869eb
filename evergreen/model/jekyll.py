"""Settings of a Jekyll blog, which is built without changing its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from evergreen.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class FrontMatterDefaults:
    """Default front matter for all files of a scope."""

    values: Mapping[str, Any]
    path: str = ""
    """Beginning of the files' paths, or a pattern with `*`."""
    kind: str | None = None
    """`posts`, `drafts`, `pages` or the name of a collection; None for all."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of documents: projects, talks, notes."""

    name: str
    folder: str
    """Relative to the blog: `_projects`."""
    output: bool = False
    """Each document has a page."""
    permalink: str = "/:collection/:path:output_ext"
    order: tuple[str, ...] = ()
    """Documents that come first, by their paths below the folder."""
    sort_by: str = ""
    """Key of the front matter to sort by, instead of the date."""


@dataclass(frozen=True, slots=True)
class FeedAddresses:
    """Where jekyll-feed writes a blog's feeds, besides our own addresses."""

    path: str = ""
    """Of the feed of all posts; "" for ours."""
    categories: tuple[str, ...] = ()
    """Categories with feeds, `feed/NAME.xml`."""
    tags: str = ""
    """Folder of the feeds of tags, `feed/by_tag/`; "" for none."""
    without_tags: tuple[str, ...] = ()
    """Tags without a feed."""
    only_tags: tuple[str, ...] = ()
    """The tags with a feed; () for all."""

    def has_tag(self, name: str) -> bool:
        """True for a tag with a feed."""
        is_chosen = not self.only_tags or name in self.only_tags
        return bool(self.tags) and is_chosen and name not in self.without_tags


@dataclass(frozen=True, slots=True)
class ScholarOptions:
    """Settings of jekyll-scholar."""

    source: str = "_bibliography"
    """Folder of the BibTeX files."""
    files: str = "references.bib"
    """Name of the main file, or a pattern."""
    by_number: bool = False
    """The style cites by number."""
    sort_by: str = ""
    """Fields to sort a bibliography by, with commas; "" for the order of the file."""
    order: str = "ascending"
    group_by: str = ""
    group_order: str = "ascending"


@dataclass(frozen=True, slots=True)
class JekyllConfig:
    """The part of `_config.yml` that no other setting holds."""

    config: Mapping[str, Any] = field(default_factory=dict)
    """The whole file with Jekyll's defaults, as `site` shows it to Liquid."""
    file: str = ""
    """The file's name; "" if the blog has none."""
    keys: tuple[str, ...] = ()
    """Its keys, as written."""
    style: str = "date"
    """`permalink` as written, since pages follow it too."""
    include: tuple[str, ...] = (".htaccess",)
    exclude: tuple[str, ...] = ()
    defaults: tuple[FrontMatterDefaults, ...] = ()
    collections: tuple[Collection, ...] = ()
    """All but that of the posts."""
    collections_dir: str = ""
    """Folder of `_posts` and all collections; "" for the root."""
    timezone: str = ""
    """A name of the time zone database; "" for the machine's own zone."""
    markdown: tuple[str, ...] = (".markdown", ".mkdown", ".mkdn", ".mkd", ".md")
    """Suffixes of Markdown files, in lower case."""
    pages: str = "page/:num/"
    """Path of the second and later pages of the post list."""
    feeds: FeedAddresses = field(default_factory=FeedAddresses)
    scholar: ScholarOptions | None = None
    """None for a blog without jekyll-scholar."""
    wiki_links: bool = False
    """A plugin makes links of `[[title]]`."""
    emoji: bool = False
    """A plugin makes emoji of `:smile:`."""
    header_pages: tuple[str, ...] = ()
    """Paths of the pages in the menu; () for all."""
    menu_place: str = ""
    """The file or the key that the menu is from; "" if the theme has none."""
    future: bool = False
    drafts: bool = False
    unpublished: bool = False
