"""Perturbs a run that measures noise: what depends on time or on the order of threads differs
from an ordinary run, also where it would be equal by chance.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone. Clocks
run faster, at changing speeds: `0.3 s` becomes `0.5 s`, and what is sorted by measured times
has another order, also in a profile. Threads start a little later, each by another time, and so do
tasks of pools and timers of asyncio: which ends first may be another one. The folder
for temporary files is empty, so that what a library kept there is made again. Nothing that is
published comes from such a run.
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

SPEEDS = (1.4, 3.5)
"""Least and greatest speed of a clock: a rounded duration is another one at each of them."""
MEASURING = (1.4, 30.0)
"""The same of clocks that code measures with: on a busy machine, a short duration of the published
run can be a hundred times that of later ones, and nothing else shows that it is a duration.
"""
LATER = 0.02
"""Greatest delay of a thread, a task or a timer, in seconds."""
_CLOCKS = {
    "time": MEASURING,
    "monotonic": SPEEDS,  # libraries end their waiting by it
    "perf_counter": MEASURING,
    "process_time": MEASURING,
    "thread_time": MEASURING,
}


def begin(temporary: str) -> None:
    """Make clocks run unevenly and threads start later from now on; `temporary` is a folder to make
    for temporary files.
    """
    os.mkdir(temporary)
    os.environ["TMPDIR"] = tempfile.tempdir = temporary
    for name, speeds in _CLOCKS.items():
        for clock in (name, f"{name}_ns"):
            setattr(time, clock, _uneven(getattr(time, clock), speeds))
    if "timeit" in sys.modules:
        timeit: Any = sys.modules["timeit"]
        timeit.default_timer = time.perf_counter
    thread: Any = threading.Thread
    thread.run = _later(thread.run)
    _profile_unevenly()
    _delay_tasks()


def _uneven(clock: Callable[[], Any], speeds: tuple[float, float] = SPEEDS) -> Callable[[], Any]:
    """Return a clock that agrees now and then runs at changing speeds, never backwards.

    A speed holds for some readings, seldom for many: so both a single duration and a sum of many
    are longer or shorter than others.
    """
    import math
    import random

    draw, low, high = random.Random().random, *map(math.log, speeds)
    start = clock()
    state = start, start, 1.0, 0.0

    def read() -> Any:
        nonlocal state  # without a lock: a signal's handler may read the clock meanwhile
        now = clock()
        then, shown, speed, readings = state
        if now <= then:
            return shown
        if readings < 1:
            speed, readings = math.exp(low + (high - low) * draw()), 0.5 / (1 - draw())
        shown += type(start)((now - then) * speed)
        state = now, shown, speed, readings - 1
        return shown

    read.__name__ = getattr(clock, "__name__", "clock")
    return read


def _profile_unevenly() -> None:
    """Let profiles read the clock of `time`, where they are not given another one."""
    import cProfile

    profile: Any = cProfile.Profile
    plain = profile.__init__

    def begin(self: Any, timer: Any = None, *rest: Any, **named: Any) -> None:
        plain(self, timer or time.perf_counter, *rest, **named)

    profile.__init__ = begin


def _delay_tasks() -> None:
    """Let tasks of pools end later, each by another time, and timers of asyncio, too."""
    import asyncio.base_events
    import concurrent.futures.thread
    import multiprocessing.queues
    import random

    draw, sleep = random.SystemRandom().random, time.sleep  # processes are forked with others
    item: Any = concurrent.futures.thread._WorkItem
    results: Any = multiprocessing.queues.SimpleQueue
    loop: Any = asyncio.base_events.BaseEventLoop
    run, put, call_at = item.run, results.put, loop.call_at

    def run_later(self: Any, *given: Any) -> None:
        sleep(LATER * draw())
        run(self, *given)

    def put_later(self: Any, result: Any) -> None:
        sleep(LATER * draw())
        put(self, result)

    def call_later(self: Any, when: float, *given: Any, **named: Any) -> Any:
        return call_at(self, when + LATER * draw(), *given, **named)

    item.run, results.put, loop.call_at = run_later, put_later, call_later


def _later(run: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a thread's `run` that waits first: the later it was started, the shorter."""
    import itertools

    counts, sleep = itertools.count(1), time.sleep

    def wait_and_run(thread: Any) -> None:
        sleep(LATER / next(counts))
        run(thread)

    return wait_and_run
