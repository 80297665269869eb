"""Plans → Runs: kept executions are taken, the others are made, and kept when nothing failed."""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed, wait
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from evergreen.build.planning.plan import ExecutionPlan
from evergreen.errors import LONGEST, EvergreenError, Problem, bug
from evergreen.execution.executors import Submit
from evergreen.execution.progress import Progress
from evergreen.execution.removed import find_removed
from evergreen.execution.sanitize import is_cut
from evergreen.model import CellError, Execution, Notebook, Output, Stream
from evergreen.records import store as records

DETAILS = 60
"""Lines of what a failing cell printed, and of its traceback, that are shown."""

_PRIVILEGES = "run it before the build, or build with EVERGREEN_TRACER=off"
_WHOLE = "--force runs the post from the start"
_FIX = "fix the code, or tag the cell 'raises-exception'"
_ABOVE = re.compile(
    r"(?:No such file|not found|cannot open)[^\n]*?(?<![\w./])(\.\./[^\s'\";:,]+)", re.I
)
"""A missing file above the working directory, in an exception's text."""
_ADVICE = {
    "StdinNotImplementedError": "write the value in the code: no one can type it",
    "ModuleNotFoundError": "install it, name it in 'execute: requires', or put it beside the post",
}
_SYSTEM = {
    errno.ENOSPC: "free space there, or set TMPDIR to a folder with more",
    errno.EDQUOT: "free space there, or set TMPDIR to a folder with more",
    errno.EMFILE: "raise the limit of open files: ulimit -n",
    errno.EACCES: "check its permissions, or set TMPDIR to a folder that can be written",
    errno.EROFS: "set TMPDIR to a folder that can be written",
    errno.ENOMEM: "free memory, or lower --jobs",
}
"""What to do where the system refuses, by its error number."""
_NO_GLYPH = re.compile(r"\bGlyph (\d+) \(.*?\) missing from (?:font\(s\)|current font)? ?([^\n]*)")
"""What Matplotlib warns of, where a figure shows boxes."""

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


def cleaned(runs: Iterable[PostRun]) -> dict[str, int]:
    """Count what was removed from the outputs of new runs, by kind."""
    made = [run.execution for run in runs if run.plan.job and run.execution]
    return dict(sorted(sum((Counter(each.cleaned) for each in made), Counter()).items()))


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
                unkept[run] = _cause(error)
    return unkept


def _note(store: Path, runs: Iterable[PostRun]) -> None:
    """Remember the code of all posts that ran now, those that shared a run among them."""
    for run in runs:
        plan = run.plan
        if plan.job and run.execution and not run.problem:
            options, seconds = plan.post.execute, run.execution.seconds
            with suppress(OSError):  # it only helps `why`; that results are not kept is said
                records.note_run(store, plan.post.path, plan.notebook, options, seconds)


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
    warnings = [*_warnings(plan, execution)]
    if why := unkept.get(plan.run):
        message, advice = f"its results could not be stored: {why}", "it runs again next time"
        warnings.append(Problem(plan.post.path, 1, 0, message, advice, "warning"))
    return PostRun(plan, execution, None, tuple(warnings))


def unexpected(path: str, error: Exception) -> Problem:
    """Return the problem of a post whose run failed outside of its code.

    The cause is the machine's (a full disk, a missing permission) or a fault of the engine.
    """
    if isinstance(error, OSError):
        advice = _SYSTEM.get(error.errno or 0, "check that the temporary folder can be used")
        return Problem(path, 1, 0, f"the post could not run: {_cause(error)}", advice)
    return bug(path, "the post could not run", error)


def _cause(error: Exception) -> str:
    """Return an exception as one line: the system's words and the file, or its type and text."""
    if isinstance(error, OSError):
        where = os.fsdecode(error.filename) if error.filename else ""
        return _one_line(": ".join(filter(None, (error.strerror or str(error), where))))
    return _one_line(f"{type(error).__name__}: {error}")


