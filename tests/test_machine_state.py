"""What a further run of a check sees of the machine's state: it is another one."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest
from executing import execute, printed

from evergreen.execution.in_kernel import machine_state as state

DRAW = random.Random(1)


def test_names_are_missing_in_folders_of_all_programs() -> None:
    """Their order is another one; what is in other folders stays."""
    names = [f"file-{n}" for n in range(40)]
    folders = frozenset({"/tmp"})
    shared = state._listed(names, "/tmp/", folders, DRAW)
    assert 10 < len(shared) < 38 and set(shared) < set(names) and shared != sorted(shared)
    for path in ("/tmp/mine", ".", 3):
        assert names == state._listed(names, path, folders, DRAW)


def test_a_run_finds_its_own_processes() -> None:
    """A library may end those that it has started."""
    own = [str(os.getpid()).encode()] * 40
    ended = [str(number).encode() for number in range(10**9, 10**9 + 40)]
    found = state._listed([*own, *ended, str(10**40)], b"/proc", frozenset({"/proc"}), DRAW)
    assert 40 == found.count(own[0]) and 50 < len(found) < 78


def test_entries_of_a_folder_are_missing_as_its_names_are(tmp_path: Path) -> None:
    """`os.walk` and `glob` ask for entries."""
    for n in range(40):
        (tmp_path / f"{n}.txt").touch()
    for folders, low, high in (((), 40, 40), ((str(tmp_path),), 10, 38)):
        with state._Entries(os.scandir(tmp_path), tmp_path, frozenset(folders), DRAW) as found:
            assert low <= len(list(found)) <= high


def test_a_disk_has_less_room_and_the_same_size() -> None:
    """`shutil.disk_usage` and psutil ask for it in this way."""
    then, now = os.statvfs("/"), state._room(os.statvfs, DRAW)("/")
    assert (then.f_blocks, then.f_frsize, then.f_files) == (now.f_blocks, now.f_frsize, now.f_files)
    assert 0.5 * then.f_bavail < now.f_bavail < 0.96 * then.f_bavail


MEMINFO = "MemTotal:  2000 kB\nMemFree:   1000 kB\n"


def test_numbers_of_the_state_are_smaller() -> None:
    """Not the memory of the machine, nor its names; its start is the same in the whole run."""
    total, free = (line.split()[1] for line in state._scaled(MEMINFO, DRAW).splitlines())
    assert "2000" == total and 600 <= int(free) <= 950
    assert "cpu0 0 vda1" == state._scaled("cpu0 0 vda1", DRAW)
    assert 1 == len({state._scaled("btime 1796000000\n", DRAW) for _ in range(9)})


def test_a_program_that_measures_the_machine_has_other_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its exit status is the same, and the names of its disks."""
    text = "/dev/vda1  1000  (900) 80% /"
    for name, status in (("df", 0), ("free", 3)):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{text}'\nexit {status}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), os.pathsep)
    (tmp_path / "programs").mkdir()
    state._set_programs(str(tmp_path / "programs"), DRAW)
    for name, status in (("df", 0), ("free", 3)):
        done = subprocess.run([name], capture_output=True, text=True)
        disk, size, used, share, place = done.stdout.split()
        assert (status, "/dev/vda1", "/") == (done.returncode, disk, place)
        assert 600 <= int(size) <= 950 and 540 <= int(used[1:-1]) <= 855 and share.endswith("%")


SHOWN = """
import os, pathlib
print(os.getloadavg()[0] >= 0, len(os.listdir('/proc')) > 1)
print(float(open('/proc/uptime').read().split()[0]) > 0)
print(float(pathlib.Path('/proc/uptime').read_text().split()[0]) > 0)
print(sorted(os.listdir('.')))
"""


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc")
def test_code_runs_on_in_another_state() -> None:
    assert "True True\nTrue\nTrue\n[]\n" == printed(execute(SHOWN, perturbed=True))
