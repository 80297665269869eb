"""What stands on a page, and the files of a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from evergreen.model.check import LastCheck
from evergreen.model.execution import Environment
from evergreen.model.hashing import sha256
from evergreen.model.post import Post


@dataclass(frozen=True, slots=True)
class Kept:
    """Content that already stands in the destination: named by its hash, neither held nor read."""

    sha256: str
    """Lower-case hexadecimal."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of the site."""

    path: str
    """Relative to the site, with forward slashes, not URL-quoted."""
    content: bytes | Kept
    source: str = field(default="", compare=False)
    """The file that it was made of, for messages; empty where that is not one file."""

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the content in hexadecimal."""
        return self.content.sha256 if isinstance(self.content, Kept) else sha256(self.content)


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
    """A form of the post that its page offers."""

    label: str
    """`ipynb`, `py` or `colab`."""
    url: str


@dataclass(frozen=True, slots=True)
class Hyperlink:
    """An address in a post that leads somewhere, or shows a picture."""

    line: int
    """Of the post's file, from 1: where the address stands. A link by reference stands where it is
    defined."""
    url: str
    """As a browser reads it, entities replaced."""
    tag: str = "a"
    """The name of the HTML element."""
    path: str | None = None
    """Below the site's root, unquoted; None where it leads to another site."""
    fragment: str = ""
    """Behind the `#`, unquoted."""
    flaw: str = ""
    """What is wrong with the address itself, as the end of a sentence that begins with it."""


class PageLinks(NamedTuple):
    """A page as links see it: what it leads to, and what leads to it."""

    path: str
    """Of the post."""
    file: str
    """Of the page, in the site."""
    lang: str
    hyperlinks: tuple[Hyperlink, ...]
    """Those of `Page.hyperlinks` that lead to something in the site, or have a flaw."""
    anchors: str
    """See `Page.anchors`."""


@dataclass(frozen=True, slots=True)
class Page:
    """A post's rendered body and what its templates say about it."""

    post: Post
    content: str
    """HTML of the body: prose, cells, outputs."""
    summary: str = ""
    """Plain text: the excerpt, else the first paragraph."""
    toc: tuple[Heading, ...] = ()
    blocks: int = 0
    ran: int = 0
    """Of `blocks`, how many have run."""
    executed: bool = False
    """False with blocks that should have run: the page says that it was not run."""
    stored: bool = False
    """Its outputs are those that a notebook file holds: the page says so."""
    environment: Environment = field(default_factory=Environment)
    finished: datetime | None = None
    seconds: float = 0.0
    stand_ins: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    check: LastCheck | None = None
    """The last check of what the page shows; set when its file is made."""
    cited: Mapping[str, int] = field(default_factory=dict)
    """How often the text cites each of the post's references, by id."""
    artifacts: tuple[Artifact, ...] = ()
    """Figures and downloads."""
    hyperlinks: tuple[Hyperlink, ...] = ()
    """Each address of the content and the front matter once a line, in their order, without those
    that lead to something in the content itself."""
    anchors: str = ""
    """The ids in the content, separated by spaces."""
    libraries: tuple[str, ...] = ()
    """Names of the files that its charts need below `assets/libraries`."""
    figure: str = ""
    """The address of the first figure, as the content has it."""
    digest: str = ""
    """A hash of all that the page was made of; "" where it is not known."""
    slim: bool = False
    """Passed on without its content, which its digest names."""
