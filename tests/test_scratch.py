"""Temporary folders."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from evergreen.execution.scratch import PREFIX, remove, scratch_folder, sweep

ROOT = Path(__file__).parent.parent
HOLDER = (
    "import sys\nfrom evergreen.execution.scratch import scratch_folder\n"
    "with scratch_folder() as folder:\n    print(folder, flush=True)\n    sys.stdin.read()\n"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the temporary folder of the test."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    sweep.cache_clear()
    return tmp_path


def hold() -> tuple[subprocess.Popen[str], Path]:
    """Start a process that uses a scratch folder until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def test_it_is_gone_at_the_end(place: Path) -> None:
    """With all that is in it."""
    with scratch_folder() as folder:
        (folder / "深/处").mkdir(parents=True)
        assert (place, True) == (folder.parent, folder.name.startswith(PREFIX))
    assert [] == list(place.iterdir())


def test_the_folder_of_a_killed_process_is_swept(place: Path) -> None:
    """By the next process that makes one."""
    process, folder = hold()
    (folder / "数据").write_text("x")
    process.kill()
    process.communicate()
    assert folder.is_dir()
    with scratch_folder() as own:
        assert [own] == list(place.iterdir())


def test_a_folder_in_use_is_left_alone(place: Path) -> None:
    """Its process holds the lock."""
    process, folder = hold()
    with scratch_folder():
        assert folder.is_dir()
    process.communicate("")
    assert [] == list(place.iterdir())


def test_what_others_made_is_left_alone(place: Path) -> None:
    """Another name, a file, a symlink to a folder."""
    elsewhere = place / "我的"
    elsewhere.mkdir()
    (place / f"{PREFIX}file").write_text("x")
    (place / f"{PREFIX}link").symlink_to(elsewhere)
    with scratch_folder():
        pass
    assert {"我的", f"{PREFIX}file", f"{PREFIX}link"} == {path.name for path in place.iterdir()}


def test_a_socket_fits_though_the_temporary_folder_has_a_long_name(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shorter place is taken where one is asked for."""
    long = place / ("长" * 40)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with scratch_folder(30) as short, scratch_folder() as usual:
        assert (True, long) == (len(os.fsencode(short)) + 30 <= 103, usual.parent)


def test_permissions_do_not_keep_a_folder(tmp_path: Path) -> None:
    """A post may have taken them from itself."""
    shut = tmp_path / "a/b"
    shut.mkdir(parents=True)
    (shut / "c").write_text("x")
    shut.chmod(0)
    remove(tmp_path / "a")
    assert [] == list(tmp_path.iterdir())


RACER = """
from evergreen.execution.scratch import PREFIX, scratch_folder, sweep
for number in range(200):
    sweep.cache_clear()
    with scratch_folder() as folder:
        (folder / "x").write_text("x")
        assert folder.is_dir()
"""


def test_processes_that_sweep_at_once_leave_each_other_alone(place: Path) -> None:
    """Also a folder that another one has made and not yet locked."""
    command = [sys.executable, "-c", RACER]
    racers = [
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)
    ]
    errors = [process.communicate()[1] for process in racers]
    assert (["", "", ""], []) == (errors, list(place.iterdir()))
