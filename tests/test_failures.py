"""Failures of a run: reported at their line, and no process is left."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.errors import Problem
from evergreen.execution.failures import timed_out
from evergreen.model import Report
from evergreen.settings import read_settings

MARK = "EVERGREEN_TEST_MARK"
BUILD = Path(__file__).parent.parent / "build.py"
BAD, GOOD = "posts/2026-01-01-坏.md", "posts/2026-01-02-好.md"
HEAD = "---\ntitle: 题\nexecute:\n  timeout: {timeout}\n  memory: {memory}\n---\n\n"
FIRST = "```python\nprint('第一格')\n```\n\n"
SLEEP = "import time\nprint('醒')\ntime.sleep(1000)"
TIMES = range(int(os.environ.get("EVERGREEN_TIMES", "1")))
"""Some failures appear only in some runs; `EVERGREEN_TIMES=20` looks for rarer ones."""

SECONDS = 3
"""Timeout of a cell that never ends: enough to reach its faulty line on a busy machine."""
TIMEOUT = f"Timeout: the cell took longer than {SECONDS} s: raise 'execute: timeout', or shorten it"
DIED = "KernelDied: the kernel was ended by {}: {}"
COMPILED = "compiled code that the cell calls is faulty"

FAULTS = {
    "raises": (
        "1 / 0",
        2,
        "ZeroDivisionError: division by zero: fix the code, or tag the cell 'raises-exception'",
    ),
    "loop": ("while True:\n    pass", 2, TIMEOUT),
    "sleep": ("import time\n\ntime.sleep(1000)", 4, TIMEOUT),
    "regex": ("import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')", 3, TIMEOUT),
    "power": ("n = 10\nx = 9 ** (9 ** n)", 3, TIMEOUT),
    "stubborn": (
        "import time\nwhile True:\n    try:\n        time.sleep(9)\n"
        "    except KeyboardInterrupt:\n        pass",
        5,
        TIMEOUT,
    ),
    "child": ("import subprocess\nsubprocess.run(['sleep', '1000'])", 3, TIMEOUT),
    "shell": ("!sleep 1000", 2, TIMEOUT),
    "input": (
        "input('几岁？')",
        2,
        "StdinNotImplementedError: raw_input was called, but this frontend does not support input "
        "requests: write the value in the code: no one can type it",
    ),
    "exit": (
        "import os\nos._exit(3)",
        1,
        "KernelDied: the kernel exited with code 3: remove the call that exits the process",
    ),
    "quit": ("quit()", 1, "KernelDied: the cell exits the kernel: remove 'quit' and 'exit'"),
    "sys.exit": (
        "import sys\nsys.exit(4)",
        1,
        "SystemExit: 4: fix the code, or tag the cell 'raises-exception'",
    ),
    "segfault": (
        "import ctypes\ndef f():\n    ctypes.string_at(0)\nf()",
        5,
        DIED.format("SIGSEGV", COMPILED),
    ),
    "abort": (
        "import os\nos.abort()",
        3,
        DIED.format("SIGABRT", "compiled code that the cell calls aborted"),
    ),
    "killed": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        1,
        DIED.format("SIGKILL", "something killed it, perhaps the system because memory ran out"),
    ),
    "real-time signal": (
        "import os\nos.kill(os.getpid(), 40)",
        1,
        DIED.format("signal 40", "remove the call that ends the process"),
    ),
}
"""Code, reported line of the code, and message."""

LEFT = {
    "child": "import subprocess\nsubprocess.Popen(['sleep', '1000'])",
    "daemon": (
        "import os\nif not os.fork():\n    os.setsid()\n    if not os.fork():\n"
        "        os.execvp('sleep', ['sleep', '1000'])\n    os._exit(0)\nos.wait()"
    ),
    "many": "import subprocess\nfor _ in range(20):\n    subprocess.Popen(['sleep', '1000'])",
    "deaf": "import subprocess\nsubprocess.Popen('trap \"\" INT TERM HUP; sleep 1000', shell=True)",
}


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A variable that all processes of the test inherit; at the end none of them may be left."""
    value = uuid.uuid4().hex
    monkeypatch.setenv(MARK, value)
    yield value
    assert [] == strays(value)


