"""The text that a terminal finally shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.execution.terminal import render_final

TEXT = st.text(st.characters(exclude_characters="\r\n\x08\x1b", exclude_categories=["Cs"]))
MOVES = ["\r", "\n", "\x08", "\x1b[K", "\x1b[2K", "\x1b[A", "\x1b[2C", "\x1b[31m", "\x1b[0m"]
PARTS = st.sampled_from([*MOVES, "进度", "ab"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("没有\n移动\r\n", "没有\n移动\r\n"),
        ("进度 10%\r进度 99%", "进度 99%"),
        ("long\rab", "abng"),
        ("long\r\x1b[Kab", "ab"),
        ("long\x1b[2K\rab", "ab"),
        ("abc\x08\x08X", "aXc"),
        ("\x08\x08a", "a"),
        ("a\rb\r\nc\rd\n", "b\nd\n"),
        ("一\n二\x1b[A\r三", "三\n二"),
        ("外 0\n内 0\x1b[A\r外 1\n\r内 1", "外 1\n内 1"),
        ("a\x1b[3Cb\r", "a   b"),
        ("旧的\n屏幕\x1b[2J新", "新"),
        ("abc\x1b[2D\x1b[Jd", "ad"),
        ("abc\r\x1b[1Kd", "dbc"),
        ("\x1b[?25l10%\r\x1b[?25h20%", "20%"),
        ("\x1b[31m红\x1b[0m 1\r\x1b[32m绿\x1b[0m 22", "\x1b[32m绿\x1b[0m 22"),
        ("\x1b[1m\x1b[31ma\rb", "\x1b[1m\x1b[31mb\x1b[0m"),
    ],
)
def test_moves(text: str, expected: str) -> None:
    """Each character is written at the cursor."""
    assert expected == render_final(text)


@given(TEXT, TEXT)
def test_text_without_moves_stays(one: str, other: str) -> None:
    """Colours and line endings of any kind are unchanged."""
    text = f"{one}\n\x1b[31m{other}\x1b[0m\r\n"
    assert text == render_final(text)


@given(st.lists(PARTS).map("".join))
def test_rendering_twice_changes_nothing(text: str) -> None:
    """Rendering twice gives the same as once."""
    assert render_final(text) == render_final(render_final(text))


@given(st.lists(TEXT, min_size=1), st.integers(0, 40))
def test_a_progress_bar_ends_in_its_last_state(states: list[str], width: int) -> None:
    """The last state remains if each state is as wide as those before it."""
    width = max(width, *map(len, states))
    bar = "".join(f"\r{state.ljust(width)}" for state in states)
    assert states[-1].ljust(width) == render_final(bar)


@given(st.lists(st.sampled_from(["\r", "\n", "\x08", "中", "a", "bc"])).map("".join))
def test_like_a_grid(text: str) -> None:
    """The result equals that of a table of characters by row and column."""
    grid: dict[tuple[int, int], str] = {}
    row = column = 0
    for character in text:
        if character == "\r":
            column = 0
        elif character == "\x08":
            column = max(column - 1, 0)
        elif character == "\n":
            row, column = row + 1, 0
        else:
            grid[row, column] = character
            column += 1
    rows = ["".join(grid[place] for place in sorted(grid) if place[0] == r) for r in range(row + 1)]
    assert "\n".join(rows) == render_final(text).replace("\r\n", "\n")


def test_real_bars() -> None:
    """Output of tqdm and of Keras is reduced to its last state."""
    tqdm = "".join(f"\r{n * 10:3}%|{'█' * n:<10}| {n}/10" for n in range(11)) + "\n"
    assert "100%|██████████| 10/10\n" == render_final(tqdm)
    begin, green, off = "\r\x1b[1m{}/2\x1b[0m ", "\x1b[32m{}\x1b[0m\x1b[37m{}\x1b[0m", "\x08" * 23
    keras = f"{begin}{green} loss: {{}}"
    first, last = keras.format(1, "━━", "━━", 2.3), keras.format(2, "━━━━", "", 1.9)
    expected = "\x1b[1m2/2\x1b[0m \x1b[32m━━━━\x1b[0m loss: 1.9\n"
    assert expected == render_final(f"{first}{off}{last}\n")
