"""The workers of a Dask scheduler during one build."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

import cloudpickle
from distributed import Client, Future, KilledWorker, get_worker

import evergreen
from evergreen.execution.executors import compatibility, worker
from evergreen.execution.executors.address import is_private
from evergreen.execution.executors.payload import (
    BUNDLE,
    JOB,
    SETTING,
    attachments,
    pack,
    setting,
    write_job,
)
from evergreen.execution.executors.resources import find_resources
from evergreen.execution.job import Job
from evergreen.model import Execution

REPLY_SECONDS = 5
"""Time limit for a short reply of a scheduler or worker, and for the first worker to appear."""
REFRESH_SECONDS = 0.5
"""Interval at which the list of workers is refreshed."""
CLOSE_SECONDS = 2
INSPECTIONS = 16
"""Number of new workers that are inspected in parallel."""

StepListener = Callable[[int, int], None]
"""Called before each step: its number, counted from 1, and the number of steps."""

log = logging.getLogger(__name__)


class NoResult(Exception):
    """A worker returned no result, for reasons outside the job."""


class Cluster:
    """Knows which workers exist and are compatible, and what runs on them.

    Call `acquire`, `run` and `release` for each job, from any thread.
    """

    def __init__(self, client: Client, prewarm: bool) -> None:
        cloudpickle.register_pickle_by_value(worker)
        self.client: Any = client  # Dask's type hints are incomplete
        self.prewarm, self.here = prewarm, compatibility.find_installed()
        self.engine = worker.WorkerEngine(pack(Path(evergreen.__file__).parent))
        self.topic = f"{self.engine.name}-{uuid.uuid4().hex}"
        self.closed = threading.Event()
        self.lock = threading.RLock()
        """Protects all attributes below except `listeners`, which the client's own thread reads."""
        self.refreshed = 0.0
        self.present: Mapping[str, Any] = {}
        """Workers by address, from the scheduler's last reply."""
        self.packages: dict[str, Mapping[str, str]] = {}
        """Installed packages of each inspected worker; empty: it gets no jobs."""
        self.busy: Counter[str] = Counter()
        self.sent: dict[tuple[object, ...], Future[Any]] = {}
        """Files that are already on a worker."""
        self.logged: set[str] = set()
        self.listening = threading.Lock()
        self.listeners: dict[str, StepListener] = {}
        client.subscribe_topic(self.topic, self._forward_step)

    def count_slots(self) -> int:
        """Wait for the first worker, warn if none comes; return the number of parallel jobs."""
        with suppress(TimeoutError):
            self.client.wait_for_workers(1, REPLY_SECONDS)
        present, address = self._refresh(), self.client.scheduler.address
        if not present:
            options = "--no-dashboard" + " --host 127.0.0.1" * address.startswith("tcp:")
            advice = f"start one with 'dask worker {address} {options}'"
            self.log_once(f"{address}: no worker is there, the posts run here: {advice}")
        return sum(about["nthreads"] for name, about in present.items() if self.packages[name])

    def acquire(self, job: Job, tried: Collection[str]) -> str:
        """Reserve a thread of the least busy compatible worker, waiting for one; return its
        address, or "" if no worker is compatible.
        """
        while not self.closed.is_set():
            with self.lock:
                fit = self._fitting(job, tried)
                free = [name for name, threads in fit.items() if self.busy[name] < threads]
                if free:
                    taken = min(free, key=lambda name: self.busy[name] / fit[name])
                    self.busy[taken] += 1
                    return taken
            if not fit:
                break
            self.closed.wait(0.1)
        return ""

    def run(self, name: str, job: Job, listener: StepListener) -> Execution:
        """Run a job on a worker. Raises NoResult if it returns none."""
        key = f"{self.topic}-{uuid.uuid4().hex}"
        with self.listening:
            self.listeners[key] = listener
        try:
            return self._ask(name, key, job)
        except (CancelledError, KilledWorker, OSError):  # TimeoutError is an OSError
            with self.lock:  # a new worker may reuse this address
                self.packages.pop(name, None)
            raise NoResult("the worker was lost") from None
        except Exception as error:  # from Dask, or because the worker lacks a package
            why = next(iter(str(error).splitlines()), type(error).__name__)
            raise NoResult(f"the worker cannot run it: {why}") from None
        finally:
            with self.listening:
                del self.listeners[key]

    def release(self, name: str) -> None:
        """Release a worker's thread."""
        with self.lock:
            self.busy[name] -= 1

    def refuse(self, name: str) -> None:
        """Give a worker no more jobs."""
        with self.lock:
            self.packages[name] = {}

    def log_once(self, line: str) -> None:
        """Log a message for the user, once."""
        if line not in self.logged and not self.closed.is_set():
            self.logged.add(line)
            log.warning("%s", line)

    def close(self) -> None:
        """Cancel all tasks, which ends their runs, and disconnect from the scheduler."""
        self.closed.set()
        with suppress(Exception):  # the build is over, whatever the connection's state is
            self.client.close(CLOSE_SECONDS)

    def _fitting(self, job: Job, tried: Collection[str]) -> dict[str, int]:
        """Return the workers that are compatible with a job, with their number of threads."""
        fit: dict[str, int] = {}
        if job.venv or job.options.sandbox:  # they exist on this machine only
            return fit
        for name, about in self._refresh().items():
            packages = self.packages.get(name)
            if name in tried or about["status"] != "running" or not packages:
                continue
            if find_resources(job.options.resources, about) is None:
                continue
            if wrong := compatibility.differing_package(job, packages, self.here):
                self.log_once(f"{name}: {wrong}")
            else:
                fit[name] = about["nthreads"]
        return fit

    def _refresh(self) -> Mapping[str, Any]:
        """Return the present workers, after inspecting the new ones."""
        with self.lock:
            if time.monotonic() - self.refreshed > REFRESH_SECONDS:
                self.present = self._ask_scheduler()
                if new := [name for name in self.present if name not in self.packages]:
                    with ThreadPoolExecutor(INSPECTIONS) as pool:
                        self.packages.update(zip(new, pool.map(self._admit, new), strict=True))
                self.refreshed = time.monotonic()
            return self.present

    def _ask_scheduler(self) -> Mapping[str, Any]:
        if self.client.status != "running":
            return {}
        try:
            ask = self.client.scheduler.identity
            found = self.client.sync(ask, n_workers=-1, callback_timeout=REPLY_SECONDS)
        except Exception:  # while the connection is open, the scheduler is only busy
            return self.present if self.client.status == "running" else {}
        workers: Mapping[str, Any] = found["workers"]
        return workers

    def _admit(self, name: str) -> Mapping[str, str]:
        """Install the engine on a worker; return its packages, or nothing if it is refused."""
        try:
            wrong, packages = self._inspect(name)
        except TimeoutError:
            wrong, packages = f"no reply after {REPLY_SECONDS} s: restart it", {}
        except Exception as error:  # from Dask, the network, or the worker's Python
            why = f"{type(error).__name__}: {error}".strip(": ").splitlines()[0]
            wrong, packages = f"its reply is not valid ({why}): restart it", {}
        if wrong:
            self.log_once(f"{name}: refused: {wrong}")
        return {} if wrong else packages

    def _inspect(self, name: str) -> tuple[str, Mapping[str, str]]:
        """Return why a worker cannot run any job, or else its installed packages."""
        if not is_private(name):
            return "it is another machine, and tcp does not encrypt: start all with tls", {}
        asked, ask = {"op": "versions"}, self.client.scheduler.broadcast
        answer = self.client.sync(ask, msg=asked, workers=[name], callback_timeout=REPLY_SECONDS)
        if wrong := compatibility.differing_machine(answer[name]["host"]):
            return wrong, {}  # it could not unpickle our objects
        engine = cloudpickle.dumps(self.engine)
        packages = self.client.run(worker.install, self.engine.name, engine, workers=[name])[name]
        if missing := compatibility.missing_package(packages):
            return f"{missing} is not installed there: install it", {}
        return "", packages

    def _ask(self, name: str, key: str, job: Job) -> Execution:
        own = {JOB: write_job(job, self.prewarm), SETTING: setting(job, self.prewarm)}
        payload = {**own, **self._send(name, job)}
        arguments = (self.engine.name, payload, self.topic)
        task = self.client.submit(
            # Pickle would look up a named function in a module that the worker does not have.
            lambda engine, *arguments: get_worker().plugins[engine].run(*arguments),  # type: ignore[attr-defined]
            *arguments,
            key=key,
            workers=[name],
            resources=find_resources(job.options.resources, self.present.get(name, {})),
            pure=False,
        )
        try:
            kind, answer = self._await(task, name)
        finally:
            task.release()
        if kind != "execution":
            raise RuntimeError(answer)
        execution: Execution = pickle.loads(answer)
        return execution

    def _send(self, name: str, job: Job) -> dict[str, Future[Any]]:
        """Put the job's files on a worker, except those that earlier jobs have put there."""
        found = {}
        for file, read in attachments(job).items():
            place = (name, job.bundle, job.posts) if file == BUNDLE else (name, file)
            if place not in self.sent or self.sent[place].status != "finished":
                self.sent[place] = self.client.scatter([read()], workers=[name], hash=False)[0]
            found[file] = self.sent[place]
        return found

    def _await(self, task: Future[Any], name: str) -> tuple[str, Any]:
        gather, loop = self.client.gather(task, asynchronous=True), self.client.loop.asyncio_loop
        answer = asyncio.run_coroutine_threadsafe(gather, loop)
        while not wait([answer], REFRESH_SECONDS).done:
            if self.closed.is_set() or name not in self._refresh():
                answer.cancel()
                raise CancelledError
        result: tuple[str, Any] = answer.result()
        return result

    def _forward_step(self, event: tuple[float, tuple[str, int, int]]) -> None:
        """Forward a step that a worker has reported."""
        key, *step = event[1]
        with self.listening:
            if listener := self.listeners.get(key):
                listener(*step)
