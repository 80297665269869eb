"""A Dask scheduler and its workers, as processes of their own on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DASK = str(Path(sys.executable).with_name("dask"))
SECONDS = 60
"""How long anything is waited for."""


@dataclass
class Dask:
    """A scheduler and its workers, each in its own folder; all have a mark to be found by."""

    folder: Path
    address: str = ""
    options: tuple[str, ...] = ("--host", "127.0.0.1", "--no-dashboard")
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> subprocess.Popen[bytes]:
        """One of Dask's own commands."""
        number = str(len(self.processes))
        folder = self.folder / number
        (folder / "tmp").mkdir(parents=True)
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        own = {"TMPDIR": str(folder / "tmp"), "WORKER": number, "MARK": self.mark}
        with (self.folder / f"{number}.log").open("wb") as log:
            process = subprocess.Popen(
                [*before, DASK, *arguments, *self.options],
                cwd=folder,
                env={**kept, **own, **(variables or {})},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def schedule(self) -> str:
        """Start the scheduler; its address."""
        file = self.folder / "scheduler.json"
        self.start("scheduler", "--port", "0", "--scheduler-file", str(file))
        wait_for(lambda: file.exists() and file.read_text().endswith("}"))
        self.address = json.loads(file.read_text())["address"]
        return self.address

    def work(
        self, *options: str, variables: Mapping[str, str] | None = None, before: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a worker that takes one post at a time."""
        arguments = ("worker", self.address, "--nthreads", "1", *options)
        return self.start(*arguments, variables=variables, before=before)

    def ready(self) -> None:
        """Wait until the scheduler knows all workers."""
        for number in range(1, len(self.processes)):
            log = self.folder / f"{number}.log"
            wait_for(lambda log=log: b"Registered to" in log.read_bytes())

    def started(self, script: str) -> list[int]:
        """The processes with our mark whose command line names a script or module."""
        return [pid for pid in marked(self.mark) if script in command_line(pid)]

    def end(self) -> None:
        """Kill everything."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for pid in marked(self.mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def new_dask() -> Dask:
    """In a folder whose path is short: a kernel's sockets lie below."""
    return Dask(Path(tempfile.mkdtemp(prefix="d-", dir="/tmp")))


def wait_for(condition: Callable[[], Any]) -> None:
    """Until it is so."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def marked(mark: str) -> list[int]:
    """All processes that have a word in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def command_line(pid: int) -> str:
    """What a process was started as; "" where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def kernels(dask: Dask) -> list[int]:
    """The workers' processes that belong to a run, the run's own first."""
    return [*dask.started("runner"), *dask.started("forkserver"), *dask.started("supervisor")]


def parent(pid: int) -> int:
    """The process that started another."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
