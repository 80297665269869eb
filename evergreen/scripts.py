"""Tell which scripts a text may contain, sooner than a pattern of characters can.

Python compiles a class of characters one by one, which takes milliseconds for the ranges of
Chinese; the first bytes of UTF-8 have the same order as the characters.
"""

from __future__ import annotations

import re

from evergreen.regex import regex

_FROM_3000 = regex(rb"[\xe3-\xf4]")
_NOT_WESTERN = regex(rb"[\xd2-\xe1\xe3-\xf4]")


def may_be_cjk(text: str) -> bool:
    """True if a text has a character from U+3000 on: ideographs, kana, Hangul, full-width signs."""
    return not text.isascii() and _has(_FROM_3000, text)


def is_western(text: str) -> bool:
    """True if all of a text is below U+0480 (Latin, Greek, Cyrillic) or from U+2000 to U+2FFF
    (punctuation, signs)."""
    return text.isascii() or not _has(_NOT_WESTERN, text)


def _has(pattern: re.Pattern[bytes], text: str) -> bool:
    return pattern.search(text.encode("utf-8", "surrogatepass")) is not None
