"""Environment variables and clocks that the code of a post and what it starts ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.execution.job import Job
from evergreen.execution.kernels.uses import RAN, READ, stamp_of
from evergreen.execution.surroundings import variable_facts, volatile_facts
from evergreen.execution.trace import Trace, Use
from evergreen.model import Cell, ExecuteOptions, Notebook


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "small")


def job(code: str) -> Job:
    """Return the job of a post with one cell."""
    return Job("posts/甲.md", Notebook((Cell(code, 1),)), ExecuteOptions())


@pytest.mark.parametrize(
    "code",
    [
        "subprocess.run([sys.executable, '-c', 'import os; print(os.environ[\"MODEL\"])'])",
        "ctypes.CDLL(None).getenv(b'MODEL')",
        "%%bash\necho $MODEL",
        "x = %env MODEL",
        "x = !echo ${MODEL:-none}",
        "subprocess.run('env | grep MODEL', shell=True)",
    ],
)
def test_a_variable_that_the_code_names(code: str) -> None:
    """Who asks for it cannot be seen in another program: its name in the code counts."""
    assert "variable MODEL" in variable_facts(job(code), None, ())


@pytest.mark.parametrize(
    "code",
    [
        "node('console.log(process.env.UNSET_X)')",
        "perl('print $ENV{UNSET_X}')",
        "awk('BEGIN {print ENVIRON[\"UNSET_X\"]}')",
        "run('import os; os.environ.get(\"UNSET_X\")')",
        "%env UNSET_X",
    ],
)
def test_a_variable_that_is_asked_for_in_vain(code: str) -> None:
    """It has the value of none."""
    assert "" == variable_facts(job(code), None, ())["variable UNSET_X"]


def test_a_variable_that_a_script_names(tmp_path: Path) -> None:
    """Scripts that were read or run count; data and packages do not."""
    facts = []
    for name in ("Makefile", "lib/a-packages/x.py", "数.csv"):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("all:\n\techo $(MODEL)\n")
        for how in (READ, RAN):
            trace = Trace({str(place): Use(how, tuple(stamp_of(place.stat())))})
            facts.append(variable_facts(job("1"), trace, ()))
    assert [True, True, *[False] * 4] == ["variable MODEL" in found for found in facts]


def test_another_python_looks_where_it_is_told() -> None:
    """PYTHONPATH says what a child of the kernel imports."""
    assert "variable PYTHONPATH" in variable_facts(job("run([sys.executable, 's.py'])"), None, ())
    assert "variable PYTHONPATH" not in variable_facts(job("1"), None, ())


@pytest.mark.parametrize(
    ("code", "clock"),
    [
        ("con.execute(\"select date('now')\")", "date"),
        ("con.execute(\"select strftime('%Y', 'now')\")", "strftime"),
        ("con.execute('insert into t values (CURRENT_TIMESTAMP)')", "CURRENT_TIMESTAMP"),
        ("np.datetime64('today')", "np.datetime64"),
        ("pd.Timestamp('now')", "pd.Timestamp"),
        ("datetime.fromtimestamp(time.time())", "datetime.fromtimestamp"),
        ("datetime.now()", "datetime.now"),
        ("max(files, key=os.path.getmtime)", "getmtime"),
        ("Path('x').stat().st_mtime_ns", "st_mtime_ns"),
        ("np.datetime64('2026-01-01'), datetime.fromtimestamp(0), time.time(), 'now'", ""),
    ],
)
def test_code_that_reads_the_date(code: str, clock: str) -> None:
    """The page says so; a measured time is no date."""
    expected = {f"clock {clock}": "used"} if clock else {}
    assert expected == volatile_facts(job(code), None, ())
