"""The files of a site as tasks: each is made, or taken as a former build published it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evergreen.errors import EvergreenError, Problem
from evergreen.model import Artifact, Page, Site

if TYPE_CHECKING:
    from evergreen.site.jinja import Templates


def no_library(name: str) -> bytes:
    """Where there is no cache with libraries in it."""
    raise LookupError(name)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A post as feeds carry it; made once, though it may stand in several feeds."""

    page: Page
    url: str
    content: str
    image: str = ""

    @property
    def updated(self) -> datetime:
        return self.page.post.modified or self.page.post.date


@dataclass(frozen=True, slots=True)
class RenderContext:
    """What files are made with."""

    templates: Templates
    site: Site
    whole: Callable[[str], Page]
    """A page with its content, by the path of its post."""
    library: Callable[[str], bytes] = no_library
    """A library of charts, by its file's name."""
    items: dict[str, FeedItem] = field(default_factory=dict)
    """Posts as feeds carry them, by path: made once, though they may stand in several."""


@dataclass(frozen=True, slots=True)
class FileTask:
    """A file to be made: plain data, which may be kept for another build."""

    path: str
    """The file's."""
    make: Callable[..., Artifact]
    """A module's function; it is called with a kit and `args`."""
    args: tuple[Any, ...] = ()
    """Values that tell by their `repr` whether they are equal."""
    shows: tuple[str, ...] = ()
    """The paths of the posts whose content is in it too."""
    source: str = ""
    """The post whose own page it is; "" for what stands for several."""

    @property
    def inputs(self) -> str:
        """All that the file is made of besides posts, settings, templates and engine."""
        return f"{self.make.__module__}.{self.make.__qualname__} {self.args!r}"


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """A file that could not be made."""

    source: str
    """Its task's."""
    problems: tuple[Problem, ...]


def run_task(context: RenderContext, task: FileTask) -> Artifact:
    """The file of a task. Raises EvergreenError where it cannot be made."""
    return task.make(context, *task.args)


def run_tasks(context: RenderContext, tasks: Iterable[FileTask]) -> list[Artifact | TaskFailure]:
    """What each task makes, in order, or why it cannot."""
    return [_run(context, task) for task in tasks]


def _run(context: RenderContext, task: FileTask) -> Artifact | TaskFailure:
    try:
        return run_task(context, task)
    except EvergreenError as error:
        return TaskFailure(task.source, error.problems)


def at_post(failure: TaskFailure) -> Problem:
    """What is wrong in a template, told as what is wrong with a post."""
    first = failure.problems[0]
    if failure.source in (first.path, ""):
        return first
    return Problem(failure.source, 1, 0, f"its page cannot be made: {first}")


def once(failures: Iterable[TaskFailure]) -> Iterator[Problem]:
    """All that went wrong, each place once."""
    places: dict[tuple[str, int], list[Problem]] = defaultdict(list)
    for failure in failures:
        for problem in failure.problems:
            places[problem.path, problem.line].append(problem)
    for first, *others in places.values():
        more = f", and {len(others)} more" if others else ""
        yield replace(first, message=first.message + more)
