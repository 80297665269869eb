"""SHA-256 in lower-case hexadecimal: names of files, keys of caches, checks of what was stored."""

from __future__ import annotations

import hashlib


def sha256(content: str | bytes) -> str:
    """Return the SHA-256 of bytes, or of a text in UTF-8 (lone surrogates are encoded too)."""
    return hashlib.sha256(_encoded(content)).hexdigest()


def digest(*parts: str | bytes) -> str:
    """Return one SHA-256 of several parts; each is preceded by its length."""
    found = hashlib.sha256()
    for content in map(_encoded, parts):
        found.update(len(content).to_bytes(8, "little"))
        found.update(content)
    return found.hexdigest()


def _encoded(content: str | bytes) -> bytes:
    return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
