"""Checkpoints in a blog: what is published, what is told, and what a damaged one does."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from checkpointing import Bench, open_bench

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.build.prune import prune
from evergreen.build.verify import check
from evergreen.cli.arguments import duration
from evergreen.content.code_blocks import read_options
from evergreen.execution.kernels.sandbox import unavailable
from evergreen.execution.run import run_notebook
from evergreen.model import CellOptions, Execution, Report
from evergreen.records.checkpoints import Checkpoint, find_checkpoint, keep_checkpoint, limit
from evergreen.settings import read_settings

CELLS = ("import random", "#| checkpoint: 数\n数 = [random.random()]\nprint(数)", "print('甲', 数)")
POST = """---
title: 训练
date: 2026-03-03
---
{cells}
"""


def write_post(root: Path, *cells: str) -> None:
    """Write the blog's only post."""
    blocks = "\n\n".join(f"```python\n{cell}\n```" for cell in cells)
    (root / "posts").mkdir(parents=True, exist_ok=True)
    (root / "posts/2026-03-03-长.md").write_text(POST.format(cells=blocks), "utf-8")


def publish_at(root: Path, force: bool = False) -> tuple[Report, str]:
    """Publish a blog; return the report and the page."""
    options = BuildOptions(root, root / "_site", read_settings(root), force=force)
    report = publish(options)
    (page,) = (root / "_site").glob("长/index.html")
    return report, page.read_text("utf-8")


@pytest.fixture
def blog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a blog whose post has run with a checkpoint."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    root = tmp_path / "blog"
    root.mkdir()
    (root / "site.toml").write_text('lang = "en"\n[execute]\nseed = 3\n', "utf-8")
    write_post(root, *CELLS)
    publish_at(root)
    return root


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a folder of checkpoints, and kernels."""
    with open_bench(tmp_path) as opened:
        yield opened


def test_a_page_says_which_cells_are_from_an_earlier_run(blog: Path) -> None:
    """Its outputs are those of a run from the start; a check confirms them."""
    write_post(blog, *CELLS[:2], "print('乙', 数)")
    report, page = publish_at(blog)
    found = check(BuildOptions(blog, blog / "_site", read_settings(blog)))
    _, forced = publish_at(blog, force=True)

    said = f"cells 1–2 from a run of {datetime.now(UTC):%-d %B %Y}"
    assert ((), True, False) == (report.problems[:0], said in page, said in forced)
    assert ["same"] == [post.verdict for post in found.posts]
    assert page.partition("乙")[2][:40] == forced.partition("乙")[2][:40]


def test_a_name_that_was_not_kept_is_a_warning_at_its_line(blog: Path) -> None:
    """The message says what to add; the post is published all the same."""
    write_post(blog, CELLS[0], CELLS[1] + "\nz = [2]", CELLS[2])
    publish_at(blog)
    write_post(blog, CELLS[0], CELLS[1] + "\nz = [2]", "print(z)")
    report, page = publish_at(blog)

    told = [str(each) for each in report.problems if "checkpoint" in each.message]
    where = (blog / "posts/2026-03-03-长.md").read_text("utf-8").split("\n").index("print(z)") + 1
    assert [True] == [each.startswith(f"posts/2026-03-03-长.md:{where}:") for each in told]
    assert [True, True] == ["add it to the checkpoint: z" in told[0], "[2]" in page]


def checkpoints(root: Path) -> list[Path]:
    """Return the folders of all checkpoints."""
    return sorted((root / ".cache/checkpoints").glob("*/*"))


@pytest.mark.parametrize("file", ["head.json", "values.pickle", "state.pickle", "files.tar"])
def test_a_truncated_checkpoint_is_not_used(blog: Path, file: str) -> None:
    """The post runs from the start, and the page is the one of a whole run."""
    (folder,) = checkpoints(blog)
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) // 2])
    write_post(blog, *CELLS[:2], "print('丙', 数)")
    _, page = publish_at(blog)

    assert (True, False) == ("丙" in page, "from a run of" in page)


def test_a_checkpoint_of_another_machine_is_not_read(
    blog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another key has signed is ignored: it may run code when it is read."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    write_post(blog, *CELLS[:2], "print('丙', 数)")
    _, page = publish_at(blog)

    assert (True, False) == ("丙" in page, "from a run of" in page)


def test_prune_removes_the_checkpoints_of_other_code(blog: Path) -> None:
    """Those of the posts as they are now stay."""
    write_post(blog, *CELLS[:2], "print('丙')")
    prune(BuildOptions(blog, blog / "_site", read_settings(blog)))
    kept = len(checkpoints(blog))
    write_post(blog, "print('丁')")
    prune(BuildOptions(blog, blog / "_site", read_settings(blog)))

    assert (1, 0) == (kept, len(checkpoints(blog)))


def test_what_a_failing_cell_cost_is_not_lost(bench: Bench) -> None:
    """The checkpoint before it is kept: the corrected post goes on from there."""
    failed = bench.run(*CELLS[:2], "1 / 0")
    fixed = bench.run(*CELLS)

    assert ("ZeroDivisionError", None) == (failed.failure and failed.failure.ename, failed.resumed)
    assert (2, None) == (fixed.resumed and fixed.resumed.cells, fixed.failure)


def test_a_run_is_stopped_when_its_time_is_over(bench: Bench) -> None:
    """The cell that runs then fails, and says how to go on."""
    late = replace(bench.job("import time\ntime.sleep(60)"), until=1.0)
    made = run_notebook(late, bench.kernels)

    assert made.failure and ("Stopped", True) == (
        made.failure.ename,
        "--max-time is over" in made.failure.evalue,
    )


def test_a_sandboxed_post_has_checkpoints_of_its_own(bench: Bench) -> None:
    """Its values are read in a sandbox again, with the files that it wrote."""
    if unavailable():
        pytest.skip("no sandbox here")
    sandboxed = replace(bench, options=replace(bench.options, sandbox=True))
    first = "#| checkpoint: a\na = open('文.txt', 'w').write('hi')"
    sandboxed.run(first, "print(1)")
    again = sandboxed.run(first, "print(a, open('文.txt').read())")

    assert (1, "2 hi") == (again.resumed and again.resumed.cells, again.outputs[-1][0].text.strip())  # type: ignore[union-attr]


def test_the_last_of_several_checkpoints_is_used(bench: Bench) -> None:
    """The second one is made by a run that went on from the first."""
    cells = ["#| checkpoint: a\na = [1]", "#| checkpoint: a, b\nb = [a]", "print(b)"]
    bench.run(*cells)
    second = bench.run(cells[0], "#| checkpoint: a, b\nb = [a, a]", cells[2])
    third = bench.run(cells[0], "#| checkpoint: a, b\nb = [a, a]", "a.append(2)\nprint(b)")

    assert [1, 2] == [each.resumed.cells for each in (second, third) if each.resumed]
    assert "[[1, 2], [1, 2]]" in str(third.outputs[-1])


def test_one_that_is_too_large_is_told(bench: Bench) -> None:
    """With the setting to raise."""
    small = replace(bench, most=1000)
    made = small.run("#| checkpoint: a\na = bytearray(5000)")

    assert ["raise [checkpoints] max_size"] == [remark.advice for remark in made.remarks]
    assert [] == [*bench.store.glob("*/*/head.json")]


def test_the_ones_used_longest_ago_make_room(tmp_path: Path, bench: Bench) -> None:
    """Until all of them together are small enough."""
    for number in range(3):
        keep(bench.store, str(number) * 64, tmp_path, 10_000)
        time.sleep(0.02)
    limit(bench.store, 25_000)

    assert [1, 2] == [n for n in range(3) if find_checkpoint(bench.store, str(n) * 64)]


def keep(store: Path, key: str, tmp_path: Path, size: int) -> None:
    """Store a checkpoint of one file."""
    made = tmp_path / "made"
    made.mkdir(exist_ok=True)
    (made / "values.pickle").write_bytes(b"x" * size)
    execution = Execution(((),), facts={"python": "3"}, finished=datetime.now(UTC))
    keep_checkpoint(store, key, made, 1, execution, (), {})


KEEP = """
import os, sys
from pathlib import Path
from test_checkpoints import keep
made = Path(sys.argv[1])
print("begin", flush=True)
for number in range(1000):
    keep(made / "store", "0" * 64, made, 3 << 20)
