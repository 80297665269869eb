"""Settings of the blog."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import date, timedelta
from typing import Any

from evergreen.dataclass import dataclass
from evergreen.model.check import CheckSettings
from evergreen.model.jekyll import JekyllConfig
from evergreen.model.plugins import NO_PLUGINS, PluginSet
from evergreen.regex import regex


@dataclass(frozen=True, slots=True)
class ExecuteOptions:
    """How code runs: the blog's settings, overridden by a post."""

    enabled: bool = True
    """False: show the code and do not run it."""
    stored: bool = False
    """Show the outputs in a notebook file and do not run its code."""
    timeout: float = 600.0
    """Time limit of one cell, in seconds."""
    allow_errors: bool = False
    """Show an exception and run the cells after it."""
    max_output: int = 1_000_000
    """Number of characters to keep of one cell's printed output."""
    memory: float = 0.0
    """Memory limit of all processes of a post, in GiB; 0: three quarters of the machine's memory.
    """
    seed: int | None = None
    """Seed for all random generators; also asks the frameworks for deterministic results."""
    env: tuple[str, ...] = ()
    """Environment variables that the code depends on."""
    expires: str = ""
    """Time after which a post runs again that read from the network, the clock or a device."""
    drop_stderr: tuple[str, ...] = ()
    """Regular expressions of lines to drop from stderr."""
    requires: tuple[str, ...] = ()
    """Requirements as pip writes them: the post then runs in an environment of its own. Empty: it
    runs in Evergreen's own environment."""
    as_of: str = ""
    """A day, `2024-03-01`, or `date` for the post's own: the code runs with the releases that had
    been uploaded by then. Empty: with those installed. Without `requires`, the packages are those
    that the code imports."""
    resources: tuple[str, ...] = ()
    """What the machine must have that runs the code: `gpu: 1`, `memory: 16 GiB`."""
    sandbox: bool = False
    """Run the code in a sandbox: no network, no files but its own, no environment variables of the
    builder."""

    @property
    def has_environment(self) -> bool:
        """True if the post has an environment of its own."""
        return bool(self.requires or self.as_of)

    @property
    def day(self) -> date | None:
        """Return the day of `as_of`; None if there is none."""
        return date.fromisoformat(self.as_of) if is_day(self.as_of) else None


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """Where records are stored."""

    path: str = ".cache/records"
    """Relative to the blog. If git tracks the folder, other machines can publish without running
    the code."""


@dataclass(frozen=True, slots=True)
class ExecutionOptions:
    """Where posts run."""

    executors: Mapping[str, str] = field(default_factory=dict)
    """Executor by a resource that posts ask for, `gpu = "tls://gpu-box:8786"`; `default` is for all
    other posts. The option `--executor` overrides them."""
    python_downloads: bool = False
    """uv may install an older Python for a post with `as_of`, if this machine has none."""


@dataclass(frozen=True, slots=True)
class CheckpointOptions:
    """What is kept of long runs, to go on from there."""

    max_size: float = 8.0
    """Disk space for all checkpoints together, in GiB; those that were used longest ago are
    removed first."""


@dataclass(frozen=True, slots=True)
class CommentsOptions:
    """Service for comments on all posts without `comments: false`."""

    service: str = ""
    """`giscus` or `utterances`; empty for none."""
    repository: str = ""
    """`owner/name` on GitHub."""
    repository_id: str = ""
    """Id of the repository, for giscus, as shown on https://giscus.app."""
    category: str = ""
    """Category of the discussions, for giscus."""
    category_id: str = ""
    """Id of the category, for giscus."""
    label: str = ""
    """Label of the issues, for utterances."""
    shortname: str = ""
    """Short name of the site, for disqus."""


@dataclass(frozen=True, slots=True)
class HeadOptions:
    """What the blog adds to the head of each page."""

    scripts: tuple[str, ...] = ()
    """URLs of scripts, of the site or of other hosts."""
    styles: tuple[str, ...] = ()
    """URLs of style sheets, of the site or of other hosts."""
    meta: Mapping[str, str] = field(default_factory=dict)
    """Metadata by name: `google-site-verification = "…"`."""
    html: str = ""
    """HTML that is added as it is; its scripts run."""


@dataclass(frozen=True, slots=True)
class CspOptions:
    """What the Content-Security-Policy allows besides what the pages load."""

    allow: tuple[str, ...] = ()
    """Hosts from which scripts may load more: `https://cdn.example`, `https://*.example`."""


@dataclass(frozen=True, slots=True)
class AnalyticsOptions:
    """The service that counts visits."""

    service: str = ""
    """`plausible`, `umami`, `goatcounter` or `google`; "" for none."""
    id: str = ""
    """Id of the site at the service."""
    script: str = ""
    """URL of the script, if the service runs on a host of your own."""


