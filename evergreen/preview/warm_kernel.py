"""A kernel that stays after the last cell of a post, with what it has run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import field
from datetime import UTC, datetime

from nbformat.v4 import new_code_cell

from evergreen.dataclass import dataclass, replace
from evergreen.execution import sanitize
from evergreen.execution.job import Job
from evergreen.execution.kernels.manager import Kernels
from evergreen.execution.kernels.processes import newest
from evergreen.execution.resume import NotResumed, begin_from, continued
from evergreen.execution.run import (
    NotebookRun,
    RawExecution,
    check_resumed,
    collect_report,
    collect_trace,
    count_blocks,
    finish,
    open_run,
    restore_checkpoint,
    run_step,
    save_checkpoint,
    with_late_outputs,
)
from evergreen.execution.workspace import open_workspace
from evergreen.model import CellError, Execution, Notebook, Output, Remark, Step
from evergreen.records.checkpoints import Checkpoint

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
    checkpoint: Checkpoint | None = None
    """Where it went on from: its first steps ran in another kernel."""
    remarks: list[Remark] = field(default_factory=list)
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
        self._keep_checkpoint()
        return made, None

    def check(self, failure: CellError | None) -> None:
        """Raise NotResumed if the last step asked for what its checkpoint did not keep."""
        if self.checkpoint:
            check_resumed(self.run, len(self.steps) + bool(failure), failure)

    def _keep_checkpoint(self) -> None:
        """Make the checkpoint behind the last step if the post has one there."""
        number, plan = len(self.steps), self.job.checkpoints
        same = self.steps == [*self.job.notebook.steps[:number]]
        if plan and number in plan.keys and self.is_clean and same:
            first = self.checkpoint.step if self.checkpoint else 0
            remark = save_checkpoint(self.run, number, self.raw[first:], self.begun[first:])
            self.remarks += [remark] if remark else []

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
        checkpoint = self.checkpoint
        first = checkpoint.step if checkpoint else 0
        raw = RawExecution(self.raw[first:], *answer, self.begun[first:], trace)
        execution = finish(job, run.workspace, raw, self.seconds)
        if checkpoint is None:
            return execution
        return continued(checkpoint, execution, count_blocks(notebook, first))

    def close(self) -> None:
        """End the kernel with all that it started."""
        self.stack.close()


def start(job: Job, surroundings: str, kernels: Kernels) -> WarmKernel:
    """Start a fresh kernel for a job, with what its checkpoint has kept.

    Raises EvergreenError if that fails.
    """
    if job.checkpoints and job.checkpoints.resume:
        try:
            return _start(job, surroundings, kernels, job.checkpoints.resume)
        except NotResumed:
            job = replace(job, checkpoints=replace(job.checkpoints, resume=None))
    return _start(job, surroundings, kernels, None)


def _start(
    job: Job, surroundings: str, kernels: Kernels, checkpoint: Checkpoint | None
) -> WarmKernel:
    with ExitStack() as stack:
        began = time.monotonic()
        workspace = stack.enter_context(open_workspace(job))
        if checkpoint:
            begin_from(workspace, checkpoint)
        run = stack.enter_context(open_run(job, workspace, kernels))
        if run.is_observable:
            run.client.run_internal(_PROMPT)
        rules = sanitize.make_rules(
            workspace.cwd,
            job.options.drop_stderr,
            (*job.folders, *workspace.above),
            base=workspace.base,
        )
        warm = WarmKernel(job, surroundings, run, stack, rules)
        if checkpoint:
            restore_checkpoint(run)
            warm.checkpoint, count = checkpoint, checkpoint.step
            warm.steps = [*job.notebook.steps[:count]]
            warm.outputs = [*checkpoint.execution.outputs]
            warm.raw, warm.begun = [*checkpoint.execution.outputs], [newest()] * count
            run.client.steps = [(new_code_cell(), ()) for _ in range(count)]
        warm.seconds, warm.stack = time.monotonic() - began, stack.pop_all()
        return warm
