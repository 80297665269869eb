"""Run code in real kernels; shared by several test files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from evergreen.execution.job import Job
from evergreen.execution.kernels.manager import Kernels
from evergreen.execution.kernels.servers import Servers
from evergreen.execution.run import run_notebook
from evergreen.model import Cell, CellOptions, Display, ExecuteOptions, Execution, Notebook, Stream

USUAL = ExecuteOptions()


def execute(
    *sources: str,
    prewarm: bool = True,
    preload: Sequence[str] = (),
    bundle: Path | None = None,
    options: ExecuteOptions = USUAL,
    kernels: Kernels | None = None,
    clock: datetime | None = None,
    perturbed: bool = False,
) -> Execution:
    """Run a notebook of these cells, in a forked or a new kernel, at another time, or as a further
    run of a check.
    """
    cells = tuple(Cell(source, line) for line, source in enumerate(sources, 1))
    start = clock.timestamp() if clock else 0.0
    notebook, packages = Notebook(cells), tuple(preload)
    job = Job("posts/文.md", notebook, options, bundle=bundle, preload=packages, clock=start)
    job = replace(job, perturbed=perturbed)
    if kernels:
        return run_notebook(job, kernels)
    with Kernels(Servers(), prewarm) as kernels:
        return run_notebook(job, kernels)


def expecting(source: str) -> Notebook:
    """Return a notebook whose only cell should raise an exception."""
    return Notebook((Cell(source, 1, CellOptions(raises=True)),))


def printed(execution: Execution, step: int = 1) -> str:
    """Return what a step wrote to standard output; a failed run fails the test."""
    assert execution.failure is None
    outputs = execution.outputs[step - 1]
    return "".join(o.text for o in outputs if isinstance(o, Stream) and o.name == "stdout")


def shown(execution: Execution, step: int = 1) -> list[Display]:
    """Return what a step displayed."""
    return [output for output in execution.outputs[step - 1] if isinstance(output, Display)]
