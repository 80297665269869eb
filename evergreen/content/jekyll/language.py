"""Detect the language of a blog whose settings do not name one.

Titles are often English although the posts are not, so the posts decide; the first ones by name, so
that a new post does not change the language of the blog.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from evergreen.content.jekyll.detect import POSTS
from evergreen.regex import regex

_POSTS = 20
"""Number of posts to read."""
_BYTES = 6_000
"""Number of bytes to read of each."""
_SUFFIXES = (".md", ".markdown", ".mkd", ".mkdn", ".mkdown")
_CODE = regex(
    r"^(```|~~~).*?(^\1|\Z)|`[^`\n]*`|https?://\S+|<[^<>]{0,300}>", re.DOTALL | re.MULTILINE
)
_LATIN = regex(r"[A-Za-z\u00c0-\u024f]+")
_HAN = regex(r"[\u3400-\u9fff]")
_KANA = regex(r"[\u3041-\u30fa]")
_HANGUL = regex(r"[\uac00-\ud7a3]")


def detect_language(root: Path, words: str) -> str:
    """Return the language of most of the blog's first posts; that of its title and description if
    it has no posts.
    """
    found = Counter(map(_language, islice(_texts(root), _POSTS)))
    return max(found, key=lambda code: (found[code], code != "en")) if found else _language(words)


def _texts(root: Path) -> Iterator[str]:
    """Yield the beginnings of the readable posts, without following symlinks."""
    for path in sorted((root / POSTS).rglob("*")):
        if path.suffix.lower() in _SUFFIXES and path.is_file() and not path.is_symlink():
            with suppress(OSError), path.open("rb") as file:
                yield _CODE.sub(" ", file.read(_BYTES).decode("utf-8", "ignore"))


def _language(text: str) -> str:
    """Return `zh`, `ja`, `ko`, or `en` for any text in Latin letters: a word counts as much as a
    CJK character.
    """
    han, kana, hangul = (len(signs.findall(text)) for signs in (_HAN, _KANA, _HANGUL))
    if han + kana + hangul <= len(_LATIN.findall(text)) / 2:
        return "en"
    if hangul > han + kana:
        return "ko"
    return "ja" if kana > han / 5 else "zh"
