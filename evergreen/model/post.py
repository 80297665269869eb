"""A source file, parsed: a Post and the values in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.model.check import CheckOptions
from evergreen.model.execution import Output
from evergreen.model.notebook import Cell
from evergreen.model.numbering import LabelTarget
from evergreen.model.settings import ExecuteOptions, NumberOptions

CellForm = Literal["fence", "chunk", "directive"]
"""Which code blocks of the kernel's language run: all, Quarto's and R Markdown's (```{python}), or
MyST's (```{code-cell})."""

_OTHER_TOOLS = (".ipynb", ".py", ".qmd", ".rmd")
"""Suffixes of files that another tool reads as well."""

REQUIRES = "execute.requires"
"""Key of `Post.lines` for the line of the requirements."""


@dataclass(frozen=True, slots=True)
class HeroImage:
    """The picture above a post."""

    url: str
    """Includes the vendor's host."""
    alt: str = ""
    credit: str = ""
    creditlink: str = ""


@dataclass(frozen=True, slots=True)
class EmbeddedCell:
    """A cell of a notebook that another post shows, with the results saved there."""

    cell: Cell
    outputs: tuple[Output, ...]
    path: str
    """The notebook's file in the blog."""
    title: str
    """Its title."""


@dataclass(frozen=True, slots=True)
class PostResults:
    """The cells of a post, with the results of its last run."""

    title: str
    language: str
    cells: tuple[tuple[Cell, tuple[Output, ...]], ...]
    state: str = ""
    """What names the run; "" if there was none."""


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
    more: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Further variables of CSL by their names: `type`, `volume`, `page`, `publisher`."""


@dataclass(frozen=True, slots=True)
class CitationStyle:
    """A style of CSL, the Citation Style Language."""

    path: str
    """Relative to the blog."""
    source: str = field(default="", repr=False)
    """The text of the file."""


@dataclass(frozen=True, slots=True)
class Series:
    """The series that a post belongs to."""

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file that a post declares."""

    name: str
    """Its path in the working folder of the run, with forward slashes."""
    urls: tuple[str, ...]
    """Where to download it, first choice first."""
    sha256: str
    """Lower-case hexadecimal digits; a file with another hash is never used."""
    stand_in: str = ""
    """A Python script beside the post that writes a small substitute; "" for none."""


