"""Executors: addresses, and jobs that are sent to another machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Write
from hypothesis import given
from hypothesis import strategies as st

from evergreen.cli import main
from evergreen.errors import SettingsError
from evergreen.execution.executors import open_executor
from evergreen.execution.executors.address import is_loopback, is_private, split
from evergreen.execution.executors.local import open_local
from evergreen.execution.executors.payload import (
    JOB,
    attachments,
    open_payload,
    pack,
    unpack,
    write_job,
)
from evergreen.execution.job import Job
from evergreen.execution.progress import SilentProgress
from evergreen.model import Cell, ExecuteOptions, Notebook, Stream

POST = "---\ntitle: 题\n---\n\n```python\nprint('一')\n```\n"
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), max_size=9)


def job(*sources: str) -> Job:
    """Return a post's job with these cells."""
    cells = tuple(Cell(source, line) for line, source in enumerate(sources, 1))
    return Job("posts/文.md", Notebook(cells), ExecuteOptions())


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", "local", "local:1", "local:4"])
def test_local_addresses_run_here(address: str) -> None:
    """`local` runs posts on this machine, with or without a number."""
    with open_executor(address) as submit:
        assert ((Stream("stdout", "二\n"),),) == submit(
            job("print('二')"), SilentProgress()
        ).result().outputs


