"""The files of a site as tasks: each is made, or taken as a former build published it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evergreen.errors import EvergreenError, Problem
from evergreen.model import Artifact, Page


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be made."""

    path: str
    """The file's."""
    inputs: str
    """All that it is made of besides settings, templates and engine; "" where not known."""
    make: Callable[[], Artifact]
    source: str = ""
    """The post whose own page it is; "" for what stands for several."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be made."""

    source: str
    """Its task's."""
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a former build left, for those who want it."""

    kept: Callable[[str, str], Artifact | None] = lambda path, inputs: None
    """The published file of a path, where it was made of the same inputs."""
    whole: Callable[[Page], Page] = lambda page: page
    """A page with its content and its files."""
    last: Callable[[str], Page | None] = lambda path: None
    """The last good page of a post, by the post's path."""
    library: Callable[[str], bytes] = lambda name: no_library(name)
    """A library of charts, by its file's name."""
    run: Callable[[Sequence[Task]], list[Artifact | Failure]] = lambda tasks: run_tasks(tasks)
    """Makes files, in order: `run_tasks`, or the same on several cores."""
    compiled: Path | None = None
    """The folder in which compiled templates may be kept."""


def no_library(name: str) -> bytes:
    """Where there is no cache with libraries in it."""
    raise LookupError(name)


def run_tasks(tasks: Iterable[Task]) -> list[Artifact | Failure]:
    """What each task makes, in order, or why it cannot."""
    return [_run(task) for task in tasks]


def _run(task: Task) -> Artifact | Failure:
    try:
        return replace(task.make(), inputs=task.inputs)
    except EvergreenError as error:
        return Failure(task.source, error.problems)


def at_post(failure: Failure) -> Problem:
    """What is wrong in a template, told as what is wrong with a post."""
    first = failure.problems[0]
    if first.path == failure.source:
        return first
    return Problem(failure.source, 1, 0, f"its page cannot be made: {first}")


def once(failures: Iterable[Failure]) -> Iterator[Problem]:
    """All that went wrong, each place once."""
    places: dict[tuple[str, int], list[Problem]] = defaultdict(list)
    for failure in failures:
        for problem in failure.problems:
            places[problem.path, problem.line].append(problem)
    for first, *others in places.values():
        more = f", and {len(others)} more" if others else ""
        yield replace(first, message=first.message + more)