@dataclass(frozen=True, slots=True)
class Post:
    """A source file, parsed: the values of its front matter, and its text."""

    path: str
    """Relative to the blog, with forward slashes."""
    slug: str
    title: str
    date: datetime
    url: str
    """URL of the page below `baseurl`: begins and usually ends with a slash."""
    body: str
    """The Markdown after the front matter; lines end with \\n."""
    body_line: int
    """Line in the file where `body` begins, from 1."""
    lang: str
    layout: str = "post"
    """The template of its page."""
    theme: str = ""
    """A style sheet of `assets/themes`, for this page."""
    excerpt: str = ""
    """Its summary in lists and on cards; the default is the first paragraph."""
    modified: datetime | None = None
    """Date of the last revision."""
    author: str = ""
    """Its author, or several."""
    authors: tuple[str, ...] = ()
    """The names of its authors; an author of `[authors]` may be named by the key."""
    pinned: bool = False
    """Show it before all others on the home page; other tools call it `pin` or `sticky`."""
    featured: bool = False
    """Show it at the top of the home page, with a large picture."""
    categories: tuple[str, ...] = ()
    """The first part of its URL; each category has a list."""
    tags: tuple[str, ...] = ()
    """Its tags; each has a list."""
    image: HeroImage | None = None
    """A picture above it: a URL, or `feature`, `vendor`, `alt`, `credit`, `creditlink`."""
    references: tuple[Reference, ...] = ()
    """Its sources, each with `id`, `title`, `url`, `authors`, `year`, `doi`, `venue`."""
    bibliography: tuple[str, ...] = ()
    """BibTeX files that it cites from: their paths from the post's folder, or from the blog's."""
    csl: str = ""
    """A style of CSL for its citations, instead of that in `[citations]`: a path like those of
    `bibliography`."""
    citation_style: CitationStyle | None = None
    """The style, read."""
    series: Series | None = None
    """The series that it belongs to: a title, or `title` and `url`."""
    numbers: NumberOptions = field(default_factory=NumberOptions)
    """Which labelled things have numbers: `false`, or the settings of `[numbers]`."""
    comments: bool | None = None
    """Readers may comment, if the blog has a service for comments; by default on posts, not on
    static pages."""
    pdf: bool | None = None
    """Make a PDF of it, or not; by default as the setting `pdf` says."""
    share: bool = False
    """Show links to share it."""
    redirect_from: tuple[str, ...] = ()
    """Earlier URLs of the page; they redirect to it."""
    redirect_to: str = ""
    """Where the page has moved: a URL, to which its own address redirects."""
    sitemap: bool = True
    """Name it in the sitemap."""
    draft: bool = False
    """Build it only with `--drafts`."""
    published: bool = True
    """False: do not build it."""
    kernel: str = "python3"
    """The Jupyter kernel's name."""
    language: str = "python"
    """Code blocks in this language run."""
    execute: ExecuteOptions = field(default_factory=ExecuteOptions)
    """How its code runs: `false`, or the settings of `[execute]`, for this post."""
    check: CheckOptions = field(default_factory=CheckOptions)
    """How its outputs are compared: `exact`, `image`, `ignore`, or the settings of `[check]`."""
    data: tuple[DataFile, ...] = ()
    """Data files: each with `name`, `url`, `mirrors`, `sha256`, `stand_in`."""
    bundle: str = ""
    """The folder whose files the code can read, relative to the blog."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """The whole front matter as plain values, for the templates."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Line in the file of each key of the front matter, from 1."""
    places: Mapping[str, int] = field(default_factory=dict)
    """Line in the file of each URL in the front matter, from 1."""
    file: str = ""
    """File of the page in the site; "" if `url` implies it."""
    markup: str = "markdown"
    """The markup of `body`: `markdown` or `html`."""
    collection: str = ""
    """The Jekyll collection that it belongs to; "" for a post or a page."""
    words: int = 0
    """Words of a Jekyll page besides its loops over posts; pictures and includes count too."""
    cell_form: CellForm = "fence"
    """Which code blocks of its language run."""
    parts: tuple[int, ...] = ()
    """Lines of `body`, from 1, at which the cells of its file begin, each a document of its own; ()
    if `body` is one document."""
    origin: tuple[int, ...] = ()
    """Line in the file of each line of `body`, if they are not consecutive."""
    stored: Mapping[int, tuple[Output, ...]] = field(default_factory=dict)
    """Outputs stored in the file itself, as in a notebook, by the line of their cell."""
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    """Files stored in the file itself, by their paths in the site."""
    embedded: Mapping[str, EmbeddedCell] = field(default_factory=dict)
    """Cells of notebooks that its text shows, by the key of their place in it."""
    elsewhere: Mapping[str, LabelTarget] = field(default_factory=dict)
    """What its references to other posts mean, by label."""
    uses: Mapping[str, str] = field(default_factory=dict)
    """What the text depends on besides the file, with its state: `include a.html` → a hash."""
    warnings: tuple[Problem, ...] = ()
    """Problems found while reading `body` that do not prevent a page."""

    @property
    def is_foreign(self) -> bool:
        """True for a file that another tool reads as well."""
        return is_foreign(self.path, self.cell_form)

    def at(self, line: int) -> int:
        """Convert a line of `body` to a line of the file, both from 1."""
        if self.origin:
            return self.origin[min(line, len(self.origin)) - 1]
        return self.body_line + line - 1

    def with_lines(self, made: Sequence[tuple[int, str]]) -> Post:
        """Return the post with other lines, each with the line of `body` that it comes from."""
        places = [place for place, _ in made]
        first = {place: number for number, place in reversed(list(enumerate(places, 1)))}
        return replace(
            self,
            body="".join(f"{line}\n" for _, line in made),
            origin=tuple(map(self.at, places)),
            parts=tuple(first[part] for part in self.parts if part in first),
        )


def is_foreign(path: str, form: CellForm) -> bool:
    """True for a file that another tool reads as well, whose rules hold there."""
    return form != "fence" or path.lower().endswith(_OTHER_TOOLS)
