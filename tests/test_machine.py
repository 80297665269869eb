"""Present values of the machine: hashes, names, modules, kernels, each looked up once."""

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
def test_a_file_has_the_hash_of_its_content(size: int, tmp_path: Path) -> None:
    """The value is the SHA-256 for any size."""
    content = b"\xe5\xb8\xb8" * (size // 3) + b"x" * (size % 3)
    (tmp_path / "文").write_bytes(content)
    assert sha256(content).hexdigest() == hash_path(str(tmp_path / "文"))


def test_special_files_have_a_word(tmp_path: Path) -> None:
    """A folder and a device have a word; a missing path and an impossible name have ""."""
    os.mkfifo(tmp_path / "管")
    found = [hash_path(str(tmp_path / name)) for name in ("", "管", "无", "无/深", "\0", "x" * 999)]
    assert [FOLDER, DEVICE, "", "", "", ""] == found


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_has_a_word(tmp_path: Path) -> None:
    """An unreadable file differs from a missing one."""
    (tmp_path / "密").touch(0o000)
    assert UNREADABLE == hash_path(str(tmp_path / "密"))


def test_names_of_a_folder(tmp_path: Path) -> None:
    """Order, caches, Unicode normal form and excluded names do not affect the hash; that a file
    became a folder does."""
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
    before = hash_names(first)
    (tmp_path / "一/甲").unlink()
    put(tmp_path / "一/甲/子", "")
    assert before != hash_names(first)
    assert (hash_names(first), "") == (hash_place(first + "/"), hash_names(str(tmp_path / "无")))


def test_modules_of_a_folder() -> None:
    """Files, folders and extensions that Python would import are modules; data files are not."""
    names = ["a.py", "b", "b.py", "c.cpython-312-x86_64-linux-gnu.so", "d.csv", "e f.py", "g.py~"]
    assert {"a": "a.py", "b": "b/b.py", "c": names[3]} == find_modules(names)


def test_this_python(tmp_path: Path) -> None:
    """The default kernel has our version and packages, but not our working directory."""
    found = find_interpreter("python3")
    assert found is not None
    assert sys.version.split()[0] == found.version
    assert str(Path.cwd()) not in found.path


def test_another_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel's own Python reports its version and its module path."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    write_kernels(tmp_path / "jupyter", sys.executable, tmp_path / "own")
    found = find_interpreter("eg-python")
    assert found is not None
    assert str(tmp_path / "own") == found.path[0]
    here = Machine()
    assert "1.0" == here.value("package eg-python/eg_used")
    assert ("", "") == (here.value("package eg_used"), here.value("package nowhere/eg_used"))
    assert (True, "") == ("ipykernel" in here.value("kernel eg-python"), here.value("kernel no"))


def test_values_are_cached_for_one_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All posts of a build see the same value; the next build looks it up again."""
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
def test_missing_things_have_no_value(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of fact can be looked up for any name."""
    value = Machine().value(f"{kind} eg-没有")
    assert ("" == value) == (kind not in ("platform", "installed", "origin"))


def test_a_file_of_a_time_zone_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named by the variable, and read before a run is observed."""
    put(tmp_path / "区", "上海")
    monkeypatch.setenv("TZ", f":{tmp_path}/区")
    before = Machine().value("variable TZ")
    assert before == Machine().value("variable TZ")
    put(tmp_path / "区", "柏林")
    assert before != Machine().value("variable TZ")


def test_a_variable_is_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value may be secret; an empty one differs from an unset one."""
    monkeypatch.setenv("EG_SECRET", "hunter2")
    monkeypatch.setenv("EG_EMPTY", "")
    here = Machine()
    assert "hunter2" not in here.value("variable EG_SECRET")
    assert "" != here.value("variable EG_EMPTY")


def test_the_home_folder_is_abbreviated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A path below the home folder means the same on another machine."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ("~/数/a.csv", "/数") == (
        abbreviate_home(str(tmp_path / "数/a.csv")),
        abbreviate_home("/数"),
    )