def strays(value: str) -> list[str]:
    """Return the commands of the running processes that have inherited a mark."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if value.encode() in (process / "environ").read_bytes() and int(process.name) > 1:
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def post(code: str, *, timeout: float = 60, memory: float = 8) -> str:
    """Return a post with a good cell, one that prints and then runs `code`, and a last cell.

    The second cell begins on line 13 with its print.
    """
    cell = f"```python\nprint('之前')\n{code}\n```\n\n"
    return HEAD.format(timeout=timeout, memory=memory) + FIRST + cell + FIRST


def build(root: Path, **options: bool) -> Report:
    """Publish a blog into its _site."""
    return publish(BuildOptions(root, root / "_site", read_settings(root), **options))


def both(write_blog: Write, bad: str) -> Path:
    """Write a blog with this post and a good one."""
    return write_blog({BAD: bad, GOOD: post("print('好')")})


def only(report: Report) -> Problem:
    """Return the only problem of a report."""
    (problem,) = report.problems
    return problem


def page(root: Path, slug: str) -> str:
    """Return the text of a post's page."""
    return (root / "_site" / slug / "index.html").read_text("utf-8")


@pytest.mark.parametrize("again", TIMES)
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.slow
def test_a_failure_is_reported_at_its_line(
    write_blog: Write, mark: str, name: str, again: int
) -> None:
    """The report has the cell's output before the failure; the other post is published."""
    code, line, message = FAULTS[name]
    root = both(write_blog, post(code, timeout=SECONDS if message is TIMEOUT else 60))
    report = build(root)
    problem = only(report)
    assert f"{BAD}:{12 + line}: {message}" == str(problem)
    assert "之前" in problem.details.splitlines()
    assert ((BAD,), (GOOD,)) == (report.failed, report.ran)
    assert "好" in page(root, "好")


def test_the_last_of_several_stack_dumps_counts(tmp_path: Path) -> None:
    """The format is faulthandler's, of Python 3.11: no blank line stands between two dumps."""
    dumps = [
        'Thread 0x00007f10417856c0 (most recent call first):\n  File "/线.py", line 9 in 跑\n\n'
        "Current thread 0x00007f10421fab80 (most recent call first):\n"
        f'  File "/tmp/ipykernel_7/1.py", line {line} in <module>\n'
        for line in (2, 5)
    ]
    (tmp_path / "place").write_text("".join(dumps), "utf-8")
    assert 5 == timed_out(3, tmp_path).line


def test_a_tag_allows_an_exception_and_does_not_demand_it(write_blog: Write, mark: str) -> None:
    """A cell with the tag may end well, as in Jupyter."""
    text = FIRST.replace("```python", "```python tags=['raises-exception']")
    report = build(both(write_blog, HEAD.format(timeout=9, memory=1) + text))
    assert ((), ()) == (report.failed, report.problems)


def test_a_missing_module_is_reported_with_advice(write_blog: Write, mark: str) -> None:
    """The advice is to install it, to declare it for the post, or to put it beside the post."""
    report = build(both(write_blog, post("from 没有的包 import x")))
    assert (
        f"{BAD}:14: ModuleNotFoundError: No module named '没有的包': install it, name it in "
        "'execute: requires', or put it beside the post"
    ) == str(only(report))


def test_characters_missing_in_a_font_are_reported(write_blog: Write, mark: str) -> None:
    """One warning per cell names the characters; the post is published."""
    code = (
        "import sys\nfor sign in '损失损':\n"
        "    print(f'a.py:1: UserWarning: Glyph {ord(sign)} (\\\\N{{CJK UNIFIED}}) missing from '\n"
        "          'font(s) DejaVu Sans.', file=sys.stderr)"
    )
    report = build(both(write_blog, post(code)))
    assert (
        f"{BAD}:13: a figure shows boxes for '损失', which DejaVu Sans does not have: name one "
        "that has them: plt.rcParams['font.sans-serif'] = ['Noto Sans CJK SC']"
    ) == str(only(report))
    assert (only(report).severity, report.failed) == ("warning", ())


