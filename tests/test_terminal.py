"""Progress while a build works."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from evergreen.cli.terminal import Terminal


def terminal(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> tuple[Terminal, io.StringIO]:
    """A Terminal that writes into a text."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=is_terminal, width=80, highlight=False)
    monkeypatch.setattr("evergreen.cli.terminal.Console", lambda **_: console)
    return Terminal(), written


def test_plain_lines_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first cell and the end of each post, and nothing that moves; downloads once."""
    shown, written = terminal(monkeypatch, is_terminal=False)
    with shown:
        for number in (1, 2, 3):
            shown.step("posts/文.md", number, 3)
        shown.download("f.gz", 1, 10)
        shown.download("f.gz", 10, 10)
        shown.ended("posts/文.md", 2.5, False)
        shown.ended("posts/b.md", 0.25, True)
    assert [
        "posts/文.md: cell 1 of 3, 0 s",
        "fetching f.gz",
        "posts/文.md: ran in 2.5 s",
        "posts/b.md: failed after 0.2 s",
    ] == written.getvalue().splitlines()


def test_a_line_that_moves_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Post, cell of how many, elapsed; gone in the end."""
    shown, written = terminal(monkeypatch, is_terminal=True)
    with shown:
        shown.step("posts/文.md", 2, 3)
        shown.bars.refresh()
        assert "posts/文.md" in written.getvalue()
        assert "1/3" in written.getvalue()
        shown.ended("posts/文.md", 2.5, False)
    assert "posts/文.md: ran in 2.5 s" in written.getvalue()
