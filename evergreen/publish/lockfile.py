"""Lock a folder for one build at a time.

Uses a POSIX record lock on a file in the folder. The system releases it when the process ends for
any reason, and child processes (kernels, workers) do not inherit it.
"""

from __future__ import annotations

import fcntl
import os
import stat
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from evergreen.errors import EvergreenError, fault
from evergreen.paths import set_aside

FILE = "lock"
"""The lock file in the folder; contains the last holder's pid."""


@contextmanager
def lock(folder: Path, wait: float = 5.0) -> Iterator[None]:
    """Lock `folder` while the block runs; make it if it does not exist.

    Waits at most `wait` seconds for another process or thread, then raises EvergreenError with the
    holder and its start time. A thread must not lock a folder twice.
    """
    with hold(folder, wait) as descriptor:
        with _as_fault(folder):
            _sign(descriptor)
        yield


@contextmanager
def hold(folder: Path, wait: float) -> Iterator[int]:
    """Lock without writing a holder into the file; yield the file's descriptor."""
    deadline = time.monotonic() + wait
    thread = _threads[os.path.realpath(folder)]
    if not thread.acquire(timeout=wait):
        # Do not read the holder from the file: closing it would release this process's lock.
        raise _refusal(folder, "a thread of this process")
    try:
        with _as_fault(folder):
            descriptor = _take(folder, deadline)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    finally:
        thread.release()


# Record locks belong to the process: its threads do not see each other's.
_threads: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@contextmanager
def _as_fault(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise fault(
            str(folder), f"cannot be locked: {error.strerror}", "check its permissions and space"
        ) from error


def _take(folder: Path, deadline: float) -> int:
    while (descriptor := _try(folder)) is None:
        if time.monotonic() > deadline:
            raise _held(folder)
        time.sleep(0.01)
    return descriptor


def _try(folder: Path) -> int | None:
    """Return the descriptor of the locked file; None if another process holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = None
    # The holder may remove the folder at any time. Then the path is another file, or none, and the
    # lock on this one has no effect.
    with suppress(FileNotFoundError, BlockingIOError):
        if not _is_file(folder / FILE):
            set_aside(folder / FILE)
        descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), (folder / FILE).stat()):
            return descriptor
    if descriptor is not None:
        os.close(descriptor)
    return None


def _is_file(path: Path) -> bool:
    """True for a regular file, and where there is nothing."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return True


def _sign(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    now = datetime.now().astimezone().isoformat(" ", "seconds")
    os.pwrite(descriptor, f"process {os.getpid()} since {now}\n".encode(), 0)


def _held(folder: Path) -> EvergreenError:
    with suppress(OSError):
        if holder := (folder / FILE).read_text(encoding="utf-8").strip():
            return _refusal(folder, holder)
    return _refusal(folder, "another process")


def _refusal(folder: Path, holder: str) -> EvergreenError:
    return fault(
        str(folder), f"locked by another build, {holder}", "wait until it ends, or stop it"
    )
