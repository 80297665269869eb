"""Copies of single files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.execution.kernels.file_copy import CopyCancelled, copy_file

KIB = 1024


def never() -> bool:
    """Go on."""
    return False


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 200)), max_size=6))
def test_the_content_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[bool, int]]
) -> None:
    """Of files with holes at any place too."""
    folder = tmp_path_factory.mktemp("copy")
    source, target = folder / "源", folder / "本"
    with source.open("wb") as file:
        for is_hole, kib in parts:
            if is_hole:
                file.seek(kib * KIB, os.SEEK_CUR)
            else:
                file.write(os.urandom(kib * KIB))
        file.truncate()
    copy_file(str(source), str(target), never)
    assert source.read_bytes() == target.read_bytes()


def test_holes_stay_holes(tmp_path: Path) -> None:
    """A sparse file of 4 GiB takes no room."""
    source, target = tmp_path / "a", tmp_path / "b"
    with source.open("wb") as file:
        file.seek(1 << 30)
        file.write(b"middle")
        file.truncate(4 << 30)
    copy_file(str(source), str(target), never)
    status = target.stat()
    assert (4 << 30, True) == (status.st_size, status.st_blocks * 512 < 1 << 20)


def test_permissions_and_times_are_kept(tmp_path: Path) -> None:
    """The access time is the epoch, so that a later read can be seen."""
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"x")
    source.chmod(0o640)
    os.utime(source, ns=(5, 1_700_000_000_000_000_001))
    stamp = copy_file(str(source), str(target), never)
    status = target.stat()
    found = status.st_mode & 0o777, status.st_atime_ns, (status.st_size, status.st_mtime_ns)
    assert (0o640, 0, stamp) == found


def test_a_long_copy_can_be_cancelled(tmp_path: Path) -> None:
    """It stops between two chunks."""
    source = tmp_path / "a"
    source.write_bytes(os.urandom(1 << 20))
    with pytest.raises(CopyCancelled):
        copy_file(str(source), str(tmp_path / "b"), lambda: True)
