"""Progress while a build works."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from evergreen.cli.progress import ProgressBars, ProgressLines, show_progress
from evergreen.execution.progress import SilentProgress


def test_plain_lines_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """The first cell and the end of each post, and nothing that moves; downloads once."""
    with show_progress() as shown:
        for number in (1, 2, 3):
            shown.step("posts/文.md", number, 3)
        shown.download("f.gz", 1, 10)
        shown.download("f.gz", 10, 10)
        shown.ended("posts/文.md", 2.5, False)
        shown.ended("posts/b.md", 0.25, True)
    assert [
        "posts/文.md: cell 1 of 3, 0 s",
        "downloading f.gz",
        "posts/文.md: ran in 2.5 s",
        "posts/b.md: failed after 0.2 s",
    ] == capsys.readouterr().err.splitlines()


def test_a_line_that_moves_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Post, cell of how many, elapsed; gone in the end."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, highlight=False)
    monkeypatch.setattr("rich.console.Console", lambda **_: console)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with show_progress() as shown:
        assert isinstance(shown, ProgressBars)
        shown.step("posts/文.md", 2, 3)
        shown.bars.refresh()
        assert "posts/文.md" in written.getvalue()
        assert "1/3" in written.getvalue()
        shown.ended("posts/文.md", 2.5, False)
    assert "posts/文.md: ran in 2.5 s" in written.getvalue()


def test_nobody_is_told_when_it_is_quiet() -> None:
    """Not even on a terminal."""
    with show_progress(quiet=True) as shown:
        assert isinstance(shown, SilentProgress)


def test_a_name_that_is_no_text_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """A file name may hold bytes that are no UTF-8."""
    ProgressLines().ended("posts/\udcff.md", 1, False)
    assert "posts/?.md: ran in 1.0 s\n" == capsys.readouterr().err
