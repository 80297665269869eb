"""A build's progress as the author sees it: lines that move on a terminal, plain ones elsewhere."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

QUIET_SECONDS = 5
"""Between two lines about one post where there is no terminal."""


class Terminal:
    """Shows a build's progress between `with` and its end."""

    def __init__(self, quiet: bool = False) -> None:
        self.console = Console(stderr=True, highlight=False, soft_wrap=True, quiet=quiet)
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.tasks: dict[str, TaskID] = {}
        self.starts: dict[str, float] = {}
        self.told: dict[str, float] = {}
        self.lock = threading.Lock()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.bars.stop()

    def step(self, path: str, number: int, total: int) -> None:
        """Show which step of a post runs."""
        with self.lock:
            now = time.monotonic()
            elapsed = now - self.starts.setdefault(path, now)
            if self.console.is_terminal:
                self._move(path, number - 1, total)
            elif number == 1 or now - self.told[path] >= QUIET_SECONDS:
                self.told[path] = now
                self._line(f"{path}: cell {number} of {total}, {elapsed:.0f} s")

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Say that a post's run is over."""
        with self.lock:
            if path in self.tasks:
                self.bars.remove_task(self.tasks.pop(path))
            self._line(f"{path}: {'failed after' if failed else 'ran in'} {seconds:.1f} s")

    def download(self, name: str, done: int, total: int) -> None:
        """Show a download."""
        with self.lock:
            if self.console.is_terminal:
                self._move(name, done, total or None)
            elif name not in self.told:
                self.told[name] = time.monotonic()
                self._line(f"fetching {name}")

    def _move(self, name: str, done: int, total: int | None) -> None:
        self.bars.start()  # late: with its thread alive, nothing can be forked
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name, total=total)
        self.bars.update(self.tasks[name], completed=done, total=total)

    def _line(self, text: str) -> None:
        self.console.print(text, markup=False)
