"""Two executions of one notebook → a verdict, and the differences behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evergreen.model import Execution, Notebook, Output
from evergreen.model.check import CheckOptions, Difference, Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two executions have in common."""

    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    compared: int = 0
    """Outputs."""
    ignored: int = 0
    """Cells."""


def compare(
    notebook: Notebook, published: Execution, now: Execution, options: CheckOptions
) -> Comparison:
    """The verdict on `now`: same, within tolerance or drifted. Both ran the notebook's steps."""
    differences: list[Difference] = []
    compared = 0
    pairs = zip(notebook.steps, published.outputs, now.outputs, strict=False)
    for step, then, here in pairs:
        cell = next(cell for cell, placed in notebook.placed if placed == step)
        compared += len(here)
        if not _equal(then, here):
            message = "the outputs differ"
            differences.append(Difference(cell.line, step.block, "outputs", message))
    verdict: Verdict = "drifted" if differences else "same"
    return Comparison(verdict, tuple(differences), compared)


def _equal(then: Sequence[Output], now: Sequence[Output]) -> bool:
    return tuple(then) == tuple(now)
