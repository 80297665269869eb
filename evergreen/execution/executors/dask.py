"""Runs on a Dask cluster: each post goes to one worker with all that it needs, and its Execution
comes back.

The scheduler and the workers are started by Dask's own commands (`dask scheduler --host 127.0.0.1
--no-dashboard`, `dask worker tcp://127.0.0.1:8786 --host 127.0.0.1 --no-dashboard`), in an
environment that has the posts' packages, nbclient and ipykernel; the engine travels there. Here it
is decided which worker a post is given to: only one that is equal to this machine in all that the
record will claim, and after a loss one other; then the post runs here. Dask's own retries keep no
such bound.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial

from distributed import Client, Security, rpc
from distributed.versions import VersionMismatchWarning

from evergreen.errors import Problem, SettingsError
from evergreen.execution.executors import compatibility
from evergreen.execution.executors.address import split
from evergreen.execution.executors.cluster import Cluster, NoResult
from evergreen.execution.executors.local import Submit, open_late
from evergreen.execution.progress import Progress
from evergreen.execution.workspace import Job
from evergreen.model import Execution

ATTEMPTS = 2
"""Workers that a post is given to before it runs here."""

CONNECT_SECONDS = 5
"""How long the scheduler may take to answer."""


@contextmanager
def open_cluster(address: str, jobs: int = 0, prewarm: bool = True) -> Iterator[Submit]:
    """Runs on the workers of a scheduler, as many on each as it has threads; here where no worker
    can. `jobs` bounds both; 0: no other bound there, one a core here.

    When the block ends, so do all runs. Raises SettingsError when no scheduler answers that can be
    used.
    """
    cluster = Cluster(_connect(address), prewarm)
    with ExitStack() as ends:
        ends.callback(cluster.close)
        threads = max(cluster.meet(), os.cpu_count() or 1)
        pool = ThreadPoolExecutor(jobs or threads, thread_name_prefix="dask")
        ends.callback(pool.shutdown)
        local = ends.enter_context(open_late(jobs, prewarm))
        ends.callback(cluster.close)
        ends.callback(pool.shutdown, wait=False, cancel_futures=True)
        yield lambda job, progress: pool.submit(_run, cluster, local, job, progress)


def _run(cluster: Cluster, local: Submit, job: Job, progress: Progress) -> Execution:
    """The job's execution, from a worker that may be believed, or else from this machine."""
    start = time.monotonic()
    tried: list[str] = []
    while len(tried) < ATTEMPTS and (worker := cluster.take(job, tried)):
        tried.append(worker)
        try:
            execution = cluster.run(worker, job, partial(progress.step, job.path))
        except NoResult as why:
            cluster.say(f"{job.path}: {worker}: {why}: the post runs elsewhere")
            continue
        finally:
            cluster.leave(worker)
        if _is_believed(cluster, worker, job, execution):
            progress.ended(job.path, time.monotonic() - start, execution.failure is not None)
            return execution
    if cluster.closed.is_set():
        raise CancelledError
    return local(job, progress).result()


def _is_believed(cluster: Cluster, worker: str, job: Job, execution: Execution) -> bool:
    """Whether a result may be taken for one of this machine; says why where it may not.

    A failed run is not asked what it used; nothing is kept of it.
    """
    if execution.failure:
        cluster.say(f"{job.path}: failed on {worker}")
        return True
    wrong, installed = compatibility.differing_fact(job, execution)
    if wrong:
        cluster.say(f"{job.path}: {worker}: {wrong}: this result is not used")
    if installed:
        cluster.refuse(worker)
    return not wrong


def _connect(address: str) -> Client:
    """A client of the scheduler. Raises SettingsError."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said by us
    try:
        # Dask tries for long where nobody listens, and for ever where a server says nothing.
        socket.create_connection(split(address)[1:], CONNECT_SECONDS).close()
        kind, host = asyncio.run(asyncio.wait_for(_greet(address), CONNECT_SECONDS))
        if kind != "Scheduler":
            raise ValueError(f"it is a {kind.lower()}")
        if wrong := compatibility.differing_python(host):  # it could not read what we send
            raise ValueError(wrong)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except TimeoutError:
        raise _unusable(address, f"no answer within {CONNECT_SECONDS} s") from None
    except (OSError, TypeError, ValueError, RuntimeError) as error:  # of TLS or of the network
        why = getattr(error, "strerror", "") or " ".join(str(error).split())
        raise _unusable(address, why) from None


async def _greet(address: str) -> tuple[str, Mapping[str, str]]:
    """What answers at an address, and Dask's report on its machine."""
    async with rpc(address, connection_args=Security().get_connection_args("client")) as server:
        return (await server.identity())["type"], (await server.versions())["host"]


def _unusable(address: str, message: str) -> SettingsError:
    advice = (
        "see that it runs, and that distributed.comm.tls in Dask's configuration has certificates"
        if address.startswith("tls:")
        else "start one with 'dask scheduler --host 127.0.0.1 --no-dashboard'"
    )
    text = f"no Dask scheduler that can be used: {message}"
    return SettingsError(Problem(f"--executor {address}", message=text, advice=advice))
