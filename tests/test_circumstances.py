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
        ("!uname -a\n!uptime\n!date; hostname", "uptime"),
        ("!uname -a", ""),
        ("!free -m\n!echo accuracy $ACC", ""),
        ("!free -m\n!echo accuracy {acc}", ""),
        ("!ls /tmp | head -5", "ls /tmp"),
        ("!ls -lat ~ 2>/dev/null", "ls ~"),
        ("!du -sh /tmp/ 2>&1 | cut -f1", "du /tmp/"),
        ("!find /var/log -maxdepth 1 -type d | wc -l", "find /var/log"),
        ("!cat /tmp/result.txt", ""),
        ("!ls /tmp/mine", ""),
        ("!ls /tmp data.d", ""),
        ("!cat data.csv 2> /dev/null", ""),
        ("!cat data.csv /proc/meminfo", ""),
        ("", ""),
    ],
)
def test_a_cell_that_shows_the_state_of_the_machine_is_known(source: str, state: str) -> None:
    assert shown_state(source) == state


LISTED = "import os\nprint(*os.listdir('/tmp'), sep='\\n')"


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        (LISTED, "same"),
        ("import psutil\nfor p in psutil.process_iter(): print(p.name())", "same"),
        ("import subprocess\nprint(subprocess.getoutput('ps -eo comm'))", "same"),
        ("from pathlib import Path\nprint(*Path.home().iterdir(), sep='\\n')", "same"),
        ("!find / -name a.conf\nprint(n)", "same"),
        ("print(*open('names.txt'))", "drifted"),
        ("with open('names.txt', 'w') as w: w.write('ps')", "drifted"),
    ],
)
def test_what_others_have_there_comes_and_goes(source: str, verdict: str) -> None:
    """A name of an hour ago is in no new run. Only where new runs list other names, too."""
    then, now, again = "alpha\nbeta\nsum 5", "beta\ngamma-x\nsum 5", "beta\nsum 5"
    notebook = Notebook((Cell(source, 3),))
    assert verdict == compare(notebook, ran(then), ran(now), CheckOptions(), [ran(again)]).verdict
    for changed in ("beta\ngamma-x\nsum 6", "beta\nsum 6"):
        runs = [ran(text) for text in (then, changed, "beta\nsum 6")]
        assert "drifted" == compare(notebook, *runs[:2], CheckOptions(), runs[2:]).verdict
    assert "drifted" == compare(notebook, ran(then), ran(now), CheckOptions(), [ran(now)]).verdict
    top = "11 python 0.{}\n12 npm install 0.{}\n{}\nsum {}"
    for now, expected in ((5, verdict), (6, "drifted")):
        texts = ("3", "4", "13 python 9.5", 5), ("5", "6", "4 node 2.5", now)
        runs = [ran(top.format(*each)) for each in (*texts, ("7", "8", "4 node 2.5", now))]
        assert expected == compare(notebook, *runs[:2], CheckOptions(), runs[2:]).verdict
    lines = ("[a, b] of 7, sum {}", "[c, d] of 9, sum {}", "[c, d] of 8, sum {}")
    for now, expected in ((5, verdict), (6, "drifted")):
        runs = [ran(line.format(n)) for line, n in zip(lines, (5, now, now), strict=True)]
        assert expected == compare(notebook, *runs[:2], CheckOptions(), runs[2:]).verdict


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


BROKEN = "ERROR: Pipe to stdout was broken\nBrokenPipeError: [Errno 32] Broken pipe\n"


@pytest.mark.parametrize(
    ("source", "then", "now", "verdict"),
    [
        ("!pip show numpy | head -3", f"名 numpy\n{BROKEN}", "名 numpy\n", "within tolerance"),
        ("!pip show numpy | head -3", "名 numpy\n", f"名 numpy\n{BROKEN}", "within tolerance"),
        ("!seq 9999 | grep -m1 7", "7\n", "7\nseq: write error: Broken pipe", "within tolerance"),
        ("!pip show numpy | head -3", f"名 numpy\n{BROKEN}", "名 pandas\n", "drifted"),
        ("!pip show numpy | head -3", "名 numpy\nERROR: no file\n", "名 numpy\n", "drifted"),
        ("!pip show numpy | sort", f"名 numpy\n{BROKEN}", "名 numpy\n", "drifted"),
    ],
)
def test_whether_a_program_learns_that_nobody_reads_on_is_chance(
    source: str, then: str, now: str, verdict: str
) -> None:
    assert compared(source, ran(then), ran(now)).verdict == verdict


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
