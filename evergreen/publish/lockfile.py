"""A folder that one build holds at a time.

A record lock of POSIX on a file in it: the system lifts it when the process ends, however it ends,
and kernels or workers that a dead build left behind have not inherited it.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from evergreen.errors import EvergreenError, fault

FILE = "lock"
"""In the folder; names the process that holds it, or held it last."""


@contextmanager
def lock(folder: Path, wait: float = 5.0) -> Iterator[None]:
    """Hold `folder`, made where it is missing, while the block runs.

    Another process or thread that holds it is waited for, `wait` seconds at most; after that an
    EvergreenError says which process and since when. Not to be taken twice by one thread.
    """
    with hold(folder, wait) as descriptor:
        with _told(folder):
            _sign(descriptor)
        yield


@contextmanager
def hold(folder: Path, wait: float) -> Iterator[int]:
    """The same without a name, which leaves an existing file as it is; yields its descriptor."""
    deadline = time.monotonic() + wait
    thread = _threads[os.path.realpath(folder)]
    if not thread.acquire(timeout=wait):
        # Not to be looked up in the file: closing it would lift this process's lock.
        raise _refusal(folder, "a thread of this process")
    try:
        with _told(folder):
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
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise fault(
            str(folder), f"cannot be locked: {error.strerror}", "see to its permissions and space"
        ) from error


def _take(folder: Path, deadline: float) -> int:
    while (descriptor := _try(folder)) is None:
        if time.monotonic() > deadline:
            raise _held(folder)
        time.sleep(0.01)
    return descriptor


def _try(folder: Path) -> int | None:
    """The open lock file, ours; None while another process has it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = None
    # The holder may remove the folder at any point: then there is another file of that name, or
    # none, and this one locks nothing.
    with suppress(FileNotFoundError, BlockingIOError):
        descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), (folder / FILE).stat()):
            return descriptor
    if descriptor is not None:
        os.close(descriptor)
    return None


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
    return fault(str(folder), f"held by another build, {holder}", "wait until it ends, or stop it")
