"""A source file, read: a Post and the values in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from evergreen.errors import Problem
from evergreen.model.check import CheckOptions
from evergreen.model.settings import ExecuteOptions


@dataclass(frozen=True, slots=True)
class HeroImage:
    """The picture over a post."""

    url: str
    """Complete: the vendor's host is already in it."""
    alt: str = ""
    credit: str = ""
    creditlink: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry of a post's list of sources."""

    id: str
    title: str
    url: str = ""
    authors: tuple[str, ...] = ()
    year: str = ""
    doi: str = ""
    """Without its resolver: `10.1109/5.726791`."""
    venue: str = ""
    """The journal, the book or the publisher."""


@dataclass(frozen=True, slots=True)
class Series:
    """The series that a post belongs to."""

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that a post declares, to stand in its folder when it runs."""

    name: str
    """Where it stands in the post's folder, with forward slashes."""
    urls: tuple[str, ...]
    """Where it is fetched from, first choice first."""
    sha256: str
    """Lower-case hexadecimal; a file with another hash is never used."""
    stand_in: str = ""
    """A Python file beside the post that writes a small substitute; "" for none."""


@dataclass(frozen=True, slots=True)
class Post:
    """A source file, read: its front matter as typed values and its text."""

    path: str
    """Relative to the blog, with forward slashes."""
    slug: str
    title: str
    date: datetime
    url: str
    """The page's address below `baseurl`: starts and usually ends with a slash."""
    body: str
    """The Markdown after the front matter, lines ending in \\n."""
    body_line: int
    """The line of the file on which `body` starts, from 1."""
    lang: str
    layout: str = "post"
    theme: str = ""
    excerpt: str = ""
    modified: datetime | None = None
    author: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    image: HeroImage | None = None
    references: tuple[Reference, ...] = ()
    bibliography: tuple[str, ...] = ()
    """BibTeX files that the text cites from, relative to the blog."""
    series: Series | None = None
    comments: bool = False
    share: bool = False
    redirect_from: tuple[str, ...] = ()
    draft: bool = False
    published: bool = True
    kernel: str = "python3"
    """The Jupyter kernel's name."""
    language: str = "python"
    """The fences of this language run."""
    execute: ExecuteOptions = field(default_factory=ExecuteOptions)
    check: CheckOptions = field(default_factory=CheckOptions)
    data: tuple[DataFile, ...] = ()
    bundle: str = ""
    """The folder whose content stands beside the post, relative to the blog."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """The whole front matter as plain values, for the templates."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line in the file of each key of the front matter, from 1."""
    places: Mapping[str, int] = field(default_factory=dict)
    """The line in the file of each address that the front matter gives, from 1."""
    file: str = ""
    """Where the page's file stands, where its address alone does not say it."""
    markup: str = "markdown"
    """What `body` is written in: `markdown` or `html`."""
    origin: tuple[int, ...] = ()
    """The line in the file of each line of `body`, where Liquid has moved them; else empty."""
    uses: Mapping[str, str] = field(default_factory=dict)
    """What the text was made of besides the file, and how it was: `include a.html` → a hash."""
    warnings: tuple[Problem, ...] = ()
    """What was found on the way to `body` that does not keep the post from its page."""

    def at(self, line: int) -> int:
        """The line in the file of a line of `body`, both from 1."""
        if self.origin:
            return self.origin[min(line, len(self.origin)) - 1]
        return self.body_line + line - 1
