"""Outputs that stand while code runs: those that each cell last had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from evergreen.model import Execution, Notebook, Output, Step


@dataclass(frozen=True, slots=True)
class LastExecution:
    """What a post last ran."""

    key: str
    notebook: Notebook
    execution: Execution
    record: str = ""
    """What names a kept run; "" for a draft."""
    holds: bool = True
    """False: something that it used has changed since."""


def outputs_for(notebook: Notebook, ran: LastExecution) -> Execution:
    """The last outputs in the places of changed steps: an equal step's own, else those of the step
    in whose place another came; none for a new one.
    """
    old, new = list(map(_code, ran.notebook.steps)), list(map(_code, notebook.steps))
    had = [*ran.execution.outputs, *[()] * (len(old) - len(ran.execution.outputs))]
    outputs: list[tuple[Output, ...]] = [()] * len(new)
    for kind, start, end, at, to in SequenceMatcher(None, old, new, False).get_opcodes():
        if kind in ("equal", "replace"):
            outputs[at : min(to, at + end - start)] = had[start : min(end, start + to - at)]
    return replace(ran.execution, outputs=tuple(outputs), failure=None)


def common(old: Sequence[Step], new: Sequence[Step]) -> int:
    """How many steps are the same from the first on."""
    pairs = zip(map(_code, old), map(_code, new), strict=False)
    return next((number for number, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def _code(step: Step) -> tuple[bool, str, bool]:
    return step.inline, step.source, step.raises
