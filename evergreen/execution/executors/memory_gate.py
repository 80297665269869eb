"""Which runs are let in at once: as many as are asked for, and as the machine's memory holds.

A run counts with the memory that its post declares (`execute: memory`), else with what its packages
are known to take. One that is larger than the machine is let in alone: its own limit, not this,
decides whether it ends.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from evergreen.execution.workspace import Job
from evergreen.records.imports import packages_named

LIGHT, HEAVY = 1 / 4, 2.0
"""GiB that a run is taken to need where its post does not say it: enough for NumPy and its figures,
and for a network that TensorFlow trains on MNIST."""
FRAMEWORKS = frozenset({"tensorflow", "keras", "torch", "jax", "flax", "paddle", "mxnet"})


class MemoryGate:
    """Lets runs in while there is room for them, for use from any thread."""

    def __init__(self, free: float, most: int = sys.maxsize) -> None:
        """`free`: the GiB that all runs may take together; `most`: how many there may be."""
        self.free, self.most = free, most
        self.taken: dict[int, float] = {}
        self.changed = threading.Condition()

    @contextlib.contextmanager
    def admitted(self, job: Job) -> Iterator[None]:
        """Waits until the job fits beside those that run, or none runs."""
        wanted, me = needs(job), threading.get_ident()
        with self.changed:
            self.changed.wait_for(lambda: self._fits(wanted))
            self.taken[me] = wanted
        try:
            yield
        finally:
            with self.changed:
                del self.taken[me]
                self.changed.notify_all()

    def _fits(self, wanted: float) -> bool:
        taken = self.taken.values()
        return not taken or (len(taken) < self.most and sum(taken) + wanted <= self.free)


def needs(job: Job) -> float:
    """The GiB that a run is expected to take."""
    if job.options.memory:
        return job.options.memory
    return HEAVY if FRAMEWORKS.intersection(packages_named(job.notebook)) else LIGHT


def free_memory(system: Path = Path("/")) -> float:
    """The GiB that this machine, or the control group of this process, has left."""
    found = [_available(system), _left_in_group(system)]
    known = [size for size in found if size is not None]
    return min(known, default=_physical()) / 2**30


def _available(system: Path) -> int | None:
    with contextlib.suppress(OSError):
        text = (system / "proc/meminfo").read_text("ascii")
        if found := re.search(r"^MemAvailable:\s+(\d+) kB", text, re.M):
            return int(found[1]) * 1024
    return None


def _left_in_group(system: Path) -> int | None:
    """By version 2 of control groups: https://docs.kernel.org/admin-guide/cgroup-v2.html."""
    group = system / "sys/fs/cgroup"
    with contextlib.suppress(OSError, ValueError):
        limit = int((group / "memory.max").read_text("ascii"))
        return limit - int((group / "memory.current").read_text("ascii"))
    return None


def _physical() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