@pytest.mark.parametrize("again", TIMES)
@pytest.mark.slow
def test_the_memory_has_a_limit(write_blog: Write, mark: str, again: int) -> None:
    """The limit applies to all processes of the post together; the reported line exceeded it."""
    code = "blocks = []\nwhile True:\n    blocks.append(bytearray(20_000_000))"
    problem = only(build(both(write_blog, post(code, memory=0.4))))
    assert (BAD, 16) == (problem.path, problem.line)
    assert problem.message.startswith("MemoryLimit: the post used 0.")
    assert problem.message.endswith("may use 0.4 GiB: use less, or raise 'execute: memory'")
    assert "之前" in problem.details


@pytest.mark.parametrize("again", TIMES)
@pytest.mark.slow
def test_memory_of_children_counts(write_blog: Write, mark: str, again: int) -> None:
    """The memory of child processes counts too."""
    eater = "x = [bytearray(20_000_000) for _ in range(500)]"
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {eater!r}])"
    problem = only(build(both(write_blog, post(code, memory=0.4))))
    assert problem.message.startswith("MemoryLimit: ")


@pytest.mark.parametrize("again", TIMES)
@pytest.mark.parametrize("name", LEFT)
@pytest.mark.slow
def test_processes_left_behind_are_ended_and_reported(
    write_blog: Write, mark: str, name: str, again: int
) -> None:
    """The report names the line of the cell that started them; the post is published."""
    report = build(both(write_blog, post(f"{LEFT[name]}\nNone")))
    assert (
        f"{BAD}:13: a process that the cell started was still running at the end, and was ended: "
        "wait for it, or end it in the post"
    ) == str(only(report))
    assert ("warning", ()) == (only(report).severity, report.failed)


@pytest.mark.parametrize(
    "code",
    [
        "import multiprocessing as m\npool = m.get_context('fork').Pool(2)\npool.map(abs, [-1])",
        "import multiprocessing as m\nm.get_context('spawn').Pool(2).map(abs, [-1])",
        "from multiprocessing.shared_memory import SharedMemory\ns = SharedMemory('x', True, 9)",
        "from concurrent.futures import ProcessPoolExecutor as P\np = P(2)\nlist(p.map(abs, [-1]))",
    ],
)
@pytest.mark.slow
def test_workers_of_the_standard_library_are_not_reported(
    write_blog: Write, mark: str, code: str
) -> None:
    """They would have ended with the interpreter."""
    assert () == build(both(write_blog, post(code))).problems


FLOODS = {
    "print": "for _ in range(1000):\n    print('汉' * 100_000)",
    "one": "print('汉' * 100_000_000)",
    "descriptor": "import os\nfor _ in range(20):\n    os.write(1, b'y' * 1_000_000)",
    "child": "import subprocess\nsubprocess.run(['head', '-c', '100000000', '/dev/zero'])",
    "value": "'x' * 100_000_000",
    "displays": "from IPython.display import display\nfor n in range(10_000):\n    display(n)",
    "large displays": (
        "from IPython.display import HTML, display\nfor _ in range(100):\n"
        "    display(HTML('x' * 2_000_000))"
    ),
}
BUILDER = """
import sys
from pathlib import Path
from evergreen.cli import main
code = main(["--quiet", "--root", sys.argv[1]])
status = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
raise SystemExit(code)
"""
"""Prints its peak memory in kB; `ru_maxrss` would begin with that of the process that starts it."""


