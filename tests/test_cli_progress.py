"""Progress of a build on the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from evergreen.cli.progress import ProgressBars, ProgressLines, show_progress
from evergreen.execution.progress import SilentProgress
from evergreen.execution.run import last_line


def test_plain_lines_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """The first cell, the end of each post and each download are one line."""
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


def test_a_long_cell_shows_its_last_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the time that the run took before."""
    monkeypatch.setattr("evergreen.cli.progress.LONG_SECONDS", 0)
    lines = ProgressLines()
    lines.expected("posts/文.md", 90)
    lines.step("posts/文.md", 2, 3)
    lines.printed("posts/文.md", "Epoch 3/10")
    assert [
        "posts/文.md: cell 2 of 3, 0 s of about 90 s",
        "posts/文.md: cell 2 of 3, 0 s of about 90 s: Epoch 3/10",
    ] == capsys.readouterr().err.splitlines()


def test_the_last_line_of_a_bar_is_its_last_state() -> None:
    """What a carriage return has overwritten, and colours, are left out."""
    text = "eins\n 10%|█   \r\x1b[32m 90%|███ \x1b[0m\r"
    outputs = [{"output_type": "stream", "text": text}, {"output_type": "display_data"}]
    assert "90%|███" == last_line(outputs)


def test_the_last_line_is_none_of_a_framework() -> None:
    """TensorFlow logs about devices that the machine does not have."""
    logged = "E0000 00:00:1795979131.017471   31430 cuda_platform.cc:52] failed\n"
    outputs = [{"output_type": "stream", "text": text} for text in ("第一輪\n", logged, " \n")]
    assert "第一輪" == last_line(outputs)
    assert "" == last_line(outputs[1:])


def test_a_progress_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar shows post, cell, total and time, and disappears at the end."""
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


def test_quiet_shows_no_progress() -> None:
    """--quiet shows no progress, even on a terminal."""
    with show_progress(quiet=True) as shown:
        assert isinstance(shown, SilentProgress)


def test_a_name_that_is_not_utf8_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes in a file name that are not UTF-8 are replaced."""
    ProgressLines().ended("posts/\udcff.md", 1, False)
    assert "posts/?.md: ran in 1.0 s\n" == capsys.readouterr().err
