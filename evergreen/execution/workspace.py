"""The working folder of a run: a copy of the files beside the post, and its declared data.

What the code writes stays in this folder and is removed with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.errors import EvergreenError, fault
from evergreen.execution.bundle_copy import (
    BundleCopy,
    copy_bundle,
    files_touched,
    reset_access_times,
)
from evergreen.execution.job import Job
from evergreen.execution.kernels import sandbox
from evergreen.execution.kernels.sandbox import Sandbox
from evergreen.execution.memory_limit import memory_limit
from evergreen.execution.scratch import LONGEST_SOCKET, scratch_folder
from evergreen.execution.trace import is_tracer_wanted
from evergreen.model import Notebook

OUTPUT = "_site"
"""The published site, which no post reads."""
MANY = 300
"""Names in a folder from which only those are linked that the code mentions."""
ROOM = len("/kernel/k-1")
"""Bytes that the name of a kernel's socket needs below the scratch folder."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one run."""

    base: Path
    """The builder's folder with the other two in it; a post cannot write directly in it."""
    folder: Path
    """For the kernel's sockets and logs. The post may have written anything in it."""
    top: Path
    """Stands for the blog's folder: what is beside the folders above the post is linked in it."""
    cwd: Path
    """The post's working directory: `top`, or as far below it as its folder is below the blog's."""
    copy: BundleCopy
    """The copy of the files beside the post, without declared data."""
    used: tuple[str, ...] = ()
    """Files of the copy that the stand-in scripts read."""
    started: int = 0
    """The time when everything was ready, in ns, by the filesystem's clock."""

    @property
    def above(self) -> tuple[Path, ...]:
        """Return the folder that stands for the blog's, if the working directory is below it."""
        return (self.top,) if self.top != self.cwd else ()


def make_sandbox(job: Job, *folders: Path) -> Sandbox:
    """Return the sandbox of a job's processes: the given folders, and its environment."""
    shown = (str(job.venv.folder), *job.venv.over) if job.venv else ()
    return Sandbox(folders, shown, sandbox.PROCESSES, sandbox.DISK)


@contextmanager
def open_workspace(
    job: Job, is_cancelled: Callable[[], bool] = lambda: False
) -> Iterator[Workspace]:
    """Make and fill the folder of a run; it is removed at the end of the block.

    Raises EvergreenError if a stand-in script does not write its files, OSError where there is no
    room, and CopyCancelled.
    """
    with ExitStack() as opened:
        base = opened.enter_context(scratch_folder())
        if job.perturbed:  # the folder of all temporary files lists others at its ends
            for first in "0z":
                opened.enter_context(scratch_folder(first=first))
        folder, top = base / "kernel", base / "run"
        if len(os.fsencode(folder)) + ROOM > LONGEST_SOCKET:
            folder = opened.enter_context(scratch_folder(ROOM)) / "kernel"
        folder.mkdir()
        cwd = make_directory(job, top)
        excluded = {*job.posts, *job.data, *job.stand_ins}
        inside = job.root if job.options.sandbox else None
        defers = is_tracer_wanted() and not job.options.sandbox and not job.stand_ins
        copy = copy_bundle(job.bundle or cwd, excluded, cwd, inside, is_cancelled, defers)
        used = _put_data(job, copy)
        yield Workspace(base, folder, top, cwd, copy, used, _filesystem_time(base))


def make_directory(job: Job, top: Path) -> Path:
    """Make the working directory, and links to what is above it in the blog: `../data/x.csv` is
    found as it is when the code runs in the blog's folder.

    In a sandbox nothing outside the post's own folder may be seen.
    """
    top.mkdir()
    here, real, bundle = top, job.root, job.bundle
    if not (real and bundle and bundle.is_relative_to(real) and bundle.is_dir()):
        return top
    if job.options.sandbox:
        return top
    for part in bundle.relative_to(real).parts:
        for name in _linked(real, part, job.notebook):
            (here / name).symlink_to(real / name)
        here, real = here / part, real / part
        here.mkdir()
    return here


def _linked(folder: Path, part: str, notebook: Notebook) -> list[str]:
    """Return the names in a folder, except hidden ones and `part`; of many, those in the code."""
    found = os.listdir(folder)
    names = [name for name in found if name not in (part, OUTPUT) and name[0] != "."]
    if len(names) > MANY:
        code = "\n".join(step.source for step in notebook.steps)
        names = [name for name in names if name in code]
    return names


def _put_data(job: Job, copy: BundleCopy) -> tuple[str, ...]:
    """Copy the declared files into the folder; return the files that the stand-in scripts read."""
    for name, source in job.data.items():
        (copy.folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy.folder / name)
    if not job.stand_ins:
        return ()
    _make_stand_ins(job, copy.folder)
    used = tuple(files_touched(copy))
    reset_access_times(copy)
    return used


def _filesystem_time(folder: Path) -> int:
    trial = folder / "started"
    trial.touch()
    return trial.stat().st_mtime_ns


def _make_stand_ins(job: Job, cwd: Path) -> None:
    """Run each stand-in script once, with the names of the files that it must write."""
    for script in sorted(set(job.stand_ins.values())):
        names = [name for name, made_by in job.stand_ins.items() if made_by == script]
        for name in names:
            (cwd / name).parent.mkdir(parents=True, exist_ok=True)
        message = _run_script(job, cwd, script, names)
        missing = [name for name in names if not (cwd / name).is_file()]
        if message or missing:
            raise _stand_in_fault(job.path, script, message or f"{', '.join(missing)} not written")


def _run_script(job: Job, cwd: Path, script: str, arguments: list[str]) -> str:
    """Run a Python file; return "" on success, else the reason in one line."""
    timeout = job.options.timeout
    command = [str(job.venv.python) if job.venv else sys.executable, script, *arguments]
    if job.options.sandbox:
        from evergreen.execution.kernels.sandboxed_program import (
            run_sandboxed,  # imports Jupyter, which few posts need so early
        )

        isolation, log = make_sandbox(job, cwd), cwd.parent / "stand-ins.log"
        return run_sandboxed(isolation, command, cwd, log, memory_limit(job.options), timeout)
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"took longer than {timeout:g} s"
    return (done.stderr.strip().splitlines() or ["failed"])[-1] if done.returncode else ""


def _stand_in_fault(path: str, script: str, message: str) -> EvergreenError:
    advice = "it gets the names of the files to write as arguments"
    return fault(path, f"the stand-in {script}: {message}", advice, line=1)
