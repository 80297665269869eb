"""The hash of the engine's files and of the templates."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from evergreen.build.cache.fingerprint import read_engine
from evergreen.paths import TICK


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one template, which changed long enough ago."""
    made = tmp_path / "templates"
    made.mkdir()
    (made / "文章.html").write_text("one", "utf-8")
    time.sleep(2 * TICK / 1e9)
    return made


def known(folder: Path) -> Path:
    """Return a memory of the folder as it is now."""
    memory = folder.parent / "engine"
    read_engine([folder], memory).remember(memory)
    return memory


def test_files_that_are_as_they_were_are_not_read(folder: Path) -> None:
    memory = known(folder)
    stamps, contents = memory.read_text().split()
    memory.write_text(f"{stamps} {contents[::-1]}")
    assert read_engine([folder], memory).contents == contents[::-1]


def test_an_edit_of_the_same_size_counts_whatever_time_it_claims(folder: Path) -> None:
    memory, file = known(folder), folder / "文章.html"
    before, status = read_engine([folder], memory).digest, file.stat()
    file.write_text("two", "utf-8")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert read_engine([folder], memory).digest != before


def test_a_new_name_counts(folder: Path) -> None:
    memory = known(folder)
    before = read_engine([folder], memory).digest
    (folder / "文章.html").rename(folder / "page.html")
    assert read_engine([folder], memory).digest != before


def test_a_copy_has_the_same_hash(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "文章.html").write_text("one", "utf-8")
    none = tmp_path / "none"
    assert read_engine([copy], none).digest == read_engine([folder], none).digest


def test_a_file_that_changed_just_now_is_not_remembered(folder: Path) -> None:
    (folder / "new.html").write_text("", "utf-8")
    assert not known(folder).exists()


def test_a_change_is_remembered_in_place_of_what_was(folder: Path) -> None:
    memory = known(folder)
    before = memory.read_text()
    (folder / "文章.html").write_text("two", "utf-8")
    time.sleep(2 * TICK / 1e9)
    assert known(folder).read_text() != before


@pytest.mark.parametrize("text", ["", "a b c", "stamps short", "\udcff"])
def test_a_damaged_memory_costs_only_time(folder: Path, text: str) -> None:
    memory = known(folder)
    before = read_engine([folder], memory).digest
    memory.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read_engine([folder], memory).digest == before


def test_a_link_to_nowhere_does_not_count(folder: Path) -> None:
    memory = known(folder)
    before = read_engine([folder], memory).digest
    (folder / ".#文章.html").symlink_to("nobody@host")
    assert read_engine([folder], memory).digest == before


def test_a_pipe_in_the_place_of_the_memory_is_not_waited_for(folder: Path, tmp_path: Path) -> None:
    memory = tmp_path / "pipe"
    os.mkfifo(memory)
    assert read_engine([folder], memory).digest == read_engine([folder], tmp_path / "none").digest