@pytest.mark.parametrize("again", TIMES)
@pytest.mark.parametrize("name", FLOODS)
@pytest.mark.slow
def test_huge_outputs_are_cut(write_blog: Write, mark: str, name: str, again: int) -> None:
    """The page has a mark, a warning is given, and the builder needs less than 500 MB."""
    root = both(write_blog, post(FLOODS[name]))
    done = subprocess.run(
        [sys.executable, "-c", BUILDER, str(root)],
        capture_output=True,
        text=True,
        cwd=BUILD.parent,
    )
    *warnings, peak = done.stdout.splitlines()
    cut = "the cell's outputs are cut: print less, or raise 'execute: max_output'"
    assert [f"warning: {BAD}:13: {cut}"] == warnings
    assert (0, "") == (done.returncode, done.stderr)
    assert int(peak) < 500_000
    assert "[cut here: more than 1," in page(root, "坏") or "20,000,000" in page(root, "坏")


@pytest.mark.slow
def test_an_endless_exception_is_cut(write_blog: Write, mark: str) -> None:
    """A long message and a long traceback are cut, on the page and in the report."""
    report = build(both(write_blog, post("raise ValueError('汉' * 100_000_000)")))
    assert len(str(only(report))) < 1000
    assert len(only(report).details) < 100_000


# --- the builder's end ----------------------------------------------------------------------------


def start(root: Path, *options: str) -> subprocess.Popen[str]:
    """Start the builder in its own process group, and return when it has reported a cell."""
    builder = subprocess.Popen(
        [sys.executable, str(BUILD), "--root", str(root), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    assert builder.stderr
    for line in builder.stderr:
        if "cell" in line:
            return builder
    raise AssertionError(builder.communicate()[0])


def site(root: Path) -> dict[str, bytes]:
    """Return the published files."""
    folder = root / "_site"
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("again", TIMES)
@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.slow
def test_an_interrupt_leaves_the_site_as_it_was(
    write_blog: Write, mark: str, word: signal.Signals, again: int
) -> None:
    """An interrupt at any time gives exit code 130 and leaves no process and no folder of a run."""
    root = both(write_blog, post("print('旧')"))
    build(root)
    before, folders = site(root), set(Path("/tmp").glob("evergreen-*"))
    posts = {f"posts/2026-02-{n:02}-新.md": post(f"print({n})\n{SLEEP}") for n in range(1, 6)}
    write_blog({**posts, BAD: post("print('新')")})
    builder = start(root, "--jobs", "3")
    time.sleep(random.Random(f"{word} {again}").uniform(0, 1.5))
    os.killpg(builder.pid, word)
    out, error = builder.communicate(timeout=60)
    assert (130, "") == (builder.returncode, out)
    assert "interrupted: the site is as it was" == error.splitlines()[-1]
    assert before == site(root)
    assert set() == {path for path in Path("/tmp").glob("evergreen-*") if is_of(path)} - folders


def is_of(folder: Path) -> bool:
    """True if a folder belongs to a run of a post of these tests."""
    try:
        return "醒" in (folder / "stdout").read_text("utf-8")
    except OSError:
        return False


@pytest.mark.parametrize("again", TIMES)
@pytest.mark.slow
def test_a_killed_builder_leaves_nothing_running(write_blog: Write, mark: str, again: int) -> None:
    """Even a kernel blocked in compiled code ends; finished posts are reused by the next build."""
    hold = "import re\nprint('醒')\nre.match(r'(a+)+$', 'a' * 64 + 'b')"
    root = write_blog({BAD: post(hold, timeout=600), GOOD: post("print('好')")})
    builder = start(root, "--jobs", "2")
    assert builder.stderr
    for line in builder.stderr:
        if "ran in" in line:
            break
    time.sleep(random.Random(again).uniform(0, 0.5))
    os.kill(builder.pid, signal.SIGKILL)
    builder.communicate()
    deadline = time.monotonic() + 60
    while strays(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [] == strays(mark)
    assert [] == [path for path in Path("/tmp").glob("evergreen-*") if is_of(path)]
    write_blog({BAD: post("print('醒')")})
    report = build(root)
    assert ((BAD,), (GOOD,)) == (report.ran, report.reused)
