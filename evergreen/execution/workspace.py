"""The folder that a post runs in: a copy of what stands beside it, and its declared data.

What the code writes stays there and goes with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from evergreen.errors import EvergreenError, fault
from evergreen.execution.environments.venv import Venv
from evergreen.execution.kernels import sandbox
from evergreen.execution.kernels.sandbox import Sandbox
from evergreen.model import ExecuteOptions, Notebook
from evergreen.records.bundle import BundleCopy, copy_bundle, files_touched, set_back


@dataclass(frozen=True, slots=True)
class Job:
    """All that a run needs: values and paths, so that it can be handed to a worker."""

    path: str
    """The post's, for messages."""
    notebook: Notebook
    options: ExecuteOptions
    bundle: Path | None = None
    """The folder whose content stands beside the post."""
    posts: frozenset[str] = frozenset()
    """Names in the bundle, relative to it, that belong to posts and stay out."""
    data: Mapping[str, Path] = field(default_factory=dict)
    """Declared files: name in the run's folder → where they are."""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """Declared files that nobody could fetch: name → the script that makes a substitute."""
    preload: tuple[str, ...] = ()
    """Packages that the kernel's parent may import ahead."""
    root: Path | None = None
    """The blog's folder: files in it are known by their names there."""
    venv: Venv | None = None
    """The environment that a Python post runs in; None: the engine's own."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of one run."""

    base: Path
    """The builder's own: nothing that runs may write right in it. The other two are below it."""
    folder: Path
    """For what the kernel needs: sockets, logs. What stands there, the post may have made."""
    cwd: Path
    """The post's working directory."""
    copy: BundleCopy
    """What of it stands beside the post; declared data is no part of it."""
    used: tuple[str, ...] = ()
    """Files of the copy that the stand-ins' scripts read."""
    started: int = 0
    """When all was ready, ns, by the clock that stamps files."""


def make_box(job: Job, *folders: Path) -> Sandbox:
    """What a job's processes may touch: some folders, and its environment."""
    shown = (str(job.venv.folder), *job.venv.over) if job.venv else ()
    return Sandbox(folders, shown, sandbox.PROCESSES, sandbox.DISK)


def memory_limit(options: ExecuteOptions) -> int:
    """The bytes that a post's processes may take together."""
    if options.memory:
        return int(min(options.memory, 2.0**30) * 2**30)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4


@contextmanager
def open_workspace(job: Job) -> Iterator[Workspace]:
    """A new folder for a run, filled; it is gone at the end.

    Raises EvergreenError when a stand-in does not write its files.
    """
    base = Path(tempfile.mkdtemp(prefix="evergreen-"))
    try:
        folder, cwd = base / "kernel", base / "run"
        folder.mkdir()
        cwd.mkdir()
        left_out = {*job.posts, *job.data, *job.stand_ins}
        inside = job.root if job.options.sandbox else None
        copy = copy_bundle(job.bundle or cwd, left_out, cwd, inside)
        used = _put_data(job, copy)
        yield Workspace(base, folder, cwd, copy, used, _now(base))
    finally:
        remove(base)


def remove(folder: Path) -> None:
    """Remove a folder, however deep a post has made it."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        subprocess.run(["rm", "-rf", "--", str(folder)], check=False)


def _put_data(job: Job, copy: BundleCopy) -> tuple[str, ...]:
    """Put the declared files into the folder; what was read of it to make stand-ins."""
    for name, source in job.data.items():
        (copy.folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy.folder / name)
    if not job.stand_ins:
        return ()
    _make_stand_ins(job, copy.folder)
    used = tuple(files_touched(copy))
    set_back(copy)
    return used


def _now(folder: Path) -> int:
    trial = folder / "started"
    trial.touch()
    return trial.stat().st_mtime_ns


def _make_stand_ins(job: Job, cwd: Path) -> None:
    """Each script once, with the names of the files that it has to write."""
    for script in sorted(set(job.stand_ins.values())):
        names = [name for name, made_by in job.stand_ins.items() if made_by == script]
        for name in names:
            (cwd / name).parent.mkdir(parents=True, exist_ok=True)
        message = _run_script(job, cwd, script, names)
        missing = [name for name in names if not (cwd / name).is_file()]
        if message or missing:
            raise _stand_in_fault(job.path, script, message or f"wrote no {', '.join(missing)}")


def _run_script(job: Job, cwd: Path, script: str, arguments: list[str]) -> str:
    """Run a Python file; "" when it ended well, else why not."""
    timeout = job.options.timeout
    command = [str(job.venv.python) if job.venv else sys.executable, script, *arguments]
    if job.options.sandbox:
        from evergreen.execution.kernels.sandboxed_program import (
            run_sandboxed,  # Jupyter, which few posts need so early
        )

        shut, log = make_box(job, cwd), cwd.parent / "stand-ins.log"
        return run_sandboxed(shut, command, cwd, log, memory_limit(job.options), timeout)
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"took longer than {timeout:g} s"
    return (done.stderr.strip().splitlines() or ["failed"])[-1] if done.returncode else ""


def _stand_in_fault(path: str, script: str, message: str) -> EvergreenError:
    advice = "it gets the names of the files to write as arguments"
    return fault(path, f"the stand-in {script}: {message}", advice, line=1)
