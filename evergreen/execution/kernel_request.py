"""The kernel that a job needs: its environment variables, its limits, its sandbox."""

from __future__ import annotations

import shutil
from pathlib import Path

from evergreen.execution.in_kernel.system import system_folders
from evergreen.execution.job import Job
from evergreen.execution.kernels.manager import KernelRequest
from evergreen.execution.kernels.sandbox import Sandbox
from evergreen.execution.memory_limit import memory_limit
from evergreen.execution.trace import is_tracer_wanted
from evergreen.execution.workspace import Workspace, make_sandbox
from evergreen.model import ExecuteOptions
from evergreen.regex import regex

THREADS = 2
"""Threads of numerical libraries in a seeded run: the results depend on their number."""

_ENVIRONMENT = regex(r"environ|putenv|%(?:set_)?env|dotenv")


def make_kernel_request(job: Job, workspace: Workspace) -> KernelRequest:
    """Return the request for the kernel of a job's notebook, to run in a workspace."""
    return KernelRequest(
        name=job.notebook.kernel,
        removed=workspace.base,
        sandbox=_sandbox(job, workspace) if job.options.sandbox else None,
        folder=workspace.folder,
        cwd=workspace.cwd,
        python=str(job.venv.python) if job.venv else "",
        environment=environment(job),
        preload=_preload(job),
        memory=memory_limit(job.options),
        system=_system(job, workspace),
        placeholders={str(workspace.cwd / n): s for n, s in workspace.copy.placeholders.items()},
    )


def _system(job: Job, workspace: Workspace) -> tuple[str, ...]:
    """Return the system's paths for a kernel of another language than Python."""
    if job.notebook.language == "python" or not is_tracer_wanted():
        return ()
    return system_folders(str(workspace.folder))


def _sandbox(job: Job, workspace: Workspace) -> Sandbox:
    """Return the kernel's sandbox; a copy of Matplotlib's font cache saves it a second."""
    known = Path("~/.cache/matplotlib").expanduser()
    for file in known.glob("fontlist-*.json"):
        place = workspace.folder / ".cache" / "matplotlib" / file.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    return make_sandbox(job, workspace.folder, workspace.cwd)


def _preload(job: Job) -> tuple[str, ...]:
    """Return the packages to import ahead: none if the code sets environment variables itself."""
    sets = any(_ENVIRONMENT.search(step.source) for step in job.notebook.steps)
    return () if sets else job.preload


def environment(job: Job) -> dict[str, str]:
    if job.venv is None:
        return _variables(job.options)
    own = {**_variables(job.options), **job.venv.variables}
    sandboxed = {"PATH": f"{job.venv.folder}/bin:/usr/local/bin:/usr/bin:/bin"}
    return {**own, **sandboxed} if job.options.sandbox else own


def _variables(options: ExecuteOptions) -> dict[str, str]:
    """Return the environment variables that a seed fixes.

    SOURCE_DATE_EPOCH is the start of 1980, the earliest time that all file formats can store.
    """
    if options.seed is None:
        return {}
    fixed = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    hash_seed = str(options.seed % 2**32)
    times = {"PYTHONHASHSEED": hash_seed, "SOURCE_DATE_EPOCH": "315532800"}
    return {**dict.fromkeys(fixed, str(THREADS)), **times}
