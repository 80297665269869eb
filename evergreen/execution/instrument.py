"""Load the engine's modules into a kernel before the first step; read the probe's report after the
last one.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evergreen.execution import widgets
from evergreen.execution.in_kernel import (
    c_clock,
    capture,
    clock,
    figures,
    loading,
    probe,
    seeding,
    system,
    variables,
)
from evergreen.execution.job import Job
from evergreen.execution.kernels import seccomp
from evergreen.execution.kernels.uses import SOCKET
from evergreen.execution.trace import is_tracer_wanted
from evergreen.execution.workspace import Workspace
from evergreen.model import Environment, Notebook
from evergreen.paths import read_untrusted
from evergreen.records.imports import imported, top_levels

if TYPE_CHECKING:
    from evergreen.execution.client import CellRunner

_IN_KERNEL = (
    *(c_clock, capture, clock, figures, loading),
    *(probe, seccomp, seeding, system, variables),
)
_FOR_NOISE = ("perturb", "machine_state")
"""Sent for further runs of a check."""
_FOR_CHECKPOINTS = ("fingerprint", "values", "global_state", "checkpoint")
"""Sent to posts with checkpoints, in this order: a module finds those before it."""
_HERE = Path(probe.__file__).parent
_SCHEMA: Mapping[str, tuple[type, type | None]] = {
    **dict.fromkeys(("python", "platform"), (str, None)),
    **dict.fromkeys(("path", "missing"), (list, None)),
    **dict.fromkeys(("modules", "before"), (dict, str)),
    **dict.fromkeys(("asked", "outside", "listed"), (dict, bool)),
    "young": (dict, int),
    "searched": (dict, list),
    "listings": (dict, int),
    **dict.fromkeys(("variables", "found"), (list, None)),
    **dict.fromkeys(("distributions", "entry_points"), (list, None)),
    **dict.fromkeys(("loaded", "preloaded"), (dict, list)),
}
"""Schema of the report (see `probe.end`): the type of each entry and of its values."""
_BEGIN = """
import sys, types
for name, source in sources.items():
    module = sys.modules[name] = types.ModuleType(name)
    exec(source, vars(module))
sys.modules["_capture"].begin(folder, limit)
sys.modules["_figures"].begin()
if perturbed:
    sys.modules["_perturb"].begin(perturbed)
    sys.modules["_machine_state"].begin(programs)
if clock:
    sys.modules["_clock"].begin(clock, programs)
    sys.modules["_c_clock"].begin()
if seed is not None:
    sys.modules["_seeding"].begin(seed)
system = sys.modules["_system"].system_folders(folder)
traced = trace and sys.modules["_seccomp"].start(trace, system)
if traced:
    sys.modules["_loading"].begin(sys.modules["_seccomp"].UNSEEN)
sys.modules["_probe"].begin(cwd, system, bool(traced))
sys.modules["_variables"].begin(system)
if base:
    sys.modules["_checkpoint"].begin(base, cwd)
"""
_REPORT = """
import sys
sys.modules["_probe"].end(path)
"""
_END = f"{_REPORT}sys.modules['_capture'].end()\n"


def begin(client: CellRunner, workspace: Workspace, job: Job) -> None:
    """Start capture, seeding and the probe in the kernel. Raises RuntimeError where that fails."""
    checkpoints = job.checkpoints is not None
    client.run_internal(
        _code(
            _BEGIN,
            sources=_sources(_FOR_NOISE * job.perturbed + _FOR_CHECKPOINTS * checkpoints),
            folder=str(workspace.folder),
            cwd=str(workspace.cwd),
            trace=str(workspace.folder / SOCKET) if is_tracer_wanted() else "",
            limit=job.options.max_output,
            seed=job.options.seed,
            perturbed=str(workspace.folder / "temporary") if job.perturbed else "",
            clock=job.clock,
            programs=str(workspace.folder / "programs"),
            base=str(workspace.base) if checkpoints else "",
        )
    )


def end(client: CellRunner, workspace: Workspace, notebook: Notebook) -> Mapping[str, Any] | None:
    """Return the probe's report (see `probe.end`); None if the kernel cannot give one any more.

    Two entries are added: `named`, the modules that the code imports by name, and `widgets`, the
    state of the widgets that it made. Raises KernelDied.
    """
    return _read_report(client, workspace, notebook, _END)


def report_so_far(
    client: CellRunner, workspace: Workspace, notebook: Notebook
) -> Mapping[str, Any] | None:
    """Return the same while the run goes on; `notebook` has the cells that have run."""
    return _read_report(client, workspace, notebook, _REPORT)


def run_in_kernel(client: CellRunner, code: str, timeout: float = 30.0, **values: Any) -> None:
    """Run the engine's own code with these values, for `timeout` seconds at most.

    Raises RuntimeError where it fails or the kernel does not answer, TimeoutError, KernelDied.
    """
    client.run_internal(_code(code, **values), timeout, timeout)


def _read_report(
    client: CellRunner, workspace: Workspace, notebook: Notebook, code: str
) -> Mapping[str, Any] | None:
    path = workspace.folder / "report.json"
    states = _widgets(client, workspace)
    try:
        client.run_internal(_code(code, path=str(path)))
        report = json.loads(read_untrusted(path))
    except (RuntimeError, TimeoutError, OSError, ValueError):  # RecursionError is a RuntimeError
        return None
    if not _is_report(report):
        return None
    named = sorted(top_levels(step.source for step in notebook.steps))
    return {**report, "named": named, "widgets": states}


def _widgets(client: CellRunner, workspace: Workspace) -> dict[str, Any]:
    path = workspace.folder / "widgets.json"
    try:
        client.run_internal(_code(widgets.WRITE_STATE, path=str(path)))
        return widgets.read_state(path.read_text("utf-8"))
    except (RuntimeError, TimeoutError, OSError, ValueError):
        return {}


def _is_report(report: Any) -> bool:
    """True if the value has the schema of a report: the post's code may have written the file."""
    if not isinstance(report, dict) or not report.keys() >= _SCHEMA.keys():
        return False
    given: Iterator[tuple[Any, Any, Any]] = (
        (report[name], *form) for name, form in _SCHEMA.items()
    )
    return all(
        isinstance(value, kind)
        and all(isinstance(name, str) and "\0" not in name for name in value)
        and (not inner or all(isinstance(each, inner) for each in value.values()))
        for value, kind, inner in given
    )


def environment(report: Mapping[str, Any] | None) -> Environment:
    """Return what the page shows of a report: the versions of the packages that the code names."""
    if report is None:
        return Environment()
    packages = tuple((p.name, p.version) for p in imported(report) if p.named)
    return Environment(report["python"], report["platform"], packages)


@functools.cache
def _sources(more: tuple[str, ...]) -> dict[str, str]:
    """Return the source of each module that is loaded into a kernel, by its name there."""
    files = {f"_{each.__name__.rpartition('.')[2]}": each.__file__ for each in _IN_KERNEL}
    found = {name: Path(file or "") for name, file in files.items()}
    found |= {f"_{name}": Path(_HERE, f"{name}.py") for name in more}
    return {name: file.read_text("utf-8") for name, file in found.items()}


def _code(code: str, **values: Any) -> str:
    """Return code that runs `code` with these values and leaves no name in the namespace."""
    return f"exec({code!r}, {values!r})"
