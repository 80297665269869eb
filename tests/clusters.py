"""A Dask scheduler and its workers, as separate processes on the loopback interface."""

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
"""Time limit for every wait."""


@dataclass
class Dask:
    """A scheduler and its workers, each in its own folder; an environment variable marks them."""

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
        """Start one of Dask's commands."""
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
        """Start the scheduler; return its address."""
        file = self.folder / "scheduler.json"
        self.start("scheduler", "--port", "0", "--scheduler-file", str(file))
        wait_for(lambda: file.exists() and file.read_text().endswith("}"))
        self.address = json.loads(file.read_text())["address"]
        return self.address

    def work(
        self, *options: str, variables: Mapping[str, str] | None = None, before: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a worker with a single thread."""
        arguments = ("worker", self.address, "--nthreads", "1", *options)
        return self.start(*arguments, variables=variables, before=before)

    def ready(self) -> None:
        """Wait until the scheduler knows all workers."""
        for number in range(1, len(self.processes)):
            log = self.folder / f"{number}.log"
            wait_for(lambda log=log: b"Registered to" in log.read_bytes())

    def started(self, script: str) -> list[int]:
        """Return the marked processes whose command line contains a script or module."""
        return [pid for pid in marked(self.mark) if script in command_line(pid)]

    def end(self) -> None:
        """Kill all processes."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for pid in marked(self.mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def new_dask() -> Dask:
    """Return a cluster in a folder with a short path: sockets of kernels are below it."""
    return Dask(Path(tempfile.mkdtemp(prefix="d-", dir="/tmp")))


def wait_for(condition: Callable[[], Any]) -> None:
    """Wait until the condition is true."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def marked(mark: str) -> list[int]:
    """Return all processes with a word in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def command_line(pid: int) -> str:
    """Return the command line of a process; "" if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def kernels(dask: Dask) -> list[int]:
    """Return the workers' processes that belong to a run, the run's own process first."""
    return [
        *dask.started("worker_process"),
        *dask.started("forkserver"),
        *dask.started("supervisor"),
    ]


def parent(pid: int) -> int:
    """Return the parent of a process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
