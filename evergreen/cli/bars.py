"""Progress on a terminal: a bar for each post that runs and each file that is fetched."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from evergreen.cli.lines import Lines


class Bars(Lines):
    """Shows progress between `with` and its end."""

    def __init__(self) -> None:
        super().__init__()
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def step(self, path: str, number: int, total: int) -> None:
        """Show which step of a post runs."""
        with self.lock:
            self._move(path, number - 1, total)

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Say that a post's run is over."""
        with self.lock:
            if path in self.tasks:
                self.bars.remove_task(self.tasks.pop(path))
        super().ended(path, seconds, failed)

    def download(self, name: str, done: int, total: int) -> None:
        """Show a download."""
        with self.lock:
            self._move(name, done, total or None)

    def say(self, text: str) -> None:
        """Write a line above the bars."""
        self.console.print(text, markup=False)

    def _move(self, name: str, done: int, total: int | None) -> None:
        self.bars.start()  # late: with its thread alive, nothing can be forked
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name, total=total)
        self.bars.update(self.tasks[name], completed=done, total=total)
