"""The files of the site in memory: a table of what can be asked for. What is made is kept until
what it was made of has changed; what cannot be made stays as it last was.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from evergreen.errors import EvergreenError, Problem
from evergreen.model import Kept
from evergreen.preview.interface import ServedFile
from evergreen.site.tasks import FileTask, RenderContext, run_task

KEPT = 4_000
"""Files that stay made."""


@dataclass(slots=True)
class FileTable:
    """Path → file. Read from many threads, written by one, whole mappings at a time."""

    context: Callable[[], RenderContext]
    """What files are made with, as it is now."""
    tasks: Mapping[str, FileTask] = field(default_factory=dict)
    ready: Mapping[str, bytes] = field(default_factory=dict)
    """Styles, scripts, what crawlers read."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Figures and downloads: the path of a post whose page has them."""
    extra: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    """Figures of cells that run now."""
    generation: int = 0
    """Of templates and settings."""
    made: OrderedDict[str, tuple[Hashable, ServedFile]] = field(default_factory=OrderedDict)

    def read(self, path: str) -> ServedFile | None:
        """A file; None where there is none of this path."""
        if task := self.tasks.get(path):
            return self._make(task)
        if (content := self.ready.get(path)) is not None:
            return ServedFile(content)
        if owner := self.owners.get(path):
            return self._own(owner, path)
        content = self.extra.get(path)
        return None if content is None else ServedFile(content)

    def faults(self) -> list[Problem]:
        """Why files that were asked for could not be made."""
        return [problem for _, served in list(self.made.values()) for problem in served.problems]

    def add(self, path: str, content: bytes) -> None:
        """Serve a figure of a cell that runs."""
        self.extra[path] = content
        while len(self.extra) > KEPT // 10:
            self.extra.popitem(last=False)

    def _make(self, task: FileTask) -> ServedFile:
        context = self.context()
        content = [context.whole(path).digest for path in task.shows]
        state = (self.generation, task.inputs, *content)
        before = self.made.get(task.path)
        if before and before[0] == state:
            return before[1]
        is_page = task.path.endswith((".html", ".htm"))
        try:
            made = run_task(context, task).content
            assert isinstance(made, bytes)
            served = ServedFile(made, task.source, is_page)
        except EvergreenError as error:
            last = before[1].content if before else b""
            served = ServedFile(last, task.source, is_page, error.problems)
        self.made[task.path] = state, served
        while len(self.made) > KEPT:
            self.made.popitem(last=False)
        return served

    def _own(self, owner: str, path: str) -> ServedFile | None:
        for file in self.context().whole(owner).artifacts:
            if file.path == path and not isinstance(file.content, Kept):
                return ServedFile(file.content)
        return None
