"""What the tracer sees of processes in any language, and that it never stops one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evergreen.execution.kernels import seccomp
from evergreen.execution.kernels.uses import ASKED, LINK, LISTED, MADE, RAN, READ, WROTE

KERNELS = Path(seccomp.__file__).parent
TRACE = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
import seccomp, tracer

listener = tracer.Tracer(sys.argv[2], {})
child = os.fork()
if not child:
    if not seccomp.start(sys.argv[2] + "/trace", json.loads(sys.argv[3])):
        os._exit(99)
    os.execv(sys.argv[4], sys.argv[4:])
listener.start()
_, status = os.waitpid(child, 0)
listener.write(sys.argv[2] + "/report")
os._exit(os.waitstatus_to_exitcode(status) & 255)
"""
SYSTEM = ["/proc/", "/usr/lib", "/lib", "/etc/", "/dev/", "/sys/", *(f"{p}/" for p in {sys.prefix})]

Report = dict[str, Any]
Trace = Callable[..., Report]


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    """Runs a command in a folder with a file `有`, and returns the report of it."""
    (tmp_path / "cwd").mkdir()
    (tmp_path / "cwd/有").write_text("旧")
    (tmp_path / "own").mkdir()

    def trace(*command: str, code: int = 0) -> Report:
        arguments = [str(KERNELS), str(tmp_path / "own"), json.dumps(SYSTEM), *command]
        run = [sys.executable, "-I", "-S", "-c", TRACE, *arguments]
        done = subprocess.run(run, cwd=tmp_path / "cwd", timeout=120, check=False)
        if done.returncode == 99:
            pytest.skip("the system has no seccomp listener")
        assert code == done.returncode
        report: Report = json.loads((tmp_path / "own/report").read_bytes())
        start = f"{tmp_path}/cwd/"
        found = report["paths"].items()
        report["uses"] = {p[len(start) :]: use[0] for p, use in found if p.startswith(start)}
        report["there"] = {p[len(start) :] for p, use in found if p.startswith(start) and use[1]}
        return report

    return trace


def python(trace: Trace, code: str) -> Report:
    """Trace some Python code."""
    return trace(sys.executable, "-I", "-S", "-c", code)


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        ("cat 有", {"有": READ}),
        ("cat 无 || true", {"无": READ}),
        ("[ -f 有 ] || [ -f 无 ] || true", {"有": ASKED}),
        ("[ -f 无 ] || true", {"无": ASKED}),
        ("echo 新 > 新; cat 新", {"新": MADE | WROTE}),
        ("[ -f 新 ] || echo 新 > 新; cat 新", {"新": ASKED | MADE | WROTE}),
        ("echo 新 >> 有", {"有": WROTE}),
        ("echo 新 >> 有; cat 有", {"有": READ | WROTE}),
        ("mkdir 夹; echo 1 > 夹/一; cat 夹/一", {"夹": MADE | WROTE, "夹/一": MADE | WROTE}),
        ("cd 无 2>/dev/null || true", {"无": ASKED}),
        ("cat ./../cwd/./有", {"有": READ}),
        ("cat /proc/self/cwd/有", {"有": READ}),
        ("readlink 有 || true", {"有": 0}),
    ],
)
def test_a_shell(code: str, uses: dict[str, int], trace: Trace) -> None:
    """What is read, asked for and made, by the name that was asked."""
    found = trace("/bin/sh", "-c", code)
    assert found["complete"]
    assert {name: use for name, use in uses.items() if use} == found["uses"]


def test_a_file_that_is_made_where_there_is_none(trace: Trace) -> None:
    """One that would have been read, such as SQLite's log, is asked for; a new one is not."""
    code = "import os\nfor name, flag in (('志', 0), ('新', os.O_EXCL), ('空', os.O_TRUNC)):\n"
    found = python(trace, f"{code} os.open(name, os.O_RDWR | os.O_CREAT | flag)")
    assert {"志": ASKED | MADE | WROTE, "新": MADE | WROTE, "空": MADE | WROTE} == found["uses"]


def test_files_in_shared_memory(trace: Trace) -> None:
    """They are data, as a program left them there; locks and what the run makes are not."""
    place = Path(f"/dev/shm/evergreen-{os.getpid()}")
    lock = place.with_name(f"sem.{place.name}")
    if not place.parent.is_dir():
        pytest.skip("the system has no shared memory")
    try:
        place.write_text("旧")
        lock.write_text("")
        found = trace(
            "/bin/sh", "-c", f"cat {place} {lock} && echo > {place}.new && rm {place}.new"
        )
    finally:
        for path in (place, lock):
            path.unlink()
    used = {path: use[0] for path, use in found["paths"].items() if path.startswith("/dev/shm/")}
    assert {str(place): READ, f"{place}.new": MADE | WROTE} == used


def test_names_of_links(trace: Trace, tmp_path: Path) -> None:
    """A link is known by its own name; one that the run makes, by what it leads to."""
    (tmp_path / "外").write_text("外")
    (tmp_path / "cwd/链").symlink_to("../外")
    found = trace("/bin/sh", "-c", "cat 链; readlink 链 > 出; ln -s ../外 新; cat 新")
    assert READ | LINK == found["uses"]["链"] & (READ | LINK)
    assert found["paths"][f"{tmp_path}/外"][0] & READ


def test_folders_and_descriptors(trace: Trace, tmp_path: Path) -> None:
    """Paths relative to a folder that is open; a folder counts as listed when it is opened."""
    (tmp_path / "cwd/夹").mkdir()
    (tmp_path / "cwd/夹/一").write_text("1")
    found = python(
        trace,
        "import os\nf = os.open('夹', os.O_RDONLY)\nos.open('一', os.O_RDONLY, dir_fd=f)\n"
        "os.stat('无', dir_fd=f) if 0 else None\nos.chdir('夹')\nopen('一').read()",
    )
    assert (LISTED, READ) == (found["uses"]["夹"] & LISTED, found["uses"]["夹/一"])


