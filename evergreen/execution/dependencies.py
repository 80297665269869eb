"""A run that has ended → facts: what it used, from its folder and from what its probe says."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evergreen.execution.workspace import Job, Workspace
from evergreen.model.hashing import sha256
from evergreen.paths import read_made
from evergreen.records import distributions, machine
from evergreen.records.bundle import files_touched, folders_listed, is_changed, is_left_out, stamp
from evergreen.records.facts import (
    CHANGED_WHILE_RUNNING,
    NOT_OBSERVED,
    modules_value,
    of_kernel,
    stand_in_value,
)
from evergreen.records.imports import imported
from evergreen.records.interpreters import PYTHON, Interpreter, find_interpreter
from evergreen.records.machine import DEVICE, FOLDER, UNREADABLE, Machine, machine_of

Found = dict[str, str]


def declared(job: Job) -> Found:
    """The facts that hold for any kernel: data, environment variables."""
    facts = {f"data {name}": path.name for name, path in job.data.items()}
    facts |= {f"data {name}": stand_in_value(script) for name, script in job.stand_ins.items()}
    variables = () if job.options.sandbox else job.options.env
    return facts | _now(f"variable {name}" for name in variables)


def observed(job: Job, workspace: Workspace, answer: Mapping[str, Any]) -> Found:
    """The facts of a run in a Python kernel, with its probe's answer."""
    answer = credible(job, answer)
    files = _files(job, workspace, answer["asked"])
    return {
        **_command(job),
        **_python(job, workspace, answer, files),
        **_missing(job, answer),
        **files,
        **_folders(workspace, (path for path in answer["listed"] if not path.startswith("/"))),
        **_beside(workspace, answer["searched"]),
        **_elsewhere(job, workspace, answer),
    }


