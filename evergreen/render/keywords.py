"""What a page's text is about, and how long it takes to read.

Only prose counts: code, outputs, formulas and tables are left out. Keywords are few and of words
that are used several times, so that small edits seldom change them: other pages depend on them.
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from evergreen.dataclass import dataclass
from evergreen.regex import regex
from evergreen.scripts import may_be_cjk

_MOST = 12
"""Keywords of a page."""
_LEAST = 3
"""Uses of a keyword."""
_LATIN_SPEED, _CJK_SPEED = 230, 400
"""Words and signs that are read in a minute."""
_LEFT_OUT = regex(r"<(pre|script|style|svg|math|table|figcaption)\b.*?</\1\s*>", re.S | re.I)
_TAG = regex(r"<[^>]*>")
_CJK = regex(r"([\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]+)")
_SHORTEST, _LONGEST = 5, 30
"""Letters of a keyword."""
_WORD = regex(rf"[^\W\d_]{{{_SHORTEST},{_LONGEST}}}")


def plain_prose(html: str) -> str:
    """Return the prose of a body as text."""
    return unescape(_TAG.sub(" ", _LEFT_OUT.sub(" ", html)))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a prose, in both kinds of writing."""

    spaced: tuple[str, ...]
    """Words between blanks, with their punctuation."""
    runs: tuple[str, ...]
    """Chinese, Japanese and Korean signs without anything between them."""


def read_words(prose: str) -> Words:
    """Return the words of a text."""
    parts = _CJK.split(prose) if may_be_cjk(prose) else [prose]
    return Words(tuple(" ".join(parts[::2]).split()), tuple(parts[1::2]))


def reading_minutes(words: Words) -> int:
    """Return the time that reading takes, in minutes; at least 1."""
    signs = sum(map(len, words.runs))
    return max(1, round(len(words.spaced) / _LATIN_SPEED + signs / _CJK_SPEED))


def find_keywords(words: Words) -> tuple[str, ...]:
    """Return the most frequent words, sorted; of Chinese, Japanese and Korean, pairs of signs."""
    counts = Counter(run[at : at + 2] for run in words.runs for at in range(len(run) - 1))
    for spaced, uses in Counter(words.spaced).items():
        for word in _WORD.findall(spaced.lower()):
            counts[word] += uses
    frequent = [(-count, word) for word, count in counts.items() if count >= _LEAST]
    return tuple(sorted(word for _, word in sorted(frequent)[:_MOST]))
