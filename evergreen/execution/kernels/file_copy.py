"""Copy single files fast: as a clone if the filesystem can, otherwise without their holes.

A placeholder has its source's size, permissions and modification time, and is one hole. Standard
library only: the supervisor fills placeholders, under the posts' Python.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FICLONE = 0x40049409
"""Linux ioctl that makes a file share the blocks of another (linux/fs.h): btrfs, XFS."""
CHUNK = 8 << 20
"""Number of bytes copied between two calls of `is_cancelled`."""
_SMALL = 64 << 10
_REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)
"""Errors that another copying method would raise too."""


class CopyCancelled(Exception):
    """The copy is no longer needed."""


def copy_file(source: str, target: str, is_cancelled: Callable[[], bool]) -> tuple[int, int]:
    """Copy a regular file in a consistent state, with its permissions and modification time.

    The copy's access time is 0. Returns its size and modification time (ns). Raises OSError, and
    CopyCancelled.
    """
    with _opened(source, target) as (reading, writing):
        before = os.fstat(reading)
        for _ in range(3):
            _copy_content(reading, writing, before.st_size, is_cancelled)
            after = os.fstat(reading)
            if (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
                break
            before = after
        return _finish(writing, before)


def make_placeholder(source: str, target: str) -> tuple[tuple[int, int], bool]:
    """Make a clone of a file, or else a placeholder. Raises OSError.

    Returns its size and modification time (ns), and whether it is a placeholder.
    """
    with _opened(source, target) as (reading, writing):
        status = os.fstat(reading)
        is_clone = _clone(reading, writing)
        if not is_clone:
            os.ftruncate(writing, status.st_size)
        return _finish(writing, status), not is_clone


def fill(source: str, placeholder: str) -> None:
    """Copy a file's content to its placeholder, read-only ones too. Raises OSError."""
    mode = stat.S_IMODE(os.stat(placeholder).st_mode)
    os.chmod(placeholder, mode | stat.S_IWUSR)
    try:
        copy_file(source, placeholder, lambda: False)
    except OSError:
        os.chmod(placeholder, mode)
        raise


def is_hole(path: str) -> bool:
    """True if a file has no content, only a size. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        os.lseek(descriptor, 0, os.SEEK_DATA)
    except OSError as error:
        return error.errno == errno.ENXIO
    finally:
        os.close(descriptor)
    return False


@contextlib.contextmanager
def _opened(source: str, target: str) -> Iterator[tuple[int, int]]:
    """Open a file to read it, and then an empty one to write."""
    reading = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            yield reading, writing
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _finish(writing: int, status: os.stat_result) -> tuple[int, int]:
    """Set the permissions and times of a copy; return its size and modification time (ns)."""
    os.fchmod(writing, stat.S_IMODE(status.st_mode))
    os.utime(writing, ns=(0, status.st_mtime_ns))
    return status.st_size, status.st_mtime_ns


def _copy_content(reading: int, writing: int, size: int, is_cancelled: Callable[[], bool]) -> None:
    if size <= _SMALL:
        content = os.pread(reading, size, 0)
        os.pwrite(writing, content, 0)
        os.ftruncate(writing, len(content))
        return
    if _clone(reading, writing):
        return
    os.ftruncate(writing, 0)
    os.ftruncate(writing, size)
    start, end = _next_data(reading, 0, size)
    while start < end:
        if is_cancelled():
            raise CopyCancelled
        done = _copy_range(reading, writing, start, min(end - start, CHUNK))
        if not done:  # the file has become shorter
            return
        start += done
        if start >= end:
            start, end = _next_data(reading, start, size)


def _clone(reading: int, writing: int) -> bool:
    if sys.platform != "linux":
        return False
    try:
        fcntl.ioctl(writing, FICLONE, reading)
    except OSError:
        return False
    return True


def _next_data(descriptor: int, offset: int, size: int) -> tuple[int, int]:
    """Return start and end of the next data; (size, size) where only a hole follows."""
    if offset >= size:
        return size, size
    try:
        start = os.lseek(descriptor, offset, os.SEEK_DATA)
        return start, min(os.lseek(descriptor, start, os.SEEK_HOLE), size)
    except OSError:  # no data behind the offset, or a filesystem that does not know of holes
        is_hole = offset > 0 or _has_holes(descriptor)
        return (size, size) if is_hole else (offset, size)


def _has_holes(descriptor: int) -> bool:
    status = os.fstat(descriptor)
    return status.st_blocks * 512 < status.st_size


def _copy_range(reading: int, writing: int, offset: int, count: int) -> int:
    """Copy bytes at an offset; return how many were copied."""
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(reading, writing, count, offset, offset)
        except OSError as error:
            if error.errno in _REFUSED:
                raise
    return os.pwrite(writing, os.pread(reading, count, offset), offset)
