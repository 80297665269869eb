"""Pages as a preview sends them: with its script, and named by what they are."""

from __future__ import annotations

import hashlib
import re
from html import escape

OWN = "/.evergreen"
"""Where the preview's own files stand; no file of a site may."""
_HEAD = re.compile(rb"<head(?:\s[^>]*)?>|<!doctype[^>]*>", re.I)


def version_of(content: bytes) -> str:
    """What tells one state of a page from another."""
    return hashlib.blake2b(content, digest_size=9).hexdigest()


def with_script(content: bytes, path: str, version: str, token: str) -> bytes:
    """The page with the preview's script as the first thing that it loads.

    It comes from the site itself, which every page's policy allows.
    """
    script = (
        f'<link rel="stylesheet" href="{OWN}/cells.css">'
        f'<script src="{OWN}/preview.js" data-path="{escape(path)}" data-version="{version}"'
        f' data-token="{token}"></script>'
    ).encode()
    found = list(_HEAD.finditer(content[:20_000]))
    at = found[-1].end() if found else 0
    return content[:at] + script + content[at:]