@dataclass(frozen=True, slots=True)
class NumberOptions:
    """Which labelled things have numbers; a reference to others shows their caption."""

    figures: bool = True
    """Number figures with a label `fig-…`."""
    tables: bool = True
    """Number tables with a label `tbl-…`."""
    equations: bool = True
    """Number equations with a label."""
    sections: bool = False
    """Number all headings."""
    listings: bool = True
    """Number code with a label `lst-…`."""
    theorems: bool = True
    """Number theorems, lemmas, definitions and the like with a label `thm-…`, `lem-…`, `def-…`."""


@dataclass(frozen=True, slots=True)
class CodeOptions:
    """How code is shown."""

    fold: int = 0
    """Fold code of more lines; 0: none. A block with `code-fold: false` is open."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Documentation that names in Python code link to: name → address,
    `numpy = "https://numpy.org/doc/stable/"`; its inventory is the file `inventories/numpy.inv`."""


@dataclass(frozen=True, slots=True)
class CitationOptions:
    """How sources are cited, and how a post can be."""

    style: str = "number"
    """`number` for [1], or `author-year` for [LeCun et al. 1998]."""
    csl: str = ""
    """A file of the blog with a style of CSL, `styles/apa.csl`, which replaces `style`."""
    cite_post: bool = False
    """Show how to cite the post, as BibTeX, below each post."""


@dataclass(frozen=True, slots=True)
class AuthorProfile:
    """An author of the blog; `[authors.KEY]`, and posts name KEY or the name."""

    name: str = ""
    """The name that is shown."""
    avatar: str = ""
    """URL of a square picture: `/ada.jpg`."""
    bio: str = ""
    """A sentence about the author."""
    url: str = ""
    """Another page of the author's."""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A link in the menu: a URL, or `url` and `icon`."""

    url: str = ""
    """Below the site's root, or of another site."""
    icon: str = ""
    """Name of a file in `templates/icons`, which is shown instead of the title."""


@dataclass(frozen=True, slots=True)
class HomeOptions:
    """What is above the posts on the home page."""

    title: str = ""
    """Heading; by default the title of the blog."""
    text: str = ""
    """Markdown; by default the description of the blog."""
    image: str = ""
    """URL of a picture beside the text."""
    alt: str = ""
    """Description of the picture."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Links below the text: title → URL."""


