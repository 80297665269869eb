"""Notebook → Execution, in a fresh kernel and a folder of its own.

A failing cell is a value: the outputs before it and the error stay in the Execution. What cannot be
run at all (an unknown kernel, a kernel that does not start) raises EvergreenError.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import nbformat.v4 as nbf
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from evergreen import hygiene, observation, usage
from evergreen.errors import fault
from evergreen.kernels import End, Kernels, NoSuchKernel, Wish
from evergreen.kernels.client import CUT, Client
from evergreen.model import (
    CellError,
    ExecuteOptions,
    Execution,
    Output,
    Step,
    Stream,
)
from evergreen.notebook import read_output
from evergreen.workspace import Job, Workspace, open_workspace

Progress = Callable[[int, int], None]
"""Told before each step: its number from 1, and how many there are."""

THREADS = 2
"""Of numerical libraries in a seeded run: results differ with their number."""

_FRAME = re.compile(r"(?:Cell In\[\d+\]|<ipython-input[^>]*>)[^\n]*?, line (\d+)")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class _Raw:
    """What a run gave, before it is cleaned."""

    outputs: Sequence[tuple[Output, ...]]
    failure: CellError | None
    answer: Mapping[str, Any] | None
    """What the probe says in the end; None where it could not be asked."""
    left: int


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
    notebook = job.notebook
    nodes = [nbf.new_code_cell(_code(step)) for step in notebook.steps]
    client = Client(nbf.new_notebook(cells=nodes), job.options.timeout, job.options.max_output)
    wish = Wish(
        notebook.kernel,
        workspace.folder,
        workspace.cwd,
        _variables(job.options, workspace),
        job.preload,
        _memory(job.options),
    )
    answer = None
    try:
        with kernels.started(wish) as kernel:
            client.kc = kernel
            observable = notebook.language == "python"
            if observable:
                observation.begin(client, workspace, job.options)
            outputs, failure = _run_steps(client, job, progress)
            if observable and failure is None:
                answer = observation.end(client, notebook)
    except NoSuchKernel as error:
        advice = "install it, or name another in 'jupyter:'"
        raise fault(job.path, f"no kernel named '{error.name}'", advice, line=1) from None
    except RuntimeError as error:
        raise fault(job.path, str(error), "see that it runs in Jupyter", line=1) from None
    return _Raw(outputs, failure, answer, kernel.end.left if kernel.end else 0)


def _variables(options: ExecuteOptions, workspace: Workspace) -> dict[str, str]:
    """The kernel's own environment: no user's IPython profile, and what a seed fixes.

    SOURCE_DATE_EPOCH is the start of 1980, the first time that all file formats can hold.
    """
    variables = {"IPYTHONDIR": str(workspace.folder / "ipython")}
    if options.seed is not None:
        fixed = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        variables |= dict.fromkeys(fixed, str(THREADS))
        hash_seed = str(options.seed % 2**32)
        variables |= {"PYTHONHASHSEED": hash_seed, "SOURCE_DATE_EPOCH": "315532800"}
    return variables


def _memory(options: ExecuteOptions) -> int:
    """The limit in bytes."""
    if options.memory:
        return int(options.memory * 2**30)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4


def _run_steps(
    client: Client, job: Job, progress: Progress
) -> tuple[list[tuple[Output, ...]], CellError | None]:
    outputs: list[tuple[Output, ...]] = []
    steps = job.notebook.steps
    for number, step in enumerate(steps):
        progress(number + 1, len(steps))
        node = client.nb.cells[number]
        fatal = _run_step(client, number, step, job.options.timeout)
        made = _joined([_located(read_output(output)) for output in node.outputs])
        outputs.append(made)
        if failure := fatal or _failure(step, made, job.options.allow_errors):
            return outputs, failure
    return outputs, None


def _run_step(client: Client, number: int, step: Step, timeout: float) -> CellError | None:
    """Run a cell; the fault that ended the kernel with it, where there was one."""
    try:
        client.execute_cell(client.nb.cells[number], number, store_history=not step.inline)
    except CellTimeoutError:
        return CellError("Timeout", f"the cell took longer than {timeout:g} s")
    except DeadKernelError:
        return _death(client.kc.end or End())
    return None


def _death(end: End) -> CellError:
    """Why a kernel ended in the middle of a cell."""
    if end.memory:
        used = f"{end.memory / 2**30:.1f} GiB"
        return CellError("MemoryLimit", f"the post used {used}: 'execute: memory' is the limit")
    if end.code < 0:
        name = signal.Signals(-end.code).name
        return CellError("KernelDied", f"the kernel was ended by {name}")
    return CellError("KernelDied", f"the kernel exited with code {end.code}")


def _failure(step: Step, outputs: Sequence[Output], allowed: bool) -> CellError | None:
    error = next((output for output in outputs if isinstance(output, CellError)), None)
    if step.raises and error is None:
        return CellError("NotRaised", "the cell was expected to raise an exception and did not")
    return None if step.raises or (allowed and not step.inline) else error


def _located(output: Output) -> Output:
    """An error with its line in the cell: the outermost frame that the traceback names."""
    if not isinstance(output, CellError):
        return output
    found = _FRAME.search(_ANSI.sub("", output.traceback))
    line = int(found[1]) if found else 0
    return CellError(output.ename, output.evalue, output.traceback, line)


def _joined(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """Streams between two other outputs as one text each, standard output first.

    How the kernel cuts and interleaves them differs from run to run.
    """
    joined: list[Output] = []
    pending: dict[str, str] = {}

    def flush() -> None:
        joined.extend(
            Stream(name, pending[name]) for name in ("stdout", "stderr") if pending.get(name)
        )
        pending.clear()

    for output in outputs:
        if isinstance(output, Stream):
            pending[output.name] = pending.get(output.name, "") + output.text
        else:
            flush()
            joined.append(output)
    flush()
    return tuple(joined)


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
    if any(
        CUT in output.text for made in raw.outputs for output in made if isinstance(output, Stream)
    ):
        used["limit max_output"] = str(job.options.max_output)
    return used
