"""The values that travel through a build, in the order in which they come to be.

Every type is frozen; a mapping in a field is never changed after it was put there. Nothing here
knows a library, the disk or the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from evergreen.errors import Problem

# --- settings ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExecuteOptions:
    """How code runs: the blog's settings, and a post's own in their place."""

    enabled: bool = True
    timeout: float = 600.0
    """Seconds that one cell may take."""
    allow_errors: bool = False
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
    category_id: str = ""
    label: str = ""
    """What utterances marks its issues with."""


@dataclass(frozen=True, slots=True)
class Site:
    """The blog's settings."""

    title: str = "Evergreen"
    description: str = ""
    url: str = ""
    """Scheme and host, no slash at the end; empty: feeds and cards have relative addresses."""
    baseurl: str = ""
    """The path below the host, "" or "/blog"."""
    lang: str = "en"
    languages: tuple[str, ...] = ()
    """Other languages of the blog: `post.en.md` is then a translation."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """The blog's title on the pages of another language."""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    """The same for its description."""
    author: str = ""
    permalink: str = "/:categories/:title/"
    paginate: int = 10
    search: bool = True
    """A search page in each language, and the index that it reads."""
    repository: str = ""
    """`owner/name` on GitHub; with it pages offer "Open in Colab"."""
    branch: str = "main"
    vendors: Mapping[str, str] = field(default_factory=dict)
    """Hosts of hero images by name: `gstatic` → `https://www.gstatic.com`."""
    execute: ExecuteOptions = ExecuteOptions()
    records: RecordOptions = RecordOptions()
    comments: CommentsOptions = CommentsOptions()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keys of `[extra]`, for the templates alone."""


# --- posts ------------------------------------------------------------------------------------


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
    execute: ExecuteOptions = ExecuteOptions()
    data: tuple[DataFile, ...] = ()
    bundle: str = ""
    """The folder whose content stands beside the post, relative to the blog."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """The whole front matter as plain values, for the templates."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line in the file of each key of the front matter, from 1."""


# --- notebooks --------------------------------------------------------------------------------

Show = Literal["show", "hide", "remove", "fold"]
"""show; hide: folded away behind a summary; remove: not on the page; fold: open, can be folded."""


@dataclass(frozen=True, slots=True)
class CellOptions:
    """What a cell's tags and `#|` comments ask for."""

    runs: bool = True
    input: Show = "show"
    output: Show = "show"
    raises: bool = False
    """An exception is expected."""
    label: str = ""
    caption: str = ""
    alt: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of code of the post: a fence, or an inline expression in its prose."""

    source: str
    """What runs; no newline at the end."""
    line: int
    """The line of the file on which `source` starts, from 1."""
    options: CellOptions = CellOptions()
    inline: bool = False
    fence: int = -1
    """Which of the text's code blocks (or, where inline, code spans) this is, from 0."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """What the kernel gets of a cell: all that can change a result, and nothing else."""

    block: int
    """How many blocks have begun to run, this one included."""
    inline: bool
    source: str
    raises: bool = False


@dataclass(frozen=True, slots=True)
class Notebook:
    """A post cut into cells."""

    cells: tuple[Cell, ...]
    """In the order of the text: those that run, and those of the kernel's language that do not."""
    kernel: str = "python3"
    language: str = "python"
    blocks: int = 0
    """Code blocks of the post that name a language, run or not."""
    markdown: tuple[str, ...] = ()
    """The prose between the code cells that are not inline, one more than those."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """What the kernel gets, in order, without its place in the text.

        Between two blocks each inline expression stands once, in alphabetical order, so that
        translations whose sentences are ordered otherwise have the same steps.
        """
        return tuple(sorted({step for _, step in self.placed}))

    @property
    def placed(self) -> tuple[tuple[Cell, Step], ...]:
        """Each cell that runs, in the order of the text, with its step."""
        pairs, block = [], 0
        for cell in self.cells:
            if cell.options.runs:
                block += not cell.inline
                pairs.append((cell, Step(block, cell.inline, cell.source, cell.options.raises)))
        return tuple(pairs)


# --- executions -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stream:
    """Text that a cell wrote to its standard output or error."""

    name: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, slots=True)
class Display:
    """A value that a cell showed, in the forms it offers."""

    data: Mapping[str, str | bytes]
    """MIME type → text, or bytes for pictures that are not text; JSON types as JSON text."""
    metadata: str = "{}"
    """nbformat's metadata of the output, as JSON text."""
    result: bool = False
    """The value of the cell's last expression."""


