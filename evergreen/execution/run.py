"""Notebook → Execution, in a fresh kernel and a folder of its own.

A failing cell is a value: the outputs before it and the error stay in the Execution. What cannot be
run at all (an unknown kernel, a kernel that does not start) raises EvergreenError.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from jupyter_core.utils import ensure_event_loop
from nbformat.v4 import new_code_cell

from evergreen.errors import fault
from evergreen.execution import faults, hygiene, observation, usage
from evergreen.execution.workspace import Job, Workspace, open_workspace
from evergreen.kernels.client import Client, KernelDied, OutputsLost
from evergreen.kernels.manager import Kernels, NoSuchKernel, Wish
from evergreen.kernels.processes import newest
from evergreen.model import CellError, ExecuteOptions, Execution, Output, Step, Stream
from evergreen.notebook import read_output
from evergreen.records import facts

Progress = Callable[[int, int], None]
"""Told before each step: its number from 1, and how many there are."""

THREADS = 2
"""Of numerical libraries in a seeded run: results differ with their number."""

_ENVIRONMENT = re.compile(r"environ|putenv|%(?:set_)?env|dotenv")


@dataclass(frozen=True, slots=True)
class _Raw:
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
class _Run:
    """A run under way."""

    job: Job
    workspace: Workspace
    client: Client

    @property
    def is_observable(self) -> bool:
        """Whether `probe` and `capture` can run in the kernel."""
        return self.job.notebook.language == "python"


def run_notebook(
    job: Job, kernels: Kernels, progress: Progress = lambda step, steps: None
) -> Execution:
    """Run a notebook's steps in order, up to the first that fails.

    Raises EvergreenError when the run cannot begin.
    """
    start = time.monotonic()
    with open_workspace(job) as workspace, contextlib.closing(ensure_event_loop()):
        raw = _run(job, workspace, kernels, progress)
        rules = hygiene.make_rules(workspace.cwd, job.options.drop_stderr)
        cleaned = [hygiene.clean(outputs, rules) for outputs in raw.outputs]
        return Execution(
            outputs=tuple(outputs for outputs, _ in cleaned),
            failure=_clean_failure(raw.failure, rules),
            environment=observation.environment(raw.answer),
            stand_ins=tuple(sorted(job.stand_ins)),
            cleaned=+sum((counts for _, counts in cleaned), Counter()),
            left=raw.left,
            facts=_facts(job, workspace, raw),
            finished=datetime.now(UTC).replace(microsecond=0),
            seconds=round(time.monotonic() - start, 3),
        )


def _run(job: Job, workspace: Workspace, kernels: Kernels, progress: Progress) -> _Raw:
    wish = Wish(
        name=job.notebook.kernel,
        folder=workspace.folder,
        cwd=workspace.cwd,
        environment=_variables(job.options),
        preload=_preload(job),
        memory=_memory(job.options),
    )
    try:
        with kernels.started(wish) as kernel:
            run = _Run(job, workspace, Client(kernel, job.options.max_output))
            if run.is_observable:
                observation.begin(run.client, workspace, job.options)
            raw = _run_steps(run, progress)
        return replace(raw, left=_leaving_step(raw.begun, kernel.end.left if kernel.end else ()))
    except NoSuchKernel as error:
        advice = "install it, or name another in 'jupyter:'"
        raise fault(job.path, f"no kernel named '{error.name}'", advice, line=1) from None
    except (RuntimeError, KernelDied) as error:
        raise fault(job.path, str(error), "see that it runs in Jupyter", line=1) from None


def _preload(job: Job) -> tuple[str, ...]:
    """What may be imported ahead: nothing where the code sets variables for what it imports."""
    sets = any(_ENVIRONMENT.search(step.source) for step in job.notebook.steps)
    return () if sets else job.preload


def _variables(options: ExecuteOptions) -> dict[str, str]:
    """What a seed fixes in the kernel's environment.

    SOURCE_DATE_EPOCH is the start of 1980, the first time that all file formats can hold.
    """
    if options.seed is None:
        return {}
    fixed = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    hash_seed = str(options.seed % 2**32)
    times = {"PYTHONHASHSEED": hash_seed, "SOURCE_DATE_EPOCH": "315532800"}
    return {**dict.fromkeys(fixed, str(THREADS)), **times}


def _memory(options: ExecuteOptions) -> int:
    """The limit in bytes."""
    if options.memory:
        return int(options.memory * 2**30)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4


def _run_steps(run: _Run, progress: Progress) -> _Raw:
    """Run the steps up to the first that fails, and ask what they used where none did."""
    outputs: list[tuple[Output, ...]] = []
    begun: list[int] = []
    steps = run.job.notebook.steps
    for number, step in enumerate(steps, 1):
        progress(number, len(steps))
        begun.append(newest())
        made, failure = _run_step(run, step)
        outputs.append(made)
        if failure:
            return _Raw(outputs, failure, None, begun)
    if not run.is_observable:
        return _Raw(outputs, None, None, begun)
    return _Raw(outputs, *_ask(run), begun)


def _run_step(run: _Run, step: Step) -> tuple[tuple[Output, ...], CellError | None]:
    """What a step produced, and what ended the run with it, if anything did."""
    node, folder = new_code_cell(), run.workspace.folder
    fatal = None
    try:
        timeout, keep = run.job.options.timeout, not step.inline
        reply = run.client.run(_code(step), node, timeout, keep)
        if any(each["source"] == "ask_exit" for each in reply.get("payload", ())):
            fatal = faults.quitted()
    except TimeoutError:
        fatal = faults.timed_out(run.job.options.timeout, folder)
    except KernelDied as error:
        fatal = faults.died(error.end, _memory(run.job.options), folder)
    except OutputsLost:
        fatal = faults.outputs_lost()
    if fatal:
        faults.add_rest(node, folder)
    outputs = hygiene.join([faults.locate(read_output(output)) for output in node.outputs])
    if fatal:
        return _without_interrupt(outputs, fatal)
    return outputs, _failure(step, outputs, run.job.options.allow_errors)


def _ask(run: _Run) -> tuple[CellError | None, Mapping[str, Any] | None]:
    """What the run used, where that can be told, and whether the kernel was still there."""
    try:
        return None, observation.end(run.client, run.workspace, run.job.notebook)
    except KernelDied as error:
        return faults.died(error.end, _memory(run.job.options), run.workspace.folder), None


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
        return faults.not_raised()
    return None if step.raises or (allowed and not step.inline) else error


def _code(step: Step) -> str:
    """The code of a step; an inline expression prints its value, as an f-string would show it."""
    return f"print(({step.source}), end='')" if step.inline else step.source


def _clean_failure(failure: CellError | None, rules: hygiene.Rules) -> CellError | None:
    cleaned = hygiene.clean([failure], rules)[0] if failure else ()
    return next((output for output in cleaned if isinstance(output, CellError)), None)


def _facts(job: Job, workspace: Workspace, raw: _Raw) -> dict[str, str]:
    used = usage.declared(job)
    if raw.answer is not None:
        used |= usage.observed(job, workspace, raw.answer)
    else:
        used |= usage.offered(job, workspace)
    outputs = [output for made in raw.outputs for output in made]
    limits = facts.limits(job.options)
    if any(map(hygiene.is_cut, outputs)):
        used["limit max_output"] = limits["max_output"]
    if any(isinstance(output, Stream) and output.name == "stderr" for output in outputs):
        used["limit drop_stderr"] = limits["drop_stderr"]
    return used