def test_what_is_renamed(trace: Trace) -> None:
    """A file that takes the place of another is the run's own; the first one was used."""
    found = trace("/bin/sh", "-c", "echo 1 > 半; mv 半 整; cat 整; mv 有 别; cat 别")
    assert {"半": MADE, "整": MADE, "别": MADE, "有": 0} == {
        name: found["uses"][name] & MADE for name in ("半", "整", "别", "有")
    }
    assert found["uses"]["有"] & READ


def test_a_static_program(trace: Trace, tmp_path: Path) -> None:
    """No library is asked: the system call itself is seen."""
    if not shutil.which("ldconfig", path="/sbin:/usr/sbin:/usr/local/sbin"):
        pytest.skip("there is no static program")
    program = shutil.which("ldconfig", path="/sbin:/usr/sbin:/usr/local/sbin") or ""
    found = trace(program, "-N", "-X", "-f", "无")
    assert found["uses"]["无"] & (READ | ASKED)


def test_programs_and_their_words(trace: Trace) -> None:
    """What is executed, the places where it was searched for, and the variables that are named."""
    found = trace("/bin/sh", "-c", "PATH=$PWD:/bin; env true; sh -c 'echo ${EG_Y} $EG_X'")
    assert RAN == found["paths"]["/bin/sh"][0] & RAN
    assert {"PWD", "EG_X", "EG_Y"} <= set(found["variables"])
    assert "true" in found["uses"]
    assert "true" not in found["there"]


def test_children_threads_and_forks(trace: Trace) -> None:
    """200 children, 64 threads and a vfork are seen, and none waits for ever."""
    found = python(
        trace,
        "import os, threading, subprocess\n"
        "for n in range(200):\n"
        "    if not os.fork():\n"
        "        os.stat('.') ; os.path.exists(f'子{n}') ; os._exit(0)\n"
        "def read(n):\n    for m in range(20): os.path.exists(f'线{n}-{m}')\n"
        "threads = [threading.Thread(target=read, args=(n,)) for n in range(64)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "subprocess.run(['/bin/cat', '有'], stdout=subprocess.DEVNULL, close_fds=False)\n"
        "while True:\n    try: os.wait()\n    except ChildProcessError: break\n",
    )
    assert found["complete"]
    assert {f"子{n}" for n in range(200)} <= found["uses"].keys()
    assert {f"线{n}-{m}" for n in range(64) for m in range(20)} <= found["uses"].keys()
    assert READ == found["uses"]["有"]


def test_signals_do_not_break_calls(trace: Trace) -> None:
    """A call that waits for the tracer is begun again after a signal, as the handler asks for."""
    python(
        trace,
        "import ctypes, os, signal\n"
        "signal.signal(signal.SIGALRM, lambda *_: None)\n"
        "signal.siginterrupt(signal.SIGALRM, False)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "for n in range(3000):\n"
        "    found = libc.open('有'.encode(), 0)\n"
        "    assert found >= 0, ctypes.get_errno()\n"
        "    os.close(found)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0)",
    )


def test_a_ring_of_calls_is_refused(trace: Trace) -> None:
    """What is opened through io_uring would not be seen; programs do without it."""
    python(
        trace,
        "import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"assert libc.syscall({seccomp.IO_URING_SETUP}, 1, 0) < 0\n"
        "assert ctypes.get_errno() == errno.ENOSYS",
    )


def test_the_network(trace: Trace, tmp_path: Path) -> None:
    """Addresses are seen; a port of the run's own is no network."""
    found = python(
        trace,
        "import socket\n"
        "def ask(*address, kind=socket.SOCK_DGRAM):\n"
        "    with socket.socket(socket.AF_INET, kind) as s:\n"
        "        s.connect(address)\n"
        "ask('192.0.2.1', 80)\nask('192.0.2.1', 53)\n"
        "with socket.socket() as s:\n"
        "    s.bind(('127.0.0.1', 0)); s.listen()\n"
        "    ask(*s.getsockname(), kind=socket.SOCK_STREAM)\n",
    )
    assert ["192.0.2.1:80"] == found["network"]


def test_calls_that_pass_unseen(trace: Trace, tmp_path: Path) -> None:
    """Those that carry the mark before an absolute path, as the import system's do."""
    found = python(
        trace,
        f"import os\nos.stat({str(tmp_path / 'cwd/有')!r}, dir_fd={seccomp.UNSEEN})\n"
        f"os.open({str(tmp_path / 'cwd/有')!r}, 0, dir_fd={seccomp.UNSEEN})\n",
    )
    assert {} == found["uses"]


@pytest.mark.parametrize("machine", sorted(seccomp.MACHINES))
def test_the_filter_is_sound(machine: str) -> None:
    """Every jump stays within the program, and every path of it ends with an answer."""
    import struct

    steps = list(struct.iter_unpack("=HBBI", seccomp.program(machine)))
    assert len(steps) < 4096
    for place, (code, yes, no, value) in enumerate(steps):
        if code & 7 == 5:
            jumps = [value] if code == 5 else [yes, no]
            assert all(place + 1 + jump < len(steps) for jump in jumps)
    assert 6 == steps[-1][0]


def test_an_opened_gpu_is_noted(trace: Trace) -> None:
    """By the number of its device file; the driver's other files are no GPU."""
    report = trace("/bin/sh", "-c", "cat /dev/nvidia97 /dev/nvidiactl /dev/nvidia-uvm || true")
    assert ["97"] == report["gpus"]
