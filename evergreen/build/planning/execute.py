"""Plans → Runs: kept executions are taken, the others are made, and kept when nothing failed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future, as_completed, wait
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from evergreen.build.planning.plan import ExecutionPlan
from evergreen.build.planning.run_problems import (
    cause_of,
    failure_problem,
    run_warnings,
    unexpected,
)
from evergreen.dataclass import dataclass
from evergreen.errors import EvergreenError, Problem
from evergreen.execution.job import Submit
from evergreen.execution.progress import Progress
from evergreen.model import Execution
from evergreen.records import store as records

Futures = dict[Hashable, tuple[ExecutionPlan, "Future[Execution]"]]
"""The plan being executed and its result, by what makes runs equal (see `ExecutionPlan.run`)."""


@dataclass(frozen=True, slots=True)
class PostRun:
    """How a post came by its execution."""

    plan: ExecutionPlan
    execution: Execution | None = None
    problem: Problem | None = None
    """Why the post cannot be published."""
    warnings: tuple[Problem, ...] = ()
    """What its author should know of a run that has just been made."""

    @property
    def identity(self) -> str:
        """Return an id of the run among those of the same code; "" without one."""
        return records.identity(self.execution) if self.execution else ""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the problem, if there is one, and the warnings."""
        return (*([self.problem] if self.problem else []), *self.warnings)


def carry_out(
    plans: Sequence[ExecutionPlan],
    store: Path | None,
    executor: AbstractContextManager[Submit],
    progress: Progress,
    meanwhile: Callable[[], object] = lambda: None,
) -> dict[str, PostRun]:
    """Return the run of each plan, by the post's path; the executor is opened only for jobs.

    A new execution without failure is stored in `store` as soon as it ends, unless that is None.
    `meanwhile` is called while runs are awaited.
    """
    futures: Futures = {}
    unkept: dict[Hashable, str] = {}
    if any(plan.job for plan in plans):
        with executor as submit:
            futures = _start(plans, submit, progress)
            meanwhile()
            unkept = _keep(store, futures) if store else {}
            wait(future for _, future in futures.values())
            if again := _start(_refused(plans, futures), submit, progress):
                # What one post took from the others, such as the disk, is free again.
                futures |= again
                unkept |= _keep(store, again) if store else {}
                wait(future for _, future in again.values())
    runs = {plan.post.path: _collect(plan, futures, unkept) for plan in plans}
    if store:
        _note(store, runs.values())
    return runs


def _keep(store: Path, futures: Futures) -> dict[Hashable, str]:
    """Wait for all runs and store each good one when it ends; return why some are not stored."""
    unkept: dict[Hashable, str] = {}
    runs = {future: (run, plan) for run, (plan, future) in futures.items()}
    for future in as_completed(runs):
        run, plan = runs[future]
        if future.exception() is None and not future.result().failure:
            try:
                records.keep(store, plan.key, future.result())
            except Exception as error:  # the page is good, and the other posts go on
                unkept[run] = cause_of(error)
    return unkept


def _note(store: Path, runs: Iterable[PostRun]) -> None:
    """Remember the code of all posts that ran now, those that shared a run among them."""
    for run in runs:
        plan = run.plan
        if plan.job and run.execution and not run.problem:
            about = run.execution.seconds, run.execution.finished
            with suppress(OSError):  # it only helps `why`; that results are not kept is said
                records.note_run(store, plan.post.path, plan.notebook, plan.post.execute, *about)


def _start(plans: Sequence[ExecutionPlan], submit: Submit, progress: Progress) -> Futures:
    """Submit the jobs; posts with the same code and surroundings, such as translations, share one
    run.
    """
    futures: Futures = {}
    longest_first = sorted(plans, key=lambda plan: -(plan.seconds or float("inf")))
    for plan in longest_first:
        if plan.job and plan.run not in futures:
            progress.expected(plan.post.path, _expected(plan))
            futures[plan.run] = plan, submit(plan.job, progress)
    return futures


def _expected(plan: ExecutionPlan) -> float:
    """Return how many seconds a run will take: as the last one did, less what is kept of it."""
    checkpoints = plan.job.checkpoints if plan.job else None
    kept = checkpoints.resume.execution.seconds if checkpoints and checkpoints.resume else 0
    return max(plan.seconds - kept, 0)


def _refused(plans: Sequence[ExecutionPlan], futures: Futures) -> list[ExecutionPlan]:
    """Return the plans whose runs the system refused while others ran."""
    if len(futures) < 2:
        return []
    errors = {run: future.exception() for run, (_, future) in futures.items()}
    return [plan for plan in plans if plan.job and isinstance(errors[plan.run], OSError)]


def _collect(plan: ExecutionPlan, futures: Futures, unkept: Mapping[Hashable, str]) -> PostRun:
    """Return how a plan ended."""
    if plan.job is None:
        return PostRun(plan, plan.execution, plan.problem)
    try:
        execution = futures[plan.run][1].result()
    except EvergreenError as error:
        return PostRun(plan, None, error.problems[0])
    except Exception as error:  # one post's run does not decide for the others
        return PostRun(plan, None, unexpected(plan.post.path, error))
    if execution.failure:
        return PostRun(plan, execution, failure_problem(plan.post.path, plan.notebook, execution))
    warnings = [*run_warnings(plan, execution)]
    if why := unkept.get(plan.run):
        message, advice = f"its results could not be stored: {why}", "it runs again next time"
        warnings.append(Problem(plan.post.path, 1, 0, message, advice, "warning"))
    return PostRun(plan, execution, None, tuple(warnings))
