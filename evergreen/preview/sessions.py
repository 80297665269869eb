"""The kernel of an open post: an edited cell and those after it run in it; a clean run confirms.

A session is a thread of its own, for a kernel is talked to in turns. It is told what the code is
now (`want`), at any time: what runs and is outdated is interrupted. What it shows meanwhile is a
draft; when the author pauses, all cells run in a fresh kernel, which is kept in the place of the
old one. Only what ran clean is stored.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from math import inf
from pathlib import Path

from jupyter_core.utils import ensure_event_loop

from evergreen.build.planning.run_problems import failure_problem
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError, Problem
from evergreen.execution.job import Job
from evergreen.execution.kernels.manager import Kernels
from evergreen.execution.resume import NotResumed
from evergreen.execution.run import collect_trace
from evergreen.execution.trace import Trace, has_written
from evergreen.model import CellError, Execution, Output, Step
from evergreen.preview.interface import IDLE, PAUSE, LiveBlog, PostCode, SessionListener
from evergreen.preview.status import PreviewState, cells, differing
from evergreen.preview.warm_kernel import WarmKernel, start

AGAIN = (0.5, 1.0, 1.5)
"""Seconds between attempts to interrupt a cell, until its kernel is ended: the first may come
before the kernel has begun with the cell, and is lost then."""


TICK = 0.05
"""Seconds by which the time of a file may differ from the clock."""
SPANS = 200
"""Times of steps that are remembered."""


class RunOutdated(Exception):
    """What runs is not wanted any more."""


class Session:
    """Runs the code of one post."""

    def __init__(
        self,
        blog: LiveBlog,
        path: str,
        kernels: Callable[[], Kernels],
        turn: threading.Semaphore,
        listener: SessionListener,
        pause: float = PAUSE,
        idle: float = IDLE,
    ) -> None:
        self.blog, self.path, self.kernels, self.listener = blog, path, kernels, listener
        self.clean_turn, self.pause, self.idle = turn, pause, idle
        self.state = PreviewState()
        self.problem: Problem | None = None
        self.work: PostCode | None = None
        self.used = time.monotonic()
        self.ended = False
        self._changed = threading.Condition()
        self._orders: set[str] = set()
        self._done: tuple[str, str] = ("", "")
        """Key and surroundings of what was last run to its end, good or bad."""
        self._target: tuple[str, str] = ("", "")
        """The same of what runs."""
        self._whole: tuple[str, str] = ("", "")
        """The code that has to run from the start, whatever checkpoint there is."""
        self._draft: tuple[tuple[Output, ...], ...] | None = None
        """Outputs that a clean run has to confirm."""
        self._warm: WarmKernel | None = None
        self._busy: WarmKernel | None = None
        """The kernel in which a step runs."""
        self._step: tuple[list[Step], int] = ([], -1)
        """What runs: the steps before, and which."""
        self._spans: list[tuple[float, float]] = []
        """When steps have run: the times, as files have them, of their beginnings and ends."""
        self._traces: list[Trace] = []
        """What kernels did that have ended."""

    @property
    def is_running(self) -> bool:
        """True if cells run in sight, or are about to."""
        return self.state.phase in ("starting", "running")

    @property
    def is_idle(self) -> bool:
        """True if nothing runs or is about to."""
        return self._busy is None and self.state.phase in ("kept", "clean", "failed")

    def want(self, work: PostCode) -> None:
        """Take over the post's code as it is now; steps that have run are not run again."""
        with self._changed:
            self.work, self.used = work, time.monotonic()
            if self._busy and self._is_outdated(work):
                self._interrupt()
            self._changed.notify_all()

    def order(self, what: str) -> None:
        """Receive a command: `restart` and run all, `clean`: run clean now, `interrupt`."""
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

    def wrote(self, path: Path) -> bool:
        """True if a file is as a step of this session has left it: a change that nobody else made.

        Where a kernel is not traced, a change while a step ran counts as its own.
        """
        changed = _changed_at(path)
        with self._changed:
            spans, traces = list(self._spans), list(self._traces)
            runs = [warm.run for warm in {id(w): w for w in (self._busy, self._warm) if w}.values()]
        if not any(start - TICK <= changed <= end + TICK for start, end in spans):
            return False
        own = os.path.realpath(path)
        if any(has_written(trace, own) for trace in traces):
            return True
        found = [collect_trace(run) for run in runs]
        return any(trace is None or has_written(trace, own) for trace in found)

    def _is_outdated(self, work: PostCode) -> bool:
        if work.run == self._target:
            return False
        if self._busy is not self._warm or work.execution or work.surroundings != self._target[1]:
            return True
        before, at = self._step
        return codes(work.notebook.steps)[: at + 1] != codes(before)[: at + 1]

    def _interrupt(self) -> None:
        """Interrupt the running step; if it does not end, end its kernel."""
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

    def _current(self, work: PostCode, number: int) -> PostCode:
        """Return the work as it is now if its first steps are still these. Raises Outdated."""
        with self._changed:
            now = self.work
            if self.ended or now is None or self._orders & {"restart"}:
                raise RunOutdated
            if now.run == work.run:
                return now
            same = codes(now.notebook.steps)[:number] == codes(work.notebook.steps)[:number]
            if now.execution or now.surroundings != work.surroundings or not same:
                raise RunOutdated
            return now

    def _take(
        self, warm: WarmKernel, work: PostCode, number: int, heard: bool
    ) -> tuple[tuple[Output, ...], CellError | None]:
        """Run a step, in sight or not."""
        steps, name = work.notebook.steps, work.names[number]

        def hear(outputs: tuple[Output, ...]) -> None:
            self.listener.cell(self.path, work, name, outputs)

        with self._changed:
            if self.ended:
                raise RunOutdated
            self._busy, self._step = warm, (list(steps), number)
            self._target = work.run
            began = time.time()
            self._spans = [*self._spans[-SPANS:], (began, inf)]
        try:
            made, failure = warm.take(steps[number], hear if heard and name else None)
            warm.check(failure)
        finally:
            with self._changed:
                self._busy = None
                self._spans[-1] = (began, time.time())
        if heard and name and not failure:
            self.listener.cell(self.path, work, name, made)
        return made, failure

    def _drop(self) -> None:
        with self._changed:
            warm, self._warm = self._warm, None
        if warm:
            self._close(warm)

    def _close(self, warm: WarmKernel) -> None:
        """End a kernel; what it has written is remembered."""
        # A kernel that has been killed does not answer.
        trace = None if warm.is_dead or self.ended else collect_trace(warm.run)
        with self._changed:
            self._traces = [*self._traces[-1:], *([trace] if trace else [])]
        warm.close()

    def _tell(self, state: PreviewState) -> None:
        self.state = state
        self.listener.changed(self.path)

    def start(self) -> Session:
        """Begin; the thread ends with the session."""
        self.thread = threading.Thread(target=self._live, name=f"session {self.path}", daemon=True)
        self.thread.start()
        return self

    def _live(self) -> None:
        with contextlib.closing(ensure_event_loop()):
            try:
                while not self.ended:
                    self._turn()
            except Exception as error:
                if not self.ended:
                    self.listener.say(f"{self.path}: {type(error).__name__}: {error}")
            finally:
                self.ended = True
                self._drop()

    def _turn(self) -> None:
        """Do what is wanted, or wait."""
        work, orders = self._next()
        if self.ended or work is None:
            return
        try:
            if "restart" in orders:
                self._drop()
                self._done = ("", "")
            if "clean" in orders:
                self._run_clean(work)
            elif work.execution and "restart" not in orders:
                self._rest(work)
            elif self._done != work.run:
                self._run(work)
            elif self._draft is not None:
                self._confirm(work)
        except RunOutdated:
            pass
        except NotResumed as why:
            self._drop()
            self._whole, self._done, self._draft = work.run, ("", ""), None
            self.listener.say(f"{self.path}: {why.message}: it runs from the start: {why.advice}")
        except EvergreenError as error:
            self._done, self._draft = work.run, None
            self._fail(work, error.problems[0])

    def _next(self) -> tuple[PostCode | None, set[str]]:
        """Wait for the next work and commands; end the kernel if none comes for long."""
        with self._changed:
            while not self.ended:
                work = self.work
                if work and (self._orders or self._has_to_run(work) or self._draft is not None):
                    orders, self._orders = self._orders, set()
                    return work, orders
                if not self._changed.wait(self.idle) and self._warm:
                    self._drop()
                    self._tell(replace(self.state, note="the idle kernel has ended"))
        return None, set()

    def _has_to_run(self, work: PostCode) -> bool:
        shown = work.execution and self.state.phase in ("kept", "clean")
        return self._done != work.run and not shown

    def _rest(self, work: PostCode) -> None:
        """Show a record: there is nothing to run."""
        self._done, self._draft, self.problem = work.run, None, None
        self._tell(PreviewState("kept"))

    def _run(self, work: PostCode) -> None:
        """Run the edited step and those after it in the kept kernel, else all in a fresh one."""
        began = time.monotonic()
        warm = self._warm_for(work)
        first = len(warm.steps)
        self._draft, self.problem = None, None
        number = first
        while number < len(work.notebook.steps):
            work = self._current(work, number)
            if number >= len(work.notebook.steps):
                break
            self._announce(work, number)
            made, failure = self._take(warm, work, number, heard=True)
            self._current(work, number + 1)
            if failure:
                self._failed(work, warm, made, failure)
                return
            number += 1
        self._done = work.run
        seconds = time.monotonic() - began
        if warm.is_clean and self._keep(work, warm):
            self.listener.say(f"{self.path}: all cells ran clean, {seconds:.1f} s")
            self._tell(PreviewState("clean"))
            return
        self._draft = tuple(warm.outputs)
        self.blog.show(work, warm.draft())
        kept, ran = work.names[:first], work.names[first:]
        self.listener.say(f"{self.path}: {cells(ran)} ran in the kept kernel, {seconds:.2f} s")
        self._tell(PreviewState("draft", kept=kept))

    def _keep(self, work: PostCode, warm: WarmKernel) -> bool:
        """Store what a clean kernel gave; whether that could be."""
        execution = warm.conclude(work.notebook)
        if execution.failure is None:
            self.blog.keep(work, execution)
        return execution.failure is None

    def _warm_for(self, work: PostCode) -> WarmKernel:
        """Return the kernel in its state before the first step that must run."""
        warm, steps = self._warm, work.notebook.steps
        if warm and (warm.is_dead or warm.surroundings != work.surroundings):
            self._drop()
            warm = None
        if warm is None:
            waiting = tuple(dict.fromkeys(work.names))
            self._tell(PreviewState("starting", waiting=waiting))
            warm = start(self._job(work), work.surroundings, self.kernels())
            with self._changed:
                self._warm = warm
        pairs = zip(codes(warm.steps), codes(steps), strict=False)
        same = next((n for n, (a, b) in enumerate(pairs) if a != b), None)
        warm.forget(min(len(warm.steps), len(steps)) if same is None else same)
        return warm

    def _job(self, work: PostCode) -> Job:
        """Return the job of the post, without a checkpoint where that cannot be used."""
        job = self.blog.job(work)
        if job.checkpoints and work.run == self._whole:
            return replace(job, checkpoints=replace(job.checkpoints, resume=None))
        return job

    def _announce(self, work: PostCode, number: int) -> None:
        names = work.names
        waiting = tuple(dict.fromkeys(names[number:]))
        self._tell(PreviewState("running", names[number], waiting, names[:number]))

    def _failed(
        self, work: PostCode, warm: WarmKernel, made: tuple[Output, ...], failure: CellError
    ) -> None:
        """Show a failed step: earlier steps with new outputs, later ones with the last."""
        self._done = work.run
        before = tuple(warm.outputs)
        self.blog.show(work, warm.draft())
        if warm.is_dead:
            self._drop()
        self._fail(work, _problem(work, (*before, made), failure))

    def _fail(self, work: PostCode, problem: Problem) -> None:
        self.problem = problem
        self.listener.say(str(problem))
        self._tell(PreviewState("failed"))

    def _confirm(self, work: PostCode) -> None:
        """Run the code in a fresh kernel when the author pauses."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_disturbed(work), self.pause)
            if self._is_disturbed(work):
                return
        while not self.clean_turn.acquire(timeout=0.2):
            if self._is_disturbed(work):
                return
        try:
            self._run_clean(work)
        finally:
            self.clean_turn.release()

    def _is_disturbed(self, work: PostCode) -> bool:
        now = self.work
        same = now and now.run == work.run
        found = now and now.execution and not work.execution
        return bool(self.ended or self._orders or not same or found)

    def _run_clean(self, work: PostCode) -> None:
        """Run all steps in a fresh kernel, out of sight, and keep what they give."""
        began = time.monotonic()
        drafted, self._draft = self._draft, None
        kept = self.state.kept if drafted else ()
        self._done = work.run
        self._tell(PreviewState("confirming", kept=kept))
        try:
            warm = start(self._job(work), work.surroundings, self.kernels())
        except EvergreenError:
            self._check(work, drafted)
            raise
        try:
            for number in range(len(warm.steps), len(work.notebook.steps)):
                self._check(work, drafted)
                made, failure = self._take(warm, work, number, heard=False)
                if failure:
                    self._check(work, drafted)
                    self._not_clean(work, warm, made, failure)
                    return
            execution = warm.conclude(work.notebook)
            self._check(work, drafted)
        except BaseException:
            warm.close()
            raise
        self._adopt(warm)
        self.blog.keep(work, execution)
        names = differing(drafted or (), execution.outputs, work.names)
        self.problem = None
        seconds = time.monotonic() - began
        differences = f"; {cells(names)} gave something else in the draft" if names else ""
        self.listener.say(f"{self.path}: a clean run, {seconds:.1f} s{differences}")
        self._tell(PreviewState("clean", differing=names))

    def _check(self, work: PostCode, drafted: tuple[tuple[Output, ...], ...] | None) -> None:
        """Raise Outdated if the code has changed; a valid draft is shown again."""
        if self._is_disturbed(work):
            self._draft = drafted
            raise RunOutdated

    def _not_clean(
        self, work: PostCode, warm: WarmKernel, made: tuple[Output, ...], failure: CellError
    ) -> None:
        """Report that the draft depends on something that is not in the post."""
        problem = _problem(work, (*warm.outputs, made), failure)
        name = work.names[len(warm.outputs)]
        message = f"{cells([name])} fails in a clean run: {problem.message}"
        advice = "it uses what a cell that is gone or was changed has left in the warm kernel"
        self._close(warm)
        self._fail(work, replace(problem, message=message, advice=advice))
        self._tell(replace(self.state, differing=(name,)))

    def _adopt(self, warm: WarmKernel) -> None:
        """Keep a clean kernel in the place of the one before."""
        self._drop()
        with self._changed:
            self._warm = warm


def _problem(
    work: PostCode, outputs: tuple[tuple[Output, ...], ...], failure: CellError
) -> Problem:
    """Return the problem of a failure after these outputs, at its line of the post."""
    problem = failure_problem(work.path, work.notebook, Execution(outputs, failure))
    assert problem is not None
    return problem


def _changed_at(path: Path) -> float:
    """Return when a file changed last; now, if it is gone."""
    try:
        status = path.lstat()
    except OSError:
        return time.time()
    return max(status.st_mtime, status.st_ctime)


def codes(steps: Iterable[Step]) -> list[tuple[bool, str, bool]]:
    """Return everything about steps that a kernel can observe, without their places."""
    return [(step.inline, step.source, step.raises) for step in steps]
