"""Words that a text uses often, and the time that reading it takes."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.render.keywords import find_keywords, plain_prose, read_words, reading_minutes


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
    assert minutes == reading_minutes(read_words(prose))


def test_only_prose_counts() -> None:
    """Code, outputs, tables and formulas are not read word by word."""
    html = "<p>A &amp; b</p><pre>code</pre><table><td>1</td></table><math><mi>x</mi></math>"
    assert "A & b" == plain_prose(html).strip()


def test_keywords() -> None:
    """Words and pairs of signs that are used three times; a sorted few."""
    text = "Rings of trees. Rings tell; rings grow. Trees. 年轮一圈，年轮两圈，年轮三圈。"
    assert ("rings", "年轮") == find_keywords(read_words(text))
    words = " ".join(chr(97 + number) * 5 for number in range(20))
    assert 12 == len(find_keywords(read_words(" ".join([words] * 3))))


_TEXTS = st.lists(
    st.sampled_from(
        ["tensor", "Straße", "don't", "x_y12", "a" * 33, "², ", "年轮", "word年轮word", "한국어"]
    )
    | st.text(max_size=8)
).map(lambda parts: " ".join(parts * 3))


@given(_TEXTS)
def test_words_are_runs_of_letters(prose: str) -> None:
    """Words between blanks, looked at one by one, give the runs of letters of the whole text."""
    signs = r"[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]"
    counts = Counter(re.findall(r"[^\W\d_]{5,30}", re.sub(signs, " ", prose).lower()))
    counts.update(re.findall(rf"(?=({signs}{{2}}))", prose))
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:12]
    assert find_keywords(read_words(prose)) == tuple(
        sorted(word for word in frequent if counts[word] >= 3)
    )
