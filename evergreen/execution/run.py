"""Run a notebook in a fresh kernel and its own folder, and return the Execution.

A failing cell is a value: the Execution holds the error and the outputs before it. EvergreenError
is raised only if the run cannot begin: the kernel is unknown or does not start.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from jupyter_core.utils import ensure_event_loop
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from evergreen.dataclass import dataclass, replace
from evergreen.errors import fault
from evergreen.execution import dependencies, failures, instrument, resume, sanitize
from evergreen.execution.bundle_copy import fill_placeholders
from evergreen.execution.client import BadMessage, CellRunner, KernelDied, NoReply, OutputsLost
from evergreen.execution.job import Job
from evergreen.execution.kernel_request import make_kernel_request
from evergreen.execution.kernels.manager import Kernels, NoSuchKernel
from evergreen.execution.kernels.processes import newest
from evergreen.execution.memory_limit import memory_limit
from evergreen.execution.resume import NotResumed
from evergreen.execution.trace import Trace, read_trace, without
from evergreen.execution.widgets import with_states
from evergreen.execution.workspace import Workspace, open_workspace
from evergreen.execution.written_files import collect_written
from evergreen.model import CellError, Execution, Notebook, Output, Remark, Step, Stream
from evergreen.model.outputs import read_output
from evergreen.records import facts
from evergreen.regex import regex

StepProgress = Callable[[int, int], None]
"""Called before each step: its number, counted from 1, and the number of steps."""

LineListener = Callable[[str], None]
"""Called with the last line that a step has printed so far."""

OutputListener = Callable[[tuple[Output, ...]], None]
"""Called with all outputs of a step so far."""


_TAIL = 20_000
"""Characters of a cell's text in which its last line is looked for: a framework's line is known
only as a whole, and has up to some thousands."""
_ANSI = regex(r"\x1b\[[0-9;?]*[A-Za-z]")
_INLINE = {
    "python": "print(({}), end='')",
    "r": "cat(vapply(as.list({{{}}}), format, ''), sep = ', ')",
    "julia": "print(({}))",
}
"""Code that prints the value of an inline expression, by language."""


@dataclass(frozen=True, slots=True)
class RawExecution:
    """The result of a run before it is sanitized."""

    outputs: Sequence[tuple[Output, ...]]
    failure: CellError | None
    report: Mapping[str, Any] | None
    """The probe's report; None if there is none."""
    begun: Sequence[int]
    """The newest pid before each step."""
    trace: Trace | None = None
    """What the tracer saw; None if not everything was seen."""
    left: int = 0
    """The number of the step that left processes running, counted from 1; 0: none."""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """A run in progress."""

    job: Job
    workspace: Workspace
    client: CellRunner
    before: Trace = field(default_factory=Trace)
    """What a kernel of another language had used when it was ready."""
    began: float = field(default_factory=time.monotonic)

    @property
    def is_observable(self) -> bool:
        """True if `probe` and `capture` can run in the kernel."""
        return self.job.notebook.language == "python"


def run_notebook(
    job: Job,
    kernels: Kernels,
    progress: StepProgress = lambda step, steps: None,
    gate: Callable[[Job], AbstractContextManager[object]] = contextlib.nullcontext,
    printed: LineListener | None = None,
) -> Execution:
    """Run a notebook's steps in order, up to the first that fails.

    `gate` bounds how many kernels run at once. It is left before the outputs are sanitized and the
    dependencies hashed, so that another kernel can run meanwhile. Raises EvergreenError if the run
    cannot begin.
    """
    remarks = job.checkpoints.remarks if job.checkpoints else ()
    if job.checkpoints and job.checkpoints.resume:
        try:
            return _run_once(job, kernels, progress, gate, printed)
        except NotResumed as why:
            message = f"{why.message}: the post ran from the start"
            remarks = (Remark(max(why.step, 1), message, why.advice),)
            job = replace(job, checkpoints=replace(job.checkpoints, resume=None))
    execution = _run_once(job, kernels, progress, gate, printed)
    return replace(execution, remarks=(*remarks, *execution.remarks))


