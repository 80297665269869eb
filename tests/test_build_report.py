"""Reports and dry runs as text."""

from __future__ import annotations

from evergreen.build.forecast import BuildForecast, PostForecast
from evergreen.cli.build_report import closing_line, forecast_lines, report_lines, without_colour
from evergreen.errors import Problem
from evergreen.model import HeldBack, Report


def test_the_closing_line_counts_everything() -> None:
    """The summary counts posts, blocks and files, and gives the seconds."""
    report = Report(
        posts=3,
        pages=1,
        missing_pages=1,
        ran=("a", "b"),
        reused=("c",),
        failed=("d",),
        held_back=(HeldBack("甲.md", "draft"), HeldBack("乙.md", "future", "2031-01-01")),
        blocks=9,
        blocks_run=7,
        stand_ins=("a",),
        written=1,
        removed=3,
        seconds=1.26,
    )
    assert (
        "5 posts and 2 pages: 4 published, 1 failed, 2 held back; 2 run, 1 reused; "
        "7 of 9 blocks have results; 1 post on stand-in data; "
        "1 file written, 3 removed in _site; 1.3 s"
    ) == closing_line(report, "_site")


def test_the_closing_line_omits_zero_counts() -> None:
    """Counts of zero are omitted."""
    expected = "1 page: 1 published; 2 files written in _site; 0.0 s"
    assert expected == closing_line(Report(pages=1, written=2), "_site")
    assert "0 posts: 0 published; 0 files written in x; 0.0 s" == closing_line(Report(), "x")


def test_each_post_that_is_held_back_is_named() -> None:
    """With the reason, the day of publication, and the option that includes it."""
    report = Report(
        held_back=(
            HeldBack("posts/a.md", "draft"),
            HeldBack("posts/乙.md", "future", "2031-01-01"),
            HeldBack("posts/c.md", "unpublished"),
        )
    )
    assert [
        "posts/a.md: held back as a draft: --drafts includes it",
        "posts/乙.md: held back until 2031-01-01, its date: --future includes it",
        "posts/c.md: held back by 'published: false': remove that line to publish it",
        "3 posts: 0 published, 3 held back; 0 files written in _site; 0.0 s",
    ] == list(report_lines(report, "_site"))


def test_errors_follow_warnings_and_the_closing_line_is_last() -> None:
    """Errors come after warnings; details follow their problem."""
    error = Problem("posts/a.md", 3, 0, "ValueError: 坏", details="trace\nback\n")
    warning = Problem("posts/b.md", 9, 2, "no description", "add one", severity="warning")
    lines = [without_colour(line) for line in report_lines(Report(problems=(error, warning)), "x")]
    assert [
        "warning: posts/b.md:9:2: no description: add one",
        "posts/a.md:3: ValueError: 坏",
        "trace\nback",
    ] == lines[:3]
    assert [lines[-1]] == [line for line in lines if line.startswith("0 posts")]


def test_problems_are_sorted_by_place() -> None:
    """Problems are sorted by path and line."""
    places = [("b.md", 9), ("甲.md", 1), ("a.md", 7), ("b.md", 2)]
    found = tuple(Problem(path, line, 0, "x", severity="warning") for path, line in places)
    lines = [without_colour(line) for line in report_lines(Report(problems=found), "", quiet=True)]
    assert ["a.md:7", "b.md:2", "b.md:9", "甲.md:1"] == [
        line.removeprefix("warning: ").removesuffix(": x") for line in lines
    ]


def test_quiet_prints_only_problems() -> None:
    """Without problems --quiet prints nothing."""
    assert [] == list(report_lines(Report(), "x", quiet=True))


def test_a_dry_run_predicts_the_time() -> None:
    """A shared run counts once; posts that never ran are counted."""
    forecast = BuildForecast(
        (
            PostForecast("posts/a.md", True, "numpy 1 → 2", 90.0),
            PostForecast("posts/b.md", True, "never run"),
            PostForecast("posts/c.md", False, "record of 2026-01-01"),
            PostForecast("posts/d.md", False, "no code to run", has_code=False),
        )
    )
    assert [
        "posts/a.md: run: numpy 1 → 2",
        "posts/b.md: run: never run",
        "posts/c.md: reuse: record of 2026-01-01",
        "posts/d.md: no code to run",
        "2 of 4 posts would run; about 1.5 min; 1 post never timed",
    ] == list(forecast_lines(forecast))


def test_a_message_is_one_line() -> None:
    """Though it quotes a text of several lines."""
    problem = Problem(
        "文.md", 3, 0, "the link [\n甲\n 乙] is not defined", "add a line [\n甲]: URL"
    )
    assert "文.md:3: the link [ 甲 乙] is not defined: add a line [ 甲]: URL" == str(problem)
