"""One run on a worker, in a process of its own: `main` is started by `worker`, with the number of a
socket and a parcel's folder.

To the worker: ("step", number, total) before each step, then one of ("execution", pickled) and
("fault", why it cannot run). From it nothing but the socket's end, or any message: stop. However
the worker ends, its end of the socket closes, and the run ends here, with its kernel and its files.
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
from evergreen.execution.executors.payload import RemoteJob, open_parcel
from evergreen.execution.progress import SilentProgress
from evergreen.model import Execution

STOP_SECONDS = 5
"""How long a run may take to end in good order; then the whole process group is killed."""


def main() -> None:
    """Run the parcel, until it has ended or the worker says so; then nothing of it is left."""
    connection, folder = Connection(int(sys.argv[1])), Path(sys.argv[2])
    try:
        order = open_parcel(folder)
        _set_variables(order)
        with open_local(1, order.prewarm) as submit:
            future = submit(order.job, WorkerProgress(connection))
            future.add_done_callback(partial(_answer, connection))
            with contextlib.suppress(EOFError, OSError):
                connection.recv_bytes()
            _end_later(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class WorkerProgress(SilentProgress):
    """Passes the steps on to the worker."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def step(self, path: str, number: int, total: int) -> None:
        """A step begins."""
        _send(self.connection, ("step", number, total))


def _answer(connection: Connection, future: Future[Execution]) -> None:
    """Tell the worker how the run has ended."""
    try:
        _send(connection, ("execution", pickle.dumps(future.result())))
    except EvergreenError as error:
        _send(connection, ("fault", error.problems[0].message))
    except BaseException as error:
        _send(connection, ("fault", f"{type(error).__name__}: {error}"))


def _send(connection: Connection, message: tuple[object, ...]) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        connection.send(message)


def _set_variables(order: RemoteJob) -> None:
    for name, value in order.variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _end_later(folder: Path) -> None:
    """Kill this process and its own if it does not end."""

    def end() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    timer = threading.Timer(STOP_SECONDS, end)
    timer.daemon = True
    timer.start()