def _run_once(
    job: Job,
    kernels: Kernels,
    progress: StepProgress,
    gate: Callable[[Job], AbstractContextManager[object]],
    printed: LineListener | None,
) -> Execution:
    """Run from the start, or from the checkpoint of the job. Raises NotResumed."""
    checkpoint = job.checkpoints.resume if job.checkpoints else None
    with contextlib.ExitStack() as opened:
        with gate(job):
            start = time.monotonic()
            workspace = opened.enter_context(open_workspace(job, lambda: kernels.servers.is_closed))
            opened.enter_context(contextlib.closing(ensure_event_loop()))
            if checkpoint:
                resume.begin_from(workspace, checkpoint)
            raw = _run(job, workspace, kernels, progress, printed)
            seconds = time.monotonic() - start
        execution = finish(job, workspace, raw, seconds)
        if checkpoint is None:
            return execution
        return resume.continued(checkpoint, execution, count_blocks(job.notebook, checkpoint.step))


@contextlib.contextmanager
def open_run(job: Job, workspace: Workspace, kernels: Kernels) -> Iterator[NotebookRun]:
    """Start a notebook's kernel, ready for the first step; it ends with the block.

    Raises EvergreenError if it does not start or cannot be used.
    """
    try:
        with kernels.started(make_kernel_request(job, workspace)) as kernel:
            run = NotebookRun(job, workspace, CellRunner(kernel, job.options.max_output))
            if run.is_observable:
                run.client.has_stack = partial(failures.has_stack, workspace.folder)
                instrument.begin(run.client, workspace, job)
            else:
                run = replace(run, before=read_trace(kernel.trace()) or Trace())
            if workspace.copy.placeholders and not read_trace(kernel.trace()):
                fill_placeholders(workspace.copy)  # nothing else will
            yield run
    except NoSuchKernel as error:
        advice = "install it, or name another in 'jupyter:'"
        what, line = f"kernel '{error.name}' is not installed", job.kernel_line
        raise fault(job.path, what, advice, line=line) from None
    except (RuntimeError, KernelDied) as error:
        raise fault(job.path, str(error), "check that it runs in Jupyter", line=1) from None


def finish(job: Job, workspace: Workspace, raw: RawExecution, seconds: float) -> Execution:
    """Return the sanitized Execution of a run, with its facts."""
    rules = sanitize.make_rules(
        workspace.cwd,
        job.options.drop_stderr,
        (*job.folders, *workspace.above),
        base=workspace.base,
    )
    shown = with_states(raw.outputs, (raw.report or {}).get("widgets", {}))
    cleaned = [sanitize.clean(outputs, rules) for outputs in shown]
    return Execution(
        outputs=tuple(outputs for outputs, _ in cleaned),
        failure=_clean_failure(raw.failure, rules),
        environment=instrument.environment(
            raw.report and dependencies.restrict_report(job, raw.report)
        ),
        stand_ins=tuple(sorted(job.stand_ins)),
        cleaned=+sum((counts for _, counts in cleaned), Counter()),
        left=raw.left,
        privileged=raw.trace.privileged if raw.trace else (),
        files=collect_written(job, workspace, [one for outputs, _ in cleaned for one in outputs]),
        facts=_facts(job, workspace, raw),
        finished=datetime.now(UTC).replace(microsecond=0),
        seconds=round(seconds, 3),
        remarks=raw.remarks,
    )


def _run(
    job: Job,
    workspace: Workspace,
    kernels: Kernels,
    progress: StepProgress,
    printed: LineListener | None,
) -> RawExecution:
    with open_run(job, workspace, kernels) as run:
        raw = _run_steps(run, progress, printed)
    end = run.client.kc.end
    return replace(raw, left=_leaving_step(raw.begun, end.left if end else ()))


