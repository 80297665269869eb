"""The memory of checks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evergreen.check import history
from evergreen.model import Environment, PostCheck
from evergreen.model.check import DayCheck, DayVerdict

WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
WITH = Environment("3.11.7", "Linux x86_64", (("numpy", "2.4.6"),))


def checked(path: str = "posts/文.md", days: int = 0) -> PostCheck:
    """A check of a post."""
    when = WHEN + timedelta(days=days)
    return PostCheck(
        path, "题", "drifted", reason="", environment=WITH, finished=when, record="r", key="k"
    )


def test_what_is_noted_is_read(tmp_path: Path) -> None:
    """All of it."""
    file = tmp_path / "记录/checks.json"
    history.note(file, [checked()], ["posts/文.md"])
    found = history.read(file)["posts/文.md"]
    assert ("drifted", WHEN, "r", WITH, 1) == (
        found.verdict,
        found.finished,
        found.record,
        found.environment,
        len(found.history),
    )


def test_history_has_an_end(tmp_path: Path) -> None:
    """The newest are kept, the newest first."""
    file = tmp_path / "checks.json"
    for day in range(history.KEPT + 2):
        history.note(file, [checked(days=day)], ["posts/文.md"])
    kept = history.read(file)["posts/文.md"].history
    assert (history.KEPT, WHEN + timedelta(days=history.KEPT + 1)) == (
        len(kept),
        kept[0].finished,
    )


def test_posts_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    """With the next check."""
    file = tmp_path / "checks.json"
    history.note(file, [checked("posts/旧.md")], ["posts/旧.md"])
    history.note(file, [checked()], ["posts/文.md"])
    assert ["posts/文.md"] == list(history.read(file))


@pytest.mark.parametrize("value", ["[]", "", "{", '{"posts": 1}', '{"posts": {"a": {}}}'])
def test_a_damaged_file_counts_as_empty(tmp_path: Path, value: str) -> None:
    """It is of use to nobody, and no error."""
    (tmp_path / "checks.json").write_text(value, "utf-8")
    assert {} == history.read(tmp_path / "checks.json")


@pytest.mark.parametrize("past", [[], [["x", "same", False]], [[WHEN.isoformat(), "?", 1]], [1]])
def test_a_history_of_another_form_counts_as_empty(tmp_path: Path, past: object) -> None:
    """Of a version to come, or edited."""
    file = tmp_path / "checks.json"
    history.note(file, [checked()], ["posts/文.md"])
    written = json.loads(file.read_text("utf-8"))
    written["posts"]["posts/文.md"]["history"] = past
    file.write_text(json.dumps(written), "utf-8")
    assert {} == history.read(file)


def test_a_page_that_shows_another_execution_was_not_checked(tmp_path: Path) -> None:
    """Nor one that shows none."""
    file = tmp_path / "checks.json"
    history.note(file, [checked()], ["posts/文.md"])
    checks = history.read(file)
    found = [history.of_record(checks, "posts/文.md", record) for record in ("r", "s", "")]
    assert [True, False, False] == [each is not None for each in found]


def of_day(day: str, verdict: DayVerdict, results: str = "1") -> PostCheck:
    """A check with the releases of a day."""
    return replace(checked(), results=results, published=WHEN, day=DayCheck(day, verdict, "因"))


def test_verdicts_of_days(tmp_path: Path) -> None:
    """They are kept in their order, one per day, also of a post that was never checked without a
    day; a later check keeps them while the published outputs are the same.
    """
    file, posts = tmp_path / "checks.json", ["posts/文.md"]
    history.note_days(file, [of_day("2025-01-01", "failed")], posts)
    history.note_days(file, [of_day("2024-01-01", "not installed")], posts)
    history.note_days(file, [of_day("2025-01-01", "drifted")], posts)
    history.note_turn(file, of_day("2025-01-01", "drifted"), "same until 1, drifted since 2", posts)
    kept = history.read(file)["posts/文.md"]
    expected = (
        DayCheck("2024-01-01", "not installed", "因"),
        DayCheck("2025-01-01", "drifted", "因"),
    )
    assert (expected, "same until 1, drifted since 2", ()) == (kept.days, kept.turn, kept.history)
    history.note(file, [replace(checked(), results="1", verdict="same")], posts)
    kept = history.read(file)["posts/文.md"]
    assert (expected, 1, True) == (kept.days, len(kept.history), kept.holds)
    history.note(file, [replace(checked(), results="2")], posts)
    kept = history.read(file)["posts/文.md"]
    assert ((), "", 2) == (kept.days, kept.turn, len(kept.history))
