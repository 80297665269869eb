"""A kernel that stays after the last cell of a post, with what it has run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from evergreen.execution import sanitize
from evergreen.execution.kernels.manager import Kernels
from evergreen.execution.kernels.processes import newest
from evergreen.execution.run import (
    NotebookRun,
    RawExecution,
    collect_report,
    collect_trace,
    finish,
    open_run,
    run_step,
    with_late_outputs,
)
from evergreen.execution.workspace import Job, open_workspace
from evergreen.model import CellError, Execution, Notebook, Output, Step

Outputs = tuple[Output, ...]

_PROMPT = """exec('''
import sys
for stream in (sys.stdout, sys.stderr):
    stream.flush_interval = 0.02
''', {})"""
"""A kernel sends what is printed five times a second; who looks on wants to see lines come."""


@dataclass
class WarmKernel:
    """A kernel and its past. For one thread, which has an event loop."""

    job: Job
    surroundings: str
    run: NotebookRun
    stack: ExitStack
    rules: sanitize.SanitizeRules
    steps: list[Step] = field(default_factory=list)
    """What it has run and still counts, in order."""
    outputs: list[Outputs] = field(default_factory=list)
    """What each gave, cleaned."""
    raw: list[Outputs] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    is_clean: bool = True
    """It has run these steps and nothing else, each once."""
    seconds: float = 0.0

    @property
    def is_dead(self) -> bool:
        """True if the kernel has ended by itself."""
        return self.run.client.kc.end is not None

    def forget(self, start: int) -> None:
        """Let the steps from one on, from 0, not count any more: they run again, or are gone."""
        if start < len(self.steps):
            self.is_clean = False
            for kept in (self.steps, self.outputs, self.raw, self.begun, self.run.client.steps):
                del kept[start:]

    def take(
        self, step: Step, hear: Callable[[Outputs], None] | None = None
    ) -> tuple[Outputs, CellError | None]:
        """Run the next step; its outputs, cleaned, and why it failed: then it does not count."""
        began, pid = time.monotonic(), newest()
        tell = hear and (lambda outputs: hear(self.clean(outputs)))
        raw, failure = run_step(self.run, step, tell)
        self.seconds += time.monotonic() - began
        made = self.clean(raw)
        if failure:
            self.is_clean = False
            error = next((o for o in self.clean([failure]) if isinstance(o, CellError)), failure)
            return made, error
        self.steps.append(step)
        self.outputs.append(made)
        self.raw.append(raw)
        self.begun.append(pid)
        self._add_late_outputs()
        return made, None

    def _add_late_outputs(self) -> None:
        """Update the steps whose outputs this one has changed."""
        now = with_late_outputs(self.run, self.raw)
        for at, (old, new) in enumerate(zip(self.raw, now, strict=True)):
            if old != new:
                self.raw[at], self.outputs[at] = new, self.clean(new)

    def clean(self, outputs: Sequence[Output]) -> Outputs:
        """Sanitize outputs as for storage."""
        return sanitize.clean(outputs, self.rules)[0]

    def draft(self) -> Execution:
        """Return the outputs so far, which no clean run has confirmed."""
        return Execution(tuple(self.outputs), finished=datetime.now(UTC).replace(microsecond=0))

    def conclude(self, notebook: Notebook) -> Execution:
        """Return the execution of a notebook whose steps ran in a clean kernel."""
        job = replace(self.job, notebook=notebook)
        run = replace(self.run, job=job)
        trace = collect_trace(run)
        answer = collect_report(run) if run.is_observable else (None, None)
        raw = RawExecution(self.raw, *answer, self.begun, trace)
        return finish(job, run.workspace, raw, self.seconds)

    def close(self) -> None:
        """End the kernel with all that it started."""
        self.stack.close()


def start(job: Job, surroundings: str, kernels: Kernels) -> WarmKernel:
    """Start a fresh kernel for a job. Raises EvergreenError if that fails."""
    with ExitStack() as stack:
        began = time.monotonic()
        workspace = stack.enter_context(open_workspace(job))
        run = stack.enter_context(open_run(job, workspace, kernels))
        if run.is_observable:
            run.client.run_internal(_PROMPT)
        rules = sanitize.make_rules(workspace.cwd, job.options.drop_stderr, job.folders)
        seconds = time.monotonic() - began
        return WarmKernel(job, surroundings, run, stack.pop_all(), rules, seconds=seconds)