@dataclass(frozen=True, slots=True)
class Look:
    """The options of a theme, with its defaults."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """For templates: `theme.accent`."""
    css: str = ""
    """Rules that they add to the style sheet."""
    faces: str = ""
    """Rules of font families with many files, for a style sheet of its own: pages do not wait for
    it."""
    fonts: Mapping[str, str] = field(default_factory=dict)
    """Name below `assets` → path of the file."""


@dataclass(frozen=True, slots=True)
class Site:
    """Settings of the blog."""

    title: str = "Evergreen"
    """Name of the blog, on every page."""
    description: str = ""
    """One sentence about the blog, for search engines, cards and feeds."""
    url: str = ""
    """Address of the site, `https://me.example/blog`; empty: that of the environment variable
    `EVERGREEN_URL`, else feeds and cards have relative URLs."""
    baseurl: str = ""
    """Path below the host: `/blog`, or empty."""
    lang: str = "en"
    """Language tag of the posts and of the page templates: `en`, `zh`, `pt-BR`."""
    languages: tuple[str, ...] = ()
    """Other languages of the blog: `post.en.md` is then a translation."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Title of the blog on pages in another language."""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    """Description of the blog on pages in another language."""
    author: str = ""
    """Author of the posts that name none."""
    authors: Mapping[str, AuthorProfile] = field(default_factory=dict)
    """Authors by key, each with `name`, `avatar`, `bio`, `url`: each has a page and feeds."""
    menu: Mapping[str, MenuEntry] = field(default_factory=dict)
    """Menu in this order: title → URL, or `{url, icon}`; empty: lists and static pages."""
    menus: Mapping[str, Mapping[str, MenuEntry]] = field(default_factory=dict)
    """Menu of pages in another language."""
    homes: Mapping[str, HomeOptions] = field(default_factory=dict)
    """`[home]` of another language: `[homes.en]`."""
    list_descriptions: Mapping[str, str] = field(default_factory=dict)
    """Description of a tag, a category or a series by its name, above its list."""
    timezone: str = ""
    """Time zone of dates, `Asia/Shanghai` or `+08:00`; empty: the machine's."""
    permalink: str = "/:categories/:title/"
    """URL pattern of the posts: Jekyll's placeholders (`:year`, `:month`, `:day`, `:title`, …), or
    one of its styles `date`, `pretty`, `ordinal`, `weekdate`, `none`."""
    paginate: int = 10
    """Number of posts on one page of a list."""
    diagrams: bool = True
    """Draw code in Mermaid's or Graphviz's language as diagrams."""
    search: bool = True
    """Make a search page and index for each language."""
    pdf: bool = False
    """Make a PDF of each post, with Chromium or Chrome; a post has its own key `pdf`."""
    for_machines: bool = True
    """Publish each page as Markdown too, `llms.txt`, and what a post's code is in its metadata."""
    repository: str = ""
    """Repository of the blog, `owner/name` on GitHub or an address on another host: pages have
    links to edit the post, to report a difference and, on GitHub, to open it in Colab."""
    branch: str = "main"
    """Branch of the repository that has the published site's notebooks."""
    source_branch: str = "main"
    """Branch of the repository that has the posts."""
    source_folder: str = ""
    """Folder of the blog in the repository; empty for its root."""
    edit_links: bool = True
    """Show the links to edit a post and to report a difference."""
    vendors: Mapping[str, str] = field(default_factory=dict)
    """Hosts of hero images by name: `gstatic` → `https://www.gstatic.com`."""
    execute: ExecuteOptions = ExecuteOptions()
    records: RecordOptions = RecordOptions()
    checkpoints: CheckpointOptions = CheckpointOptions()
    execution: ExecutionOptions = field(default_factory=ExecutionOptions)
    check: CheckSettings = field(default_factory=CheckSettings)
    comments: CommentsOptions = CommentsOptions()
    head: HeadOptions = field(default_factory=HeadOptions)
    csp: CspOptions = CspOptions()
    analytics: AnalyticsOptions = AnalyticsOptions()
    numbers: NumberOptions = NumberOptions()
    code: CodeOptions = field(default_factory=CodeOptions)
    citations: CitationOptions = CitationOptions()
    home: HomeOptions = field(default_factory=HomeOptions)
    liquid: str = "prose"
    """Where Liquid is expanded: `prose`, `all` (also in code, as Jekyll does) or `none`."""
    kramdown: Mapping[str, Any] = field(default_factory=dict)
    """Options of the Markdown dialect, by kramdown's names."""
    theme: str = ""
    """Name of the theme: `quiet`, `magazine`, `labbook`, a folder in `themes/`, or an installed
    one."""
    theme_options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the theme; `python build.py theme list NAME` prints them."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """The keys of `[extra]`, only for the templates."""
    plugins: Mapping[str, Any] = field(default_factory=dict)
    """Installed plugins that the blog uses, each a table with its settings: `[plugins.NAME]`."""
    jekyll: JekyllConfig | None = None
    """Set for a Jekyll blog; not a setting of site.toml."""
    shared: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Front matter of all posts below a folder, as a Quarto project has it; not a setting of
    site.toml."""
    look: Look = field(default=Look())
    """The options of the theme, read; not a setting of site.toml."""
    hooks: PluginSet = field(default=NO_PLUGINS, repr=False)
    """The plugins, loaded; not a setting of site.toml. `repr` leaves it out, since what a plugin
    touches has a key of its own."""

    @property
    def github(self) -> str:
        """Return the repository as `owner/name`; "" if it is not on GitHub."""
        name = self.repository.removeprefix("https://github.com/").removesuffix(".git").strip("/")
        return "" if "://" in name else name


OF_POST = "date"
"""The value of `as_of` that means the date of the post."""
DAY_ADVICE = "write a day, 2024-03-01, or date for the post's own"
_DAY = regex(r"\d{4}-\d\d-\d\d")


def is_day(text: str) -> bool:
    """True for a day that exists, as 2024-03-01."""
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


RESOURCE_ADVICE = "write a name and a number: gpu: 1, memory: 16 GiB"
_RESOURCE = regex(r"([a-z][\w-]{0,40})\s*[:=]?\s*(\d{1,9}(?:\.\d{1,6})?)\s*(gib|gb|mib|mb)?", re.I)
_UNITS = {"": 1.0, "gib": 2.0**30, "gb": 1e9, "mib": 2.0**20, "mb": 1e6}


def read_resource(text: str) -> tuple[str, float] | None:
    """Parse `gpu: 1` or `memory: 16 GiB`: name in lower case, and amount; None if not valid."""
    found = _RESOURCE.fullmatch(text.strip())
    if not found:
        return None
    return found[1].lower(), float(found[2]) * _UNITS[(found[3] or "").lower()]


SPAN_ADVICE = "write a number with minutes, hours, days or weeks: 30 days"
_SPAN = regex(r"(\d{1,6})\s*(minute|hour|day|week)s?")


def read_span(text: str) -> timedelta | None:
    """Parse a span of time like `30 days`; None if it is not valid."""
    found = _SPAN.fullmatch(text.strip().lower())
    return timedelta(**{f"{found[2]}s": int(found[1])}) if found else None
