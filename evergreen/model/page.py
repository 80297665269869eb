"""Rendered pages, and the files of a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import NamedTuple, Protocol

from evergreen.dataclass import dataclass
from evergreen.model.check import LastCheck
from evergreen.model.execution import Environment, Resumed
from evergreen.model.hashing import sha256
from evergreen.model.lists import Cover
from evergreen.model.numbering import LabelTarget
from evergreen.model.picture import PictureCopy
from evergreen.model.post import Post
from evergreen.model.pythons import release_day


@dataclass(frozen=True, slots=True)
class ExistingContent:
    """Content that is in the destination already: identified by its hash, neither held nor read."""

    sha256: str
    """Lower-case hexadecimal digits."""


class DeferredContent(Protocol):
    """Content that is read when it is written to the destination."""

    @property
    def sha256(self) -> str:
        """Return its SHA-256 in lower-case hexadecimal digits."""

    @property
    def size(self) -> int:
        """Return its size in bytes."""

    def read(self) -> bytes:
        """Return the content. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of the site."""

    path: str
    """Relative to the site, with forward slashes, not URL-encoded."""
    content: bytes | ExistingContent | DeferredContent
    source: str = field(default="", compare=False)
    """The file that it was made from, for messages; empty if that is not a single file."""

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the content in hexadecimal."""
        content = self.content
        return sha256(content) if isinstance(content, bytes) else content.sha256


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """A file of the blog that a page names; it is published unchanged."""

    path: str
    """Relative to the site."""
    source: str
    """Relative to the blog."""
    sha256: str


@dataclass(frozen=True, slots=True)
class SourceList:
    """The sources of a post, in the order and the form of a citation style."""

    entries: tuple[tuple[str, str], ...]
    """Id of a reference, and its HTML."""
    is_numbered: bool
    """True if citations are the numbers of the entries."""


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of a page's table of contents."""

    level: int
    id: str
    html: str
    """Inline HTML without links."""
    children: tuple[Heading, ...] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """A version of the post that its page offers for download."""

    label: str
    """`ipynb`, `py`, `zip`, `lock`, `colab` or `pdf`."""
    url: str


@dataclass(frozen=True, slots=True)
class LockedPackages:
    """The packages of a post that runs with the releases of a day."""

    as_of: str
    pins: tuple[str, ...]
    """As pip writes them: `numpy==1.26.4`."""
    lock: str
    """The lock, as TOML (PEP 751)."""
    python: str = ""
    """Version of its Python, as 3.9.18; "" for the engine's."""


@dataclass(frozen=True, slots=True)
class Hyperlink:
    """A URL in a post, of a link or a picture."""

    line: int
    """Line in the post's file, from 1. For a reference link, the line of its definition."""
    url: str
    """As a browser reads it, with entities decoded."""
    tag: str = "a"
    """Name of the HTML element."""
    path: str | None = None
    """Target below the site's root, decoded; None if it is on another site."""
    fragment: str = ""
    """The part after `#`, decoded."""
    flaw: str = ""
    """What is wrong with the URL itself, as the end of a sentence that begins with it."""
    column: int = 0
    """Column of the URL in its line, from 1; 0 if only the line is known."""


class PageLinks(NamedTuple):
    """Outgoing links and anchors of a page."""

    path: str
    """Path of the post."""
    file: str
    """File of the page in the site."""
    lang: str
    hyperlinks: tuple[Hyperlink, ...]
    """Those of `Page.hyperlinks` with a target in the site, or with a flaw."""
    anchors: str
    """See `Page.anchors`."""


@dataclass(frozen=True, slots=True)
class Page:
    """A post's rendered body, and what its templates show about it."""

    post: Post
    content: str
    """HTML of the body: prose, cells, outputs."""
    summary: str = ""
    """Plain text: the excerpt, or else the first paragraph."""
    toc: tuple[Heading, ...] = ()
    scheduled: bool = False
    """A preview shows a post of the future."""
    scripts: tuple[str, ...] = ()
    """Script elements of the content that the post's author wrote: they may run."""
    blocks: int = 0
    ran: int = 0
    """Number of `blocks` that ran."""
    executed: bool = False
    """False with blocks that should have run: the page says that it was not run."""
    stored: bool = False
    """The outputs are from the notebook file itself: the page says so."""
    environment: Environment = field(default_factory=Environment)
    finished: datetime | None = None
    seconds: float = 0.0
    resumed: Resumed | None = None
    """Set if its first cells were run earlier: the page says so."""
    gpus: tuple[str, ...] = ()
    """Names and drivers of the GPUs that the code used."""
    volatile: tuple[str, ...] = ()
    """What else the code read, as `network`, `clock`, `device`: it may give other results now."""
    stand_ins: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    check: LastCheck | None = None
    """Last check of what the page shows; set when its file is rendered."""
    sources: SourceList | None = None
    """The list of sources as a style of CSL sets it; None without such a style."""
    cited: Mapping[str, int] = field(default_factory=dict)
    """Number of citations of each reference, by id."""
    artifacts: tuple[Artifact, ...] = ()
    """Figures, downloads, and files that the code wrote and the page names."""
    files: tuple[LinkedFile, ...] = ()
    """Files of the blog that the page names: pictures, videos, data."""
    hyperlinks: tuple[Hyperlink, ...] = ()
    """Each URL of the content and the front matter, once per line, in order, without links to
    anchors of the content itself."""
    anchors: str = ""
    """The ids in the content, separated by spaces."""
    libraries: tuple[str, ...] = ()
    """Names of the files below `assets/libraries` that its charts need."""
    figure: str = ""
    """URL of the first figure, as in the content."""
    summary_html: str = ""
    """The summary with its formulas as MathML; "" if it has none."""
    minutes: int = 0
    """Time that reading it takes."""
    keywords: tuple[str, ...] = ()
    """Its most frequent words, sorted; see `render.keywords`."""
    cover: Cover | None = None
    """Its picture in lists: the one above it, else its first figure or picture."""
    pictures: tuple[PictureCopy, ...] = ()
    """Copies of pictures that it offers to browsers."""
    labels: tuple[LabelTarget, ...] = ()
    """What other posts may refer to."""
    digest: str = ""
    """Hash of everything that the page was made from; "" if unknown."""
    slim: bool = False
    """True if `content` was left out, to save memory; `digest` identifies it."""

    @property
    def newer_python(self) -> bool:
        """True if its Python had not been released on the day whose packages it has."""
        day = self.post.execute.as_of
        return bool(day) and release_day(self.environment.python) > day
