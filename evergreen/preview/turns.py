"""A post's kernel as two sides see it: the session's own thread, which talks to it in turns, and
the others, which say what is wanted and interrupt what is not.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evergreen.errors import Problem
from evergreen.execution.kernels.manager import Kernels
from evergreen.model import CellError, Output, Step
from evergreen.preview.interface import Blog, Work
from evergreen.preview.status import State
from evergreen.preview.warm_kernel import Warm

PAUSE = 1.5
"""Seconds without an edit after which a draft is confirmed."""
IDLE = 15 * 60
"""Seconds after which a kernel that nobody needs ends."""
AGAIN = (0.5, 1.0, 1.5)
"""Seconds between attempts to interrupt a cell, until its kernel is ended: the first may come
before the kernel has begun with the cell, and is lost then."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told by a session, from its thread."""

    changed: Callable[[str], None]
    """A post's state, or its page."""
    cell: Callable[[str, Work, int, tuple[Output, ...]], None]
    """What a cell has produced so far."""
    say: Callable[[str], None]
    """A line for the terminal."""


class Outdated(Exception):
    """What runs is not wanted any more."""


class Turns:
    """What a post's code is to be, and what runs of it."""

    def __init__(
        self,
        blog: Blog,
        path: str,
        kernels: Callable[[], Kernels],
        turn: threading.Semaphore,
        listener: Listener,
        pause: float = PAUSE,
        idle: float = IDLE,
    ) -> None:
        self.blog, self.path, self.kernels, self.listener = blog, path, kernels, listener
        self.clean_turn, self.pause, self.idle = turn, pause, idle
        self.state = State()
        self.problem: Problem | None = None
        self.work: Work | None = None
        self.used = time.monotonic()
        self.ended = False
        self._changed = threading.Condition()
        self._orders: set[str] = set()
        self._done: tuple[str, str] = ("", "")
        """Key and surroundings of what was last run to its end, good or bad."""
        self._target: tuple[str, str] = ("", "")
        """The same of what runs."""
        self._draft: tuple[tuple[Output, ...], ...] | None = None
        """Outputs that a clean run has to confirm."""
        self._warm: Warm | None = None
        self._busy: Warm | None = None
        """The kernel in which a step runs."""
        self._step: tuple[list[Step], int] = ([], -1)
        """What runs: the steps before, and which."""

    @property
    def is_running(self) -> bool:
        """Whether cells are run in sight, or are about to be."""
        return self.state.phase in ("starting", "running")

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs or is about to."""
        return self._busy is None and self.state.phase in ("kept", "clean", "failed")

    def want(self, work: Work) -> None:
        """The post's code as it is now. What of it has run is not run again."""
        with self._changed:
            self.work, self.used = work, time.monotonic()
            if self._busy and self._is_outdated(work):
                self._interrupt()
            self._changed.notify_all()

    def order(self, what: str) -> None:
        """`restart` and run all, `clean`: run clean now, `interrupt`."""
        with self._changed:
            self.used = time.monotonic()
            if what in ("restart", "interrupt") and self._busy:
                self._interrupt()
            if what != "interrupt":
                self._orders.add(what)
            self._changed.notify_all()

    def end(self) -> None:
        """End the session and its kernel; the thread ends soon."""
        with self._changed:
            self.ended = True
            if self._busy:
                self._busy.run.client.kc.kill()
            self._changed.notify_all()

    def _is_outdated(self, work: Work) -> bool:
        if work.run == self._target:
            return False
        if self._busy is not self._warm or work.execution or work.surroundings != self._target[1]:
            return True
        before, at = self._step
        return codes(work.notebook.steps)[: at + 1] != codes(before)[: at + 1]

    def _interrupt(self) -> None:
        """Have the running step end; where it does not, its kernel."""
        busy, step = self._busy, self._step
        if busy is None:
            return
        if busy is not self._warm:
            busy.run.client.kc.kill()
            return
        busy.run.client.kc.interrupt()

        def insist() -> None:
            for number, pause in enumerate(AGAIN, 1):
                time.sleep(pause)
                with self._changed:
                    if self._busy is not busy or self._step is not step:
                        return
                    kernel = busy.run.client.kc
                    kernel.interrupt() if number < len(AGAIN) else kernel.kill()

        threading.Thread(target=insist, name="insist", daemon=True).start()

    def _current(self, work: Work, number: int) -> Work:
        """The work as it is now, where its first steps are still these. Raises Outdated."""
        with self._changed:
            now = self.work
            if self.ended or now is None or self._orders & {"restart"}:
                raise Outdated
            if now.run == work.run:
                return now
            same = codes(now.notebook.steps)[:number] == codes(work.notebook.steps)[:number]
            if now.execution or now.surroundings != work.surroundings or not same:
                raise Outdated
            return now

    def _take(
        self, warm: Warm, work: Work, number: int, heard: bool
    ) -> tuple[tuple[Output, ...], CellError | None]:
        """Run a step, in sight or not."""
        steps, name = work.notebook.steps, work.names[number]

        def hear(outputs: tuple[Output, ...]) -> None:
            self.listener.cell(self.path, work, name, outputs)

        with self._changed:
            if self.ended:
                raise Outdated
            self._busy, self._step = warm, (list(steps), number)
            self._target = work.run
        try:
            made, failure = warm.take(steps[number], hear if heard and name else None)
        finally:
            with self._changed:
                self._busy = None
        if heard and name and not failure:
            self.listener.cell(self.path, work, name, made)
        return made, failure

    def _drop(self) -> None:
        with self._changed:
            warm, self._warm = self._warm, None
        if warm:
            warm.close()

    def _tell(self, state: State) -> None:
        self.state = state
        self.listener.changed(self.path)


def codes(steps: Iterable[Step]) -> list[tuple[bool, str, bool]]:
    """All of some steps that a kernel can tell, wherever they stand in the post."""
    return [(step.inline, step.source, step.raises) for step in steps]
