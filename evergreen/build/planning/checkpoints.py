"""Which checkpoints a post's run makes, and from which one it can go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evergreen.build.planning.context import PlanContext
from evergreen.execution.checkpoint_plan import CheckpointPlan
from evergreen.model import Notebook, Post, Remark, Step
from evergreen.records import facts
from evergreen.records.checkpoints import Checkpoint, checkpoint_key, find_checkpoint
from evergreen.records.definitions import (
    changed_library,
    deleted_names,
    is_definition,
    library_names,
    sees_all_names,
    words_in_commands,
)
from evergreen.records.store import chosen

_ADVICE = "write the names out, or move the checkpoint behind this cell"


def plan_checkpoints(
    context: PlanContext, post: Post, notebook: Notebook, here: facts.FactLookup
) -> CheckpointPlan | None:
    """Return the checkpoints of a post's run; None if it asks for none."""
    if context.checkpoints is None or context.sandboxed or not notebook.checkpoints:
        return None
    keys = checkpoint_keys(post, notebook)
    plan = CheckpointPlan(
        context.checkpoints, context.checkpoint_bytes, keys, tuple(_again(notebook))
    )
    if not context.resumes:
        return plan
    remarks: list[Remark] = []
    for number in sorted(keys, reverse=True):
        for checkpoint in find_checkpoint(context.checkpoints, keys[number]):
            assert checkpoint.execution.finished
            known, finished = checkpoint.execution.facts, checkpoint.execution.finished
            difference, lacking = facts.judge(known, finished, here, may_run=True)
            if difference or lacking:
                continue
            if unseen := unseen_names(notebook.steps, checkpoint) or unseen_settings(
                notebook, checkpoint
            ):
                remarks.append(unseen)
                continue
            return CheckpointPlan(
                plan.store, plan.most, keys, plan.again, checkpoint, tuple(remarks)
            )
    return CheckpointPlan(plan.store, plan.most, keys, plan.again, None, tuple(remarks))


def checkpoint_keys(post: Post, notebook: Notebook) -> dict[int, str]:
    """Return the key of each checkpoint, by the number of the step before it."""
    if notebook.language != "python":
        return {}
    options, steps, again = chosen(notebook, post.execute), notebook.steps, [*_again(notebook)]
    return {
        mark.step: checkpoint_key(
            [options, [n for n in again if n <= mark.step], *map(_code, steps[: mark.step])],
            mark.step,
            mark.names,
        )
        for mark in notebook.checkpoints
    }


def unseen_names(steps: Sequence[Step], checkpoint: Checkpoint) -> Remark | None:
    """Return why a run cannot go on: code that looks at names without naming them."""
    hidden = {*checkpoint.hidden}
    for number, step in enumerate(steps, 1):
        is_later = number > checkpoint.step
        if word := sees_all_names(step.source, only_later=not is_later):
            message = f"the post ran from the start: '{word}' sees names that are not kept"
            return Remark(number, message, _ADVICE)
        if not is_later:
            continue
        found = words_in_commands(step.source) | deleted_names([step.source])
        if names := sorted(found & hidden):
            message = f"the post ran from the start: '{names[0]}' is not kept by the checkpoint"
            return Remark(number, message, f"add it to the checkpoint: {names[0]}")
    return None


def unseen_settings(notebook: Notebook, checkpoint: Checkpoint) -> Remark | None:
    """Return why a run cannot go on: a cell that does not run again changes a library."""
    steps = notebook.steps[: checkpoint.step]
    names = library_names(step.source for step in steps)
    again = {*_again(notebook)}
    for number, step in enumerate(steps, 1):
        if number not in again and (what := changed_library(step.source, names)):
            message = f"the post ran from the start: '{what}' changes a library"
            return Remark(number, message, "mark the cell '#| always', so that it runs again")
    return None


def _again(notebook: Notebook) -> Iterator[int]:
    """Yield the numbers of the steps that run again before a run goes on."""
    always = {step for cell, step in notebook.cell_steps if cell.options.always}
    for number, step in enumerate(notebook.steps, 1):
        if step in always or (not step.inline and is_definition(step.source)):
            yield number


def _code(step: Step) -> tuple[object, ...]:
    return step.block, step.inline, step.source, step.raises
