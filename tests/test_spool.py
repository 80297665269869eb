"""Content between its making and its storing."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

import pytest

from evergreen.build.parallel import LEAST, forked_map
from evergreen.build.spool import Spool
from evergreen.model.hashing import sha256


def test_content_comes_back_as_it_was(tmp_path: Path) -> None:
    """Each part is read by itself, in any order, and knows its size and hash."""
    spool = Spool(tmp_path)
    contents = [b"", "常青".encode(), b"x" * 100_000]
    kept = [spool.add(content) for content in contents]
    assert [part.read() for part in reversed(kept)] == contents[::-1]
    assert [(part.size, part.sha256) for part in kept] == [
        (len(content), sha256(content)) for content in contents
    ]


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    """The file has no name; a folder that is missing is not created."""
    Spool(tmp_path).add(b"x")
    Spool(tmp_path / "missing").add(b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
def test_processes_share_the_file(tmp_path: Path) -> None:
    """Parts that forked processes add at the same time are read by the first process."""
    spool = Spool(tmp_path)
    contents = [os.urandom(10_000 + number) for number in range(4 * LEAST)]
    assert [part.read() for part in forked_map(spool.add, contents, 3)] == contents


def test_a_cut_file_is_an_error(tmp_path: Path) -> None:
    """Content that is gone is not taken for shorter content."""
    spool = Spool(tmp_path)
    kept = pickle.loads(pickle.dumps(spool.add(b"content")))
    os.ftruncate(spool._number, 3)
    with pytest.raises(OSError, match="cut off"):
        kept.read()
