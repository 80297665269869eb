"""Notebook → Execution, in a fresh kernel and a folder of its own.

A failing cell is a value: the outputs before it and the error stay in the Execution. What cannot be
run at all (an unknown kernel, a kernel that does not start) raises EvergreenError.
"""

from __future__ import annotations

import ast
import json
import re
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import nbformat.v4 as nbf
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from evergreen import probe
from evergreen.errors import fault
from evergreen.kernels import End, Kernels, NoSuchKernel, Wish
from evergreen.model import (
    CellError,
    Environment,
    Execution,
    Notebook,
    Output,
    Step,
    Stream,
)
from evergreen.notebook import read_output
from evergreen.workspace import Job, run_folder

Progress = Callable[[int, int], None]
"""Told before each step: its number from 1, and how many there are."""

OUTPUT_SECONDS = 30
"""How long outputs may still come after a cell has ended."""

_FRAME = re.compile(r"(?:Cell In\[\d+\]|<ipython-input[^>]*>)[^\n]*?, line (\d+)")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def run_notebook(
    job: Job, kernels: Kernels, progress: Progress = lambda step, steps: None
) -> Execution:
    """Run a notebook's steps in order, up to the first that fails.

    Raises EvergreenError when the run cannot begin.
    """
    start = time.monotonic()
    steps = job.notebook.steps
    node = nbf.new_notebook(cells=[nbf.new_code_cell(_code(step)) for step in steps])
    client = NotebookClient(
        node,
        timeout=job.options.timeout,
        iopub_timeout=OUTPUT_SECONDS,
        raise_on_iopub_timeout=True,
        allow_errors=True,
    )
    with run_folder(job) as (folder, cwd):
        wish = Wish(job.notebook.kernel, folder, cwd, preload=job.preload)
        try:
            with kernels.started(wish) as client.kc:
                outputs, failure = _run_steps(client, job, steps, progress)
                environment = _environment(client, job.notebook) if failure is None else None
        except NoSuchKernel as error:
            advice = "install it, or name another in 'jupyter:'"
            raise fault(job.path, f"no kernel named '{error.name}'", advice, line=1) from None
        except RuntimeError as error:
            raise fault(job.path, str(error), "see that it runs in Jupyter", line=1) from None
    return Execution(
        outputs=tuple(outputs),
        failure=failure,
        environment=environment or Environment(),
        stand_ins=tuple(sorted(job.stand_ins)),
        finished=datetime.now(UTC).replace(microsecond=0),
        seconds=round(time.monotonic() - start, 3),
    )


def _run_steps(
    client: NotebookClient, job: Job, steps: Sequence[Step], progress: Progress
) -> tuple[list[tuple[Output, ...]], CellError | None]:
    outputs: list[tuple[Output, ...]] = []
    for number, step in enumerate(steps):
        progress(number + 1, len(steps))
        made, fatal = _run_step(client, number, job.options.timeout)
        outputs.append(made)
        failure = fatal or _failure(step, made, job.options.allow_errors)
        if failure:
            return outputs, failure
    return outputs, None


def _run_step(
    client: NotebookClient, number: int, timeout: float
) -> tuple[tuple[Output, ...], CellError | None]:
    """What a step produced, and the fault that ended the kernel with it."""
    node = client.nb.cells[number]
    fatal = None
    try:
        client.execute_cell(node, number)
    except CellTimeoutError:
        fatal = CellError("Timeout", f"the cell took longer than {timeout:g} s")
    except DeadKernelError:
        fatal = _death(client.kc.end)
    outputs = tuple(_located(read_output(output)) for output in node.outputs)
    return _joined(outputs), fatal


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
    return None if step.raises or allowed else error


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


def _environment(client: NotebookClient, notebook: Notebook) -> Environment:
    """What the run ran with, asked of the kernel after the last step."""
    if notebook.language != "python":
        return Environment()
    question = f"environment({sorted(_imports(notebook))!r})"
    source = Path(probe.__file__).read_text("utf-8")
    code = f"_probe = {{}}\nexec({source!r}, _probe)\nprint(eval({question!r}, _probe))"
    node = nbf.new_code_cell(code)
    client.nb.cells.append(node)
    client.execute_cell(node, len(client.nb.cells) - 1, store_history=False)
    text = "".join(output.get("text", "") for output in node.outputs)
    answer = json.loads(text)
    packages = tuple((name, version) for name, version in answer["packages"])
    return Environment(answer["python"], answer["platform"], packages)


def _imports(notebook: Notebook) -> set[str]:
    """Top-level modules that the cells import by name; a cell that is no plain Python has none."""
    names: set[str] = set()
    for step in notebook.steps:
        try:
            tree = ast.parse(step.source)
        except SyntaxError:  # magics, or an error that the run will show
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names
