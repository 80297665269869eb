"""Why code runs or is not run, in words: how its facts, or the code itself, differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from evergreen.model import ExecuteOptions, Notebook
from evergreen.records.checkpoints import Checkpoint
from evergreen.records.facts import (
    BY_HOOKS,
    CHANGED_WHILE_RUNNING,
    EXPIRED,
    NOT_DECLARED,
    NOT_OBSERVED,
    VOLATILE,
    volatile,
)
from evergreen.records.store import LastRun, chosen

_SOURCES = "read from the network", "read the date", "read from a device"
"""What a run did that has facts of the kinds in VOLATILE."""

_INSTALLED = {
    "installed": "what is installed",
    "entry-points": "the entry points of 'GROUP'",
    "startup": "the code in .pth files",
}
DAMAGED = "the record is damaged"


def of_record(finished: datetime, facts: Mapping[str, str], lacking: str) -> str:
    """Describe a valid record: its time, and what could not be checked."""
    when = f"record of {finished:%Y-%m-%d %H:%M}"
    if lacking:
        return f"{when}, not checked: {lacking} is not installed here"
    stand_ins = [fact for fact, value in facts.items() if value.startswith("stand-in ")]
    if BY_HOOKS in facts:
        other = [fact.partition(" ")[2] for fact in facts if fact.startswith("kernel ")]
        only = not any(fact.startswith("python") for fact in facts)
        when += f"; of the kernel '{other[0]}' only files are observed" if other and only else ""
    if kinds := volatile(facts):
        when += f", {' and '.join(map(_volatile, kinds))}"
    return f"{when}, on stand-in data" if stand_ins else when


def of_checkpoint(checkpoint: Checkpoint) -> str:
    """Describe the checkpoint from which a run goes on."""
    assert checkpoint.execution.finished
    made = f"{checkpoint.execution.finished:%Y-%m-%d %H:%M}"
    return f"goes on from the checkpoint of {made} ({checkpoint.size / 1e6:,.1f} MB)"


def of_fact(fact: str, then: str, now: str) -> str:
    """Describe a fact that has changed: `tensorflow 2.20.0 → 2.21.0`, `data/train.csv changed`."""
    kind, _, name = fact.partition(" ")
    if kind == EXPIRED:
        return f"{_volatile(name)} on {datetime.fromisoformat(then):%Y-%m-%d}, which has expired"
    own = name.rpartition("/")[2]
    if then == NOT_DECLARED:
        what = "environment variable" if kind == "variable" else "data file"
        return f"the {what} {_shown(name)} is declared now"
    if then in (CHANGED_WHILE_RUNNING, NOT_OBSERVED):
        return f"{_shown(name)} {then}" if kind != "kernel" else "the run was not observed"
    if kind in ("python", "platform"):
        return f"{kind} {then} → {now or 'not installed'}"
    if kind == "gpu":
        return f"GPU {then} → {now}"
    if kind in ("package", "dependency"):
        return f"{own} {then} → {now or 'not installed'}"
    if kind == "missing":
        return f"{own} is installed now"
    if kind == "source":
        return f"the files of {own} changed"
    if kind == "origin":
        return f"other modules are found: {now or then}"
    if kind == "edited":
        return f"installed files were edited: {now or then}"
    if kind in ("installed", "entry-points", "startup"):
        return f"{_INSTALLED[kind]} changed".replace("GROUP", name)
    if kind in ("beside", "modules"):
        return _of_modules(name, then, now)
    if kind == "variable":
        return f"the environment variable {name} changed"
    if kind == "kernel":
        return f"the command of the kernel '{name}' changed"
    if kind == "data":
        return _of_data(name, then, now)
    if kind == "limit":
        return f"{name} {then} → {now}" if then and now else f"{name} changed"
    if kind == "runs" and now:
        return f"{_shown(name.removeprefix('/'))} is {now} now"
    if kind == "folder":
        return f"the names in {'the folder of the post' if name == '.' else _shown(name)} changed"
    verbs = {(True, False): "removed", (False, True): "added"}
    return f"{_shown(name)} {verbs.get((bool(then), bool(now)), 'changed')}"


def _volatile(kind: str) -> str:
    return dict(zip(VOLATILE, _SOURCES, strict=True))[kind]


def of_code(notebook: Notebook, options: ExecuteOptions, note: LastRun) -> str:
    """Describe how code without a record differs from the post's code at its last run."""
    if not note.steps:
        return "never run"
    blocks = [cell for cell in notebook.cells if cell.options.runs and not cell.inline]
    before = [source for _, inline, source, *_ in note.steps if not inline]
    for number, cell in enumerate(blocks, 1):
        if number > len(before) or before[number - 1] != cell.source:
            verb = "changed" if number <= len(before) else "is new"
            line = cell.line + _first_change(before, number, cell.source)
            return f"cell {number}, line {line} {verb}"
    if len(before) > len(blocks):
        return f"cell {len(blocks) + 1} was removed"
    now = chosen(notebook, options)
    for name, value in now.items():
        if note.chosen.get(name) != value:
            return f"{name} {note.chosen.get(name)} → {value}"
    return _of_steps(notebook, note.steps)


def _of_steps(notebook: Notebook, before: Sequence[Sequence[object]]) -> str:
    """Describe changes outside the text of blocks: inline values, tags, cells."""
    steps = [list(each) for each in before]
    for cell, step in notebook.cell_steps:
        if [step.block, step.inline, step.source, step.raises] not in steps:
            tag = f"the raises-exception tag of cell {step.block}"
            return f"{'an inline value' if cell.inline else tag}, line {cell.line} changed"
    return "an inline value was removed"


def _first_change(before: Sequence[str], number: int, source: str) -> int:
    """Return the index of the first line that differs, from 0."""
    old = before[number - 1].split("\n") if number <= len(before) else []
    new = source.split("\n")
    pairs = zip(old, new, strict=False)
    same = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))
    return min(same, len(new) - 1)


def _of_data(name: str, then: str, now: str) -> str:
    if not now:
        return f"the declared {name} was removed"
    match then.startswith("stand-in "), now.startswith("stand-in "):
        case True, True:
            return f"{name} {then} → {now}"
        case True, False:
            return f"the real {name} is here now"
        case False, True:
            return f"the real {name} cannot be had"
    return f"the declared {name} changed"


def _of_modules(folder: str, then: str, now: str) -> str:
    """Describe the first module that is found elsewhere."""
    pairs = zip(then.split(), now.split(), strict=True)
    before, after = next((a, b) for a, b in pairs if a != b)
    place = "" if folder == "." else f"{folder}/"
    name, _, new = after.partition("=")
    if not new:
        return f"{place}{before.partition('=')[2]} removed"
    is_own = not folder.startswith(("/", "~", ".."))
    where = "is next to the post" if is_own else "is there now"
    return f"{place}{new} {where}: 'import {name}' finds it"


def _shown(name: str) -> str:
    """Return a name with unprintable characters escaped."""
    return name if name.isprintable() else ascii(name)
