"""Run posts on this machine."""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial

from evergreen.execution.executors.parallelism import MemoryGate, free_memory
from evergreen.execution.job import Job, Submit
from evergreen.execution.kernels.servers import Servers
from evergreen.execution.progress import Progress
from evergreen.model import Execution


@contextmanager
def open_local(jobs: int = 0, prewarm: bool = True) -> Iterator[Submit]:
    """Open an executor for this number of parallel runs, if memory allows; 0: one per core.

    Threads are sufficient: the work of a run is done by its kernel's process.
    """
    servers = Servers()
    if prewarm:
        servers.prepare({})  # it imports its libraries while we import ours
    from evergreen.execution.kernels.manager import Kernels
    from evergreen.execution.run import run_notebook  # takes 0.3 s to import

    jobs = jobs or os.cpu_count() or 1
    gate = MemoryGate(free_memory(), jobs)

    def run(job: Job, progress: Progress) -> Execution:
        start, failed = time.monotonic(), True

        @contextmanager
        def admit(job: Job) -> Iterator[None]:
            nonlocal start
            with gate.admitted(job):
                start = time.monotonic()
                yield

        try:
            step, printed = partial(progress.step, job.path), partial(progress.printed, job.path)
            execution = run_notebook(job, kernels, step, admit, printed)
            failed = execution.failure is not None
            return execution
        finally:
            progress.ended(job.path, time.monotonic() - start, failed)

    with Kernels(servers, prewarm) as kernels:
        # Twice as many threads: some finish their run while other kernels work.
        pool = ThreadPoolExecutor(2 * jobs, thread_name_prefix="run")
        try:
            yield lambda job, progress: pool.submit(run, job, progress)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            kernels.stop()
            pool.shutdown()


@contextmanager
def open_lazy(jobs: int = 0, prewarm: bool = True) -> Iterator[Submit]:
    """Open the same executor, but start nothing before the first job."""
    lock, opened, is_open = threading.Lock(), ExitStack(), True

    @functools.cache
    def open_once() -> Submit:
        return opened.enter_context(open_local(jobs, prewarm))

    def submit(job: Job, progress: Progress) -> Future[Execution]:
        with lock:
            if not is_open:
                raise CancelledError
            return open_once()(job, progress)

    try:
        yield submit
    finally:
        with lock:
            is_open = False
        opened.close()
