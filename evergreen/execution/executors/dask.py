"""Run posts on a Dask cluster: each is sent to one worker with all its files; its Execution
returns.

Users start scheduler and workers with Dask's commands (`dask scheduler --host 127.0.0.1
--no-dashboard`, `dask worker tcp://127.0.0.1:8786 --host 127.0.0.1 --no-dashboard`), in an
environment with the posts' packages, nbclient and ipykernel; the engine is sent along. A post is
given only to a worker that equals this machine in everything that the record will claim. If the
worker is lost, one other is tried; then the post runs here. Dask's own retries are not used: they
have no such limit.
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
from distributed.client import AllExit
from distributed.versions import VersionMismatchWarning

from evergreen.errors import Problem, SettingsError, fault
from evergreen.execution.executors import compatibility
from evergreen.execution.executors.address import split
from evergreen.execution.executors.cluster import Cluster, NoResult
from evergreen.execution.executors.local import open_lazy
from evergreen.execution.executors.resources import is_here
from evergreen.execution.job import Job, Submit
from evergreen.execution.progress import Progress
from evergreen.model import Execution

ATTEMPTS = 2
"""Number of workers that are tried before a post runs here."""

CONNECT_SECONDS = 5
"""Time limit for the scheduler to answer."""


@contextmanager
def open_cluster(address: str, jobs: int = 0, prewarm: bool = True) -> Iterator[Submit]:
    """Run on the workers of a scheduler, one job per thread, and here if no worker is compatible.
    `jobs` limits both; 0: no other limit there, one per core here.

    All runs end with the block. Raises SettingsError if no usable scheduler answers.
    """
    cluster = Cluster(_connect(address), prewarm)
    with ExitStack() as ends:
        ends.callback(cluster.close)
        threads = max(cluster.count_slots(), os.cpu_count() or 1)
        pool = ThreadPoolExecutor(jobs or threads, thread_name_prefix="dask")
        ends.callback(pool.shutdown)
        local = ends.enter_context(open_lazy(jobs, prewarm))
        ends.callback(cluster.close)
        ends.callback(pool.shutdown, wait=False, cancel_futures=True)
        yield lambda job, progress: pool.submit(_run, cluster, local, job, progress)


def _run(cluster: Cluster, local: Submit, job: Job, progress: Progress) -> Execution:
    """Return the job's execution from a compatible worker, or else from this machine."""
    start = time.monotonic()
    tried: list[str] = []
    while len(tried) < ATTEMPTS and (worker := cluster.acquire(job, tried)):
        tried.append(worker)
        try:
            execution = cluster.run(worker, job, partial(progress.step, job.path))
        except NoResult as why:
            cluster.log_once(f"{job.path}: {worker}: {why}: the post runs elsewhere")
            continue
        finally:
            cluster.release(worker)
        if _is_accepted(cluster, worker, job, execution):
            progress.ended(job.path, time.monotonic() - start, execution.failure is not None)
            return execution
    if cluster.closed.is_set():
        raise CancelledError
    if needed := [text for text in job.options.resources if not is_here(text)]:
        message = f"no worker has '{needed[0]}', or each was lost that has it"
        name, _, amount = needed[0].partition(":")
        advice = f"start one: dask worker ADDRESS --resources {name.upper()}={amount.strip() or 1}"
        raise fault(job.path, message, advice, line=1)
    return local(job, progress).result()


def _is_accepted(cluster: Cluster, worker: str, job: Job, execution: Execution) -> bool:
    """True if a result is the one that this machine would give; if not, log why.

    A failed run is accepted: it has no facts, and nothing of it is stored.
    """
    if execution.failure:
        cluster.log_once(f"{job.path}: failed on {worker}")
        return True
    wrong, installed = compatibility.differing_fact(job, execution)
    if wrong:
        cluster.log_once(f"{job.path}: {worker}: {wrong}: its result is not used")
    if installed:
        cluster.refuse(worker)
    return not wrong


def _connect(address: str) -> Client:
    """Connect to the scheduler. Raises SettingsError."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # we report what matters
    logging.getLogger("asyncio").addFilter(_is_reported)
    try:
        # Dask waits long for a closed port, and forever for a server that sends nothing.
        socket.create_connection(split(address)[1:], CONNECT_SECONDS).close()
        kind, host = asyncio.run(asyncio.wait_for(_greet(address), CONNECT_SECONDS))
        if kind != "Scheduler":
            raise ValueError(f"it is a {kind.lower()}")
        if wrong := compatibility.differing_python(host):  # it could not unpickle our objects
            raise ValueError(wrong)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except TimeoutError:
        raise _unusable(address, f"no answer within {CONNECT_SECONDS} s") from None
    except (OSError, TypeError, ValueError, RuntimeError) as error:  # from TLS or the network
        why = getattr(error, "strerror", "") or " ".join(str(error).split())
        raise _unusable(address, why) from None


def _is_reported(record: logging.LogRecord) -> bool:
    """Return False for the exception by which Dask's client ends its own waiting: where a build is
    interrupted, nobody retrieves it, and asyncio would report it with a traceback."""
    return not (record.exc_info and isinstance(record.exc_info[1], AllExit))


async def _greet(address: str) -> tuple[str, Mapping[str, str]]:
    """Return the type of the server at an address, and Dask's report on its machine."""
    async with rpc(address, connection_args=Security().get_connection_args("client")) as server:
        return (await server.identity())["type"], (await server.versions())["host"]


def _unusable(address: str, message: str) -> SettingsError:
    advice = (
        "check that it runs, and that distributed.comm.tls in Dask's configuration has certificates"
        if address.startswith("tls:")
        else "start one with 'dask scheduler --host 127.0.0.1 --no-dashboard'"
    )
    text = f"no usable Dask scheduler: {message}"
    return SettingsError(Problem(f"--executor {address}", message=text, advice=advice))
