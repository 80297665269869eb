"""Text → words, as the search knows them.

Chinese, Japanese, Korean, Thai and their neighbours are indexed as pairs of adjacent characters,
since where their words end is a matter of opinion: what a reader types is found anywhere. The last
character of a run is a word of its own, so that each character begins a word.

`templates/assets/search.js` cuts what a reader types in the same way.
"""

from __future__ import annotations

import unicodedata
from operator import add

from evergreen.regex import regex
from evergreen.scripts import is_western

_RUN = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"  # 々〆〇, kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\uac00-\ud7a3"  # Hangul
)
_MARKS = (
    "\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962-\u0963\u0980-\u0dff"
)
"""Signs that Python's `\\w` leaves out of the words of Hebrew, Arabic and Indian scripts."""
_LETTER = rf"[^\W_{_RUN}]"
# A name may end in signs: "C#", "C++", also before a number, "C++17".
_WORD = regex(rf"{_LETTER}++(?:\+\+(?=\d)|[+#]++(?!{_LETTER}))?")
_MARK = regex(f"[{_MARKS}]")
_MARKED_LETTER = rf"(?:{_LETTER}|[{_MARKS}])"
_MARKED_WORD = regex(rf"{_MARKED_LETTER}++(?:\+\+(?=\d)|[+#]++(?!{_MARKED_LETTER}))?")
"""Takes longer."""
_RUNS = regex(f"[{_RUN}]+")
_ASCII_WORD = regex(r"[a-z0-9]+(?:\+\+(?=[0-9])|[+#]++(?![a-z0-9]))?")
_WESTERN_WORD = regex(r"[^\W_]++(?:\+\+(?=\d)|[+#]++(?![^\W_]))?")
_ACCENTS = regex("[\u0300-\u036f]")
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ς": "σ"}
_LETTER_TO_FOLD = regex(f"[{''.join(_LETTERS)}]")


def fold(text: str) -> str:
    """Return a text in lower case, without accents and in one Unicode form.

    Voiced kana stay apart from unvoiced ones: their marks are no accents.
    """
    if text.isascii():
        return text.lower()
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    plain = unicodedata.normalize("NFC", plain).lower()
    return _LETTER_TO_FOLD.sub(lambda found: _LETTERS[found[0]], plain)


def words_of(text: str) -> list[str]:
    """Return each word of a folded text, as often as it is there."""
    if text.isascii():
        return _ASCII_WORD.findall(text)
    if is_western(text):
        return _WESTERN_WORD.findall(text)
    words = (_MARKED_WORD if _MARK.search(text) else _WORD).findall(text)
    for run in _RUNS.findall(text):
        words += map(add, run, run[1:])
        words.append(run[-1])
    return words


def is_run(word: str) -> bool:
    """True if a word is of a script that is indexed as pairs of characters."""
    return not word.isascii() and bool(_RUNS.match(word))
