"""The interface between the blog and the browser: what a preview shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import field
from typing import Protocol

from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.execution.job import Job
from evergreen.model import Execution, Notebook, Output, Post, Site

PAUSE = 1.5
"""Seconds without an edit after which a draft is confirmed."""
IDLE = 15 * 60
"""Seconds after which an idle kernel ends."""


@dataclass(frozen=True, slots=True)
class Update:
    """The changes of a rebuild."""

    why: str
    """In words: `posts/a.md`, `3 files`."""
    posts: frozenset[str] = frozenset()
    """Paths of the posts that were read anew, or went."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Old address → new one, of posts that were renamed; "" for those that are gone."""
    is_whole: bool = True
    """False: lists are still the old ones; another update follows."""
    is_news: bool = True
    """False: what was saved is what was there."""

    def done(self, has_faults: bool) -> str:
        """Describe the result in a few words; `has_faults`: something could not be made."""
        if self.moved:
            if all(old == new for old, new in self.moved.items()):
                return "there again"
            return "moved" if any(self.moved.values()) else "removed"
        if has_faults and len(self.posts) <= 1:
            return "the last good page stays" if self.posts else "the last good pages stay"
        if len(self.posts) == 1:
            return "the page is new"
        return f"{len(self.posts)} pages are new" if self.posts else "all pages are new"


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file as it is sent."""

    content: bytes
    post: str = ""
    """The path of the post whose own page it is."""
    is_page: bool = False
    """A page of the site, be it a list; not a document that one shows in a frame."""
    problems: tuple[Problem, ...] = ()
    """Why it is not what it would be: the content is then what it last was."""


@dataclass(frozen=True, slots=True)
class PostCode:
    """A post's code as it is now."""

    post: Post
    notebook: Notebook
    key: str
    surroundings: str
    """Equal while the files next to the post, its data and its options are equal."""
    execution: Execution | None = None
    """The kept one that holds."""

    @property
    def path(self) -> str:
        """Return the post's path."""
        return self.post.path

    @property
    def run(self) -> tuple[str, str]:
        """Return a value that is equal for what need not run again: key and surroundings."""
        return self.key, self.surroundings

    @property
    def names(self) -> tuple[int, ...]:
        """Return the number of each step's cell on the page, from 1; 0: it is in the prose."""
        numbers = {
            cell: number
            for number, cell in enumerate(
                (cell for cell in self.notebook.cells if not cell.inline), 1
            )
        }
        order = {step: numbers.get(cell, 0) for cell, step in self.notebook.cell_steps}
        return tuple(order[step] for step in self.notebook.steps)

    def line(self, step: int) -> int:
        """Return the line of the post where the code of a step begins; steps are counted from 0."""
        wanted = self.notebook.steps[step]
        return next(cell.line for cell, each in self.notebook.cell_steps if each == wanted)


class LiveBlog(Protocol):
    """The blog in memory. Its methods may be called from any thread."""

    @property
    def site(self) -> Site:
        """Return the settings as they are now."""

    def rebuild(self, changed: Set[str]) -> Iterator[Update]:
        """Read files that have changed, by path below the blog; yield pages first, lists later."""

    def read(self, path: str) -> ServedFile | None:
        """Return a file of the site; None if there is none with this path."""

    def problems(self, post: str = "") -> Sequence[Problem]:
        """Return the problems of the site, and of one post or all."""

    def mark(self, post: str) -> str:
        """Return why a post would not be published: `draft`, `future` or ""."""

    def work(self, post: str) -> PostCode | None:
        """Return the code of a post; None if none may run."""

    def job(self, work: PostCode) -> Job:
        """Prepare a run of a post's code. Raises EvergreenError if it cannot run."""

    def show(self, work: PostCode, execution: Execution) -> None:
        """Show a post with these outputs until its code changes; nothing is stored."""

    def keep(self, work: PostCode, execution: Execution) -> None:
        """Store a clean run as a build does, and show it."""

    def cell(self, work: PostCode, number: int, outputs: Sequence[Output]) -> str:
        """Render a cell of the page, counted from 1, with these outputs, and serve its figures."""


Tell = Callable[[str], None]
"""Takes a line for the terminal."""


@dataclass(frozen=True, slots=True)
class SessionListener:
    """Receives the events of a session, in its thread."""

    changed: Callable[[str], None]
    """A post's state, or its page."""
    cell: Callable[[str, PostCode, int, tuple[Output, ...]], None]
    """What a cell has produced so far."""
    say: Callable[[str], None]
    """A line for the terminal."""
