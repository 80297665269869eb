"""Perturbs what a run sees of the machine's state: what depends on it is noise.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone. In a
further run of a check, some names are missing in folders that all programs write to and among the
processes, the order is another one, and the memory, the load and the room on disks are others: as
they will be on another day, while two runs within a minute would agree on them. It holds for Python
code and the usual programs; other code in C sees the machine as it is.
"""

from __future__ import annotations

import builtins
import io
import os
import random
import re
import shutil
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

FOLDERS = ("/", "/tmp", "/var/tmp", "/dev/shm", "/proc", "/run", "/var", "~", "~/.cache")
"""Folders that programs of all kinds write to."""
INSIDE = ("/var/log", "/var/cache", "/var/tmp", "/run")
"""Folders that they also write folders to."""
MISSING = 0.4
"""Share of the names that are missing."""
FACTORS = (0.6, 0.95)
"""Bounds of the factors of numbers."""
_FILES = frozenset(
    f"/proc/{name}"
    for name in (
        *("diskstats", "interrupts", "loadavg", "meminfo", "stat", "swaps", "uptime", "vmstat"),
        *("net/dev", "net/netstat", "net/snmp", "net/sockstat"),
    )
)
_NUMBER = re.compile(r"(?<![\w.:])\d+(\.\d+)?(?![\w.:])")
_SIZES = re.compile(r"/proc/\w+/statm")
"""Files of the memory of each process."""
_CONSTANT = re.compile(r"\w*Total\b")
"""Lines about the machine itself."""
_LISTING = ("lsof", "netstat", "ps", "ss", "top", "w", "who")
_MEASURING = ("df", "free", "iostat", "mpstat", "sar", "uptime", "vmstat")
_PROGRAM = """#!/bin/sh
text=$({program} "$@")
status=$?
printf '%s\\n' "$text" | awk 'BEGIN {{ srand({seed}) }} {change}'
exit $status
"""
_DROP = f"NR > 1 && rand() < {MISSING} {{ next }} {{ print }}"
_SCALE = """{
    rest = $0
    while (match(rest, /(^|[ ,(])[0-9]+/)) {
        start = RSTART + (substr(rest, RSTART, 1) !~ /[0-9]/)
        end = RSTART + RLENGTH
        number = int(substr(rest, start, end - start) * (0.6 + 0.35 * rand()))
        printf "%s%s", substr(rest, 1, start - 1), number
        rest = substr(rest, end)
    }
    print rest
}"""


def begin(folder: str) -> None:
    """Let Python code and programs see another state; `folder` is one to make for programs and
    files.
    """
    os.mkdir(folder)
    draw = random.Random()
    folders = frozenset(map(os.path.expanduser, FOLDERS))
    listdir, scandir = os.listdir, os.scandir
    _put(os, "listdir", lambda path=".": _listed(listdir(path), path, folders, draw))
    _put(os, "scandir", lambda path=".": _Entries(scandir(path), path, folders, draw))
    _put(os, "getloadavg", _loads(os.getloadavg, draw))
    _put(os, "statvfs", _room(os.statvfs, draw))
    shell = sys.modules.get("IPython.core.interactiveshell")
    opened = _opening(open, folder, draw)
    for module, name in ((builtins, "open"), (io, "open"), (shell, "io_open")):
        if module:
            setattr(module, name, opened)
    _set_programs(folder, draw)


def _put(module: Any, name: str, function: Any) -> None:
    function.__name__ = function.__qualname__ = name
    setattr(module, name, function)


def _is_shared(path: Any, folders: frozenset[str]) -> bool:
    """True for a folder that all programs write to."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        return False
    place = os.path.abspath(os.fsdecode(path))
    return place in folders or f"{place}/".startswith(tuple(f"{each}/" for each in INSIDE))


def _is_kept(name: Any, draw: random.Random) -> bool:
    """True for a process that is the run's own, and for some of all other names."""
    return draw.random() >= MISSING or _is_own(os.fsdecode(name))


def _is_own(name: str) -> bool:
    """True for a process of this session: a library may look for those that it has started."""
    try:
        return name.isdigit() and os.getsid(int(name)) == os.getsid(0)
    except (OSError, OverflowError):
        return False


def _listed(names: list[Any], path: Any, folders: frozenset[str], draw: random.Random) -> list[Any]:
    """Return the names of a folder, without some and in another order if it is a shared one."""
    if not _is_shared(path, folders):
        return names
    kept = [name for name in names if _is_kept(name, draw)]
    draw.shuffle(kept)
    return kept


class _Entries:
    """What `os.scandir` returns."""

    def __init__(self, entries: Any, path: Any, folders: frozenset[str], draw: random.Random):
        self.entries = entries
        self.close = entries.close
        self.found: Iterator[Any] = entries
        if _is_shared(path, folders):
            kept = [entry for entry in entries if _is_kept(entry.name, draw)]
            draw.shuffle(kept)
            self.found = iter(kept)

    def __iter__(self) -> _Entries:
        return self

    def __next__(self) -> Any:
        return next(self.found)

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _loads(plain: Callable[[], Any], draw: random.Random) -> Callable[[], Any]:
    """Return `os.getloadavg` with other loads."""
    return lambda: tuple(load * draw.uniform(*FACTORS) + draw.random() / 9 for load in plain())


def _room(plain: Callable[[Any], Any], draw: random.Random) -> Callable[[Any], Any]:
    """Return `os.statvfs` with less free room."""

    def statvfs(path: Any) -> Any:
        size, fragment, blocks, *free, files, spare, available, flags, longest = plain(path)
        factor = draw.uniform(*FACTORS)
        less = (int(each * factor) for each in (*free, spare, available))
        one, other, spare, available = less
        return os.statvfs_result(
            (size, fragment, blocks, one, other, files, spare, available, flags, longest)
        )

    return statvfs


def _opening(plain: Callable[..., Any], folder: str, draw: random.Random) -> Callable[..., Any]:
    """Return `open` that opens a copy with other numbers of a file that shows the state."""

    def open(file: Any, *rest: Any, **named: Any) -> Any:
        path = os.fsdecode(file) if isinstance(file, (str, bytes, os.PathLike)) else ""
        if path in _FILES or _SIZES.fullmatch(path):
            with plain(file, encoding="utf-8") as source:
                text = _scaled(source.read(), draw)
            file = os.path.join(folder, os.path.basename(path))
            with plain(file, "w", encoding="utf-8") as copy:
                copy.write(text)
        return plain(file, *rest, **named)

    return open


def _scaled(text: str, draw: random.Random) -> str:
    """Return a text with other numbers, except those of lines about a total."""

    def scale(found: re.Match[str]) -> str:
        is_start = found.string.startswith("btime")  # processes are told apart by it
        value = float(found[0]) * (FACTORS[1] if is_start else draw.uniform(*FACTORS))
        return f"{value:.2f}" if found[1] else str(int(value))

    lines = text.splitlines(keepends=True)
    return "".join(line if _CONSTANT.match(line) else _NUMBER.sub(scale, line) for line in lines)


def _set_programs(folder: str, draw: random.Random) -> None:
    """Put programs before the system's whose text is another one."""
    for change, names in ((_DROP, _LISTING), (_SCALE, _MEASURING)):
        for name in names:
            if program := shutil.which(name):
                path = os.path.join(folder, name)
                seed = draw.randrange(10**6)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(_PROGRAM.format(program=program, seed=seed, change=change))
                os.chmod(path, 0o755)
    os.environ["PATH"] = os.pathsep.join((folder, os.environ.get("PATH", os.defpath)))