def _run_steps(
    run: NotebookRun, progress: StepProgress, printed: LineListener | None
) -> RawExecution:
    """Run the steps up to the first that fails; read the probe's report if none fails.

    A run that goes on from a checkpoint starts behind it: its outputs are those of its own steps.
    """
    outputs: list[tuple[Output, ...]] = []
    begun: list[int] = []
    remarks: list[Remark] = []
    steps, plan = run.job.notebook.steps, run.job.checkpoints
    checkpoint = plan.resume if plan else None
    if plan and checkpoint:
        restore_checkpoint(run)
    first = checkpoint.step if checkpoint else 0
    for number, step in enumerate(steps[first:], first + 1):
        progress(number, len(steps))
        begun.append(newest())
        made, failure = run_step(run, step, printed=printed)
        outputs.append(made)
        if checkpoint:
            check_resumed(run, number, failure)
        if failure:
            outputs = with_late_outputs(run, outputs)
            return RawExecution(outputs, failure, None, begun, collect_trace(run), 0, (*remarks,))
        if plan and number in plan.keys:
            remark = save_checkpoint(run, number, with_late_outputs(run, outputs), begun)
            remarks += [remark] if remark else []
    outputs = with_late_outputs(run, outputs)
    trace = collect_trace(run)
    if not run.is_observable:
        return RawExecution(outputs, None, None, begun, trace)
    return RawExecution(outputs, *collect_report(run), begun, trace, 0, (*remarks,))


def restore_checkpoint(run: NotebookRun) -> None:
    """Bring the kernel into the state of the checkpoint. Raises NotResumed."""
    plan = run.job.checkpoints
    assert plan and plan.resume
    try:
        resume.restore(run, plan, plan.resume)
    except KernelDied as error:
        step = plan.resume.step
        raise NotResumed(f"the checkpoint cannot be restored: {error}", step=step) from None


def check_resumed(run: NotebookRun, number: int, failure: CellError | None) -> None:
    """Raise NotResumed if a step behind a checkpoint did not have what it asked for."""
    plan = run.job.checkpoints
    assert plan and plan.resume
    resume.check_names(run, plan.resume, number)
    if failure:
        resume.check_failure(failure, plan.resume, number)


def save_checkpoint(
    run: NotebookRun, number: int, outputs: Sequence[tuple[Output, ...]], begun: Sequence[int]
) -> Remark | None:
    """Make the checkpoint behind a step; return why it is not kept."""
    plan = run.job.checkpoints
    assert plan
    prefix = replace(run.job, notebook=_first_steps(run.job.notebook, number))
    seconds = time.monotonic() - run.began
    try:
        report = instrument.report_so_far(run.client, run.workspace, prefix.notebook)
        trace = collect_trace(run)
        why = resume.problems_outside(prefix, run.workspace, trace)
        if report is None:
            why = "what the run has used is not known"
        elif report["widgets"]:
            why = "a widget is shown, whose state is in the kernel"
        if why:
            return resume.unkept(number, why)
        raw = RawExecution(outputs, None, report, begun, trace)
        execution = finish(prefix, run.workspace, raw, seconds)
        if plan.resume:
            blocks = count_blocks(run.job.notebook, plan.resume.step)
            execution = resume.continued(plan.resume, execution, blocks)
        return resume.save(run, number, plan, execution)
    except KernelDied:  # the next step says so
        return resume.unkept(number, "the kernel died")


def _first_steps(notebook: Notebook, number: int) -> Notebook:
    """Return the notebook with the cells of its first steps."""
    steps = {*notebook.steps[:number]}
    kept = {id(cell) for cell, step in notebook.cell_steps if step in steps}
    return replace(notebook, cells=tuple(cell for cell in notebook.cells if id(cell) in kept))


