"""The folder that a post runs in: a copy of what stands beside it, and its declared data.

What the code writes stays there and goes with it. The copies' access times are set back, so that
afterwards they tell what was read, whoever read it: Python, a C++ library, a child process.
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
from evergreen.model import ExecuteOptions, Notebook


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
    """Names in the bundle, relative to it, that are posts themselves and stay out."""
    data: Mapping[str, Path] = field(default_factory=dict)
    """Declared files: name in the run's folder → where they are."""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """Declared files that nobody could fetch: name → the script that makes a substitute."""
    preload: tuple[str, ...] = ()
    """Packages that the kernel's parent may import ahead."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of one run."""

    folder: Path
    """For what the run itself needs: sockets, logs."""
    cwd: Path
    """The post's working directory, in it."""
    offered: Mapping[str, tuple[int, int]]
    """Name of each copied file of the bundle → its size and modification time, ns."""


@contextmanager
def open_workspace(job: Job) -> Iterator[Workspace]:
    """A new folder for a run, filled; it is gone at the end.

    Raises EvergreenError when the bundle cannot be read or a stand-in does not write its files.
    """
    folder = Path(tempfile.mkdtemp(prefix="evergreen-"))
    try:
        cwd = folder / "run"
        _copy_bundle(job, cwd)
        offered = _set_back(cwd)
        for name, source in job.data.items():
            (cwd / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, cwd / name)
        _make_stand_ins(job, cwd)
        _set_back(cwd)
        yield Workspace(folder, cwd, offered)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def files_read(workspace: Workspace) -> list[str]:
    """Names of the bundle's files that the run has read, changed or removed, sorted.

    Where the filesystem keeps no access times, all that were offered.
    """
    if not keeps_access_times(workspace.folder):
        return sorted(workspace.offered)
    return sorted(name for name in workspace.offered if _was_touched(workspace, name))


def folders_read(workspace: Workspace) -> list[str]:
    """Folders of the bundle whose listing was read by somebody, sorted; not the top one.

    The import system lists the top folder, and the folders of packages, in every run.
    """
    folders = {name.rpartition("/")[0] for name in workspace.offered} - {""}
    return sorted(name for name in folders if _read_since(workspace.cwd / name))


def is_changed(workspace: Workspace, name: str) -> bool:
    """Whether the run has changed or removed its copy of a file."""
    try:
        status = (workspace.cwd / name).stat()
    except OSError:
        return True
    return (status.st_size, status.st_mtime_ns) != workspace.offered[name]


def keeps_access_times(folder: Path) -> bool:
    """Whether reading a file shows in its access time here."""
    trial = folder / "access-time"
    trial.write_bytes(b"-")
    os.utime(trial, (0, 1))
    trial.read_bytes()
    return _read_since(trial)


def _copy_bundle(job: Job, cwd: Path) -> None:
    bundle = job.bundle
    if bundle is None or not bundle.is_dir():
        cwd.mkdir()
        return

    def posts(folder: str, names: list[str]) -> list[str]:
        here = Path(folder).relative_to(bundle)
        return [n for n in names if (here / n).as_posix() in job.posts or n == "__pycache__"]

    try:
        shutil.copytree(bundle, cwd, ignore=posts)
    except (shutil.Error, OSError) as error:
        why = error.args[0][0][2] if isinstance(error, shutil.Error) else error
        raise fault(job.path, f"what stands beside the post: {why}", "mend it", line=1) from None


def _set_back(cwd: Path) -> dict[str, tuple[int, int]]:
    """Give every file and folder the access time 0; sizes and modification times of the files."""
    stamps: dict[str, tuple[int, int]] = {}
    for root, folders, files in os.walk(cwd):
        for name in (*folders, *files):
            path = Path(root, name)
            status = path.lstat()
            if not path.is_symlink():
                os.utime(path, ns=(0, status.st_mtime_ns))
            if name in files:
                stamps[path.relative_to(cwd).as_posix()] = (status.st_size, status.st_mtime_ns)
    return stamps


def _was_touched(workspace: Workspace, name: str) -> bool:
    return is_changed(workspace, name) or _read_since(workspace.cwd / name)


def _read_since(path: Path) -> bool:
    try:
        return path.lstat().st_atime_ns != 0
    except OSError:
        return True


def _make_stand_ins(job: Job, cwd: Path) -> None:
    """Each script once, with the names of the files that it has to write."""
    for script in sorted(set(job.stand_ins.values())):
        names = [name for name, made_by in job.stand_ins.items() if made_by == script]
        for name in names:
            (cwd / name).parent.mkdir(parents=True, exist_ok=True)
        message = _run_script(cwd, script, names, job.options.timeout)
        missing = [name for name in names if not (cwd / name).is_file()]
        if message or missing:
            raise _stand_in_fault(job.path, script, message or f"wrote no {', '.join(missing)}")


def _run_script(cwd: Path, script: str, arguments: list[str], timeout: float) -> str:
    """Run a Python file; "" when it ended well, else why not."""
    command = [sys.executable, script, *arguments]
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"took longer than {timeout:g} s"
    return (done.stderr.strip().splitlines() or ["failed"])[-1] if done.returncode else ""


def _stand_in_fault(path: str, script: str, message: str) -> EvergreenError:
    advice = "it gets the names of the files to write as arguments"
    return fault(path, f"the stand-in {script}: {message}", advice, line=1)
