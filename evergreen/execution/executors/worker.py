"""Dask worker plugin, pickled by value: holds the engine's files and runs payloads with them.

This module imports only the standard library and Dask. The engine is never imported into the
worker's own process, because the next build may send another version: runs have processes of their
own on the unpacked files. A process runs one payload after the other, for one build: what it has
looked up, such as installed packages, holds that long. A run ends when its task is released
(cancelled, or its client is gone), and when the worker ends for any reason.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin

START = """\
import sys
sys.path.insert(0, sys.argv.pop(1))
from evergreen.execution.executors.worker_process import main
main()
"""
SETTING = "setting"
"""Name of the payload's file that is equal where one process can run several payloads."""
END_SECONDS = 8
"""Time limit for a run's process to end."""


class WorkerEngine(WorkerPlugin):
    """The engine on a worker, under a name that contains its hash."""

    def __init__(self, archive: bytes) -> None:
        self.archive, self.digest = archive, hashlib.sha256(archive).hexdigest()
        self.name = f"evergreen-{self.digest[:16]}"

    def setup(self, worker: Worker) -> None:
        """Unpack the engine. Raises ValueError if the archive is damaged."""
        if hashlib.sha256(self.archive).hexdigest() != self.digest:
            raise ValueError("the engine's archive is damaged")
        self.worker = worker
        self.lock = threading.Lock()
        self.running: dict[str, Connection] = {}
        self.released: set[str] = set()
        self.idle: dict[tuple[str, bytes], list[Runner]] = {}
        """Processes that wait for a payload, by the build and its environment variables."""
        self.folder = Path(worker.local_directory, self.name)
        with tarfile.open(fileobj=io.BytesIO(self.archive)) as archive:
            # Pythons before 3.11.4 have no filters (PEP 706).
            trusts: Any = {"filter": "fully_trusted"} if hasattr(tarfile, "tar_filter") else {}
            archive.extractall(self.folder / "evergreen", **trusts)

    def teardown(self, worker: Worker) -> None:
        """Stop all runs and remove the engine."""
        with self.lock:
            idle = [runner for runners in self.idle.values() for runner in runners]
            self.idle.clear()
            for connection in self.running.values():
                _stop(connection)
        for runner in idle:
            runner.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def transition(self, key: Any, start: str, finish: str, **_: object) -> None:
        """Stop a run whose task is released; Dask itself would let it continue."""
        if (start, finish) == ("executing", "released") and str(key).startswith(self.name):
            with self.lock:
                self.released.add(key)
                if key in self.running:
                    _stop(self.running[key])

    def run(self, payload: Mapping[str, bytes], topic: str) -> tuple[str, bytes | str]:
        """Run a payload; return ("execution", pickled) or ("fault", why it cannot run).

        Raises RuntimeError if the run's process ends without a result.
        """
        key = str(self.worker.get_current_task())
        folder = Path(tempfile.mkdtemp(prefix="evergreen-"))
        setting = topic, payload[SETTING]
        runner = None
        try:
            _write(payload, folder)
            runner = self._take(setting)
            answer = self._run(runner, key, topic, folder)
            if self._is_done(key):
                self._keep(setting, runner)
                runner = None
            return answer
        finally:
            self._is_done(key)
            if runner:
                runner.close()
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, runner: Runner, key: str, topic: str, folder: Path) -> tuple[str, bytes | str]:
        with self.lock:
            self.running[key] = runner.connection
            if key in self.released:  # released before the process was started
                _stop(runner.connection)
        try:
            runner.connection.send(str(folder))
            while True:
                kind, *values = runner.connection.recv()
                if kind != "step":
                    return kind, values[0]
                self.worker.log_event(topic, [key, *values])
        except (EOFError, OSError):
            log = (runner.folder / "log").read_text("utf-8", "replace").strip()
            raise RuntimeError((log.splitlines() or ["no answer"])[-1]) from None

    def _is_done(self, key: str) -> bool:
        """Forget a run; return True if it was not stopped."""
        with self.lock:
            self.running.pop(key, None)
            is_released = key in self.released
            self.released.discard(key)
            return not is_released

    def _take(self, setting: tuple[str, bytes]) -> Runner:
        """Return an idle process of the same build, or a new one."""
        with self.lock:
            others = [each for each in self.idle if each != setting]
            ended = [runner for each in others for runner in self.idle.pop(each)]
            while runners := self.idle.get(setting):
                runner = runners.pop()
                if runner.process.poll() is None:
                    break
                ended.append(runner)
            else:
                runner = None
        for each in ended:
            each.close()
        return runner or start_runner(self.folder)

    def _keep(self, setting: tuple[str, bytes], runner: Runner) -> None:
        with self.lock:
            self.idle.setdefault(setting, []).append(runner)


@dataclass(frozen=True)
class Runner:
    """A process that runs the payloads of one build, one after the other."""

    connection: Connection
    process: subprocess.Popen[bytes]
    folder: Path
    """For its log."""

    def close(self) -> None:
        """Stop what it runs, and end it."""
        _stop(self.connection)
        self.connection.close()
        _await_end(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_runner(engine: Path) -> Runner:
    """Start a process with the engine in a folder."""
    ours, theirs = Pipe()
    folder = Path(tempfile.mkdtemp(prefix="evergreen-"))
    with theirs, (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", START, str(engine), str(theirs.fileno()), str(folder)],
            cwd=folder,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    return Runner(ours, process, folder)


async def install(name: str, engine: bytes, dask_worker: Worker) -> dict[str, str]:
    """Install a pickled WorkerEngine under this name; return the worker's distributions."""
    if name not in dask_worker.plugins:
        await dask_worker.plugin_add(engine, name, catch_errors=False)
    return installed()


def installed() -> dict[str, str]:
    """Return normalised name → version of each distribution that this Python finds."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        found.setdefault(normal(distribution.name or ""), distribution.version)
    return found


def normal(name: str) -> str:
    """Normalise a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _write(payload: Mapping[str, bytes], folder: Path) -> None:
    for name, content in payload.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def _stop(connection: Connection) -> None:
    with contextlib.suppress(OSError):
        connection.send_bytes(b"")


def _await_end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
