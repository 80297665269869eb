"""A Jekyll blog that is built where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FrontMatterDefaults:
    """Front matter for all files of a scope."""

    values: Mapping[str, Any]
    path: str = ""
    """Where the files stand: the beginning of their paths, or a pattern with `*`."""
    kind: str | None = None
    """`posts`, `drafts` or `pages`; None: all."""


@dataclass(frozen=True, slots=True)
class JekyllConfig:
    """What `_config.yml` says that no other setting says."""

    config: Mapping[str, Any] = field(default_factory=dict)
    """All of it with Jekyll's defaults, as `site` shows it to Liquid."""
    file: str = ""
    """Its name; "" where the blog has none."""
    style: str = "date"
    """`permalink` as written: pages follow it too."""
    include: tuple[str, ...] = (".htaccess",)
    exclude: tuple[str, ...] = ()
    defaults: tuple[FrontMatterDefaults, ...] = ()
    timezone: str = ""
    """A name of the time zone database; "" for the machine's own zone."""
    markdown: tuple[str, ...] = (".markdown", ".mkdown", ".mkdn", ".mkd", ".md")
    """Suffixes of Markdown files, in lower case."""
    pages: str = "page/:num/"
    """Where the pages of the list of posts stand behind the first."""
    future: bool = False
    drafts: bool = False
    unpublished: bool = False
