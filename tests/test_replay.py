"""Results that depend on the date: a run at the published run's time tells them from drift."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from executing import execute, printed

from evergreen.build import verify
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.build.verify import check
from evergreen.check.drift import Comparison, compare
from evergreen.cli.check_report import verdict_line
from evergreen.model import Cell, CheckOptions, Execution, Notebook, Stream
from evergreen.settings import read_settings

THEN = datetime(2020, 3, 4, 12, 30, tzinfo=UTC)
"""A Wednesday."""


def ran(*texts: str) -> Execution:
    """Return an execution whose one cell printed a text, or nothing, and then to stderr."""
    names = ("stdout", "stderr")
    outputs = [Stream(n, t) for n, t in zip(names, texts, strict=False) if t]  # type: ignore[arg-type]
    return Execution((tuple(outputs),), finished=THEN)


def compared(
    then: Execution, now: Execution, replayed: Execution, how: str = "values"
) -> Comparison:
    """Compare two executions with a third at the time of the first."""
    now = replace(now, finished=THEN + timedelta(days=6))
    options = CheckOptions(compare=how)
    return compare(Notebook((Cell("f()", 3),)), then, now, options, [now], (), replayed)


@pytest.mark.parametrize(
    ("then", "now", "replayed"),
    [
        ("周三, 5 行", "周二, 5 行", "周三, 5 行"),
        ("7302 days old", "7308 days old", "7302 days old"),
        ("Good morning!\n5 rows", "Good evening!\n5 rows", "Good morning!\n5 rows"),
        ("5 rows\nweekend!", "5 rows", "5 rows\nweekend!"),
        ("5 rows", "weekend!\n5 rows", "5 rows"),
        ("第 1 周\n用时 0.123 秒", "第 2 周\n用时 0.123 秒", "第 1 周\n用时 0.456 秒"),
        ("", "weekend!", ""),
    ],
)
def test_what_is_as_published_at_that_time_depends_on_the_date(
    then: str, now: str, replayed: str
) -> None:
    """It is no drift; the report counts the output."""
    found = compared(ran(then), ran(now), ran(replayed))
    assert ("same", 1) == (found.verdict, found.dated)


@pytest.mark.parametrize(
    ("then", "now", "replayed"),
    [
        ("周三, 5 行", "周二, 6 行", "周三, 6 行"),
        ("7302 days old", "7309 days old", "7303 days old"),
        ("7302 days old", "7308 days old", "about 7302 days old"),
        ("5 rows", "6 rows", ""),
        ("5 rows", "", "6 rows"),
        ("5 rows", "weekend!\n6 rows", "6 rows"),
        ("周三\n5 行\n7 列", "周二\n7 列", "周三\n7 列"),
    ],
)
def test_drift_beside_the_date_is_found(then: str, now: str, replayed: str) -> None:
    """What differs at the published time, too, has changed for another reason."""
    assert "drifted" == compared(ran(then), ran(now), ran(replayed)).verdict


def test_drift_among_lines_of_threads_is_found() -> None:
    """Whatever order the lines of each run have."""
    draw = random.Random(5)

    def pages(third: int) -> Execution:
        lines = [f"第 {n} 页 {third if n == 3 else 100 + n} bytes" for n in range(6)]
        return ran("\n".join(draw.sample(lines, 6)))

    notebook, options = Notebook((Cell("f()", 3),)), CheckOptions()
    for third, verdict in ((104, "drifted"), (103, "same")):
        for _ in range(40):
            then, now, again, replayed = (pages(n) for n in (103, third, third, third))
            found = compare(notebook, then, now, options, [again], (), replayed)
            assert verdict == found.verdict


def test_drift_in_another_output_is_found() -> None:
    """Each output is compared with its own; one that allows no difference keeps it."""
    then, now, past = ran("周三", "warning 1"), ran("周二", "warning 2"), ran("周三", "warning 2")
    found = compared(then, now, past)
    assert ("drifted", 1, ["'warning 1' is 'warning 2' now"]) == (
        found.verdict,
        found.dated,
        [each.message for each in found.differences],
    )
    assert "drifted" == compared(then, now, then, "exact").verdict


CLOCKS = """
import pickle, time
from datetime import date, datetime, timezone
class Own(datetime): pass
made = [datetime.now(), datetime.utcnow(), datetime.today(), date.today(), Own.now(),
    datetime.now(timezone.utc), datetime.fromtimestamp(time.time_ns() // 10**9), Own.today()]
parts = [time.localtime(), time.gmtime(), time.localtime(None)]
print({(each.year, each.month, each.day) for each in made} | {each[:3] for each in parts})
print(time.strftime("%Y-%m-%d"), time.ctime()[:10], time.asctime()[-4:])
print(sorted({type(each).__name__ for each in made}), pickle.loads(pickle.dumps(made)) == made)
print(time.gmtime(0).tm_year, time.strftime("%Y", time.gmtime(0)), time.ctime(86400 * 365)[-4:])
print(made[0].timestamp() <= time.time() < made[0].timestamp() + 60)
"""


def test_python_code_has_the_time_of_the_run() -> None:
    """Whatever way it asks, also through names that were imported before."""
    quiet = "import warnings\nwarnings.simplefilter('ignore')\n"
    assert [
        "{(2020, 3, 4)}",
        "2020-03-04 Wed Mar  4 2020",
        "['Own', 'date', 'datetime'] True",
        "1970 1970 1971",
        "True",
    ] == printed(execute(quiet + CLOCKS, clock=THEN)).splitlines()


def test_pandas_has_the_time_of_the_run() -> None:
    """It asks the type in C."""
    code = "import pandas as pd\nprint(pd.Timestamp.now().date(), pd.Timestamp('today').date())"
    assert "2020-03-04 2020-03-04\n" == printed(execute(code, clock=THEN))


IN_C = """
import sqlite3
import numpy as np
print(np.datetime64("today"), np.datetime64("now", "D"), np.busday_count("2020-03-01", "today"))
base = sqlite3.connect(":memory:")
base.execute("create table t (id int, made text default current_timestamp)")
base.execute("insert into t (id) values (1)")
print(*base.execute("select date(made), date('now', '+7 day'), strftime('%Y', 'now') from t"))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone has such tables")
def test_numpy_and_sqlite_have_the_time_of_the_run() -> None:
    """They ask the system in C, whether they were loaded before or not."""
    assert [
        "2020-03-04 2020-03-04 2",
        "('2020-03-04', '2020-03-11', '2020')",
    ] == printed(execute(IN_C, clock=THEN)).splitlines()


PROGRAM = """
import subprocess
options = ["+%F", "-u +%Y-%m-%d", "-d @0 +%Y", "-u -d 1999-12-31 +%F"]
for each in options if "linux" in __import__("sys").platform else options[:2]:
    print(subprocess.run(f"date {each}", shell=True, text=True, stdout=-1).stdout.strip())
get_ipython().system("date +%j")
"""


def test_the_program_date_has_the_time_of_the_run() -> None:
    """Where it is asked for the present time, by whatever process."""
    found = printed(execute(PROGRAM, clock=THEN)).splitlines()
    dated = ["1970", "1999-12-31"] if sys.platform.startswith("linux") else []
    assert ["2020-03-04", "2020-03-04", *dated, "064"] == found


CODE = """import os
from datetime import date
print(date.today().toordinal() - 730000, "days old,", os.environ.get("EG_WORD", "rising"))"""


def test_a_post_that_prints_its_age_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six years later it is the same, as its line in the report says, until its word changes."""
    (tmp_path / "posts").mkdir()
    text = f"---\ntitle: 龄\n---\n\n```python\n{CODE}\n```\n"
    (tmp_path / "posts/2020-03-04-age.md").write_text(text, "utf-8")
    options = BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))
    publish(options)
    published = replace(execute(CODE, clock=THEN), finished=THEN + timedelta(seconds=1))
    assert "7488 days old, rising\n" == printed(published)
    monkeypatch.setattr(verify, "_published", lambda *_: (published, ""))
    (found,) = check(options).posts
    assert ("same", 1) == (found.verdict, found.dated)
    assert "the date in 1 output" in verdict_line(found)
    monkeypatch.setenv("EG_WORD", "falling")
    assert "drifted" == check(options).posts[0].verdict


HIDDEN = """import datetime, importlib
asked = getattr(importlib.import_module("datetime").date, "to" + "day")
print(asked().toordinal() - 730000, "days old")"""


def test_a_library_may_read_the_date_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post that drifts also runs at the published time where its own code names no clock."""
    (tmp_path / "posts").mkdir()
    text = f"---\ntitle: 龄\n---\n\n```python\n{HIDDEN}\n```\n"
    (tmp_path / "posts/2020-03-04-age.md").write_text(text, "utf-8")
    options = BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))
    publish(options)
    published = replace(execute(HIDDEN, clock=THEN), finished=THEN + timedelta(seconds=1))
    monkeypatch.setattr(verify, "_published", lambda *_: (published, ""))
    (found,) = check(options).posts
    assert ("same", 1) == (found.verdict, found.dated)
