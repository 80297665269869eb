"""The kernel of an open post: an edited cell and those after it run in it; a clean run confirms.

A session is a thread of its own, for a kernel is talked to in turns. It is told what the code is
now (`want`), at any time: what runs and is outdated is interrupted. What it shows meanwhile is a
draft; when the author pauses, all cells run in a fresh kernel, which is kept in the place of the
old one. Only what ran clean is stored.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import replace

from jupyter_core.utils import ensure_event_loop

from evergreen.build.planning.execute import failure_problem
from evergreen.errors import EvergreenError, Problem
from evergreen.model import CellError, Execution, Output
from evergreen.preview.interface import Work
from evergreen.preview.status import State, cells, differing
from evergreen.preview.turns import Outdated, Turns, codes
from evergreen.preview.warm_kernel import Warm, start


class Session(Turns):
    """Runs the code of one post."""

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
        except Outdated:
            pass
        except EvergreenError as error:
            self._done, self._draft = work.run, None
            self._fail(work, error.problems[0])

    def _next(self) -> tuple[Work | None, set[str]]:
        """What there is to do, waited for; the kernel ends where nothing comes for long."""
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

    def _has_to_run(self, work: Work) -> bool:
        shown = work.execution and self.state.phase in ("kept", "clean")
        return self._done != work.run and not shown

    def _rest(self, work: Work) -> None:
        """A kept run is shown: there is nothing to do."""
        self._done, self._draft, self.problem = work.run, None, None
        self._tell(State("kept"))

    def _run(self, work: Work) -> None:
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
            self._tell(State("clean"))
            return
        self._draft = tuple(warm.outputs)
        self.blog.show(work, warm.draft())
        kept, ran = work.names[:first], work.names[first:]
        self.listener.say(f"{self.path}: {cells(ran)} ran in the kept kernel, {seconds:.2f} s")
        self._tell(State("draft", kept=kept))

    def _keep(self, work: Work, warm: Warm) -> bool:
        """Store what a clean kernel gave; whether that could be."""
        execution = warm.conclude(work.notebook)
        if execution.failure is None:
            self.blog.keep(work, execution)
        return execution.failure is None

    def _warm_for(self, work: Work) -> Warm:
        """The kernel, as it stands before the first step that has to run."""
        warm, steps = self._warm, work.notebook.steps
        if warm and (warm.is_dead or warm.surroundings != work.surroundings):
            self._drop()
            warm = None
        if warm is None:
            waiting = tuple(dict.fromkeys(work.names))
            self._tell(State("starting", waiting=waiting))
            warm = start(self.blog.job(work), work.surroundings, self.kernels())
            with self._changed:
                self._warm = warm
        pairs = zip(codes(warm.steps), codes(steps), strict=False)
        same = next((n for n, (a, b) in enumerate(pairs) if a != b), None)
        warm.forget(min(len(warm.steps), len(steps)) if same is None else same)
        return warm

    def _announce(self, work: Work, number: int) -> None:
        names = work.names
        waiting = tuple(dict.fromkeys(names[number:]))
        self._tell(State("running", names[number], waiting, names[:number]))

    def _failed(self, work: Work, warm: Warm, made: tuple[Output, ...], failure: CellError) -> None:
        """A step failed: those before it show what they gave, the others what they last had."""
        self._done = work.run
        before = tuple(warm.outputs)
        self.blog.show(work, warm.draft())
        if warm.is_dead:
            self._drop()
        self._fail(work, _problem(work, (*before, made), failure))

    def _fail(self, work: Work, problem: Problem) -> None:
        self.problem = problem
        self.listener.say(str(problem))
        self._tell(State("failed"))

    def _confirm(self, work: Work) -> None:
        """When the author pauses, see what the code gives in a fresh kernel."""
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

    def _is_disturbed(self, work: Work) -> bool:
        now = self.work
        same = now and now.run == work.run
        found = now and now.execution and not work.execution
        return bool(self.ended or self._orders or not same or found)

    def _run_clean(self, work: Work) -> None:
        """Run all steps in a fresh kernel, out of sight, and keep what they give."""
        began = time.monotonic()
        drafted, self._draft = self._draft, None
        kept = self.state.kept if drafted else ()
        self._done = work.run
        self._tell(State("confirming", kept=kept))
        try:
            warm = start(self.blog.job(work), work.surroundings, self.kernels())
        except EvergreenError:
            self._check(work, drafted)
            raise
        try:
            for number in range(len(work.notebook.steps)):
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
        told = f"; {cells(names)} gave something else in the draft" if names else ""
        self.listener.say(f"{self.path}: a clean run, {seconds:.1f} s{told}")
        self._tell(State("clean", differing=names))

    def _check(self, work: Work, drafted: tuple[tuple[Output, ...], ...] | None) -> None:
        """Raises Outdated where the code has changed; a draft that still stands is one again."""
        if self._is_disturbed(work):
            self._draft = drafted
            raise Outdated

    def _not_clean(
        self, work: Work, warm: Warm, made: tuple[Output, ...], failure: CellError
    ) -> None:
        """The draft stands on what is not in the post."""
        problem = _problem(work, (*warm.outputs, made), failure)
        name = work.names[len(warm.outputs)]
        message = f"{cells([name])} fails in a clean run: {problem.message}"
        advice = "it uses what a cell that is gone or was changed has left in the warm kernel"
        warm.close()
        self._fail(work, replace(problem, message=message, advice=advice))
        self._tell(replace(self.state, differing=(name,)))

    def _adopt(self, warm: Warm) -> None:
        """Keep a clean kernel in the place of the one before."""
        self._drop()
        with self._changed:
            self._warm = warm


def _problem(work: Work, outputs: tuple[tuple[Output, ...], ...], failure: CellError) -> Problem:
    """A failure after these outputs, at its line of the post."""
    problem = failure_problem(work.path, work.notebook, Execution(outputs, failure))
    assert problem is not None
    return problem