@dataclass(frozen=True, slots=True)
class CellError:
    """An exception that ended a cell, or a fault that ended the run there."""

    ename: str
    evalue: str
    traceback: str = ""
    """With ANSI colours, lines ending in \\n."""
    line: int = 0
    """Within the cell, from 1; 0 where it is not known."""


Output = Stream | Display | CellError


@dataclass(frozen=True, slots=True)
class Environment:
    """What a run ran with."""

    python: str = ""
    platform: str = ""
    packages: tuple[tuple[str, str], ...] = ()
    """Each distribution that the code imported, with its version, by name."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What a notebook's code produced. Equality leaves times out: it is reproducibility."""

    outputs: tuple[tuple[Output, ...], ...]
    """For each of the notebook's steps that was reached, in order, what it produced."""
    failure: CellError | None = None
    """What ended the run in the last reached cell; None where all cells ran."""
    environment: Environment = Environment()
    stand_ins: tuple[str, ...] = ()
    """Declared data files that were substituted."""
    cleaned: Mapping[str, int] = field(default_factory=dict, compare=False)
    """What was dropped or replaced in the outputs, by kind, and how often."""
    left: int = 0
    """The step, from 1, that left processes running, which were ended; 0: none did."""
    facts: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What the run was observed to use (see `facts`)."""
    finished: datetime | None = field(default=None, compare=False)
    """UTC."""
    seconds: float = field(default=0.0, compare=False)


# --- pages ------------------------------------------------------------------------------------


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
    inputs: str = field(default="", compare=False)
    """All that it was made of besides settings, templates and engine; "" where not known."""


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
    environment: Environment = Environment()
    finished: datetime | None = None
    seconds: float = 0.0
    stand_ins: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    cited: Mapping[str, int] = field(default_factory=dict)
    """How often the text cites each of the post's references, by id."""
    artifacts: tuple[Artifact, ...] = ()
    """Figures and downloads."""
    figure: str = ""
    """The address of the first figure, as the content has it."""
    digest: str = ""
    """A hash of all that the page was made of; "" where it is not known."""
    slim: bool = False
    """Passed on without its content, which its digest names."""


@dataclass(frozen=True, slots=True)
class Link:
    """A page as other pages name it."""

    title: str
    url: str
    """Below `baseurl`, or complete."""
    lang: str = ""
    """Where it is not the language of the page that names it."""
    count: int = 0
    """Of a tag, a category, a series: its posts."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A series as the page of one of its posts shows it."""

    title: str
    url: str
    posts: tuple[Link, ...]
    """Oldest first, this post among them; in another language where one is not translated."""


@dataclass(frozen=True, slots=True)
class Relations:
    """What a post's page says about other posts; nothing else of them reaches it."""

    newer: Link | None = None
    older: Link | None = None
    similar: tuple[Link, ...] = ()
    series: Parts | None = None
    tags: tuple[Link, ...] = ()
    categories: tuple[Link, ...] = ()
    translations: tuple[Link, ...] = ()
    """The same post in the other languages; `title` is the translation's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list shows of a post."""

    title: str
    url: str
    date: datetime
    lang: str
    summary: str = ""
    tags: tuple[Link, ...] = ()
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
    entries: tuple[Entry, ...] = ()
    links: tuple[Link, ...] = ()
    number: int = 1
    """Which page of the list this is, from 1."""
    total: int = 1
    translations: tuple[Link, ...] = ()


# --- the end ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did."""

    posts: int = 0
    ran: tuple[str, ...] = ()
    """Paths of the posts whose code ran."""
    reused: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    held_back: int = 0
    """Drafts, future and unpublished posts."""
    blocks: int = 0
    blocks_run: int = 0
    stand_ins: tuple[str, ...] = ()
    """Paths of the posts that ran on substitutes of their data."""
    cleaned: Mapping[str, int] = field(default_factory=dict)
    """What was dropped or replaced in the outputs of the posts that ran, by kind, and how often."""
    written: int = 0
    removed: int = 0
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()