def test_the_number_in_an_address_bounds_what_runs_at_once(tmp_path: Path) -> None:
    """With `local:1` a run begins after the other one has ended."""
    note = f"open({str(tmp_path / '记')!r}, 'a').write"
    sources = [f"{note}('{n}(');import time;time.sleep(.2);{note}(')')" for n in "ab"]
    with open_executor("local:1") as submit:
        for future in [submit(job(source), SilentProgress()) for source in sources]:
            assert future.result().failure is None
    assert "a()b()" == (tmp_path / "记").read_text()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("local:0", "'local:0' is not a valid executor: write local:4, "),
        ("lokal", "'lokal' is not a valid executor: write local:4, "),
        ("127.0.0.1:8786", "'127.0.0.1:8786' is not a valid executor: "),
        ("http://127.0.0.1:8786", "'http://127.0.0.1:8786' is not a valid executor: "),
        ("tcp://127.0.0.1", "'tcp://127.0.0.1' is not a valid executor: "),
        ("tcp://127.0.0.1:99999", "'tcp://127.0.0.1:99999' is not a valid executor: "),
        (
            "tcp://10.1.2.3:8786",
            "'tcp://10.1.2.3:8786' is another machine, and tcp does not encrypt: "
            "use tls://10.1.2.3:8786, with certificates in Dask's distributed.comm.tls",
        ),
        ("tcp://0.0.0.0:8786", "'tcp://0.0.0.0:8786' is another machine, "),
        ("tcp://127.0.0.1.example.org:8786", "'tcp://127.0.0.1.example.org:8786' is another "),
    ],
)
def test_wrong_addresses_exit_with_two(
    address: str, said: str, write_blog: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what to write instead, and nothing runs."""
    root = write_blog({"posts/2026-01-01-文.md": POST})
    assert 2 == main(["--root", str(root), "--executor", address])
    out, err = capsys.readouterr()
    assert ("", True) == (out, err.startswith(f"--executor: {said}"))
    assert 1 == err.count("\n")


def test_a_machine_without_dask_is_told_how_to_get_it(write_blog: Write) -> None:
    """Without distributed, a Dask address gives one line and exit code 2."""
    root = write_blog({"posts/2026-01-01-文.md": POST})
    hide = "import sys; sys.modules['distributed'] = None; from evergreen.cli import main; "
    command = f"{hide}sys.exit(main(['--root', {str(root)!r}, *sys.argv[1:]]))"
    engine = Path(__file__).parent.parent
    for arguments, code, said in [
        (["--executor", "tcp://127.0.0.1:8786"], 2, "pip install -r requirements-dask.txt\n"),
        (["--quiet"], 0, ""),
    ]:
        line = [sys.executable, "-c", command, *arguments]
        done = subprocess.run(line, capture_output=True, text=True, cwd=engine)
        assert (code, True) == (done.returncode, done.stderr.endswith(said)), done.stderr


@given(st.text())
def test_any_text_is_split_or_refused(text: str) -> None:
    """No text raises an exception."""
    scheme, host, port = split(text)
    assert 0 <= port < 65536
    assert is_private(text) == (scheme == "tls" or is_loopback(host))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.168.0.1", False),
        ("::", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    """Only an address that does not leave the machine is loopback."""
    assert expected == is_loopback(host)


# --- payloads -------------------------------------------------------------------------------------


def delivered(sent: Job) -> tuple[Job, tempfile.TemporaryDirectory[str]]:
    """Send a job; return the received one and its folder."""
    folder = tempfile.TemporaryDirectory()
    files = {JOB: write_job(sent, False)}
    files |= {name: read() for name, read in attachments(sent).items()}
    for name, content in files.items():
        path = Path(folder.name, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return open_payload(Path(folder.name)).job, folder


def test_a_delivered_job_gives_the_same_execution(tmp_path: Path) -> None:
    """Outputs and facts are equal even after the sender's folders are deleted."""
    bundle, cache = tmp_path / "posts", tmp_path / "cache"
    for path, text in {
        bundle / "lib/模块.py": "值 = '模块'",
        bundle / "lib/inner/n.py": "n = 3",
        bundle / "数据/表.csv": "1,2\n",
        bundle / "another.md": "别的文章",
        cache / ("ab" * 32): "声明的数据",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    os.utime(bundle / "数据/表.csv", ns=(0, 1_600_000_000_000_000_000))
    (bundle / "lib/inner/n.py").chmod(0o755)
    original = replace(
        job(
            "from lib.模块 import 值; from lib.inner.n import n; print(值, n)",
            "import os; print(open('数据/表.csv').read(), os.stat('数据/表.csv').st_mtime)",
            "print(oct(os.stat('lib/inner/n.py').st_mode), sorted(os.listdir('.')))",
            "print(open('d/声明.txt', encoding='utf-8').read(), os.path.exists('another.md'))",
        ),
        bundle=bundle,
        posts=frozenset({"another.md"}),
        data={"d/声明.txt": cache / ("ab" * 32)},
        preload=("numpy",),
    )
    with open_local() as submit:
        expected = submit(original, SilentProgress()).result()
        copy, folder = delivered(original)
        with folder:
            (tmp_path / "posts").rename(tmp_path / "gone")
            (tmp_path / "cache").rename(tmp_path / "gone too")
            actual = submit(copy, SilentProgress()).result()
    assert expected.failure is None
    assert (expected, expected.facts) == (actual, actual.facts)


def test_posts_and_caches_are_not_sent(tmp_path: Path) -> None:
    """Ignored names and excluded names, with everything below them, are not sent."""
    for name in ("a.md", "b/index.md", "b/图.png", "c/d.py", "__pycache__/d.pyc", "c/.git/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    with tempfile.TemporaryDirectory() as target:
        unpack(pack(tmp_path, {"a.md", "b"}), Path(target))
        found = sorted(p.relative_to(target).as_posix() for p in Path(target).rglob("*"))
    assert ["c", "c/d.py"] == found


@given(st.dictionaries(NAMES.filter(lambda name: name.strip(".")), st.binary(), max_size=5))
def test_a_folder_is_unpacked_as_it_was_packed(files: dict[str, bytes]) -> None:
    """Any names and contents survive, symlinks are followed, and the bytes are reproducible."""
    with tempfile.TemporaryDirectory() as source, tempfile.TemporaryDirectory() as target:
        written = {}
        for name, content in files.items():
            path = Path(source, f"夹 {len(written) % 2}", f"_{name}")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            written[path.relative_to(source)] = content
        if written:
            link = Path(source, "链")
            link.symlink_to(next(iter(written)))
            written[link.relative_to(source)] = next(iter(written.values()))
        packed = pack(Path(source))
        unpack(packed, Path(target))
        there = {
            p.relative_to(target): p.read_bytes() for p in Path(target).rglob("*") if p.is_file()
        }
        assert written == there
        assert packed == pack(Path(source))


def test_variables_that_affect_results_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Language, thread and declared variables are sent; others may be secret."""
    for name, value in {"TZ": "Asia/Shanghai", "令牌": "秘", "我的": "值"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    sent = replace(job("1"), options=ExecuteOptions(env=("我的", "没有")))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, JOB).write_bytes(write_job(sent, True))
        variables = open_payload(Path(folder)).variables
    known = {name: variables[name] for name in ("TZ", "OMP_NUM_THREADS", "我的", "没有")}
    assert {"TZ": "Asia/Shanghai", "OMP_NUM_THREADS": None, "我的": "值", "没有": None} == known
    assert "令牌" not in variables


def test_an_address_is_checked_when_it_is_given() -> None:
    """The address is checked even if no post has to run."""
    with pytest.raises(SettingsError):
        open_executor("tcp://example.org:8786")
