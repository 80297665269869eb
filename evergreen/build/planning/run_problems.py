"""The problems of a run at their lines of the post: its failure, and what it warns of."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Sequence

from evergreen.build.planning.plan import ExecutionPlan
from evergreen.errors import LONGEST, Problem, bug
from evergreen.execution.removed import find_removed
from evergreen.execution.sanitize import is_cut
from evergreen.model import CellError, Execution, Notebook, Output, Stream
from evergreen.records.definitions import bound_names
from evergreen.regex import regex

DETAILS = 60
"""Lines of what a failing cell printed, and of its traceback, that are shown."""

_PRIVILEGES = "run it before the build, or build with EVERGREEN_TRACER=off"
_WHOLE = "--force runs the post from the start"
_FIX = "fix the code, or tag the cell 'raises-exception'"
_FIX_INLINE = "fix the code in the text"
_UNDEFINED = regex(r"name '(\w+)' is not defined")
_ABOVE = regex(r"(?:No such file|not found|cannot open)[^\n]*?(?<![\w./])(\.\./[^\s'\";:,]+)", re.I)
"""A missing file above the working directory, in an exception's text."""
_CELL_FILE = regex(r" \(\d+\.py, line \d+\)$")
"""The name that IPython gives a cell in a SyntaxError; the line is that of the problem."""
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
_NO_GLYPH = regex(r"\bGlyph (\d+) \(.*?\) missing from (?:font\(s\)|current font)? ?([^\n]*)")
"""What Matplotlib warns of, where a figure shows boxes."""


def unexpected(path: str, error: Exception) -> Problem:
    """Return the problem of a post whose run failed outside of its code.

    The cause is the machine's (a full disk, a missing permission) or a fault of the engine.
    """
    if isinstance(error, OSError):
        advice = _SYSTEM.get(error.errno or 0, "check that the temporary folder can be used")
        return Problem(path, 1, 0, f"the post could not run: {cause_of(error)}", advice)
    return bug(path, "the post could not run", error)


def cause_of(error: Exception) -> str:
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
    advice = _advice(notebook, execution, error) if error in execution.outputs[-1] else ""
    if execution.resumed and advice:
        advice += f"; the run went on from a checkpoint: {_WHOLE}"
    return Problem(
        path,
        line,
        0,
        _one_line(_CELL_FILE.sub("", f"{error.ename}: {error.evalue}").rstrip(": ")),
        advice,
        details="\n".join(map(_shortened, details)),
    )


def _advice(notebook: Notebook, execution: Execution, error: CellError) -> str:
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
    number = len(execution.outputs)
    undefined = _UNDEFINED.search(error.evalue) if error.ename == "NameError" else None
    if undefined and (later := _defining(notebook, number, undefined[1])):
        return f"the cell at line {_line(notebook, later)} defines it: put it above"
    fix = _FIX_INLINE if notebook.steps[number - 1].inline else _FIX
    return _ADVICE.get(error.ename, fix)


def _defining(notebook: Notebook, number: int, name: str) -> int:
    """Return the first step behind the given one that defines a name; 0 if none does."""
    steps = enumerate(notebook.steps[number:], number + 1)
    return next((later for later, step in steps if name in bound_names(step.source)), 0)


def _powerless(execution: Execution) -> str:
    name = execution.privileged[0].rpartition("/")[2]
    return f"'{name}' cannot gain privileges where system calls are observed"


def run_warnings(plan: ExecutionPlan, execution: Execution) -> Iterator[Problem]:
    """Yield what the author of a post should know of a run that did not fail."""
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
