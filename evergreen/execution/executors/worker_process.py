"""One run on a Dask worker, in its own process: `worker` starts `main` with a socket's number and a
payload's folder.

Sends ("step", number, total) before each step, then ("execution", pickled) or ("fault", why it
cannot run). Receives only a stop signal: any message, or the end of the socket. The socket also
closes when the worker dies, so the run always ends here, with its kernel and its files.
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

STOP_SECONDS = 5
"""Time limit for a run to end by itself; then the whole process group is killed."""


def main() -> None:
    """Run the payload until it ends or the worker stops it; then remove its folder."""
    connection, folder = Connection(int(sys.argv[1])), Path(sys.argv[2])
    try:
        remote = open_payload(folder)
        _set_variables(remote)
        with open_local(1, remote.prewarm) as submit:
            future = submit(remote.job, WorkerProgress(connection))
            future.add_done_callback(partial(_answer, connection))
            with contextlib.suppress(EOFError, OSError):
                connection.recv_bytes()
            _end_later(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
