"""The build as the author sees it: progress while it works, problems, and the closing line.

Progress goes to standard error: a line that moves on a terminal, plain lines elsewhere.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from evergreen.errors import Problem
from evergreen.model import Report
from evergreen.plan import Outlook


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
        self.lock = threading.Lock()

    def __enter__(self) -> Terminal:
        self.bars.start()
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
            self._move(path, number - 1, total)
            if not self.console.is_terminal:
                self._line(f"{path}: cell {number} of {total} ({elapsed:.1f} s)")

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Say that a post's run is over."""
        with self.lock:
            if path in self.tasks:
                self.bars.remove_task(self.tasks.pop(path))
            self._line(f"{path}: {'failed after' if failed else 'ran in'} {seconds:.1f} s")

    def download(self, name: str, done: int, total: int) -> None:
        """Show a download."""
        with self.lock:
            first = name not in self.tasks
            self._move(name, done, total or None)
            if first and not self.console.is_terminal:
                self._line(f"fetching {name}")

    def _move(self, name: str, done: int, total: int | None) -> None:
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name, total=total)
        self.bars.update(self.tasks[name], completed=done, total=total)

    def _line(self, text: str) -> None:
        self.console.print(text, markup=False)


def show_report(report: Report, destination: str, quiet: bool = False) -> None:
    """Problems and the closing line, on standard output."""
    console = Console(highlight=False, soft_wrap=True)
    for problem in sorted(report.problems, key=lambda problem: problem.severity == "error"):
        _show_problem(console, problem)
    if not quiet:
        console.print(closing_line(report, destination), markup=False)


def show_plans(outlook: Outlook) -> None:
    """Each post with what a build would do with it, and the time that past runs predict."""
    console = Console(highlight=False, soft_wrap=True)
    for problem in outlook.problems:
        _show_problem(console, problem)
    for post in outlook.posts:
        console.print(
            f"{post.path}: {'run' if post.runs else 'reuse'}: {post.reason}"
            if post.runs or "record" in post.reason
            else f"{post.path}: {post.reason}",
            markup=False,
        )
    console.print(outlook_line(outlook), markup=False)


def outlook_line(outlook: Outlook) -> str:
    """`2 of 4 posts would run; about 1.5 min`."""
    running = [post for post in outlook.posts if post.runs]
    parts = [f"{len(running)} of {_count(len(outlook.posts), 'post')} would run"]
    if known := sum(post.seconds for post in running):
        parts.append(f"about {known / 60:.1f} min" if known >= 60 else f"about {known:.0f} s")
    if unknown := sum(not post.seconds and "shares" not in post.reason for post in running):
        parts.append(f"{_count(unknown, 'post')} never timed")
    return "; ".join(parts)


def closing_line(report: Report, destination: str) -> str:
    """`4 posts: 3 run, 1 reused, 0 failed; 27 of 29 blocks run; 31 files written; 81 s`."""
    done = [
        f"{len(report.ran)} run",
        f"{len(report.reused)} reused",
        f"{len(report.failed)} failed",
    ]
    if report.held_back:
        done.append(f"{report.held_back} held back")
    parts = [f"{_count(report.posts, 'post')}: {', '.join(done)}"]
    if report.blocks:
        parts.append(f"{report.blocks_run} of {_count(report.blocks, 'block')} run")
    if report.stand_ins:
        parts.append(f"{_count(len(report.stand_ins), 'post')} on stand-in data")
    changed = f"{_count(report.written, 'file')} written"
    if report.removed:
        changed += f", {report.removed} removed"
    parts.append(f"{changed} in {destination}")
    return "; ".join(parts) + f"; {report.seconds:.1f} s"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _show_problem(console: Console, problem: Problem) -> None:
    style = "red" if problem.severity == "error" else "yellow"
    prefix = "" if problem.severity == "error" else "warning: "
    console.print(f"{prefix}{problem}", style=style, markup=False)
    if problem.details:
        console.print(Text.from_ansi(problem.details.rstrip()))
