"""The blog's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evergreen.model.check import CheckSettings
from evergreen.model.jekyll import JekyllConfig


@dataclass(frozen=True, slots=True)
class ExecuteOptions:
    """How code runs: the blog's settings, and a post's own in their place."""

    enabled: bool = True
    """False: the code is shown and not run."""
    stored: bool = False
    """The outputs that a notebook file holds are shown, and its code is not run."""
    timeout: float = 600.0
    """Seconds that one cell may take."""
    allow_errors: bool = False
    """An exception is shown, and the cells below it run."""
    max_output: int = 1_000_000
    """Characters that are kept of what one cell prints."""
    memory: float = 0.0
    """GiB that a post's processes may take together; 0: three quarters of the machine's."""
    seed: int | None = None
    """Seeds every generator and asks the frameworks for deterministic results."""
    env: tuple[str, ...] = ()
    """Environment variables that the code depends on."""
    drop_stderr: tuple[str, ...] = ()
    """Regular expressions of lines that are dropped from the standard error."""
    requires: tuple[str, ...] = ()
    """What is to be installed for it, as pip writes it, kept in normal form: the post then has an
    environment of its own. Empty: it runs in the engine's."""
    sandbox: bool = False
    """It runs in a box: no network, no files but its own, no variables of the builder."""


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """Where executions are kept."""

    path: str = ".cache/records"
    """Relative to the blog; a folder that git keeps lets other machines publish without running."""


@dataclass(frozen=True, slots=True)
class CommentsOptions:
    """Who keeps the readers' comments on posts with `comments: true`."""

    service: str = ""
    """`giscus` or `utterances`; "" for none."""
    repository: str = ""
    """`owner/name` on GitHub."""
    repository_id: str = ""
    """For giscus, as https://giscus.app tells it; so the next two."""
    category: str = ""
    """The discussions' category."""
    category_id: str = ""
    """Its id."""
    label: str = ""
    """What utterances marks its issues with."""


@dataclass(frozen=True, slots=True)
class Site:
    """The blog's settings."""

    title: str = "Evergreen"
    """The blog's name, on every page."""
    description: str = ""
    """One sentence on it, for search engines, cards and feeds."""
    url: str = ""
    """Scheme and host, no slash at the end; empty: feeds and cards have relative addresses."""
    baseurl: str = ""
    """The path below the host, "" or "/blog"."""
    lang: str = "en"
    """The language of the posts and of the pages around them, as a tag: `en`, `zh`, `pt-BR`."""
    languages: tuple[str, ...] = ()
    """Other languages of the blog: `post.en.md` is then a translation."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """The blog's title on the pages of another language."""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    """The same for its description."""
    author: str = ""
    """Of the posts that name none."""
    permalink: str = "/:categories/:title/"
    """The posts' addresses: Jekyll's placeholders (`:year`, `:month`, `:day`, `:title`, …), or one
    of its styles `date`, `pretty`, `ordinal`, `weekdate`, `none`."""
    paginate: int = 10
    """Posts on one page of a list."""
    search: bool = True
    """A search page in each language, and the index that it reads."""
    repository: str = ""
    """`owner/name` on GitHub; with it pages offer "Open in Colab"."""
    branch: str = "main"
    """Its branch that has the published site's notebooks."""
    vendors: Mapping[str, str] = field(default_factory=dict)
    """Hosts of hero images by name: `gstatic` → `https://www.gstatic.com`."""
    execute: ExecuteOptions = ExecuteOptions()
    records: RecordOptions = RecordOptions()
    check: CheckSettings = field(default_factory=CheckSettings)
    comments: CommentsOptions = CommentsOptions()
    liquid: str = "prose"
    """What Liquid is expanded in: `prose`, `all` (code too, as Jekyll does) or `none`."""
    kramdown: Mapping[str, Any] = field(default_factory=dict)
    """Options of the dialect, by kramdown's names."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keys of `[extra]`, for the templates alone."""
    jekyll: JekyllConfig | None = None
    """A Jekyll blog that is built where it stands; no setting of site.toml."""