def count_blocks(notebook: Notebook, number: int) -> int:
    """Return how many of the first steps are code cells, not values in the text."""
    return sum(not step.inline for step in notebook.steps[:number])


def with_late_outputs(
    run: NotebookRun, outputs: Sequence[tuple[Output, ...]]
) -> list[tuple[Output, ...]]:
    """Return the outputs of the first steps with what came or changed while later ones ran."""
    result = []
    for made, (node, before) in zip(outputs, run.client.steps, strict=False):
        try:
            now = _outputs(node)
        except (ValueError, TypeError, LookupError, AttributeError):  # forged by the post's code
            now = before
        result.append(made if now == before else (*now, *made[len(before) :]))
    return result


def collect_trace(run: NotebookRun) -> Trace | None:
    """Return what the run has used up to now, seen at its system calls; None if it was not."""
    trace = read_trace(run.client.kc.trace())
    return trace and without(trace, run.before)


def run_step(
    run: NotebookRun,
    step: Step,
    on_output: OutputListener | None = None,
    printed: LineListener | None = None,
) -> tuple[tuple[Output, ...], CellError | None]:
    """Return what a step produced, and the error that ends the run, if any.

    `on_output` is called with all outputs so far whenever there are more, `printed` with the last
    line of its text.
    """
    node = new_code_cell(_code(step, run.job.notebook.language))
    folder = run.workspace.folder
    run.client.on_output = on_output and (lambda: on_output(_outputs(node)))
    if printed:
        run.client.on_output = lambda: printed(last_line(node.outputs))
    reply: Mapping[str, Any] = {}
    try:
        timeout, keep = _seconds_left(run.job), not step.inline
        reply = run.client.run(node.source, node, timeout, keep)
        fatal = _unusual(run, reply)
    except TimeoutError:
        is_over = run.job.until and time.time() >= run.job.until
        seconds = run.job.options.timeout
        fatal = failures.stopped(folder) if is_over else failures.timed_out(seconds, folder)
    except KernelDied as error:
        fatal = failures.died(error.end, memory_limit(run.job.options), folder)
    except NoReply:
        fatal = failures.no_reply()
    except (OutputsLost, BadMessage, LookupError, TypeError, AttributeError):
        fatal = failures.outputs_lost()
    if fatal:
        failures.add_rest(node, folder)
    try:
        outputs = _outputs(node)
        run.client.steps.append((node, outputs))
        raised = _error(reply, outputs, node.source)
    except (ValueError, TypeError, LookupError, AttributeError):  # forged by the post's code
        return (), failures.outputs_lost()
    if fatal:
        return _without_interrupt(outputs, fatal)
    if raised and raised not in outputs:
        outputs = (*outputs, raised)
    return outputs, _failure(step, raised, run.job.options.allow_errors)


def _seconds_left(job: Job) -> float:
    """Return the time limit of the next cell."""
    left = job.until - time.time() if job.until else job.options.timeout
    return max(min(left, job.options.timeout), 0.01)


def _unusual(run: NotebookRun, reply: Mapping[str, Any]) -> CellError | None:
    """Return the failure of a cell that ended the kernel, or that IPython did not run."""
    if any(each["source"] == "ask_exit" for each in reply.get("payload", ())):
        return failures.exited()
    # Of the code that the client has run, the first part brought `capture` into the kernel.
    if run.is_observable and failures.cells_begun(run.workspace.folder) < run.client.ran - 1:
        return failures.no_reply()
    return None


