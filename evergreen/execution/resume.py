"""Checkpoints of a run: make them after the cells that ask for them, and go on from one.

The values are in the kernel (see `in_kernel.checkpoint`). Added here is what is outside of it: the
outputs and the facts up to the cell, and the files that the code has written in its folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat.v4 import new_code_cell

from evergreen.dataclass import replace
from evergreen.execution.bundle_copy import is_changed
from evergreen.execution.checkpoint_plan import CheckpointPlan
from evergreen.execution.client import BadMessage, KernelDied, NoReply, OutputsLost
from evergreen.execution.instrument import run_in_kernel
from evergreen.execution.job import Job
from evergreen.execution.kernels.uses import MADE, WROTE
from evergreen.execution.trace import Trace
from evergreen.execution.workspace import Workspace
from evergreen.model import CellError, Execution, Remark, Resumed, Step
from evergreen.paths import read_untrusted
from evergreen.records import checkpoints as store
from evergreen.records.checkpoints import Checkpoint
from evergreen.records.definitions import bound_names
from evergreen.tar import extract_inside

if TYPE_CHECKING:
    from evergreen.execution.run import NotebookRun

MADE_IN, TAKEN_TO = "checkpoint", "restored"
"""Folders beside the kernel's sockets: where a checkpoint is made, and where one is copied to."""
FILES = "files.tar"
_SAVE = """
import sys
sys.modules["_checkpoint"].save(folder, names, again, hidden)
"""
_EXPECT = """
import sys
sys.modules["_checkpoint"].expect(asked, hidden)
"""
_RESTORE = """
import sys
sys.modules["_checkpoint"].restore(folder, result)
"""
_HARMLESS = (
    "/.cache/",
    "/.keras/",
    "/.config/matplotlib/",
    "/__pycache__/",
    "/dev/",
    "/proc/",
    "/__autograph_generated_file",
)
"""Parts of paths of what libraries keep for themselves outside of a run's folder."""


_OF_NAMES = ("NameError", "UnboundLocalError", "UndefinedVariableError", "KeyError")
"""Exceptions of libraries that look up names themselves."""


class NotResumed(Exception):
    """A run cannot go on from a checkpoint: it has to start from the beginning."""

    def __init__(self, message: str, advice: str = "", step: int = 0) -> None:
        super().__init__(message)
        self.message, self.advice, self.step = message, advice, step


def begin_from(workspace: Workspace, checkpoint: Checkpoint) -> None:
    """Put the files of a checkpoint into the folder of a run, before its kernel starts.

    Raises NotResumed if it is damaged.
    """
    folder = workspace.folder / TAKEN_TO
    folder.mkdir()
    try:
        for name in checkpoint.files:
            if name != store.HEAD and not name.startswith("blob-"):
                store.take_file(checkpoint, name, folder / name)
        for name in checkpoint.about["removed"]:
            _remove(workspace.cwd / name)
        with tarfile.open(folder / FILES) as archive:
            extract_inside(archive, workspace.cwd)
        (folder / FILES).unlink()
        store.note_use(checkpoint)
    except (OSError, ValueError, KeyError, TypeError, tarfile.TarError) as error:
        store.remove(checkpoint)
        raise NotResumed(f"the checkpoint is damaged: {error}") from None


