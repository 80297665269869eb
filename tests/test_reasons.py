"""Why code runs or is not run, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from evergreen.build.planning.reasons import of_code, of_fact, of_record
from evergreen.model import Cell, CellOptions, ExecuteOptions, Notebook
from evergreen.records.facts import BY_HOOKS, CHANGED_WHILE_RUNNING, NOT_DECLARED, NOT_OBSERVED
from evergreen.records.store import LastRun, chosen

WHEN = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fact", "then", "now", "words"),
    [
        ("package tensorflow", "2.20.0", "2.21.0", "tensorflow 2.20.0 → 2.21.0"),
        ("dependency numpy", "2.1", "", "numpy 2.1 → not installed"),
        ("package 核/numpy", "1", "2", "numpy 1 → 2"),
        ("python", "3.11.7", "3.12.1", "python 3.11.7 → 3.12.1"),
        ("python 核", "3.11.7", "", "python 3.11.7 → not installed"),
        ("platform", "Linux x86_64", "Darwin arm64", "platform Linux x86_64 → Darwin arm64"),
        ("missing scipy", "", "/usr/lib", "scipy is installed now"),
        ("source eg", "a", "b", "the files of eg changed"),
        ("file 数/训练.csv", "a", "b", "数/训练.csv changed"),
        ("file 数.csv", "a", "", "数.csv removed"),
        ("file 数.csv", "", "b", "数.csv added"),
        ("file 数.csv", CHANGED_WHILE_RUNNING, "b", "数.csv changed while it ran"),
        ("file a\nb", "a", "b", "'a\\nb' changed"),
        ("file \udcff", "a", "b", "'\\udcff' changed"),
        ("folder .", "a", "b", "the names in the folder of the post changed"),
        ("folder 图", "a", "b", "the names in 图 changed"),
        ("beside .", "lib numpy", "lib numpy=numpy.py",
         "numpy.py is next to the post: 'import numpy' finds it"),
        ("beside lib", "a=a.py b", "a b", "lib/a.py removed"),
        ("site data/数.csv", "a", "b", "data/数.csv changed"),
        ("outside ~/数/", "a", "b", "~/数/ changed"),
        ("kernel ir", "a", "b", "the command of the kernel 'ir' changed"),
        ("kernel python3", NOT_OBSERVED, "", "the run was not observed"),
        ("variable EG", "a", "b", "the environment variable EG changed"),
        ("variable EG", NOT_DECLARED, "", "the environment variable EG is declared now"),
        ("data 数", NOT_DECLARED, "", "the data file 数 is declared now"),
        ("data 数", "a", "b", "the declared 数 changed"),
        ("data 数", "a", "", "the declared 数 was removed"),
        ("data 数", "stand-in 替.py", "a", "the real 数 is here now"),
        ("data 数", "a", "stand-in 替.py", "the real 数 cannot be had"),
        ("data 数", "stand-in 替.py", "stand-in 新.py", "数 stand-in 替.py → stand-in 新.py"),
        ("data 数", "stand-in 替.py", "", "the declared 数 was removed"),
        ("limit max_output", "10", "20", "max_output 10 → 20"),
        ("limit drop_stderr", "", "警.*", "drop_stderr changed"),
        ("tomorrow 无", "1", "", "无 removed"),
    ],
)  # fmt: skip
def test_a_fact(fact: str, then: str, now: str, words: str) -> None:
    """Each kind has words of its own; odd names are escaped."""
    assert words == of_fact(fact, then, now)


@pytest.mark.parametrize(
    ("facts", "lacking", "words"),
    [
        ({"python": "3"}, "", "record of 2026-03-01 12:05"),
        ({"python": "3"}, "tensorflow", "record of 2026-03-01 12:05, not checked: tensorflow is "
         "not installed here"),
        ({"data 数": "stand-in 替.py"}, "", "record of 2026-03-01 12:05, on stand-in data"),
        ({"kernel ir": "R", BY_HOOKS: ""}, "", "record of 2026-03-01 12:05; of the kernel 'ir' "
         "only files are observed"),
        ({"kernel ir": "R"}, "", "record of 2026-03-01 12:05"),
        ({"network [::1]:80": "used", "clock date": "used"}, "", "record of 2026-03-01 12:05, read "
         "from the network and read the date"),
        ({"kernel own": "py", "python own": "3"}, "", "record of 2026-03-01 12:05"),
    ],
)  # fmt: skip
def test_a_record(facts: dict[str, str], lacking: str, words: str) -> None:
    """When it was made, and what is special about it."""
    assert words == of_record(WHEN, facts, lacking)


CELLS = (Cell("a = 1\nb = 2", 10), Cell("a", 14, inline=True), Cell("print(b)", 20))
BASE = Notebook(CELLS)
OFF = CellOptions(runs=False)


def note(notebook: Notebook) -> LastRun:
    """What is remembered of a run."""
    steps = [[s.block, s.inline, s.source, s.raises] for s in notebook.steps]
    return LastRun(steps, chosen(notebook, ExecuteOptions()), 1.0)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ((replace(CELLS[0], source="a = 1\nb = 3"), *CELLS[1:]), "cell 1, line 11 changed"),
        ((replace(CELLS[0], source="a = 1"), *CELLS[1:]), "cell 1, line 10 changed"),
        ((replace(CELLS[0], source="a = 1\nb = 2\nc"), *CELLS[1:]), "cell 1, line 12 changed"),
        ((*CELLS, Cell("new", 30)), "cell 3, line 30 is new"),
        (CELLS[:2], "cell 2 was removed"),
        ((*CELLS[:2], replace(CELLS[2], options=OFF)), "cell 2 was removed"),
        ((CELLS[0], replace(CELLS[1], source="b"), CELLS[2]),
         "an inline value, line 14 changed"),
        ((CELLS[0], CELLS[2]), "an inline value was removed"),
        ((*CELLS[:2], replace(CELLS[2], options=CellOptions(raises=True))),
         "the raises-exception tag of cell 2, line 20 changed"),
    ],
)  # fmt: skip
def test_other_code(cells: tuple[Cell, ...], words: str) -> None:
    """The first cell and line that differ, as the author counts them."""
    assert words == of_code(Notebook(cells), ExecuteOptions(), note(BASE))


def test_other_options() -> None:
    """Their names and values; a post that never ran has nothing to compare."""
    assert "seed None → 3" == of_code(BASE, ExecuteOptions(seed=3), note(BASE))
    assert "kernel ir → python3" == of_code(
        BASE, ExecuteOptions(), note(replace(BASE, kernel="ir"))
    )
    assert "never run" == of_code(BASE, ExecuteOptions(), LastRun())
