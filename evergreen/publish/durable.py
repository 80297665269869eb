"""Files that are on the disk before they are renamed: a power cut leaves no empty pages."""

# ruff: noqa: PTH102, PTH123
# Paths are strings here: 12,000 Path objects take longer than all the system calls.

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from evergreen.publish.paths import folders_of

FEW = 32
"""Up to so many files are made durable one by one, more with their whole filesystem at once."""


def write_files(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write new files; their folders are made. They are durable when the call returns."""
    make_folders(folders_of(contents), folder)
    for path, content in contents.items():
        with open(f"{folder}/{path}", "xb") as file:
            file.write(content)
    if len(contents) <= FEW or not _sync_filesystem(folder):
        for path in contents:
            _sync_file(f"{folder}/{path}")


def make_folders(folders: Iterable[str], base: Path) -> None:
    """Make those that are not there, and `base`."""
    base.mkdir(parents=True, exist_ok=True)
    for folder in sorted(folders):
        with suppress(FileExistsError):
            os.mkdir(f"{base}/{folder}")


def _sync_file(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_filesystem(folder: Path) -> bool:
    """False where the system has no such call."""
    if sys.platform != "linux":
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if system.syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)
    return True
