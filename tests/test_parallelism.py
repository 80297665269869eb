"""The number of runs that may begin at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from evergreen.execution.executors import parallelism
from evergreen.execution.executors.local import open_local
from evergreen.execution.executors.parallelism import HEAVY, LIGHT, MemoryGate, free_memory, needs
from evergreen.execution.job import Job
from evergreen.execution.progress import SilentProgress
from evergreen.model import Cell, ExecuteOptions, Notebook


def job(source: str, memory: float = 0) -> Job:
    """Return a post's job with one cell."""
    return Job("posts/文.md", Notebook((Cell(source, 1),)), ExecuteOptions(memory=memory))


@pytest.mark.parametrize(
    ("source", "memory", "expected"),
    [
        ("print('一')", 0, LIGHT),
        ("import numpy", 0, LIGHT),
        ("import tensorflow as tf", 0, HEAVY),
        ("from keras import layers", 0, HEAVY),
        ("import tensorflow as tf", 6, 6),
        ("import json", 3.5, 3.5),
    ],
)
def test_memory_of_a_run(source: str, memory: float, expected: float) -> None:
    """The post's declared memory counts, else an estimate from its imports."""
    assert expected == needs(job(source, memory))


@contextmanager
def inside(
    gate: MemoryGate, wanted: Job, pool: ThreadPoolExecutor, seconds: float = 0.2
) -> Iterator[bool]:
    """Yield True if a job is admitted within that time; it stays until the block ends."""
    entered, leave = Event(), Event()

    def run() -> None:
        with gate.admitted(wanted):
            entered.set()
            leave.wait(10)

    done = pool.submit(run)
    is_in = entered.wait(seconds)
    try:
        yield is_in
    finally:
        leave.set()
    if is_in:
        done.result()


def enters(gate: MemoryGate, wanted: Job, pool: ThreadPoolExecutor) -> bool:
    """True if a job is admitted at once."""
    with inside(gate, wanted, pool) as entered:
        return entered


def test_two_run_if_two_fit() -> None:
    """If only one fits, the second waits for the first."""
    big = job("import tensorflow")
    with ThreadPoolExecutor() as pool:
        for free, expected in ((2 * HEAVY, True), (2 * HEAVY - 0.1, False)):
            gate = MemoryGate(free)
            with gate.admitted(big):
                assert expected == enters(gate, big, pool)
            assert enters(gate, big, pool)


def test_a_light_run_passes_a_heavy_one() -> None:
    """A light run begins before a heavy one that does not fit."""
    gate = MemoryGate(HEAVY + LIGHT)
    with ThreadPoolExecutor() as pool, gate.admitted(job("import torch")):
        assert enters(gate, job("print(1)"), pool)


def test_the_number_of_runs_is_limited() -> None:
    """The limit applies however much memory is free."""
    gate, one = MemoryGate(1000, 2), job("print(1)")
    with ThreadPoolExecutor() as pool, gate.admitted(one):
        assert enters(gate, one, pool)
        with inside(gate, one, pool, 10) as second:
            assert second
            assert not enters(gate, one, pool)


def test_a_run_larger_than_the_machine_runs_alone() -> None:
    """It is not blocked forever."""
    gate, huge = MemoryGate(1), job("print(1)", 500)
    with ThreadPoolExecutor() as pool:
        assert enters(gate, huge, pool)
        with gate.admitted(job("print(2)")):
            assert not enters(gate, huge, pool)


def test_declared_memory_keeps_runs_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two posts that each need the machine's whole memory run one after the other."""
    monkeypatch.setattr(parallelism, "_available", lambda _: 3 * 2**30)
    note = f"open({str(tmp_path / '记')!r}, 'a').write"
    sources = [f"{note}('{n}(');import time;time.sleep(.3);{note}(')')" for n in "ab"]
    with open_local(2) as submit:
        for future in [submit(job(source, 2), SilentProgress()) for source in sources]:
            assert future.result().failure is None
    assert (tmp_path / "记").read_text() in ("a()b()", "b()a()")


def test_free_memory(tmp_path: Path) -> None:
    """The lower of the machine's and the control group's free memory counts; else all memory."""
    everything = free_memory(tmp_path)
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    4194304 kB\n")
    assert (4.0, True) == (free_memory(tmp_path), everything > 0)
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("3221225472\n")
    (group / "memory.current").write_text("1073741824\n")
    assert 2.0 == free_memory(tmp_path)
    (group / "memory.max").write_text("max\n")
    assert 4.0 == free_memory(tmp_path)
