"""The outputs that are shown while code runs: the last ones of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from evergreen.dataclass import dataclass, replace
from evergreen.model import Execution, Notebook, Output, Step


@dataclass(frozen=True, slots=True)
class LastExecution:
    """The last run of a post."""

    key: str
    notebook: Notebook
    execution: Execution
    record: str = ""
    """Name of its record; "" for a draft."""
    holds: bool = True
    """False: a fact of it does not hold any more."""


def outputs_for(notebook: Notebook, ran: LastExecution) -> Execution:
    """Return the last outputs for changed code: of an equal step its own, of a changed one the old
    ones of its place, of a new one none.
    """
    old, new = list(map(_code, ran.notebook.steps)), list(map(_code, notebook.steps))
    had = [*ran.execution.outputs, *[()] * (len(old) - len(ran.execution.outputs))]
    outputs: list[tuple[Output, ...]] = [()] * len(new)
    for kind, start, end, at, to in SequenceMatcher(None, old, new, False).get_opcodes():
        if kind in ("equal", "replace"):
            outputs[at : min(to, at + end - start)] = had[start : min(end, start + to - at)]
    return replace(ran.execution, outputs=tuple(outputs), failure=None)


def common(old: Sequence[Step], new: Sequence[Step]) -> int:
    """Count the equal steps at the beginning."""
    pairs = zip(map(_code, old), map(_code, new), strict=False)
    return next((number for number, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def _code(step: Step) -> tuple[bool, str, bool]:
    return step.inline, step.source, step.raises
