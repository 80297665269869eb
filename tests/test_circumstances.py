"""Differences that the circumstances of two runs explain: the machine's state, memory, caches."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.build.verify import check
from evergreen.check.circumstances import shown_state
from evergreen.check.drift import Comparison, compare
from evergreen.model import Cell, CheckOptions, Execution, Notebook, Stream
from evergreen.settings import read_settings

END = datetime(2026, 3, 4, tzinfo=UTC)
CACHE = "~/.cache/words/dict.bin"


def ran(text: str, *facts: str) -> Execution:
    """Return an execution whose one cell printed a text."""
    streams = (Stream("stdout", text),) if text else ()
    return Execution((streams,), finished=END, facts=dict.fromkeys(facts, "x"))


def compared(source: str, then: Execution, now: Execution, how: str = "values") -> Comparison:
    """Compare two executions of a cell."""
    return compare(Notebook((Cell(source, 3),)), then, now, CheckOptions(compare=how))


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("!df -h", "df"),
        ("!nvidia-smi", "nvidia-smi"),
        ("# 显卡\n!nvidia-smi | head -5\n!free -m", "nvidia-smi, free"),
        ("%%bash\ndf -h / | tail -1; uptime", "df, uptime"),
        ("!ps aux | grep python | wc -l", "ps"),
        ("!cat /proc/meminfo", "cat /proc/meminfo"),
        ("!head -3 /proc/meminfo | cut -c1-9", "head /proc/meminfo"),
        ("!ls -la /", "ls /"),
        ("!cat data.csv", ""),
        ("!ls -la", ""),
        ("!df -h && python train.py", ""),
        ("!df -h\nprint(accuracy)", ""),
        ("!echo 'half", ""),
        ("!head data.csv; df -h", ""),
        ("!sort data.csv | uniq", ""),
        ("!df -h | tee log | python plot.py", ""),
        ("", ""),
    ],
)
def test_a_cell_that_shows_the_state_of_the_machine_is_known(source: str, state: str) -> None:
    assert shown_state(source) == state


def test_in_a_bash_post_each_line_is_a_command() -> None:
    assert shown_state("df -h\nfree -m", "bash") == "df, free"


def test_what_the_machine_does_now_is_no_drift() -> None:
    then, now = "252G 26G 76G 26% /", "252G 28G 74G 28% /"
    found = compared("!df -h", ran(then), ran(now))
    assert found.verdict == "within tolerance"
    assert found.differences[0].message == "the cell shows the state of the machine: df"


def test_who_asks_for_equal_outputs_gets_drift() -> None:
    assert compared("!df -h", ran("1G"), ran("2G"), "exact").verdict == "drifted"


@pytest.mark.parametrize(
    ("source", "now", "verdict"),
    [
        ("tracemalloc.get_traced_memory()", "peak 68.2 KiB", "within tolerance"),
        ("tracemalloc.get_traced_memory()", "peak 95.1 KiB", "drifted"),
        ("tracemalloc.get_traced_memory()", "peak 67.4 MiB", "drifted"),
        ("np.load('a.npy').nbytes", "peak 68.2 KiB", "drifted"),
    ],
)
def test_a_measured_size_may_differ_a_little(source: str, now: str, verdict: str) -> None:
    assert compared(source, ran("peak 67.4 KiB"), ran(now)).verdict == verdict


@pytest.mark.parametrize(
    ("then", "now", "verdict"),
    [
        ("Downloading dict.bin\n词 5", "词 5", "within tolerance"),
        ("Downloading dict.bin\n100%|█████| 5/5", "", "within tolerance"),
        ("正在下载词典…\n词 5", "使用缓存\n词 5", "within tolerance"),
        ("Downloading dict.bin\n词 5", "词 6", "drifted"),
        ("Downloading dict.bin\n词 5\n完成", "词 5", "drifted"),
        ("Downloading dict.bin\n词 5", "", "drifted"),
    ],
)
def test_a_cache_that_the_published_run_filled_explains_its_lines(
    then: str, now: str, verdict: str
) -> None:
    first, second = ran(then, f"left {CACHE}"), ran(now, f"asked {CACHE}")
    assert compared("f()", first, second).verdict == verdict


def test_without_a_filled_cache_a_line_that_is_gone_is_drift() -> None:
    then, now = ran("Downloading dict.bin\n词 5"), ran("词 5", f"outside {CACHE}")
    assert compared("f()", then, now).verdict == "drifted"


def test_a_cache_that_both_runs_filled_explains_nothing() -> None:
    then, now = (ran(text, f"left {CACHE}") for text in ("Downloading dict.bin", "Loading"))
    assert compared("f()", then, now).verdict == "drifted"


CODE = """import os, pathlib, tempfile
home = pathlib.Path(os.environ["XDG_CACHE_HOME"]) / "dict.bin"
temporary = pathlib.Path(tempfile.gettempdir()) / "words-of-a-test.bin"
for file in (home, temporary):
    print("using the cache" if file.exists() else "building the cache")
    if not file.exists():
        file.write_bytes(b"5")
print("词", file.read_text())"""


def test_a_post_whose_library_keeps_files_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the home folder, and in that for temporary files, which is empty in a further run."""
    for name in ("cache", "blog/posts"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    blog = tmp_path / "blog"
    text = f"---\ntitle: 词典\n---\n\n```python\n{CODE}\n```\n"
    (blog / "posts/2026-01-02-words.md").write_text(text, "utf-8")
    options = BuildOptions(blog, blog / "_site", read_settings(blog))
    publish(options)
    (found,) = check(options).posts
    assert found.verdict in ("same", "within tolerance")
    Path(tempfile.gettempdir(), "words-of-a-test.bin").unlink()
