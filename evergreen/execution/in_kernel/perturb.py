"""Perturbs a run that measures noise: what depends on time or on the order of threads differs
from an ordinary run, also where it would be equal by chance.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone. Clocks
run faster, so that `0.3 s` becomes `0.5 s`; threads start a little later, each by another time;
the folder for temporary files is empty, so that what a library kept there is made again.
Nothing that is published comes from such a run.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FASTER = 1.7
"""Speed of the clocks."""
LATER = 0.02
"""Greatest delay of a thread, in seconds."""
_CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")


def begin(temporary: str) -> None:
    """Make clocks run faster and threads start later from now on; `temporary` is a folder to make
    for temporary files.
    """
    os.mkdir(temporary)
    os.environ["TMPDIR"] = tempfile.tempdir = temporary
    for name in _CLOCKS:
        for clock in (name, f"{name}_ns"):
            setattr(time, clock, _faster(getattr(time, clock)))
    if "timeit" in sys.modules:
        timeit: Any = sys.modules["timeit"]
        timeit.default_timer = time.perf_counter
    thread: Any = threading.Thread
    thread.run = _later(thread.run)


def _faster(clock: Callable[[], Any]) -> Callable[[], Any]:
    """Return a clock that agrees now and runs faster."""
    start = clock()
    kind = type(start)

    def read() -> Any:
        return start + kind((clock() - start) * FASTER)

    read.__name__ = getattr(clock, "__name__", "clock")
    return read


def _later(run: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a thread's `run` that waits first: the later it was started, the shorter."""
    import itertools

    counts, sleep = itertools.count(1), time.sleep

    def wait_and_run(thread: Any) -> None:
        sleep(LATER / next(counts))
        run(thread)

    return wait_and_run