def restore(run: NotebookRun, plan: CheckpointPlan, checkpoint: Checkpoint) -> None:
    """Bring a fresh kernel into the state of a checkpoint. Raises NotResumed."""
    folder = run.workspace.folder
    steps, result = run.job.notebook.steps, folder / "restored.json"
    try:
        hidden = list(checkpoint.hidden)
        run_in_kernel(run.client, _EXPECT, asked=str(_asked(run)), hidden=hidden)
        for number in plan.again:
            if number <= checkpoint.step:
                _run_again(run, steps[number - 1], number)
        timeout = run.job.options.timeout
        values = {"folder": str(folder / TAKEN_TO), "result": str(result)}
        run_in_kernel(run.client, _RESTORE, timeout, **values)
        found = json.loads(read_untrusted(result))
        wrong = str(found["wrong"])
    except KernelDied:
        raise
    except (RuntimeError, TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
        wrong = f"{type(error).__name__}: {error}"
    if wrong:
        reason = wrong.removeprefix("_Changed: ")
        advice = "mark the cells whose effect is needed later '#| always: true'"
        raise NotResumed(f"the checkpoint cannot be restored: {reason}", advice, checkpoint.step)
    shutil.rmtree(folder / TAKEN_TO, ignore_errors=True)


def check_names(run: NotebookRun, checkpoint: Checkpoint, number: int) -> None:
    """Raise NotResumed if the code has asked for a name that was not kept."""
    asked = read_untrusted(_asked(run)).split()
    if asked:
        raise missing_name(asked[0], number)
    if run.client.lost_update:
        raise NotResumed("a display that an earlier cell has made is changed", step=number)


def check_failure(failure: CellError, checkpoint: Checkpoint, number: int) -> None:
    """Raise NotResumed if a cell may have failed for want of what was not restored."""
    words = {*re.findall(r"\w+", failure.evalue)}
    names = words & {*checkpoint.hidden} if failure.ename in _OF_NAMES else ()
    if names or (failure.ename == "AttributeError" and "module" in words):
        raise NotResumed(f"{failure.ename} behind the checkpoint: {failure.evalue}", step=number)


def missing_name(name: str, number: int) -> NotResumed:
    """Return the exception for a name that was not kept, and that a step asks for."""
    message = f"'{name}' is not kept by the checkpoint before"
    return NotResumed(message, f"add it to the checkpoint: {name}", number)


def continued(checkpoint: Checkpoint, execution: Execution, cells: int) -> Execution:
    """Return the execution of both runs: that up to the checkpoint, and that behind it.

    Raises NotResumed if something that both have used has changed between them.
    """
    before = checkpoint.execution
    earlier, begun = before.finished, before.resumed
    assert earlier is not None
    environment = execution.environment
    if environment.python:
        packages = dict((*before.environment.packages, *environment.packages))
        environment = replace(environment, packages=tuple(sorted(packages.items())))
    return replace(
        execution,
        outputs=(*before.outputs, *execution.outputs),
        environment=environment,
        cleaned={
            kind: before.cleaned.get(kind, 0) + execution.cleaned.get(kind, 0)
            for kind in {**before.cleaned, **execution.cleaned}
        },
        left=execution.left + checkpoint.step if execution.left else before.left,
        privileged=tuple(dict.fromkeys((*before.privileged, *execution.privileged))),
        files={**before.files, **execution.files},
        facts=execution.facts if execution.failure else merged(before.facts, execution.facts),
        seconds=round(before.seconds + execution.seconds, 3),
        resumed=Resumed(cells, begun.finished if begun else earlier),
    )


def merged(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return the facts of both parts of a run. Raises NotResumed if they contradict each other."""
    found = {**before}
    for fact, value in after.items():
        kind, _, name = fact.partition(" ")
        then = found.get(fact)
        if kind == "beside" and then is not None:
            value = " ".join(sorted({*then.split(), *value.split()}))
        elif then is not None and then != value and kind not in ("left", "limit"):
            raise NotResumed(f"{name or fact} changed between the checkpoint and now")
        if kind == "package":
            found.pop(f"dependency {name}", None)
        if kind == "dependency" and f"package {name}" in found:
            continue
        found[fact] = value
    return found


# --- making one -----------------------------------------------------------------------------------


def problems_outside(job: Job, workspace: Workspace, trace: Trace | None) -> str:
    """Return why a checkpoint cannot be made here, by what the run has done outside; else ""."""
    if trace is None:
        return "the system calls of the run are not seen here"
    own = f"{workspace.base}{os.sep}"
    for path, use in trace.paths.items():
        is_written = use.how & (MADE | WROTE) and not path.startswith(own)
        if is_written and not _is_harmless(path) and os.path.lexists(path):
            return f"the run has written {path}, which is outside of its folder"
    return ""


def _is_harmless(path: str) -> bool:
    """True for what libraries keep for themselves, and for the folders that they make for it."""
    is_kept = any(part in f"{path}/" for part in _HARMLESS)
    return is_kept or path.endswith("/.config")


def save(run: NotebookRun, number: int, plan: CheckpointPlan, prefix: Execution) -> Remark | None:
    """Make the checkpoint behind a step, and store it; return why it could not be kept.

    Raises KernelDied.
    """
    mark = next(mark for mark in run.job.notebook.checkpoints if mark.step == number)
    folder = run.workspace.folder / MADE_IN
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
        if run.job.options.sandbox:
            folder.chmod(0o777)
        before = plan.resume.hidden if plan.resume else ()
        steps = run.job.notebook.steps
        again = sorted(
            {
                name
                for each in plan.again
                if each <= number
                for name in bound_names(steps[each - 1].source)
            }
        )
        values = {"folder": str(folder), "names": list(mark.names), "again": again}
        run_in_kernel(run.client, _SAVE, run.job.options.timeout, **values, hidden=list(before))
        about = json.loads(read_untrusted(folder / "about.json"))
        if about["problems"]:
            what, why = map(str, about["problems"][0])
            return unkept(number, f"{what}: {why}" if what else why)
        removed = _pack(run.job, run.workspace, folder / FILES)
        size = sum(file.lstat().st_size for file in folder.iterdir())
        if size > plan.most:
            return unkept(number, f"it has {size / 2**20:,.0f} MB", "raise [checkpoints] max_size")
        hidden = [str(name) for name in about["hidden"]]
        more = {"removed": removed, "kept": {str(k): str(v) for k, v in about["kept"].items()}}
        store.limit(plan.store, plan.most - size)
        key = plan.keys[number]
        store.keep_checkpoint(plan.store, key, folder, number, prefix, hidden, more)
    except KernelDied:
        raise
    except (OSError, RuntimeError, TimeoutError, ValueError, KeyError, TypeError) as error:
        return unkept(number, getattr(error, "strerror", "") or str(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return None


def unkept(number: int, why: str, advice: str = "") -> Remark:
    """Return the remark that a checkpoint is not kept."""
    advice = advice or "name other values, or move the checkpoint: the post runs whole until then"
    return Remark(number, f"the checkpoint is not kept: {why}", advice)


def _pack(job: Job, workspace: Workspace, place: Path) -> list[str]:
    """Write the files that the run has made or changed into an archive; return removed ones.

    Raises OSError for a named pipe or a device.
    """
    copy, root = workspace.copy, workspace.cwd
    declared = {*job.data, *job.stand_ins}
    with tarfile.open(place, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, status in _walk(root):
            if stat.S_ISDIR(status.st_mode):
                is_new = name not in copy.folders and not any(d.startswith(name) for d in declared)
            elif not stat.S_ISREG(status.st_mode) and not stat.S_ISLNK(status.st_mode):
                raise OSError(22, f"{name} is neither a file nor a folder")
            elif name in declared:
                is_new = status.st_mtime_ns > workspace.started
            else:
                is_new = name not in copy.files or is_changed(copy, name)
            if is_new:
                archive.add(root / name, name, recursive=False)
    return [name for name in (*copy.files, *copy.folders) if not (root / name).exists()]


def _walk(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    pending = [""]
    while pending:
        here = pending.pop()
        for name in sorted(os.listdir(root / here)):
            if name == "__pycache__":
                continue
            path = f"{here}{name}"
            status = os.lstat(root / path)
            yield path, status
            if stat.S_ISDIR(status.st_mode):
                pending.append(f"{path}/")


# --- restoring it ---------------------------------------------------------------------------------


def _run_again(run: NotebookRun, step: Step, number: int) -> None:
    """Run a cell of before the checkpoint once more, without its outputs. Raises NotResumed."""
    try:
        timeout = run.job.options.timeout
        reply = run.client.run(step.source, new_code_cell(step.source), timeout)
    except (TimeoutError, OutputsLost, NoReply, BadMessage):
        reply = {"status": "error", "ename": "it did not end"}
    if asked := read_untrusted(_asked(run)).split():
        raise missing_name(asked[0], number)
    if reply.get("status") != "ok" and not step.raises:
        message = f"a cell that runs again fails: {reply.get('ename', '')}"
        raise NotResumed(message, step=number)


def _asked(run: NotebookRun) -> Path:
    return run.workspace.folder / "asked"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
