"""A Dask scheduler's workers, as one build uses them."""

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
from evergreen.execution.executors.payload import BUNDLE, JOB, enclosures, pack, write_order
from evergreen.execution.workspace import Job
from evergreen.model import Execution

ANSWER_SECONDS = 5
"""How long a scheduler or a worker may take for a short answer, and the first worker to appear."""
LOOK_SECONDS = 0.5
"""How often it is looked whether a post's worker is still there."""
CLOSE_SECONDS = 2
MEETINGS = 16
"""New workers that are met at once."""

Tell = Callable[[int, int], None]
"""Told before each step: its number from 1, and how many there are."""

log = logging.getLogger(__name__)


class NoResult(Exception):
    """A worker was given a job and has no result for it, for reasons that are not the job's."""


class Cluster:
    """Which workers there are, which may be believed, and what runs on them.

    `take` a worker, `run` on it, `leave` it: from any thread.
    """

    def __init__(self, client: Client, prewarm: bool) -> None:
        cloudpickle.register_pickle_by_value(worker)
        self.client: Any = client  # Dask's own types are partial
        self.prewarm, self.here = prewarm, compatibility.look_here()
        self.engine = worker.WorkerEngine(pack(Path(evergreen.__file__).parent))
        self.topic = f"{self.engine.name}-{uuid.uuid4().hex}"
        self.closed = threading.Event()
        self.lock = threading.RLock()
        """Held for all that follows but `listeners`, which the client's own thread reads."""
        self.looked = 0.0
        self.present: Mapping[str, Any] = {}
        """The workers, by address, as the scheduler knew them when it was asked last."""
        self.packages: dict[str, Mapping[str, str]] = {}
        """What is installed on each worker that was met; nothing: it gets no jobs."""
        self.busy: Counter[str] = Counter()
        self.sent: dict[tuple[object, ...], Future[Any]] = {}
        """What lies on a worker already."""
        self.said: set[str] = set()
        self.listening = threading.Lock()
        self.listeners: dict[str, Tell] = {}
        client.subscribe_topic(self.topic, self._hear)

    def meet(self) -> int:
        """Wait for the first worker, and say where none comes; how many jobs may run at once."""
        with suppress(TimeoutError):
            self.client.wait_for_workers(1, ANSWER_SECONDS)
        present, address = self._look(), self.client.scheduler.address
        if not present:
            options = "--no-dashboard" + " --host 127.0.0.1" * address.startswith("tcp:")
            advice = f"start one with 'dask worker {address} {options}'"
            self.say(f"{address}: no worker is there, the posts run here: {advice}")
        return sum(about["nthreads"] for name, about in present.items() if self.packages[name])

    def take(self, job: Job, tried: Collection[str]) -> str:
        """The address of the least busy worker that fits a job, once one has a thread for it; ""
        where none fits.
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

    def run(self, name: str, job: Job, tell: Tell) -> Execution:
        """Run a job on a worker. Raises NoResult when that gives none."""
        key = f"{self.topic}-{uuid.uuid4().hex}"
        with self.listening:
            self.listeners[key] = tell
        try:
            return self._ask(name, key, job)
        except (CancelledError, KilledWorker, OSError):  # TimeoutError is an OSError
            with self.lock:  # whoever comes back under this address is another one
                self.packages.pop(name, None)
            raise NoResult("the worker was lost") from None
        except Exception as error:  # of Dask, or of what the worker's Python lacks
            why = next(iter(str(error).splitlines()), type(error).__name__)
            raise NoResult(f"the worker cannot run it: {why}") from None
        finally:
            with self.listening:
                del self.listeners[key]

    def leave(self, name: str) -> None:
        """A job has left a worker."""
        with self.lock:
            self.busy[name] -= 1

    def refuse(self, name: str) -> None:
        """Give a worker no more jobs."""
        with self.lock:
            self.packages[name] = {}

    def say(self, line: str) -> None:
        """Tell the user, once."""
        if line not in self.said and not self.closed.is_set():
            self.said.add(line)
            log.warning("%s", line)

    def close(self) -> None:
        """Give up all tasks, which ends their runs, and leave the scheduler."""
        self.closed.set()
        with suppress(Exception):  # whatever state the connection is in, the build is over
            self.client.close(CLOSE_SECONDS)

    def _fitting(self, job: Job, tried: Collection[str]) -> dict[str, int]:
        """The workers that fit a job, with their threads."""
        fit: dict[str, int] = {}
        if job.venv or job.options.sandbox:  # which are of this machine
            return fit
        for name, about in self._look().items():
            packages = self.packages.get(name)
            if name in tried or about["status"] != "running" or not packages:
                continue
            if wrong := compatibility.differing_package(job, packages, self.here):
                self.say(f"{name}: {wrong}")
            else:
                fit[name] = about["nthreads"]
        return fit

    def _look(self) -> Mapping[str, Any]:
        """The workers that are there; those that are new are met."""
        with self.lock:
            if time.monotonic() - self.looked > LOOK_SECONDS:
                self.present = self._ask_scheduler()
                if new := [name for name in self.present if name not in self.packages]:
                    with ThreadPoolExecutor(MEETINGS) as pool:
                        self.packages.update(zip(new, pool.map(self._introduce, new), strict=True))
                self.looked = time.monotonic()
            return self.present

    def _ask_scheduler(self) -> Mapping[str, Any]:
        if self.client.status != "running":
            return {}
        try:
            ask = self.client.scheduler.identity
            found = self.client.sync(ask, n_workers=-1, callback_timeout=ANSWER_SECONDS)
        except Exception:  # while the connection stands, it is only busy
            return self.present if self.client.status == "running" else {}
        workers: Mapping[str, Any] = found["workers"]
        return workers

    def _introduce(self, name: str) -> Mapping[str, str]:
        """What is installed on a worker, which has the engine afterwards; nothing: refused."""
        try:
            wrong, packages = self._inspect(name)
        except Exception as error:  # of Dask, of the network, or of the worker's Python
            why = f"{type(error).__name__}: {error}".strip(": ").splitlines()[0]
            wrong, packages = f"it does not answer as it should ({why}): start it again", {}
        if wrong:
            self.say(f"{name}: refused: {wrong}")
        return {} if wrong else packages

    def _inspect(self, name: str) -> tuple[str, Mapping[str, str]]:
        """What makes a worker unfit for any job, or else what is installed there."""
        if not is_private(name):
            return "it is another machine, and tcp does not encrypt: start all with tls", {}
        asked, ask = {"op": "versions"}, self.client.scheduler.broadcast
        answer = self.client.sync(ask, msg=asked, workers=[name], callback_timeout=ANSWER_SECONDS)
        if wrong := compatibility.differing_machine(answer[name]["host"]):
            return wrong, {}  # nothing of ours could be read there
        engine = cloudpickle.dumps(self.engine)
        packages = self.client.run(worker.install, self.engine.name, engine, workers=[name])[name]
        if missing := compatibility.lacking(packages):
            return f"{missing} is not installed there: install it", {}
        return "", packages

    def _ask(self, name: str, key: str, job: Job) -> Execution:
        payload = {JOB: write_order(job, self.prewarm), **self._send(name, job)}
        arguments = (self.engine.name, payload, self.topic)
        task = self.client.submit(
            # a function with a name would be looked up in a module that only we have
            lambda engine, *arguments: get_worker().plugins[engine].run(*arguments),  # type: ignore[attr-defined]
            *arguments,
            key=key,
            workers=[name],
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
        """The job's files, on a worker; those of earlier jobs are there already."""
        found = {}
        for file, read in enclosures(job).items():
            place = (name, job.bundle, job.posts) if file == BUNDLE else (name, file)
            if place not in self.sent or self.sent[place].status != "finished":
                self.sent[place] = self.client.scatter([read()], workers=[name], hash=False)[0]
            found[file] = self.sent[place]
        return found

    def _await(self, task: Future[Any], name: str) -> tuple[str, Any]:
        gather, loop = self.client.gather(task, asynchronous=True), self.client.loop.asyncio_loop
        answer = asyncio.run_coroutine_threadsafe(gather, loop)
        while not wait([answer], LOOK_SECONDS).done:
            if self.closed.is_set() or name not in self._look():
                answer.cancel()
                raise CancelledError
        result: tuple[str, Any] = answer.result()
        return result

    def _hear(self, event: tuple[float, tuple[str, int, int]]) -> None:
        """A worker tells a step."""
        key, *step = event[1]
        with self.listening:
            if tell := self.listeners.get(key):
                tell(*step)
