"""Dask worker plugin, pickled by value: holds the engine's files and runs payloads with them.

This module imports only the standard library and Dask. The engine is never imported into the
worker's own process, because the next build may send another version: each run is a new process on
the unpacked files. A run ends when its task is released (cancelled, or its client is gone), and
when the worker ends for any reason.
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
from collections.abc import Mapping
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
        self.running: dict[str, Connection] = {}
        self.released: set[str] = set()
        self.folder = Path(worker.local_directory, self.name)
        with tarfile.open(fileobj=io.BytesIO(self.archive)) as archive:
            archive.extractall(self.folder / "evergreen", filter="fully_trusted")

    def teardown(self, worker: Worker) -> None:
        """Stop all runs and remove the engine."""
        for connection in list(self.running.values()):
            _stop(connection)
        shutil.rmtree(self.folder, ignore_errors=True)

    def transition(self, key: Any, start: str, finish: str, **_: object) -> None:
        """Stop a run whose task is released; Dask itself would let it continue."""
        if (start, finish) == ("executing", "released") and str(key).startswith(self.name):
            self.released.add(key)
            if key in self.running:
                _stop(self.running[key])

    def run(self, payload: Mapping[str, bytes], topic: str) -> tuple[str, bytes | str]:
        """Run a payload; return ("execution", pickled) or ("fault", why it cannot run).

        Raises RuntimeError if the run's process ends without a result.
        """
        key = str(self.worker.get_current_task())
        folder = Path(tempfile.mkdtemp(prefix="evergreen-"))
        ours, theirs = Pipe()
        try:
            _write(payload, folder)
            process = self._start(theirs, folder)
            try:
                self.running[key] = ours
                if key in self.released:  # released before the process was started
                    _stop(ours)
                return self._listen(ours, key, topic, folder)
            finally:
                del self.running[key]
                self.released.discard(key)
                ours.close()
                _await_end(process)
        finally:
            ours.close()
            theirs.close()
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self, theirs: Connection, folder: Path) -> subprocess.Popen[bytes]:
        arguments = (self.folder, theirs.fileno(), folder)
        with theirs, (folder / "log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-c", START, *map(str, arguments)],
                cwd=folder,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _listen(
        self, connection: Connection, key: str, topic: str, folder: Path
    ) -> tuple[str, bytes | str]:
        try:
            while True:
                kind, *values = connection.recv()
                if kind != "step":
                    return kind, values[0]
                self.worker.log_event(topic, [key, *values])
        except (EOFError, OSError):
            log = (folder / "log").read_text("utf-8", "replace").strip()
            raise RuntimeError((log.splitlines() or ["no answer"])[-1]) from None


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