def failure_problem(path: str, notebook: Notebook, execution: Execution) -> Problem | None:
    """Return a run's failure at its line of the post, with printed text and traceback."""
    error = execution.failure
    if error is None:
        return None
    line = _line(notebook, len(execution.outputs)) + max(error.line - 1, 0)
    printed = "".join(each.text for each in execution.outputs[-1] if isinstance(each, Stream))
    details = [*printed.splitlines()[-DETAILS:], *error.traceback.splitlines()[-DETAILS:]]
    # Other errors than the cell's own exceptions say what to do (see `failures`).
    advice = _advice(execution, error) if error in execution.outputs[-1] else ""
    if execution.resumed and advice:
        advice += f"; the run went on from a checkpoint: {_WHOLE}"
    return Problem(
        path,
        line,
        0,
        _one_line(f"{error.ename}: {error.evalue}"),
        advice,
        details="\n".join(map(_shortened, details)),
    )


def _advice(execution: Execution, error: CellError) -> str:
    """Return what to do about an exception of a cell."""
    if execution.privileged:
        return f"{_powerless(execution)}: {_PRIVILEGES}"
    if found := _ABOVE.search(error.evalue):
        return (
            f"the post finds no '{found[1]}' in the blog; in a sandbox and on a worker it sees "
            "only its own folder: put the file, or a symlink to it, next to the post"
        )
    if (removed := find_removed(error.evalue)) and removed.replacement:
        days = "or give the post the releases of its day: 'execute: {as_of: date}'"
        return f"{removed.replacement} replaces it; {days}"
    return _ADVICE.get(error.ename, _FIX)


def _powerless(execution: Execution) -> str:
    name = execution.privileged[0].rpartition("/")[2]
    return f"'{name}' cannot gain privileges where system calls are observed"


def _warnings(plan: ExecutionPlan, execution: Execution) -> Iterator[Problem]:
    path = plan.post.path
    for remark in execution.remarks:
        line = _line(plan.notebook, remark.step)
        yield Problem(path, line, 0, remark.message, remark.advice, "warning")
    for number, outputs in enumerate(execution.outputs, 1):
        if lacking := _lacking(outputs):
            advice = (
                "name one that has them: plt.rcParams['font.sans-serif'] = ['Noto Sans CJK SC']"
            )
            yield Problem(path, _line(plan.notebook, number), 0, lacking, advice, "warning")
        if any(map(is_cut, outputs)):
            advice = "print less, or raise 'execute: max_output'"
            line = _line(plan.notebook, number)
            yield Problem(path, line, 0, "the cell's outputs are cut", advice, "warning")
    if execution.privileged:
        yield Problem(path, 1, 0, _powerless(execution), _PRIVILEGES, "warning")
    if execution.left:
        message = "a process that the cell started was still running at the end, and was ended"
        line = _line(plan.notebook, execution.left)
        yield Problem(path, line, 0, message, "wait for it, or end it in the post", "warning")


def _lacking(outputs: Sequence[Output]) -> str:
    """Return a warning about characters missing in the font of a figure; "" if none is missing."""
    printed = "".join(each.text for each in outputs if isinstance(each, Stream))
    found = _NO_GLYPH.findall(printed) if "Glyph " in printed else []
    if not found:
        return ""
    signs = "".join(
        dict.fromkeys(chr(int(number)) for number, _ in found if int(number) < 0x110000)
    )
    font = found[0][1].strip().rstrip(".") or "the font"
    return f"a figure shows boxes for '{signs}', which {font} does not have"


def _line(notebook: Notebook, number: int) -> int:
    """Return the line of the post where a step's code begins; steps are counted from 1."""
    step = notebook.steps[number - 1]
    return next(cell.line for cell, each in notebook.cell_steps if each == step)


def _one_line(text: str) -> str:
    return _shortened(" ".join(text.split())).rstrip(".")


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
