"""The language that a blog is written in, where its settings name none.

Many a title is English above posts that are not, so the posts are asked; the first ones by name,
for a new post is not to change the language of the blog.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from evergreen.content.jekyll.detect import POSTS

_POSTS = 20
"""Posts that are looked at."""
_BYTES = 6_000
"""Of each."""
_SUFFIXES = (".md", ".markdown", ".mkd", ".mkdn", ".mkdown")
_CODE = re.compile(
    r"^(```|~~~).*?(^\1|\Z)|`[^`\n]*`|https?://\S+|<[^<>]{0,300}>", re.DOTALL | re.MULTILINE
)
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3041-\u30fa]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")


def written_language(root: Path, words: str) -> str:
    """That of most of the blog's first posts; of its title and description where it has none."""
    found = Counter(map(_language, islice(_texts(root), _POSTS)))
    return max(found, key=lambda code: (found[code], code != "en")) if found else _language(words)


def _texts(root: Path) -> Iterator[str]:
    """The beginnings of the posts that can be read; what links lead to is not looked at."""
    for path in sorted((root / POSTS).rglob("*")):
        if path.suffix.lower() in _SUFFIXES and path.is_file() and not path.is_symlink():
            with suppress(OSError), path.open("rb") as file:
                yield _CODE.sub(" ", file.read(_BYTES).decode("utf-8", "ignore"))


def _language(text: str) -> str:
    """`zh`, `ja`, `ko`, or `en` for all that is written in letters: a word counts like a sign."""
    han, kana, hangul = (len(signs.findall(text)) for signs in (_HAN, _KANA, _HANGUL))
    if han + kana + hangul <= len(_LATIN.findall(text)) / 2:
        return "en"
    if hangul > han + kana:
        return "ko"
    return "ja" if kana > han / 5 else "zh"
