"""Facts of a finished run: what it used, from its folder and from the probe's report.

A fact names one thing that the run depended on, with its value (see `records.facts`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evergreen.execution import traced
from evergreen.execution.bundle_copy import files_touched, folders_listed
from evergreen.execution.job import Job
from evergreen.execution.scratch import temporary_folder
from evergreen.execution.surroundings import gpu_facts, variable_facts, volatile_facts
from evergreen.execution.trace import Trace, has_made, has_written, with_python
from evergreen.execution.workspace import Workspace
from evergreen.model.hashing import sha256
from evergreen.paths import read_untrusted
from evergreen.records import distributions, machine
from evergreen.records.bundle import is_excluded, is_spare, names_in
from evergreen.records.distributions import normal
from evergreen.records.facts import (
    BY_HOOKS,
    CHANGED_WHILE_RUNNING,
    NOT_OBSERVED,
    kernel_fact_name,
    modules_value,
    stand_in_value,
)
from evergreen.records.imports import imported, top_levels
from evergreen.records.interpreters import PYTHON, Interpreter, find_interpreter
from evergreen.records.machine import Machine, machine_of

Facts = dict[str, str]


def declared(job: Job) -> Facts:
    """Return the facts that hold for any kernel: data files and environment variables."""
    facts = {f"data {name}": path.name for name, path in job.data.items()}
    facts |= {f"data {name}": stand_in_value(script) for name, script in job.stand_ins.items()}
    variables = () if job.options.sandbox else job.options.env
    return facts | _current(f"variable {name}" for name in variables)


def observed(
    job: Job, workspace: Workspace, report: Mapping[str, Any], trace: Trace | None = None
) -> Facts:
    """Return the facts of a run in a Python kernel, from its probe's report and its trace."""
    report = restrict_report(job, report)
    if trace:
        trace = with_python(trace, report)
        report = {**report, "modules": {**report["modules"], **traced.packages(trace)}}
        files = traced.files(job, workspace, trace)
        elsewhere = {
            **traced.folders(workspace, trace),
            **traced.outside(job, workspace, trace, report["path"]),
            **traced.libraries(trace, report["path"]),
        }
    else:
        files = _files(job, workspace, report["asked"])
        listed = (path for path in report["listed"] if not path.startswith("/"))
        elsewhere = {**_folders(workspace, listed), **_outside(job, workspace, report)}
        elsewhere |= {BY_HOOKS: ""}
    python = _python(job, workspace, report, files)
    sources = [read_untrusted(module) for module in _modules(workspace, files)]
    loaded = {normal(fact.rpartition("/")[2].rpartition(" ")[2]) for fact in python}
    named = {*report["named"], *top_levels(sources)}
    return {
        **_command(job),
        **python,
        **_modules_searched(job, report),
        **_metadata(job, report, python),
        **files,
        **_module_searches(job, workspace, report["searched"]),
        **_searches_elsewhere(job, workspace, report["searched"], trace or Trace()),
        **elsewhere,
        **variable_facts(job, trace, report["variables"], {*loaded, *named}),
        **volatile_facts(job, trace, sources),
        **gpu_facts(trace),
    }


