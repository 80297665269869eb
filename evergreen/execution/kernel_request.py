"""The kernel that a job asks for."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from evergreen.execution.kernels.manager import KernelRequest
from evergreen.execution.kernels.sandbox import Sandbox
from evergreen.execution.workspace import Job, Workspace, make_box, memory_limit
from evergreen.model import ExecuteOptions

THREADS = 2
"""Of numerical libraries in a seeded run: results differ with their number."""

_ENVIRONMENT = re.compile(r"environ|putenv|%(?:set_)?env|dotenv")


def make_wish(job: Job, workspace: Workspace) -> KernelRequest:
    """The kernel of a job's notebook, to run in a workspace."""
    return KernelRequest(
        name=job.notebook.kernel,
        removed=workspace.base,
        sandbox=_box(job, workspace) if job.options.sandbox else None,
        folder=workspace.folder,
        cwd=workspace.cwd,
        python=str(job.venv.python) if job.venv else "",
        environment=_environment(job),
        preload=_preload(job),
        memory=memory_limit(job.options),
    )


def _box(job: Job, workspace: Workspace) -> Sandbox:
    """What is let into the kernel's box; what Matplotlib knows of fonts saves it a second."""
    known = Path("~/.cache/matplotlib").expanduser()
    for file in known.glob("fontlist-*.json"):
        place = workspace.folder / ".cache" / "matplotlib" / file.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    return make_box(job, workspace.folder, workspace.cwd)


def _preload(job: Job) -> tuple[str, ...]:
    """What may be imported ahead: nothing where the code sets variables for what it imports."""
    sets = any(_ENVIRONMENT.search(step.source) for step in job.notebook.steps)
    return () if sets else job.preload


def _environment(job: Job) -> dict[str, str]:
    if job.venv is None:
        return _variables(job.options)
    own = {**_variables(job.options), **job.venv.variables}
    sandboxed = {"PATH": f"{job.venv.folder}/bin:/usr/local/bin:/usr/bin:/bin"}
    return {**own, **sandboxed} if job.options.sandbox else own


def _variables(options: ExecuteOptions) -> dict[str, str]:
    """What a seed fixes in the kernel's environment.

    SOURCE_DATE_EPOCH is the start of 1980, the first time that all file formats can hold.
    """
    if options.seed is None:
        return {}
    fixed = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    hash_seed = str(options.seed % 2**32)
    times = {"PYTHONHASHSEED": hash_seed, "SOURCE_DATE_EPOCH": "315532800"}
    return {**dict.fromkeys(fixed, str(THREADS)), **times}
