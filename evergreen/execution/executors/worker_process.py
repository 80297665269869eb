"""Runs on a Dask worker, in a process of their own: `worker` starts `main` with a socket's number
and a folder for its log.

Receives the folder of a payload. Sends ("step", number, total) before each step, then ("execution",
pickled) or ("fault", why it cannot run), and waits for the next payload. An empty message, or the
end of the socket, stops it. The socket also closes when the worker dies, so a run always ends here,
with its kernel and its files.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import signal
import sys
import threading
from concurrent.futures import Future
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from evergreen.errors import EvergreenError
from evergreen.execution.executors.local import open_local
from evergreen.execution.executors.payload import RemoteJob, open_payload
from evergreen.execution.progress import SilentProgress
from evergreen.model import Execution

IDLE_SECONDS = 5
"""Time after which a process ends that gets no more payloads."""
STOP_SECONDS = 5
"""Time limit for a run to end by itself; then the whole process group is killed."""


def main() -> None:
    """Run payloads until the worker stops this process, or sends none for a while."""
    connection, home = Connection(int(sys.argv[1])), Path(sys.argv[2])
    folder = Path()
    try:
        if not (message := _receive(connection)):
            return
        folder = Path(message)
        remote = open_payload(folder)
        _set_variables(remote)
        with open_local(1, remote.prewarm) as submit:
            while True:
                future = submit(remote.job, WorkerProgress(connection))
                future.add_done_callback(partial(_answer, connection))
                if not (message := _next(connection, future)):
                    break
                folder = Path(message)
                remote = open_payload(folder)
            _end_later(folder)
    finally:
        for place in (folder, home):
            if place.is_absolute():
                shutil.rmtree(place, ignore_errors=True)


def _next(connection: Connection, future: Future[Execution]) -> str:
    """Wait for the next payload's folder; "" for the end: a stop, or nothing for a while."""
    with contextlib.suppress(EOFError, OSError):
        while not connection.poll(IDLE_SECONDS):
            if future.done():
                return ""
        return _receive(connection)
    return ""


def _receive(connection: Connection) -> str:
    """Receive the folder of a payload; "" where the worker stops this process."""
    with contextlib.suppress(EOFError, OSError):
        content = connection.recv_bytes()
        return str(pickle.loads(content)) if content else ""
    return ""


class WorkerProgress(SilentProgress):
    """Sends the steps to the worker."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def step(self, path: str, number: int, total: int) -> None:
        """Report that a step begins."""
        _send(self.connection, ("step", number, total))


def _answer(connection: Connection, future: Future[Execution]) -> None:
    """Send the result of the run to the worker."""
    try:
        _send(connection, ("execution", pickle.dumps(future.result())))
    except EvergreenError as error:
        _send(connection, ("fault", error.problems[0].message))
    except BaseException as error:
        _send(connection, ("fault", f"{type(error).__name__}: {error}"))


def _send(connection: Connection, message: tuple[object, ...]) -> None:
    with contextlib.suppress(OSError):  # the worker has closed the socket
        connection.send(message)


def _set_variables(remote: RemoteJob) -> None:
    for name, value in remote.variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _end_later(folder: Path) -> None:
    """Kill this process group if it does not end in time."""

    def end() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    timer = threading.Timer(STOP_SECONDS, end)
    timer.daemon = True
    timer.start()
