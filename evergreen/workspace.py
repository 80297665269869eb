"""The folder that a post runs in: a copy of what stands beside it, and its declared data.

What the code writes stays there and goes with it.
"""

from __future__ import annotations

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


@contextmanager
def run_folder(job: Job) -> Iterator[tuple[Path, Path]]:
    """A new folder, and in it the post's working directory, filled; both are gone at the end.

    Raises EvergreenError when a stand-in does not write its files.
    """
    folder = Path(tempfile.mkdtemp(prefix="evergreen-"))
    try:
        cwd = folder / "run"
        _copy_bundle(job, cwd)
        for name, source in job.data.items():
            (cwd / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, cwd / name)
        _make_stand_ins(job, cwd)
        yield folder, cwd
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_bundle(job: Job, cwd: Path) -> None:
    bundle = job.bundle
    if bundle is None or not bundle.is_dir():
        cwd.mkdir()
        return

    def posts(folder: str, names: list[str]) -> list[str]:
        here = Path(folder).relative_to(bundle)
        return [n for n in names if (here / n).as_posix() in job.posts or n == "__pycache__"]

    shutil.copytree(bundle, cwd, ignore=posts)


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
