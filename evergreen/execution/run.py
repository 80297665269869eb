"""Notebook → Execution, in a fresh kernel and a folder of its own.

A failing cell is a value: the outputs before it and the error stay in the Execution. What cannot be
run at all (an unknown kernel, a kernel that does not start) raises EvergreenError.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from jupyter_core.utils import ensure_event_loop
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from evergreen.errors import fault
from evergreen.execution import dependencies, failures, instrument, sanitize
from evergreen.execution.client import CellRunner, KernelDied, OutputsLost
from evergreen.execution.kernel_request import make_wish
from evergreen.execution.kernels.manager import Kernels, NoSuchKernel
from evergreen.execution.kernels.processes import newest
from evergreen.execution.widgets import with_states
from evergreen.execution.workspace import Job, Workspace, memory_limit, open_workspace
from evergreen.model import CellError, Execution, Output, Step, Stream
from evergreen.model.outputs import read_output
from evergreen.records import facts

Progress = Callable[[int, int], None]
"""Told before each step: its number from 1, and how many there are."""

Hear = Callable[[tuple[Output, ...]], None]


@dataclass(frozen=True, slots=True)
class RawExecution:
    """What a run gave, before it is cleaned."""

    outputs: Sequence[tuple[Output, ...]]
    failure: CellError | None
    answer: Mapping[str, Any] | None
    """What the probe says in the end; None where it could not be asked."""
    begun: Sequence[int]
    """The newest pid before each step."""
    left: int = 0
    """The step that left processes running, from 1."""


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """A run under way."""

    job: Job
    workspace: Workspace
    client: CellRunner

    @property
    def is_observable(self) -> bool:
        """Whether `probe` and `capture` can run in the kernel."""
        return self.job.notebook.language == "python"


def run_notebook(
    job: Job,
    kernels: Kernels,
    progress: Progress = lambda step, steps: None,
    turn: Callable[[Job], AbstractContextManager[object]] = contextlib.nullcontext,
) -> Execution:
    """Run a notebook's steps in order, up to the first that fails.

    Raises EvergreenError when the run cannot begin. It has its `turn` from its beginning to its
    kernel's end: what it gave is cleaned, and what it used is looked up, while others run.
    """
    with contextlib.ExitStack() as opened:
        with turn(job):
            start = time.monotonic()
            workspace = opened.enter_context(open_workspace(job))
            opened.enter_context(contextlib.closing(ensure_event_loop()))
            raw = _run(job, workspace, kernels, progress)
            seconds = time.monotonic() - start
        return conclude(job, workspace, raw, seconds)


@contextlib.contextmanager
def open_run(job: Job, workspace: Workspace, kernels: Kernels) -> Iterator[NotebookRun]:
    """A notebook's kernel, before its first step; it ends with the block.

    Raises EvergreenError where it does not start, or cannot be used.
    """
    try:
        with kernels.started(make_wish(job, workspace)) as kernel:
            run = NotebookRun(job, workspace, CellRunner(kernel, job.options.max_output))
            if run.is_observable:
                instrument.begin(run.client, workspace, job.options)
            yield run
    except NoSuchKernel as error:
        advice = "install it, or name another in 'jupyter:'"
        raise fault(job.path, f"no kernel named '{error.name}'", advice, line=1) from None
    except (RuntimeError, KernelDied) as error:
        raise fault(job.path, str(error), "see that it runs in Jupyter", line=1) from None


def conclude(job: Job, workspace: Workspace, raw: RawExecution, seconds: float) -> Execution:
    """What a run gave, cleaned, with what it used."""
    rules = sanitize.make_rules(workspace.cwd, job.options.drop_stderr)
    shown = with_states(raw.outputs, (raw.answer or {}).get("widgets", {}))
    cleaned = [sanitize.clean(outputs, rules) for outputs in shown]
    return Execution(
        outputs=tuple(outputs for outputs, _ in cleaned),
        failure=_clean_failure(raw.failure, rules),
        environment=instrument.environment(raw.answer and dependencies.credible(job, raw.answer)),
        stand_ins=tuple(sorted(job.stand_ins)),
        cleaned=+sum((counts for _, counts in cleaned), Counter()),
        left=raw.left,
        facts=_facts(job, workspace, raw),
        finished=datetime.now(UTC).replace(microsecond=0),
        seconds=round(seconds, 3),
    )


def _run(job: Job, workspace: Workspace, kernels: Kernels, progress: Progress) -> RawExecution:
    with open_run(job, workspace, kernels) as run:
        raw = _run_steps(run, progress)
    end = run.client.kc.end
    return replace(raw, left=_leaving_step(raw.begun, end.left if end else ()))


def _run_steps(run: NotebookRun, progress: Progress) -> RawExecution:
    """Run the steps up to the first that fails, and ask what they used where none did."""
    outputs: list[tuple[Output, ...]] = []
    begun: list[int] = []
    steps = run.job.notebook.steps
    for number, step in enumerate(steps, 1):
        progress(number, len(steps))
        begun.append(newest())
        made, failure = run_step(run, step)
        outputs.append(made)
        if failure:
            return RawExecution(outputs, failure, None, begun)
    if not run.is_observable:
        return RawExecution(outputs, None, None, begun)
    return RawExecution(outputs, *ask(run), begun)


def run_step(
    run: NotebookRun, step: Step, hear: Hear | None = None
) -> tuple[tuple[Output, ...], CellError | None]:
    """What a step produced, and what ended the run with it, if anything did.

    `hear` is told what it has produced so far, whenever there is more.
    """
    node, folder = new_code_cell(), run.workspace.folder
    run.client.hear = hear and (lambda: hear(_outputs(node)))
    fatal = None
    try:
        timeout, keep = run.job.options.timeout, not step.inline
        reply = run.client.run(_code(step), node, timeout, keep)
        if any(each["source"] == "ask_exit" for each in reply.get("payload", ())):
            fatal = failures.quitted()
    except TimeoutError:
        fatal = failures.timed_out(run.job.options.timeout, folder)
    except KernelDied as error:
        fatal = failures.died(error.end, memory_limit(run.job.options), folder)
    except (OutputsLost, LookupError, TypeError, AttributeError):
        fatal = failures.outputs_lost()
    if fatal:
        failures.add_rest(node, folder)
    try:
        outputs = _outputs(node)
    except (ValueError, TypeError, LookupError, AttributeError):  # the post has made them up
        return (), failures.outputs_lost()
    if fatal:
        return _without_interrupt(outputs, fatal)
    return outputs, _failure(step, outputs, run.job.options.allow_errors)


def _outputs(node: NotebookNode) -> tuple[Output, ...]:
    return sanitize.join([failures.locate(read_output(output)) for output in node.outputs])


def ask(run: NotebookRun) -> tuple[CellError | None, Mapping[str, Any] | None]:
    """What the run used, where that can be told, and whether the kernel was still there."""
    try:
        return None, instrument.end(run.client, run.workspace, run.job.notebook)
    except KernelDied as error:
        return failures.died(error.end, memory_limit(run.job.options), run.workspace.folder), None


def _without_interrupt(
    outputs: tuple[Output, ...], fatal: CellError
) -> tuple[tuple[Output, ...], CellError]:
    """A cell that was interrupted has a traceback, which belongs to the fault."""
    last = outputs[-1] if outputs else None
    if fatal.ename == "Timeout" and isinstance(last, CellError):
        return outputs[:-1], replace(fatal, traceback=last.traceback, line=last.line)
    return outputs, fatal


def _leaving_step(begun: Sequence[int], left: Sequence[int]) -> int:
    """The number of the step that started the oldest of some processes; 0 where there is none.

    Pids are given in ascending order, and `begun` has the newest before each step.
    """
    if not left:
        return 0
    return max(sum(before < min(left) for before in begun), 1)


def _failure(step: Step, outputs: Sequence[Output], allowed: bool) -> CellError | None:
    error = next((output for output in outputs if isinstance(output, CellError)), None)
    if step.raises and error is None:
        return failures.not_raised()
    return None if step.raises or (allowed and not step.inline) else error


def _code(step: Step) -> str:
    """The code of a step; an inline expression prints its value, as an f-string would show it."""
    return f"print(({step.source}), end='')" if step.inline else step.source


def _clean_failure(failure: CellError | None, rules: sanitize.SanitizeRules) -> CellError | None:
    cleaned = sanitize.clean([failure], rules)[0] if failure else ()
    return next((output for output in cleaned if isinstance(output, CellError)), None)


def _facts(job: Job, workspace: Workspace, raw: RawExecution) -> dict[str, str]:
    used = dependencies.declared(job)
    if raw.answer is not None:
        used |= dependencies.observed(job, workspace, raw.answer)
    else:
        used |= dependencies.offered(job, workspace)
    outputs = [output for made in raw.outputs for output in made]
    limits = facts.limits(job.options)
    if any(map(sanitize.is_cut, outputs)):
        used["limit max_output"] = limits["max_output"]
    if any(isinstance(output, Stream) and output.name == "stderr" for output in outputs):
        used["limit drop_stderr"] = limits["drop_stderr"]
    return used
