"""Progress of a build on stderr: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evergreen.execution.progress import Progress, SilentProgress

if TYPE_CHECKING:
    from rich.progress import TaskID


@contextmanager
def show_progress(quiet: bool = False) -> Iterator[Progress]:
    """Show progress while the block runs."""
    if quiet:
        yield SilentProgress()
    elif not sys.stderr.isatty():
        yield ProgressLines()
    else:
        with ProgressBars() as bars:
            yield bars


QUIET_SECONDS = 5
"""Seconds between two lines about one post."""
LONG_SECONDS = 20
"""Seconds between two lines about one cell."""
LINE = 60
"""Characters of what a cell prints that are shown."""


class ProgressLines:
    """Shows progress as plain lines."""

    def __init__(self) -> None:
        self.starts: dict[str, float] = {}
        self.shown: dict[str, float] = {}
        """When a line about a post was printed."""
        self.expectations: dict[str, float] = {}
        self.steps: dict[str, tuple[int, int]] = {}
        self.lock = threading.Lock()

    def step(self, path: str, number: int, total: int) -> None:
        """Print from time to time which step of a post runs."""
        with self.lock:
            now = time.monotonic()
            elapsed = now - self.starts.setdefault(path, now)
            self.steps[path] = number, total
            if number == 1 or path not in self.shown or now - self.shown[path] >= QUIET_SECONDS:
                self.shown[path] = now
                self.say(f"{path}: cell {number} of {total}, {self._elapsed(path, elapsed)}")

    def expected(self, path: str, seconds: float) -> None:
        """Remember how long a post's run took the last time."""
        with self.lock:
            self.expectations[path] = seconds

    def printed(self, path: str, line: str) -> None:
        """Print from time to time the last line of a cell that runs for long."""
        with self.lock:
            now = time.monotonic()
            if line and path in self.steps and now - self.shown.get(path, now) >= LONG_SECONDS:
                self.shown[path] = now
                number, total = self.steps[path]
                elapsed = self._elapsed(path, now - self.starts[path])
                self.say(f"{path}: cell {number} of {total}, {elapsed}: {line[:LINE]}")

    def _elapsed(self, path: str, seconds: float) -> str:
        """Format the time of a run so far: `12 s`, or `12 s of about 90 s`."""
        whole = self.expectations.get(path, 0)
        return f"{seconds:.0f} s of about {whole:.0f} s" if whole >= 1 else f"{seconds:.0f} s"

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Print that a post's run has ended."""
        with self.lock:
            self.say(f"{path}: {'failed after' if failed else 'ran in'} {seconds:.1f} s")

    def download(self, name: str, done: int, total: int) -> None:
        """Print that a file is being downloaded."""
        with self.lock:
            if name not in self.shown:
                self.shown[name] = time.monotonic()
                self.say(f"downloading {name}")

    def say(self, text: str) -> None:
        """Print a line."""
        print(text.encode("utf-8", "replace").decode(), file=sys.stderr, flush=True)


class ProgressBars(ProgressLines):
    """Shows progress as bars, inside a `with` block."""

    def __init__(self) -> None:
        # Rich takes long to import, and only a terminal needs it.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        super().__init__()
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        self.bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> ProgressBars:
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def step(self, path: str, number: int, total: int) -> None:
        """Show which step of a post runs."""
        with self.lock:
            self._move(path, number - 1, total)
            self.bars.update(self.tasks[path], description=self._about(path))

    def printed(self, path: str, line: str) -> None:
        """Show the last line of a cell beside the name of its post."""
        with self.lock:
            if path in self.tasks:
                about = f"{self._about(path)}  {line[:LINE]}".rstrip()
                self.bars.update(self.tasks[path], description=about)

    def _about(self, path: str) -> str:
        """Return a post's path, with how long its run will take."""
        whole = self.expectations.get(path, 0)
        return f"{path} (about {whole:.0f} s)" if whole >= 1 else path

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Print that a post's run has ended."""
        with self.lock:
            if path in self.tasks:
                self.bars.remove_task(self.tasks.pop(path))
        super().ended(path, seconds, failed)

    def download(self, name: str, done: int, total: int) -> None:
        """Show a download."""
        with self.lock:
            self._move(name, done, total or None)

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        self.console.print(text, markup=False)

    def _move(self, name: str, done: int, total: int | None) -> None:
        self.bars.start()  # late: its thread must not run while kernels are forked
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name, total=total)
        self.bars.update(self.tasks[name], completed=done, total=total)
