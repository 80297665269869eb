"""What a page's text is about, and how long it takes to read.

Only prose counts: code, outputs, formulas and tables are left out. Keywords are few and of words
that are used several times, so that small edits seldom change them: other pages depend on them.
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

_MOST = 12
"""Keywords of a page."""
_LEAST = 3
"""Uses of a keyword."""
_LATIN_SPEED, _CJK_SPEED = 230, 400
"""Words and signs that are read in a minute."""
_LEFT_OUT = re.compile(r"<(pre|script|style|svg|math|table|figcaption)\b.*?</\1\s*>", re.S | re.I)
_TAG = re.compile(r"<[^>]*>")
_CJK = re.compile(r"[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]+")
_WORD = re.compile(r"[^\W\d_]{5,30}")


def plain_prose(html: str) -> str:
    """Return the prose of a body as text."""
    return unescape(_TAG.sub(" ", _LEFT_OUT.sub(" ", html)))


def reading_minutes(prose: str) -> int:
    """Return the time that reading takes, in minutes; at least 1."""
    signs = sum(map(len, _CJK.findall(prose)))
    words = len(_CJK.sub(" ", prose).split())
    return max(1, round(words / _LATIN_SPEED + signs / _CJK_SPEED))


def find_keywords(prose: str) -> tuple[str, ...]:
    """Return the most frequent words, sorted; of Chinese, Japanese and Korean, pairs of signs."""
    runs = _CJK.findall(prose)
    pairs = (run[at : at + 2] for run in runs for at in range(len(run) - 1))
    counts = Counter(_WORD.findall(_CJK.sub(" ", prose).lower()))
    counts.update(pairs)
    frequent = [(-count, word) for word, count in counts.items() if count >= _LEAST]
    return tuple(sorted(word for _, word in sorted(frequent)[:_MOST]))
