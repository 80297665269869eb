"""The files of a site as tasks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.model import Artifact, Page, PluginError, Site
from evergreen.model.picture import PictureCopy
from evergreen.paths import flaw

if TYPE_CHECKING:
    from evergreen.site.jinja import Templates


def no_library(name: str) -> bytes:
    """Raise LookupError: there is no cache with libraries."""
    raise LookupError(name)


def no_copy(copy: PictureCopy) -> bytes:
    """Raise LookupError: nothing makes copies of pictures."""
    raise LookupError(copy.path)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A post as it is in feeds; made once, even if it is in several."""

    page: Page
    url: str
    content: str
    image: str = ""

    @property
    def updated(self) -> datetime:
        return self.page.post.modified or self.page.post.date


@dataclass(frozen=True, slots=True)
class RenderContext:
    """Shared inputs of the tasks."""

    templates: Templates
    site: Site
    whole: Callable[[str], Page]
    """A page with its content, by the path of its post."""
    library: Callable[[str], bytes] = no_library
    """A library of charts, by its file's name."""
    copy: Callable[[PictureCopy], bytes] = no_copy
    """The bytes of a copy of a picture."""
    items: dict[str, FeedItem] = field(default_factory=dict)
    """Posts as they are in feeds, by path."""


@dataclass(frozen=True, slots=True)
class FileTask:
    """A file to be made: plain data, which may be stored for another build."""

    path: str
    """The file's."""
    make: Callable[..., Artifact]
    """A module's function; it is called with a RenderContext and `args`."""
    args: tuple[Any, ...] = ()
    """Values whose `repr` differs if they differ."""
    shows: tuple[str, ...] = ()
    """The paths of the posts whose content is in it too."""
    source: str = ""
    """The post whose own page it is; "" for a list."""
    template: str = ""
    """The file name of its template; "" if it is made without one."""

    @property
    def inputs(self) -> str:
        """Return the inputs of the file besides posts, settings, templates and engine."""
        return f"{self.make.__module__}.{self.make.__qualname__} {self.args!r}"


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """A file that could not be made."""

    source: str
    """Its task's."""
    problems: tuple[Problem, ...]


def run_task(context: RenderContext, task: FileTask) -> Artifact:
    """Make the file of a task. Raises EvergreenError."""
    return task.make(context, *task.args)


def run_tasks(context: RenderContext, tasks: Iterable[FileTask]) -> list[Artifact | TaskFailure]:
    """Return the file of each task, in order, or why it cannot be made."""
    return [_run(context, task) for task in tasks]


def _run(context: RenderContext, task: FileTask) -> Artifact | TaskFailure:
    try:
        return finish(context.site, run_task(context, task), task.source)
    except EvergreenError as error:
        return TaskFailure(task.source, error.problems)


def finish(site: Site, made: Artifact, source: str = "") -> Artifact:
    """Return a file as the `file` hooks change it; `source` is the post whose page it is.

    Raises EvergreenError at the post.
    """
    found = made
    for change in site.hooks.each("file"):
        try:
            found = change(found, site)
        except PluginError as error:
            raise (error.at(source) if source else error) from error
    if found.path != made.path:
        message = f"a plugin gave the file '{made.path}' another path, '{found.path}'"
        raise fault(source or made.path, message, "return it with its own path")
    return found


def extra_files(site: Site, files: Sequence[Artifact]) -> list[Artifact]:
    """Return the further files of plugins. Raises EvergreenError for a path that is not valid or
    that another file has."""
    taken = {file.path for file in files}
    found: list[Artifact] = []
    for owner, hook in site.hooks.owned("files"):
        for file in hook(files, site):
            if wrong := flaw(file.path) or ("is taken" if file.path in taken else ""):
                message = f"has a file with the path '{file.path}', which {wrong}"
                raise owner.fault(message, "give it another path")
            taken.add(file.path)
            found.append(file)
    return found


def at_post(failure: TaskFailure) -> Problem:
    """Report a template error at the post being rendered."""
    first = failure.problems[0]
    if failure.source in (first.path, ""):
        return first
    return Problem(failure.source, 1, 0, f"its page cannot be made: {first}")


def once(failures: Iterable[TaskFailure]) -> Iterator[Problem]:
    """Yield all problems, one per place."""
    places: dict[tuple[str, int], list[Problem]] = defaultdict(list)
    for failure in failures:
        for problem in failure.problems:
            places[problem.path, problem.line].append(problem)
    for first, *others in places.values():
        more = f", and {len(others)} more" if others else ""
        yield replace(first, message=first.message + more)