def restrict_report(job: Job, report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a sandboxed kernel's report that may be looked up outside the sandbox.

    The post may have forged the report. Packages are looked up where this machine has them; other
    files outside the working folder were not visible in the sandbox.
    """
    if not job.options.sandbox:
        return report
    here = find_interpreter(job.notebook.kernel)
    path = list(job.venv.path if job.venv else here.path if here else ())
    folders = tuple(f"{entry}/" for entry in path)
    outside = {p: there for p, there in report["outside"].items() if p.startswith(folders)}
    listed = {p: there for p, there in report["listed"].items() if not p.startswith("/")}
    searched = {
        place: list(map(str, names))
        for place, names in report["searched"].items()
        if not place.startswith("/")
    }
    return {**report, "path": path, "outside": outside, "listed": listed, "searched": searched}


def unobserved(job: Job, workspace: Workspace, trace: Trace | None = None) -> Facts:
    """Return the facts of a run without a probe: the kernel's command, and its trace.

    Without a trace these are the files beside the post that access times show to be read. If a
    Python kernel gives no report, the record must never be reused: NOT_OBSERVED ensures that.
    """
    silent = {f"kernel {PYTHON}": NOT_OBSERVED} if job.notebook.language == "python" else {}
    surroundings = {
        **variable_facts(job, trace, ()),
        **volatile_facts(job, trace, ()),
        **gpu_facts(trace),
    }
    if trace is None:
        found = {**_files(job, workspace, {}), **_folders(workspace, ()), BY_HOOKS: ""}
        return {**_command(job), **silent, **found, **surroundings}
    return {
        **_command(job),
        **silent,
        **surroundings,
        **traced.files(job, workspace, trace),
        **traced.folders(workspace, trace),
        **traced.outside(job, workspace, trace, ()),
        **traced.libraries(trace, ()),
    }


def _command(job: Job) -> Facts:
    kernel = job.notebook.kernel
    return {} if kernel == PYTHON else _current([f"kernel {kernel}"])


def _python(
    job: Job, workspace: Workspace, report: Mapping[str, Any], files: Iterable[str]
) -> Facts:
    """Return the facts about the interpreter and the imported distributions."""
    kernel = job.notebook.kernel
    used = imported(report, map(read_untrusted, _modules(workspace, files)))
    kinds = {True: "package", False: "dependency"}
    return {
        "python" if kernel == PYTHON else f"python {kernel}": report["python"],
        "platform": report["platform"],
        **{f"{kinds[one.named]} {kernel_fact_name(kernel, one.name)}": one.version for one in used},
        **{
            f"source {kernel_fact_name(kernel, one.name)}": sha256(one.files)
            for one in used
            if one.files
        },
    }


def _modules(workspace: Workspace, files: Iterable[str]) -> list[Path]:
    """Return the Python files among the facts of files beside the post."""
    return [workspace.cwd / fact.partition(" ")[2] for fact in files if fact.endswith(".py")]


def _modules_searched(job: Job, report: Mapping[str, Any]) -> Facts:
    """Return the modules that neither the run nor the builder found, and where the others are."""
    here, kernel = _machine(job, report), job.notebook.kernel
    names = {name: f"missing {kernel_fact_name(kernel, name)}" for name in report["missing"]}
    missing = {name: fact for name, fact in names.items() if not here.value(fact)}
    top_levels = (name for name in names if "." not in name)
    found = sorted({*report["found"], *top_levels} - missing.keys())
    origin = f"origin {kernel_fact_name(kernel, ' '.join(found))}"
    origins = [origin] if found and not job.venv else []
    return {**dict.fromkeys(missing.values(), ""), **_current(origins, here)}


def _metadata(job: Job, report: Mapping[str, Any], python: Facts) -> Facts:
    """Return facts for what was looked up among the installed distributions, and for those that
    were changed after they had been installed.
    """
    used = [fact.partition(" ")[2].rpartition("/")[2] for fact in python if _is_package(fact)]
    known = {"*", *map(normal, used)}
    facts = [("dependency", name) for name in report["distributions"] if normal(name) not in known]
    if not job.venv:  # what is in an environment, its lock says
        facts += [("startup", "*"), *_of_installed(report, used)]
    names = ((kind, kernel_fact_name(job.notebook.kernel, name)) for kind, name in facts)
    return _current((f"{kind} {name}" for kind, name in names), _machine(job, report))


def _of_installed(report: Mapping[str, Any], used: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield kind and name of the facts about what else is installed, and what was edited."""
    yield from (("entry-points", group) for group in report["entry_points"])
    if "*" in report["distributions"]:
        yield "installed", "*"
    if used:
        yield "edited", " ".join(used)


def _is_package(fact: str) -> bool:
    return fact.startswith(("package ", "dependency "))


def _machine(job: Job, report: Mapping[str, Any]) -> Machine:
    path = job.venv.path if job.venv else None
    return machine_of(Interpreter(report["python"], path)) if path else Machine()


def _current(facts: Iterable[str], here: Machine | None = None) -> Facts:
    """Return the current values of facts about the machine."""
    here = here or Machine()
    return {fact: here.value(fact) for fact in facts}


def _files(job: Job, workspace: Workspace, asked: Mapping[str, bool]) -> Facts:
    """Return facts for the files and folders beside the post that were read or searched for.

    The value is "" for a path that did not exist. A path that existed when it was first asked for,
    but was not copied, was made by the run and is not a dependency.
    """
    copy = workspace.copy
    excluded = {*job.posts, *job.data, *job.stand_ins}
    names = {*files_touched(copy), *workspace.used}
    names |= {n for n, there in asked.items() if n in copy.files or n in copy.folders or not there}
    names -= {n for n in names if n not in copy.files and any(map(is_spare, n.split("/")))}
    found = (name for name in sorted(names) if not is_excluded(name, excluded))
    return {f"file {name}": traced.file_value(job, workspace, name) for name in found}


def _folders(workspace: Workspace, listed: Iterable[str]) -> Facts:
    copy = workspace.copy
    return {
        f"folder {name}": machine.digest_names(copy.listings[name]) if name in copy.folders else ""
        for name in sorted({*listed, *folders_listed(copy)})
    }


def _module_searches(
    job: Job, workspace: Workspace, searched: Mapping[str, Iterable[str]]
) -> Facts:
    return {
        f"beside {name}": modules_value(modules, _copied_modules(job, workspace, name, modules))
        for name, modules in sorted(searched.items())
        if modules and not name.startswith("/")
    }


def _copied_modules(
    job: Job, workspace: Workspace, folder: str, searched: Iterable[str]
) -> Mapping[str, str]:
    """Return those of some modules that were in a folder of the copy."""

    def listed(module: str) -> Sequence[str]:
        below = os.path.normpath(f"{folder}/{module}")
        if below in copied:
            return copied[below]
        return names_in(job.bundle / below, ()) if job.bundle else ["__init__.py"]

    copied = workspace.copy.folders
    there = machine.find_modules(copied.get(folder, ()))
    return machine.mark_bare(there, searched, listed)


def _searches_elsewhere(
    job: Job, workspace: Workspace, searched: Mapping[str, Iterable[str]], trace: Trace
) -> Facts:
    """Return facts for the modules that were searched for where the code has Python look.

    Those in folders that the run has made are left out, and those that it has written.
    """
    facts: Facts = {}
    for place, modules in sorted(searched.items()):
        fact = _searched_name(job, workspace, place) if place.startswith("/") else ""
        if fact and not _is_made(place, trace):
            there = machine.modules(place)
            files = {name: there.get(name, "").split("/") for name in modules}
            written = {
                n for n in files if any(has_written(trace, f"{place}/{f}") for f in files[n])
            }
            if given := files.keys() - written:
                facts[fact] = modules_value(given, machine.searched_modules(place, there, given))
    return facts


def _is_made(folder: str, trace: Trace) -> bool:
    """True if the run has made a folder or one above it; without a trace, if it is temporary."""
    above = (folder, *map(str, Path(folder).parents))
    return any(has_made(trace, path) for path in above) if trace.paths else _is_temporary(folder)


def _searched_name(job: Job, workspace: Workspace, folder: str) -> str:
    """Return the fact name of a searched folder; in the blog it is relative to the post's.

    "" for one of the run's own folders.
    """
    for top, here in ((workspace.top, workspace.cwd), (job.root, job.bundle)):
        if top and here and f"{folder}/".startswith(f"{top}/"):
            return f"beside {os.path.relpath(folder, here)}"
    is_own = folder.startswith(f"{workspace.base}/")
    return "" if is_own else f"modules {machine.abbreviate_home(folder)}"


def _outside(job: Job, workspace: Workspace, report: Mapping[str, Any]) -> Facts:
    """Return facts about files and listed folders outside the working folder.

    Temporary files that the run made are left out.
    """
    folders = report["listed"].items()
    listed = {f"{path}/": there for path, there in folders if path.startswith("/")}
    unowned = dict.fromkeys(distributions.find_unowned(report["path"], report["modules"]), True)
    facts: Facts = {}
    for path, there in sorted({**report["outside"], **listed, **unowned}.items()):
        if path not in report["young"] or not _is_temporary(path):
            changed = report["young"].get(path, 0)
            facts[_outside_name(path, job.root)] = _outside_value(
                path, there, changed, workspace.started
            )
    return facts


def _outside_value(path: str, there: bool, changed: int, started: int) -> str:
    """Return what the run saw at a path, or CHANGED_WHILE_RUNNING if that is no longer known.

    `changed` is the status change time, in ns, if it changed after the run began and before the run
    first asked for the path; else 0.
    """
    if not there:
        return ""
    try:
        status = Path(path).stat()
    except OSError:
        return CHANGED_WHILE_RUNNING
    same = status.st_ctime_ns == changed or max(status.st_mtime_ns, status.st_ctime_ns) <= started
    return machine.hash_place(path) if same else CHANGED_WHILE_RUNNING


def _outside_name(path: str, root: Path | None) -> str:
    """Return the fact name of a path, independent of where the blog and the home folder are."""
    real = os.path.realpath(path) + ("/" if path.endswith("/") else "")
    home = f"{root.resolve()}/" if root else "\0"
    if real.startswith(home):
        return f"site {real[len(home) :]}"
    return f"outside {machine.abbreviate_home(real)}"


def _is_temporary(path: str) -> bool:
    return os.path.realpath(path).startswith(temporary_folder() + os.sep)
