"""Where runs take place: a standard `concurrent.futures.Executor`."""

from __future__ import annotations

import os
from concurrent.futures import Executor, ThreadPoolExecutor


def open_executor(jobs: int = 0) -> Executor:
    """An executor of that many runs at once on this machine; 0: one a core.

    Threads suffice: each run's work is done by its own kernel's process.
    """
    return ThreadPoolExecutor(jobs or os.cpu_count() or 1, thread_name_prefix="run")
