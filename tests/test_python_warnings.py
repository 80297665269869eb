"""Warnings of Python on a page."""

from __future__ import annotations

import re
import warnings
from html import unescape

from evergreen.render.python_warnings import stderr_html


def _written(*texts: str, category: type[Warning] = UserWarning) -> str:
    """Return what Python writes for warnings of one line of code."""
    line = "fig.savefig(file)"
    return "".join(warnings.formatwarning(text, category, "图/draw.py", 7, line) for text in texts)


def test_warnings_of_one_line_are_folded_below_the_first() -> None:
    """Each glyph that a font does not have is a warning of its own; all texts stay on the page."""
    html = stderr_html(
        "前\n" + _written(*(f"Glyph '{each}' missing" for each in "损失曲线<")) + "后\n"
    )
    first, _, rest = html.partition("<details")
    assert ("前" in first, first.count("Glyph"), rest.count("Glyph"), "后" in rest) == (
        True,
        1,
        4,
        True,
    )
    assert '<summary>图/draw.py:7: UserWarning <span class="repeats">× 4</span></summary>' in rest


def test_no_text_is_lost() -> None:
    """Without its elements the page has what was written."""
    written = _written(*map(str, range(9))) + "间\n" + _written(*"甲乙丙丁", category=FutureWarning)
    html = re.sub(r"<summary>.*?</summary>\n|</pre>\n?|</details>\n?", "", stderr_html(written))
    assert written == unescape(re.sub(r"<[^>]*>", "", html.replace(">\n<", "><")))


def test_few_warnings_and_those_of_several_lines_are_shown() -> None:
    """Three warnings of one line, or four of different lines, are not folded."""
    three = _written("a", "b", "c")
    four = "".join(_written("a").replace(":7:", f":{line}:") for line in range(4))
    assert ("details" in stderr_html(three), "details" in stderr_html(four)) == (False, False)


def test_equal_warnings_are_counted_as_other_lines() -> None:
    """One is shown, with the number of times."""
    html = stderr_html(_written(*["同"] * 30))
    assert ("details" in html, '<span class="repeats">× 30</span>' in html) == (False, True)
