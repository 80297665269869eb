"""What a Dask worker gets of us, pickled by value: the engine's files, and who runs parcels with
them.

Only the standard library and Dask are imported here, and nothing of the engine enters the worker's
own process: each run is a process of its own on the unpacked files, which may be another version
than the next build's. A run ends when its task is given up, whether it was cancelled or its client
is gone, and with the worker, however that ends.
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
"""How long a run's process may take to end."""


class WorkerEngine(WorkerPlugin):
    """The engine on a worker, under a name that holds its digest."""

    def __init__(self, archive: bytes) -> None:
        self.archive, self.digest = archive, hashlib.sha256(archive).hexdigest()
        self.name = f"evergreen-{self.digest[:16]}"

    def setup(self, worker: Worker) -> None:
        """Unpack the files. Raises ValueError where they are not those that were sent."""
        if hashlib.sha256(self.archive).hexdigest() != self.digest:
            raise ValueError("the engine was damaged on its way")
        self.worker = worker
        self.running: dict[str, Connection] = {}
        self.given_up: set[str] = set()
        self.folder = Path(worker.local_directory, self.name)
        with tarfile.open(fileobj=io.BytesIO(self.archive)) as archive:
            archive.extractall(self.folder / "evergreen", filter="fully_trusted")

    def teardown(self, worker: Worker) -> None:
        """Stop what runs."""
        for connection in list(self.running.values()):
            _stop(connection)
        shutil.rmtree(self.folder, ignore_errors=True)

    def transition(self, key: Any, start: str, finish: str, **_: object) -> None:
        """Stop a run whose task is given up; Dask itself would let it go on, unheard."""
        if (start, finish) == ("executing", "released") and str(key).startswith(self.name):
            self.given_up.add(key)
            if key in self.running:
                _stop(self.running[key])

    def run(self, payload: Mapping[str, bytes], topic: str) -> tuple[str, bytes | str]:
        """("execution", pickled) or ("fault", why it cannot run).

        Raises RuntimeError when the run's process ends without an answer.
        """
        key = str(self.worker.get_current_task())
        folder = Path(tempfile.mkdtemp(prefix="evergreen-"))
        ours, theirs = Pipe()
        try:
            _write(payload, folder)
            process = self._start(theirs, folder)
            try:
                self.running[key] = ours
                if key in self.given_up:  # before there was anything to stop
                    _stop(ours)
                return self._listen(ours, key, topic, folder)
            finally:
                del self.running[key]
                self.given_up.discard(key)
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
    """Have a pickled Engine of this name on a worker; what is installed there (see `installed`)."""
    if name not in dask_worker.plugins:
        await dask_worker.plugin_add(engine, name, catch_errors=False)
    return installed()


def installed() -> dict[str, str]:
    """Normalised name → version of each distribution that Python finds here."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        found.setdefault(normal(distribution.name or ""), distribution.version)
    return found


def normal(name: str) -> str:
    """A distribution's name as packaging compares it."""
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
