"""The system's table of processes, read from /proc; empty where there is none.

Standard library only: it runs beside `supervisor`, under the posts' Python.
"""

from __future__ import annotations

import contextlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def descendants(pid: int) -> set[int]:
    """The pids of what a process started, at any depth; without zombies, but through them.

    A process whose first thread has ended looks like one while its others still have children.
    """
    zombies: set[int] = set()
    above = parents(zombies)
    found: set[int] = set()
    edge = {pid}
    while edge:
        edge = {child for child, parent in above.items() if parent in edge} - found
        found |= edge
    return found - zombies


def parents(zombies: set[int] | None = None) -> dict[int, int]:
    """The parent of each process; those that have ended and are not collected go into `zombies`."""
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
    """The pid that was given last, from /proc/loadavg; 0 where there is none."""
    return _number("/proc/loadavg", -1)


def memory(pids: Iterable[int], limit: int) -> int:
    """Bytes of some processes together.

    Pages that several share are counted for each of them, which is read in no time, unless that
    sum is over `limit`: then once.
    """
    resident = sum(_number(f"/proc/{pid}/statm", 1) for pid in pids) * os.sysconf("SC_PAGE_SIZE")
    if resident <= limit:
        return resident
    # Address range, permissions and three numbers end in [rollup]; Rss: N kB Pss: N kB follow.
    return sum(_number(f"/proc/{pid}/smaps_rollup", 10) for pid in pids) * 1024 or resident


def _number(path: str, index: int) -> int:
    """A number of a file of /proc, by its place among the words; 0 where the process is gone."""
    try:
        with open(path) as file:
            return int(file.read().split()[index])
    except (OSError, ValueError, IndexError):
        return 0
