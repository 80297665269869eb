"""Choose the executor of each post by the resources that it asks for: `execute: resources`."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress

from evergreen.execution.executors import open_executor
from evergreen.execution.executors.address import split
from evergreen.execution.executors.resources import is_here
from evergreen.execution.job import Job, Submit
from evergreen.execution.progress import Progress
from evergreen.model import Execution
from evergreen.model.settings import read_resource

DEFAULT = "default"
"""The key of the executor for posts that ask for nothing."""
ANSWER_SECONDS = 2.0


def address_for(resources: Sequence[str], executors: Mapping[str, str]) -> str:
    """Return the address of the executor for a post: that of its first resource that has one."""
    names = [found[0] for text in resources if (found := read_resource(text))]
    own = next((executors[name] for name in names if name in executors), "")
    return own or executors.get(DEFAULT, "local")


def is_remote(resources: Sequence[str], executors: Mapping[str, str]) -> bool:
    """True if a post that asks for these resources runs on other machines."""
    return not address_for(resources, executors).startswith("local")


def lacking(resources: Sequence[str], executors: Mapping[str, str]) -> str:
    """Return what a post lacks to run: an executor with its resources that answers; "" if nothing.

    Memory is what this machine has, too. Whether a worker has the rest, its scheduler knows.
    """
    address = address_for(resources, executors)
    if is_remote(resources, executors):
        with suppress(OSError, ValueError):
            socket.create_connection(split(address)[1:], ANSWER_SECONDS).close()
            return ""
        return f"the executor {address}, which does not answer"
    missing = (text for text in resources if not is_here(text))
    return next((f"an executor with '{text}'" for text in missing), "")


@contextmanager
def open_executors(
    executors: Mapping[str, str], jobs: int = 0, prewarm: bool = True
) -> Iterator[Submit]:
    """Open an executor that gives each job to the one for its resources.

    That for posts that ask for nothing is opened now, each other one with its first job. Raises
    SettingsError then, as `open_executor` does.
    """
    opened: dict[str, Submit] = {}
    lock = threading.Lock()
    with ExitStack() as ends:
        usual = address_for((), executors)
        opened[usual] = ends.enter_context(open_executor(usual, jobs, prewarm))

        def submit(job: Job, progress: Progress) -> Future[Execution]:
            address = address_for(job.options.resources, executors)
            with lock:
                if address not in opened:
                    opened[address] = ends.enter_context(open_executor(address, jobs, prewarm))
            return opened[address](job, progress)

        yield submit
