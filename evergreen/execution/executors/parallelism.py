"""Memory gate: limits parallel runs by their number and by the machine's free memory.

A run counts with the memory that its post declares (`execute: memory`), else with an estimate for
its packages. A run that needs more than the machine has runs alone; its memory limit, not this
gate, decides whether it fails.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from evergreen.execution.job import Job
from evergreen.records.imports import packages_named

LIGHT, HEAVY = 1 / 4, 2.0
"""Estimated memory of a run in GiB if its post declares none: enough for NumPy and figures; enough
to train a network with TensorFlow on MNIST."""
FRAMEWORKS = frozenset({"tensorflow", "keras", "torch", "jax", "flax", "paddle", "mxnet"})


class MemoryGate:
    """Lets a run begin when there is enough memory for it; for use from any thread."""

    def __init__(self, free: float, most: int = sys.maxsize) -> None:
        """Take the memory for all runs together, in GiB, and the maximum number of runs."""
        self.free, self.most = free, most
        self.taken: dict[int, float] = {}
        self.changed = threading.Condition()

    @contextlib.contextmanager
    def admitted(self, job: Job) -> Iterator[None]:
        """Wait until the job fits beside the running ones, or none is running."""
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
    """Return the estimated memory of a run, in GiB."""
    if job.options.memory:
        return job.options.memory
    return HEAVY if FRAMEWORKS.intersection(packages_named(job.notebook)) else LIGHT


def free_memory(system: Path = Path("/")) -> float:
    """Return the free memory of this machine, or of this process's control group, in GiB."""
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
    """Read cgroup v2 limits: https://docs.kernel.org/admin-guide/cgroup-v2.html."""
    group = system / "sys/fs/cgroup"
    with contextlib.suppress(OSError, ValueError):
        limit = int((group / "memory.max").read_text("ascii"))
        return limit - int((group / "memory.current").read_text("ascii"))
    return None


def _physical() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
