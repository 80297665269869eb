"""Words that a text uses often, and the time that reading it takes."""

from __future__ import annotations

import pytest

from evergreen.render.keywords import find_keywords, plain_prose, reading_minutes


@pytest.mark.parametrize(
    ("prose", "minutes"),
    [
        ("word " * 10, 1),
        ("word " * 690, 3),
        ("字" * 1200, 3),
        ("字" * 400 + " word" * 230, 2),
        ("", 1),
    ],
)
def test_time_to_read(prose: str, minutes: int) -> None:
    """230 words or 400 signs take a minute, in a text of both languages too."""
    assert minutes == reading_minutes(prose)


def test_only_prose_counts() -> None:
    """Code, outputs, tables and formulas are not read word by word."""
    html = "<p>A &amp; b</p><pre>code</pre><table><td>1</td></table><math><mi>x</mi></math>"
    assert "A & b" == plain_prose(html).strip()


def test_keywords() -> None:
    """Words and pairs of signs that are used three times; a sorted few."""
    text = "Rings of trees. Rings tell; rings grow. Trees. 年轮一圈，年轮两圈，年轮三圈。"
    assert ("rings", "年轮") == find_keywords(text)
    words = " ".join(chr(97 + number) * 5 for number in range(20))
    assert 12 == len(find_keywords(" ".join([words] * 3)))