def credible(job: Job, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of an answer from a box what may be looked up out here: the post may have made it up.

    Packages are where this machine has them, and other files were not to be seen.
    """
    if not job.options.sandbox:
        return answer
    here = find_interpreter(job.notebook.kernel)
    path = list(job.venv.path if job.venv else here.path if here else ())
    folders = tuple(f"{entry}/" for entry in path)
    outside = {p: there for p, there in answer["outside"].items() if p.startswith(folders)}
    listed = {p: there for p, there in answer["listed"].items() if not p.startswith("/")}
    searched = {place: list(map(str, names)) for place, names in answer["searched"].items()}
    return {**answer, "path": path, "outside": outside, "listed": listed, "searched": searched}


def offered(job: Job, workspace: Workspace) -> Found:
    """The facts of a run that no probe saw: the kernel's command, and files.

    A Python kernel has a probe: where it does not answer, the record never holds.
    """
    silent = {f"kernel {PYTHON}": NOT_OBSERVED} if job.notebook.language == "python" else {}
    return {**_command(job), **silent, **_files(job, workspace, {}), **_folders(workspace, ())}


def _command(job: Job) -> Found:
    kernel = job.notebook.kernel
    return {} if kernel == PYTHON else _now([f"kernel {kernel}"])


def _python(
    job: Job, workspace: Workspace, answer: Mapping[str, Any], files: Iterable[str]
) -> Found:
    """The interpreter and the distributions that were imported."""
    kernel = job.notebook.kernel
    modules = (workspace.cwd / fact.partition(" ")[2] for fact in files if fact.endswith(".py"))
    used = imported(answer, (read_made(module) for module in modules))
    kinds = {True: "package", False: "dependency"}
    return {
        "python" if kernel == PYTHON else f"python {kernel}": answer["python"],
        "platform": answer["platform"],
        **{f"{kinds[one.named]} {of_kernel(kernel, one.name)}": one.version for one in used},
        **{f"source {of_kernel(kernel, one.name)}": sha256(one.files) for one in used if one.files},
    }


def _missing(job: Job, answer: Mapping[str, Any]) -> Found:
    """Modules that were looked for in vain, and which the builder does not find either."""
    names = (of_kernel(job.notebook.kernel, name) for name in answer["missing"])
    path = job.venv.path if job.venv else None
    here = machine_of(Interpreter(answer["python"], path)) if path else Machine()
    found = _now((f"missing {name}" for name in names), here)
    return {fact: value for fact, value in found.items() if not value}


def _now(facts: Iterable[str], here: Machine | None = None) -> Found:
    """What facts about the machine are now."""
    here = here or Machine()
    return {fact: here.value(fact) for fact in facts}


def _files(job: Job, workspace: Workspace, asked: Mapping[str, bool]) -> Found:
    """Files and folders beside the post that were read or asked for; "" where there was none.

    What was there when it was first asked for, but was not offered, the run has made.
    """
    copy = workspace.copy
    left_out = {*job.posts, *job.data, *job.stand_ins}
    names = {*files_touched(copy), *workspace.used}
    names |= {n for n, there in asked.items() if n in copy.files or n in copy.folders or not there}
    found = (name for name in sorted(names) if not is_left_out(name, left_out))
    return {f"file {name}": _file(job, workspace, name) for name in found}


def _file(job: Job, workspace: Workspace, name: str) -> str:
    """The hash of what the run was offered under a name, whatever it is now."""
    copy, source = workspace.copy, (job.bundle or workspace.cwd) / name
    if name in copy.folders:
        return FOLDER
    if name not in copy.files:
        now = machine.hash_path(str(source))
        return now if now in (UNREADABLE, DEVICE) else ""
    if not is_changed(copy, name):
        return machine.hash_path(str(workspace.cwd / name))
    same = stamp(source) == copy.files[name]
    return machine.hash_path(str(source)) if same else CHANGED_WHILE_RUNNING


def _folders(workspace: Workspace, listed: Iterable[str]) -> Found:
    copy = workspace.copy
    return {
        f"folder {name}": machine.digest_names(copy.folders[name]) if name in copy.folders else ""
        for name in sorted({*listed, *folders_listed(copy)})
    }


def _beside(workspace: Workspace, searched: Mapping[str, Iterable[str]]) -> Found:
    names_in = workspace.copy.folders
    return {
        f"beside {name}": modules_value(modules, machine.find_modules(names_in.get(name, ())))
        for name, modules in sorted(searched.items())
        if modules
    }


def _elsewhere(job: Job, workspace: Workspace, answer: Mapping[str, Any]) -> Found:
    """Files and listed folders outside of the run's folder, less temporary ones of its own."""
    folders = answer["listed"].items()
    listed = {f"{path}/": there for path, there in folders if path.startswith("/")}
    strays = dict.fromkeys(distributions.find_strays(answer["path"], answer["modules"]), True)
    facts: Found = {}
    for path, there in sorted({**answer["outside"], **listed, **strays}.items()):
        if path not in answer["young"] or not _is_temporary(path):
            changed = answer["young"].get(path, 0)
            facts[_place_name(path, job.root)] = _place(path, there, changed, workspace.started)
    return facts


def _place(path: str, there: bool, changed: int, started: int) -> str:
    """What the run saw at a path, where that can still be known.

    `changed`: when its status had changed, while the run went on, before it was first asked for.
    """
    if not there:
        return ""
    try:
        status = Path(path).stat()
    except OSError:
        return CHANGED_WHILE_RUNNING
    same = status.st_ctime_ns == changed or max(status.st_mtime_ns, status.st_ctime_ns) <= started
    return machine.hash_place(path) if same else CHANGED_WHILE_RUNNING


def _place_name(path: str, root: Path | None) -> str:
    """The name of a path's fact: nothing in it tells where the blog or the home stands."""
    real = os.path.realpath(path) + ("/" if path.endswith("/") else "")
    home = f"{root.resolve()}/" if root else "\0"
    if real.startswith(home):
        return f"site {real[len(home) :]}"
    return f"outside {machine.at_home(real)}"


def _is_temporary(path: str) -> bool:
    return os.path.realpath(path).startswith(os.path.realpath(tempfile.gettempdir()) + os.sep)
