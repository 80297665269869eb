"""Differing lines in two columns."""

from __future__ import annotations

from evergreen.cli.build_report import without_colour
from evergreen.cli.side_by_side import aligned, side_by_side


def plain(*pairs: tuple[str, str], width: int = 80) -> list[str]:
    """Return the lines without colours."""
    return [without_colour(line).rstrip() for line in side_by_side(pairs, width)]


def test_numbers_are_aligned_at_their_points() -> None:
    """Numbers are aligned at their decimal points."""
    then, now = aligned("loss 9.5 at 10", "loss 12.125 at 7")
    assert ("loss  9.5   at 10", "loss 12.125 at  7") == (then.plain, now.plain)


def test_what_differs_is_coloured() -> None:
    """Only the differing tokens have a colour."""
    then, now = aligned("准确率 0.91", "准确率 0.83")
    assert [["0.91"], ["0.83"]] == [
        [text.plain[span.start : span.end].strip() for span in text.spans if span.style]
        for text in (then, now)
    ]


def test_short_lines_are_side_by_side() -> None:
    """The published lines are on the left, the new ones on the right."""
    assert ["  published  now", "  一 1.5     │ 一 3.0", "             │ 新"] == plain(
        ("一 1.5", "一 3.0"), ("", "新")
    )


def test_long_lines_are_below_each_other() -> None:
    """Lines that are too long are shown one below the other."""
    long = "x" * 60
    assert [f"  - {long} 1", f"  + {long} 2", "  - 旧"] == plain(
        (f"{long} 1", f"{long} 2"), ("旧", "")
    )


def test_markup_of_the_terminal_is_text() -> None:
    """Brackets are not read as rich markup."""
    assert ["  published  now", "  [red]a     │ [/red]b"] == plain(("[red]a", "[/red]b"))


def test_nothing_differs() -> None:
    """No pairs give no lines."""
    assert [] == plain()
