"""A source file, read: a Post and the values in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from evergreen.errors import Problem
from evergreen.model.check import CheckOptions
from evergreen.model.execution import Output
from evergreen.model.settings import ExecuteOptions

REQUIRES = "execute.requires"
"""The name under which `Post.lines` has the place of the requirements."""


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
    """The template of its page."""
    theme: str = ""
    """A style sheet of `assets/themes`, for this page."""
    excerpt: str = ""
    """What lists and cards say of it; without it, the first paragraph."""
    modified: datetime | None = None
    """When it was last revised."""
    author: str = ""
    """Who wrote it, or several."""
    categories: tuple[str, ...] = ()
    """The first part of its address, and lists that it is in."""
    tags: tuple[str, ...] = ()
    """Lists that it is in."""
    image: HeroImage | None = None
    """A picture over it: an address, or `feature`, `vendor`, `alt`, `credit`, `creditlink`."""
    references: tuple[Reference, ...] = ()
    """Its sources, each with `id`, `title`, `url`, `authors`, `year`, `doi`, `venue`."""
    bibliography: tuple[str, ...] = ()
    """BibTeX files that the text cites from, relative to the blog."""
    series: Series | None = None
    """The series that it belongs to: a title, or `title` and `url`."""
    comments: bool = False
    """Readers may comment on it, where the blog has a service for that."""
    share: bool = False
    """Its page has links to share it."""
    redirect_from: tuple[str, ...] = ()
    """Addresses that it had before; they lead to it."""
    draft: bool = False
    """It is built with `--drafts` only."""
    published: bool = True
    """False: it is not built."""
    kernel: str = "python3"
    """The Jupyter kernel's name."""
    language: str = "python"
    """The fences of this language run."""
    execute: ExecuteOptions = field(default_factory=ExecuteOptions)
    """How its code runs: `false`, or the settings of `[execute]`, for this post."""
    check: CheckOptions = field(default_factory=CheckOptions)
    """How its outputs are compared: `exact`, `image`, `ignore`, or the settings of `[check]`."""
    data: tuple[DataFile, ...] = ()
    """Files that it needs: each with `name`, `url`, `mirrors`, `sha256`, `stand_in`."""
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
    """The line in the file of each line of `body`, where they do not follow each other."""
    stored: Mapping[int, tuple[Output, ...]] = field(default_factory=dict)
    """Outputs that the file itself holds, as a notebook does, by the line of their cell."""
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    """Files of the site that the file itself holds, by their paths."""
    uses: Mapping[str, str] = field(default_factory=dict)
    """What the text was made of besides the file, and how it was: `include a.html` → a hash."""
    warnings: tuple[Problem, ...] = ()
    """What was found on the way to `body` that does not keep the post from its page."""

    def at(self, line: int) -> int:
        """The line in the file of a line of `body`, both from 1."""
        if self.origin:
            return self.origin[min(line, len(self.origin)) - 1]
        return self.body_line + line - 1