def _error(reply: Mapping[str, Any], outputs: Sequence[Output], code: str) -> CellError | None:
    """Return the exception that ended a cell, as its reply says; None where it ended well.

    The kernel also sends it as an output, unless the post keeps it from that. An error among the
    outputs of a cell that ended well is one that its code shows. ipykernel names no exception in
    its reply where a `__repr__` failed.
    """
    if reply.get("status", "ok") == "ok":
        return None
    ename, evalue = str(reply.get("ename", "Error")), str(reply.get("evalue", ""))
    shown = [output for output in reversed(outputs) if isinstance(output, CellError)]
    if shown:
        same = (each for each in shown if (each.ename, each.evalue) == (ename, evalue))
        return next(same, shown[0])
    lines = [str(line) for line in reply.get("traceback") or ()]
    error = failures.locate(CellError(ename, evalue, "\n".join([*lines, ""])), code)
    return error if isinstance(error, CellError) else None


def _outputs(node: NotebookNode) -> tuple[Output, ...]:
    outputs = [failures.locate(read_output(output), node.source) for output in node.outputs]
    return sanitize.join(outputs)


def last_line(outputs: Sequence[Any]) -> str:
    """Return the last line that a cell has printed, as it is now: of a bar, its last state."""
    for output in reversed(outputs):
        text = str(output.get("text", "")) if output.get("output_type") == "stream" else ""
        text = text[_tail_start(text) :]
        for line in reversed(re.split(r"[\r\n]+", _ANSI.sub("", text))):
            if line.strip() and not sanitize.is_framework_noise(line):
                return line.strip()
    return ""


def _tail_start(text: str) -> int:
    """Return where the last lines of a text begin: a whole line, unless the last is too long."""
    cut = max(len(text) - _TAIL, 0)
    line = text.find("\n", cut) + 1 if cut else 0
    return line if line < len(text) else cut


def collect_report(run: NotebookRun) -> tuple[CellError | None, Mapping[str, Any] | None]:
    """Return the probe's report, and the error if the kernel died before it."""
    try:
        return None, instrument.end(run.client, run.workspace, run.job.notebook)
    except KernelDied as error:
        return failures.died(error.end, memory_limit(run.job.options), run.workspace.folder), None


def _without_interrupt(
    outputs: tuple[Output, ...], fatal: CellError
) -> tuple[tuple[Output, ...], CellError]:
    """Move the traceback of an interrupted cell from its outputs to the timeout error."""
    last = outputs[-1] if outputs else None
    if fatal.ename in ("Timeout", "Stopped") and isinstance(last, CellError):
        return outputs[:-1], replace(fatal, traceback=last.traceback, line=last.line)
    return outputs, fatal


def _leaving_step(begun: Sequence[int], left: Sequence[int]) -> int:
    """Return the number of the step that started the oldest of the left processes; 0 for none.

    Pids ascend, and `begun` holds the newest one before each step.
    """
    if not left:
        return 0
    return max(sum(before < min(left) for before in begun), 1)


def _failure(step: Step, error: CellError | None, allowed: bool) -> CellError | None:
    return None if step.raises or (allowed and not step.inline) else error


def _code(step: Step, language: str) -> str:
    """Return a step's code; an inline expression prints its value as an f-string would, or as knitr
    does; in other languages the value is the result."""
    return _INLINE.get(language, "{}").format(step.source) if step.inline else step.source


def _clean_failure(failure: CellError | None, rules: sanitize.SanitizeRules) -> CellError | None:
    cleaned = sanitize.clean([failure], rules)[0] if failure else ()
    return next((output for output in cleaned if isinstance(output, CellError)), None)


def _facts(job: Job, workspace: Workspace, raw: RawExecution) -> dict[str, str]:
    used = dependencies.declared(job)
    if raw.report is not None:
        used |= dependencies.observed(job, workspace, raw.report, raw.trace)
    else:
        used |= dependencies.unobserved(job, workspace, raw.trace)
    outputs = [output for made in raw.outputs for output in made]
    limits = facts.limits(job.options)
    if any(map(sanitize.is_cut, outputs)):
        used["limit max_output"] = limits["max_output"]
    if any(isinstance(output, Stream) and output.name == "stderr" for output in outputs):
        used["limit drop_stderr"] = limits["drop_stderr"]
    return used
