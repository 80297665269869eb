"""Single files: replaced whole, hashed by content."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from evergreen.paths import SET_ASIDE, atomic_write, file_sha256


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced(tmp_path: Path, durable: bool) -> None:
    """Its folders are made, and nothing else is left beside it."""
    file = tmp_path / "新" / "文.json"
    for content in (b"old", "新".encode()):
        atomic_write(file, content, durable=durable)
    assert ("新", [file]) == (file.read_text("utf-8"), list(file.parent.iterdir()))


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """The content cannot be written: the temporary file is removed."""
    file = tmp_path / "a"
    file.write_bytes(b"old")
    with pytest.raises(TypeError):
        atomic_write(file, "no bytes")  # type: ignore[arg-type]
    assert ([file], b"old") == (list(tmp_path.iterdir()), file.read_bytes())


def test_a_folder_in_the_way_is_set_aside(tmp_path: Path) -> None:
    """It is not Evergreen's to delete."""
    file = tmp_path / "a"
    (file / "我的").mkdir(parents=True)
    atomic_write(file, b"new")
    assert str(file) == SET_ASIDE.pop()
    (aside,) = tmp_path.glob("a.aside-*")
    assert (b"new", ["我的"]) == (file.read_bytes(), [path.name for path in aside.iterdir()])


def test_a_name_of_any_length_can_be_written(tmp_path: Path) -> None:
    """The temporary name does not grow with it."""
    file = tmp_path / ("文" * 85)
    atomic_write(file, b"content")
    assert sha256(b"content").hexdigest() == file_sha256(file)
