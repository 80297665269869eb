"""Plans → Runs: kept executions are taken, the others are made, and kept when nothing failed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path

from evergreen import records
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Execution
from evergreen.plan import Plan
from evergreen.progress import Progress
from evergreen.workspace import Job


@dataclass(frozen=True, slots=True)
class Run:
    """How a post came by its execution."""

    plan: Plan
    execution: Execution | None = None
    problem: Problem | None = None
    """Why the post cannot be published."""


def carry_out(
    plans: Sequence[Plan], store: Path, executor: Executor, progress: Progress
) -> dict[str, Run]:
    """The run of each plan, by the post's path. New executions are kept in `store`."""
    futures = _start(executor, plans, progress)
    return {plan.post.path: _collect(store, plan, futures) for plan in plans}


def _start(
    executor: Executor, plans: Sequence[Plan], progress: Progress
) -> dict[str, Future[Execution]]:
    """A future a key: posts with the same code, such as translations, share one run."""
    futures: dict[str, Future[Execution]] = {}
    for plan in plans:
        if plan.job and plan.key not in futures:
            futures[plan.key] = executor.submit(_run, plan.job, progress)
    return futures


def _run(job: Job, progress: Progress) -> Execution:
    from evergreen.execution import run_notebook  # 0.4 s that a build without runs saves

    start = time.monotonic()
    failed = True
    try:
        execution = run_notebook(job, lambda step, steps: progress.step(job.path, step, steps))
        failed = execution.failure is not None
        return execution
    finally:
        progress.ended(job.path, time.monotonic() - start, failed)


def _collect(store: Path, plan: Plan, futures: Mapping[str, Future[Execution]]) -> Run:
    """The end of a plan; a new execution without failure is kept."""
    if plan.job is None:
        return Run(plan, plan.execution, plan.problem)
    try:
        execution = futures[plan.key].result()
    except EvergreenError as error:
        return Run(plan, None, error.problems[0])
    if execution.failure:
        return Run(plan, execution, _failure_problem(plan, execution))
    records.keep(store, plan.key, plan.facts, execution)
    return Run(plan, execution)


def _failure_problem(plan: Plan, execution: Execution) -> Problem:
    """A run's failure at its line of the post, with the traceback."""
    error, step = execution.failure, plan.notebook.steps[len(execution.outputs) - 1]
    assert error is not None
    cell = next(cell for cell, placed in plan.notebook.placed if placed == step)
    line = cell.line + max(error.line - 1, 0)
    return Problem(
        plan.post.path, line, 0, f"{error.ename}: {error.evalue}", details=error.traceback
    )
