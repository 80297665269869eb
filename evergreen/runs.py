"""Plans → Runs: kept executions are taken, the others are made, and kept when nothing failed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import Future, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from evergreen import records
from evergreen.errors import EvergreenError, Problem
from evergreen.executors import Submit
from evergreen.model import Execution
from evergreen.plan import Plan
from evergreen.progress import Progress

Futures = dict[Hashable, tuple[Plan, "Future[Execution]"]]
"""By what makes runs the same (see `Plan.run`): the plan that is carried out, and its result."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a post came by its execution."""

    plan: Plan
    execution: Execution | None = None
    problem: Problem | None = None
    """Why the post cannot be published."""


def carry_out(
    plans: Sequence[Plan],
    store: Path,
    executor: AbstractContextManager[Submit],
    progress: Progress,
) -> dict[str, Run]:
    """The run of each plan, by the post's path; the executor is opened where one has a job.

    A new execution without failure is kept in `store` as soon as it is there.
    """
    futures: Futures = {}
    if any(plan.job for plan in plans):
        with executor as submit:
            futures = _start(plans, submit, progress)
            _keep(store, futures.values())
    runs = {plan.post.path: _collect(plan, futures) for plan in plans}
    _note(store, runs.values())
    return runs


def _keep(store: Path, started: Iterable[tuple[Plan, Future[Execution]]]) -> None:
    """Wait for all runs, and keep each good one when it ends."""
    plans = {future: plan for plan, future in started}
    for future in as_completed(plans):
        if future.exception() is None and not future.result().failure:
            records.keep(store, plans[future].key, future.result())


def _note(store: Path, runs: Iterable[Run]) -> None:
    """Remember the code of all posts that ran now, those that shared a run among them."""
    for run in runs:
        plan = run.plan
        if plan.job and run.execution and not run.problem:
            options, seconds = plan.post.execute, run.execution.seconds
            records.note_run(store, plan.post.path, plan.notebook, options, seconds)


def _start(plans: Sequence[Plan], submit: Submit, progress: Progress) -> Futures:
    """Posts with the same code and surroundings, such as translations, share one run."""
    futures: Futures = {}
    longest_first = sorted(plans, key=lambda plan: -(plan.seconds or float("inf")))
    for plan in longest_first:
        if plan.job and plan.run not in futures:
            futures[plan.run] = plan, submit(plan.job, progress)
    return futures


def _collect(plan: Plan, futures: Futures) -> Run:
    """The end of a plan."""
    if plan.job is None:
        return Run(plan, plan.execution, plan.problem)
    try:
        execution = futures[plan.run][1].result()
    except EvergreenError as error:
        return Run(plan, None, error.problems[0])
    problem = _failure_problem(plan, execution) if execution.failure else None
    return Run(plan, execution, problem)


def _failure_problem(plan: Plan, execution: Execution) -> Problem:
    """A run's failure at its line of the post, with the traceback."""
    error, step = execution.failure, plan.notebook.steps[len(execution.outputs) - 1]
    assert error is not None
    cell = next(cell for cell, placed in plan.notebook.placed if placed == step)
    line = cell.line + max(error.line - 1, 0)
    return Problem(
        plan.post.path, line, 0, f"{error.ename}: {error.evalue}", details=error.traceback
    )
