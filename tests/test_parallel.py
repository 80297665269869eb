"""The same work on several cores."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.build.parallel import LEAST, beside, forked_map


@given(st.lists(st.integers(), max_size=4 * LEAST), st.integers(1, 4))
def test_as_one_after_the_other(items: list[int], jobs: int) -> None:
    """In order, whatever the number of processes."""
    assert [str(item) for item in items] == forked_map(str, items, jobs)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that other tests have left do not count: none of them holds a lock of ours."""
    monkeypatch.setattr("evergreen.build.parallel.threading.active_count", lambda: 1)


@pytest.mark.usefixtures("alone")
def test_several_processes_work() -> None:
    """Where there is enough to do."""
    assert 2 == len(set(forked_map(lambda _: os.getpid(), range(4 * LEAST), 2)))


def test_an_exception_is_raised_here() -> None:
    """Whichever process it was in."""
    for bad in (0, 1):
        with pytest.raises(ZeroDivisionError):
            forked_map(lambda n, bad=bad: 1 // (n - bad), range(4 * LEAST), 2)


def test_other_threads_forbid_a_fork() -> None:
    """A fork would copy their locks and not them."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert {os.getpid()} == set(forked_map(lambda _: os.getpid(), range(4 * LEAST), 2))
    finally:
        stop.set()
        thread.join()


def test_no_process_is_left() -> None:
    """Neither after the work nor after an exception, with results larger than a pipe."""
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    before = children.read_text("ascii")
    forked_map(lambda n: "常青" * n, range(0, 40 * LEAST, 10), 3)
    for bad in (0, 1):
        with pytest.raises(ZeroDivisionError):
            forked_map(lambda n, bad=bad: "长" * 10_000 * (1 // (n - bad)), range(4 * LEAST), 2)
    assert before == children.read_text("ascii")


@pytest.mark.usefixtures("alone")
def test_a_worker_that_is_ended() -> None:
    """Is told, and never waited for."""
    here = os.getpid()

    def work(number: int) -> int:
        if os.getpid() != here:
            os._exit(9)
        return number

    with pytest.raises(RuntimeError, match="ended from outside"):
        forked_map(work, range(4 * LEAST), 2)


@pytest.mark.usefixtures("alone")
def test_work_beside_is_done_by_another_process() -> None:
    """Its result or its exception comes when it is asked for."""
    with beside(os.getpid) as other:
        assert os.getpid() != other()
    with beside(lambda: 1 // 0) as other, pytest.raises(ZeroDivisionError):
        other()
    with beside(lambda: b"x" * 1_000_000):
        pass  # nobody asks for it


def test_work_beside_threads_is_done_when_it_is_asked_for() -> None:
    """A fork would take over locks of threads that it does not have."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with beside(os.getpid) as here:
            assert os.getpid() == here()
    finally:
        stop.set()
        thread.join()
