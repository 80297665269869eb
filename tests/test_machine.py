"""What the machine has now: hashes, names, modules, kernels, and that each is asked once."""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from reuse_blog import put, write_kernels

from evergreen.records.interpreters import find_interpreter
from evergreen.records.machine import (
    DEVICE,
    FOLDER,
    KINDS,
    UNREADABLE,
    Machine,
    abbreviate_home,
    find_modules,
    hash_names,
    hash_path,
    hash_place,
)


@pytest.mark.parametrize("size", [0, 5, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_file_is_its_content(size: int, tmp_path: Path) -> None:
    """SHA-256, whatever the size."""
    content = b"\xe5\xb8\xb8" * (size // 3) + b"x" * (size % 3)
    (tmp_path / "文").write_bytes(content)
    assert sha256(content).hexdigest() == hash_path(str(tmp_path / "文"))


def test_what_is_no_file_has_a_word(tmp_path: Path) -> None:
    """A folder, a device, nothing; a name that no file can have is nothing."""
    os.mkfifo(tmp_path / "管")
    found = [hash_path(str(tmp_path / name)) for name in ("", "管", "无", "无/深", "\0", "x" * 999)]
    assert [FOLDER, DEVICE, "", "", "", ""] == found


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_has_a_word(tmp_path: Path) -> None:
    """It is not as if there were nothing."""
    (tmp_path / "密").touch(0o000)
    assert UNREADABLE == hash_path(str(tmp_path / "密"))


def test_names_of_a_folder(tmp_path: Path) -> None:
    """Their order, caches, the form of accents and what is left out do not count."""
    for folder, names in {
        "一": ("乙", "甲", "caf\u00e9"),
        "二": ("cafe\u0301", "甲", "乙"),
    }.items():
        for name in names:
            put(tmp_path / folder / name, "")
    put(tmp_path / "二/__pycache__/x.pyc", "")
    put(tmp_path / "二/丁.md", "")
    first, second = str(tmp_path / "一"), str(tmp_path / "二")
    assert hash_names(first) == hash_names(second, frozenset({"丁.md"})) != hash_names(second)
    assert (hash_names(first), "") == (hash_place(first + "/"), hash_names(str(tmp_path / "无")))


def test_modules_of_a_folder() -> None:
    """What Python would import: files, folders, extensions; not data of the same name."""
    names = ["a.py", "b", "b.py", "c.cpython-312-x86_64-linux-gnu.so", "d.csv", "e f.py", "g.py~"]
    assert {"a": "a.py", "b": "b/b.py", "c": names[3]} == find_modules(names)


def test_this_python(tmp_path: Path) -> None:
    """The usual kernel has our version and our packages, not our working directory."""
    found = find_interpreter("python3")
    assert found is not None
    assert sys.version.split()[0] == found.version
    assert str(Path.cwd()) not in found.path


def test_another_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel's own Python is asked for its version and its module path."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    write_kernels(tmp_path / "jupyter", sys.executable, tmp_path / "own")
    found = find_interpreter("eg-python")
    assert found is not None
    assert str(tmp_path / "own") == found.path[0]
    here = Machine()
    assert "1.0" == here.value("package eg-python/eg_used")
    assert ("", "") == (here.value("package eg_used"), here.value("package nowhere/eg_used"))
    assert (True, "") == ("ipykernel" in here.value("kernel eg-python"), here.value("kernel no"))


def test_answers_are_remembered_for_one_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a build all posts see the same; the next build asks again."""
    path = tmp_path / "数.csv"
    path.write_text("1")
    monkeypatch.setenv("EG_X", "1")
    first, second = Machine(), Machine()
    before = first.hash_path(str(path)), first.value("variable EG_X")
    path.write_text("2")
    monkeypatch.setenv("EG_X", "2")
    assert before == (first.hash_path(str(path)), first.value("variable EG_X"))
    assert before[0] != second.hash_path(str(path))
    assert before[1] != second.value("variable EG_X")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_there_has_no_value(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind can be asked for anything."""
    value = Machine().value(f"{kind} eg-没有")
    assert ("" == value) == (kind != "platform")


def test_a_variable_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be a secret; empty is not the same as not set."""
    monkeypatch.setenv("EG_SECRET", "hunter2")
    monkeypatch.setenv("EG_EMPTY", "")
    here = Machine()
    assert "hunter2" not in here.value("variable EG_SECRET")
    assert "" != here.value("variable EG_EMPTY")


def test_home_is_told_as_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that a path means the same on another machine."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ("~/数/a.csv", "/数") == (
        abbreviate_home(str(tmp_path / "数/a.csv")),
        abbreviate_home("/数"),
    )
