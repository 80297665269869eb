"""The process table, read from /proc; empty on systems without it.

Standard library only: it runs with `supervisor`, under the posts' Python.
"""

from __future__ import annotations

import contextlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def descendants(pid: int) -> set[int]:
    """Return the pids of a process's descendants, without zombies but including their children.

    A process whose first thread has ended looks like a zombie, but its other threads may have
    children.
    """
    zombies: set[int] = set()
    parent_of = parents(zombies)
    found: set[int] = set()
    pending = {pid}
    while pending:
        pending = {child for child, parent in parent_of.items() if parent in pending} - found
        found |= pending
    return found - zombies


def parents(zombies: set[int] | None = None) -> dict[int, int]:
    """Return the parent of each process; add processes that have ended to `zombies`."""
    found: dict[int, int] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                with open(f"/proc/{name}/stat") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
                found[int(name)] = int(parent)
                if state in "ZX" and zombies is not None:
                    zombies.add(int(name))
    return found


def newest() -> int:
    """Return the pid that was assigned last, from /proc/loadavg; 0 if there is none."""
    return _number("/proc/loadavg", -1)


def memory(pids: Iterable[int], limit: int) -> int:
    """Return the memory of some processes together, in bytes.

    The sum of resident memory, which counts shared pages once per process, is fast to read. Only if
    it exceeds `limit`, return the proportional sum, which counts them once.
    """
    resident = sum(_number(f"/proc/{pid}/statm", 1) for pid in pids) * os.sysconf("SC_PAGE_SIZE")
    if resident <= limit:
        return resident
    # The header line ends with [rollup] and has five more words; then Rss: N kB, Pss: N kB.
    return sum(_number(f"/proc/{pid}/smaps_rollup", 10) for pid in pids) * 1024 or resident


def _number(path: str, index: int) -> int:
    """Return the word at an index in a file of /proc, as a number; 0 if the process is gone."""
    try:
        with open(path) as file:
            return int(file.read().split()[index])
    except (OSError, ValueError, IndexError):
        return 0
