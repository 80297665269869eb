"""The same work on several cores: processes forked from this one, which has all in memory."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

LEAST = 24
"""Fewer items are not worth a fork."""


def forked_map(work: Callable[[T], R], items: Sequence[T], jobs: int = 0) -> list[R]:
    """`[work(item) for item in items]`, on that many cores; 0: all.

    One after the other where forking is not sound: with other threads, or elsewhere than on Linux.
    Results travel pickled; an exception of `work` is raised here.
    """
    count = min(jobs or os.cpu_count() or 1, len(items) // LEAST)
    if count < 2 or threading.active_count() > 1 or sys.platform != "linux":
        return [work(item) for item in items]
    readers = [_fork(work, items[start::count]) for start in range(1, count)]
    parts: list[list[R]] = [[work(item) for item in items[::count]]]
    parts += [_collect(pid, reader) for pid, reader in readers]
    results: list[R] = []
    for number in range(len(items)):
        results.append(parts[number % count][number // count])
    return results


def _fork(work: Callable[[T], R], items: Sequence[T]) -> tuple[int, int]:
    """A child that works on some items; its pid and where its results come from."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    os.close(reader)
    try:
        answer: tuple[list[R] | None, BaseException | None] = [work(item) for item in items], None
    except BaseException as error:
        answer = None, error
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(pickle.dumps(answer, protocol=5))
    os._exit(0)


def _collect(pid: int, reader: int) -> list[R]:  # type: ignore[type-var]
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    os.waitpid(pid, 0)
    if not content:
        raise RuntimeError("a worker process was ended from outside")
    results, error = pickle.loads(content)
    if error is not None:
        raise error
    return results
