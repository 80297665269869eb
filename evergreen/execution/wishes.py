"""The kernel that a job asks for."""

from __future__ import annotations

import os
import re

from evergreen.execution.workspace import Job, Workspace
from evergreen.kernels.manager import Wish
from evergreen.model import ExecuteOptions

THREADS = 2
"""Of numerical libraries in a seeded run: results differ with their number."""

_ENVIRONMENT = re.compile(r"environ|putenv|%(?:set_)?env|dotenv")


def make_wish(job: Job, workspace: Workspace) -> Wish:
    """The kernel of a job's notebook, to run in a workspace."""
    return Wish(
        name=job.notebook.kernel,
        folder=workspace.folder,
        cwd=workspace.cwd,
        python=str(job.venv.python) if job.venv else "",
        environment={**_variables(job.options), **(job.venv.variables if job.venv else {})},
        preload=_preload(job),
        memory=memory_limit(job.options),
    )


def memory_limit(options: ExecuteOptions) -> int:
    """The bytes that a post's processes may take together."""
    if options.memory:
        return int(options.memory * 2**30)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4


def _preload(job: Job) -> tuple[str, ...]:
    """What may be imported ahead: nothing where the code sets variables for what it imports."""
    sets = any(_ENVIRONMENT.search(step.source) for step in job.notebook.steps)
    return () if sets else job.preload


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