"""


def keeping(tmp_path: Path, code: str = KEEP) -> subprocess.Popen[str]:
    """Start a process that stores one checkpoint after the other."""
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here}:{here.parent}"}
    environment["XDG_STATE_HOME"] = str(tmp_path / "state")
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_kill_while_one_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found afterwards is whole, or there is none."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for pause in range(12):
        process = keeping(tmp_path)
        assert process.stdout
        process.stdout.readline()
        time.sleep(0.01 * pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        found = find_checkpoint(tmp_path / "store", "0" * 64)
        assert [3 << 20] * len(found) == [sizes(each) for each in found]


def sizes(checkpoint: Checkpoint) -> int:
    """Return the size of a checkpoint's values."""
    return (checkpoint.folder / "values.pickle").stat().st_size


def test_a_full_disk_leaves_no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing fails where there is no more room: nothing is stored, and nothing is left."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    (tmp_path / "made").mkdir()
    (tmp_path / "made/large").write_bytes(b"x" * 200_000)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        with pytest.raises(OSError, match="large"):
            keep(tmp_path / "store", "1" * 64, tmp_path, 10)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert [] == [*(tmp_path / "store").glob("*/*")]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("45m", 2700), ("2h", 7200), ("1.5 h", 5400)]
)
def test_spans_of_time(text: str, seconds: float) -> None:
    """As `--max-time` has them."""
    assert seconds == duration(text)


@pytest.mark.parametrize("text", ["", "2", "0s", "two hours", "-1h"])
def test_what_is_not_a_span_of_time(text: str) -> None:
    """The message shows how it is written."""
    with pytest.raises(ArgumentTypeError, match="write it as 90s, 45m or 2h"):
        duration(text)


OPTIONS = (
    ("#| checkpoint: model, history\n1", (), CellOptions(checkpoint=("model", "history"))),
    ("#| checkpoint: [model]\n1", (), CellOptions(checkpoint=("model",))),
    ("%%checkpoint 模型, b\n1", (), CellOptions(checkpoint=("模型", "b"))),
    ("#| always\n1", (), CellOptions(always=True)),
    ("#| always: true\n1", (), CellOptions(always=True)),
    ("1", (("checkpoint", "a b"),), CellOptions(checkpoint=("a", "b"))),
    ("1", (("tags", ["checkpoint: a"]),), CellOptions(checkpoint=("a",))),
)


@pytest.mark.parametrize(("source", "attributes", "expected"), OPTIONS)
def test_options(
    source: str, attributes: tuple[tuple[str, str], ...], expected: CellOptions
) -> None:
    """As Quarto's comment, as a magic, as an attribute and as a tag."""
    found = read_options("python", attributes, source)

    assert (expected, "1", ()) == (found.cell, found.source, found.faults)


@pytest.mark.parametrize("value", ["", "true", "a.b", "{a: 1}"])
def test_what_is_not_a_name_is_told(value: str) -> None:
    """The message shows how names are written."""
    (fault,) = read_options("python", (), f"#| checkpoint: {value}\n1").faults

    assert "write the names of values: checkpoint: model, history" == fault[2]
