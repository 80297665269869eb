"""Jekyll's slugs (its `Utils.slugify`), the names that addresses are made of."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SIGNS = {"default": "", "latin": "", "pretty": "._~!$&'()+,;=@"}
_NOT_ASCII = re.compile(r"[^A-Za-z0-9]+")
_SPACE = re.compile(r"[ \t\r\n\f\v]+")


@lru_cache(maxsize=4096)
def slugify(text: str, mode: str = "default", *, cased: bool = False) -> str:
    """The slug of a text in one of Jekyll's modes; it may be empty.

    An unknown mode, like `none`, changes nothing but the case.
    """
    if mode == "raw":
        found = _SPACE.sub("-", text)
    elif mode == "ascii":
        found = _NOT_ASCII.sub("-", text)
    elif mode in _SIGNS:
        found = _hyphenated(_latin(text) if mode == "latin" else text, _SIGNS[mode])
    else:
        return text if cased else text.lower()
    found = found.removeprefix("-").removesuffix("-")
    return found if cased else found.lower()


def title_of(slug: str) -> str:
    """The title of a post that has only a slug: `tf-mnist` → `Tf Mnist`."""
    return " ".join(word.capitalize() for word in slug.rstrip("-").split("-"))


def _hyphenated(text: str, signs: str) -> str:
    """Every run of what is neither letter, mark, decimal digit nor one of the signs as `-`."""
    found: list[str] = []
    for char in text:
        if char in signs or _is_kept(char):
            found.append(char)
        elif not found or found[-1] != "-":
            found.append("-")
    return "".join(found)


def _is_kept(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or category == "Nd"


def _latin(text: str) -> str:
    """Letters without their accents; what has none in ASCII becomes `?`."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return plain.encode("ascii", "replace").decode()
