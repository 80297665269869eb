"""Map a function over items on several cores, by forked processes that share this one's memory."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import BinaryIO, TypeVar

from evergreen.build.cache.pickling import dumps

T = TypeVar("T")
R = TypeVar("R")

LEAST = 12
"""Below this number of items a fork is not worth it."""

BATCH = 64
"""Results per message, so that neither side holds all of them twice."""


def forked_map(
    work: Callable[[T], R], items: Sequence[T], jobs: int = 0, least: int = LEAST
) -> list[R]:
    """Return `[work(item) for item in items]`, computed by forked processes on `jobs` cores (0:
    all), each of which has at least `least` of them.

    One process does everything if forking is not safe: with other threads, or not on Linux. Results
    are pickled; an exception of `work` is raised here, and no process remains.
    """
    count = min(jobs or os.cpu_count() or 1, len(items) // least)
    if count < 2 or not _may_fork():
        return [work(item) for item in items]
    results: list[R | None] = [None] * len(items)
    with ExitStack() as workers:
        shares = {start: items[start::count] for start in range(1, count)}
        pipes = {n: workers.enter_context(_worker(work, share)) for n, share in shares.items()}
        results[::count] = [work(item) for item in items[::count]]
        for start, pipe in pipes.items():
            results[start::count] = _collect(pipe, len(shares[start]))
    return results  # type: ignore[return-value]


@contextmanager
def beside(work: Callable[[], R]) -> Iterator[Callable[[], R]]:
    """Do work in a forked process during a block; yield a function that returns its result.

    If forking is not safe, the work is done when the result is asked for.
    """
    if not _may_fork():
        yield cache(work)
        return
    with _worker(lambda _: work(), [None]) as pipe:
        yield cache(lambda: _collect(pipe, 1)[0])


def _may_fork() -> bool:
    return threading.active_count() == 1 and sys.platform == "linux"


@contextmanager
def _worker(work: Callable[[T], R], items: Sequence[T]) -> Iterator[BinaryIO]:
    """Fork a process that works on some items; yield the pipe with its results."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        _serve(work, items, writer)
    os.close(writer)
    try:
        with os.fdopen(reader, "rb") as pipe:
            yield pipe
    finally:
        os.kill(pid, signal.SIGKILL)  # it has sent everything, or the rest is not needed
        os.waitpid(pid, 0)


def _serve(work: Callable[[T], R], items: Sequence[T], writer: int) -> None:
    """Send the results in batches, or the exception; never return."""
    try:
        with os.fdopen(writer, "wb") as pipe:
            pipe.writelines(_answers(work, items))
    finally:
        os._exit(0)  # nothing of what this process was forked from is its to end


def _answers(work: Callable[[T], R], items: Sequence[T]) -> list[bytes]:
    try:
        starts = range(0, len(items), BATCH)
        return [dumps([work(item) for item in items[at : at + BATCH]]) for at in starts]
    except BaseException as error:
        return [dumps(error)]


def _collect(pipe: BinaryIO, count: int) -> list[R]:
    results: list[R] = []
    while len(results) < count:
        try:
            answer = pickle.load(pipe)
        except EOFError:
            raise RuntimeError("a worker process was ended from outside") from None
        if isinstance(answer, BaseException):
            raise answer
        results += answer
    return results
