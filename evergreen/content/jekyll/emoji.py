"""Emoji by GitHub's names, `:smile:`, in a blog that names the plugin jemoji."""

from __future__ import annotations

import re

from evergreen.regex import regex

_NAME = r":[a-z0-9+_-]{1,48}:"
_PARTS = regex(
    r"<(pre|code|tt|kbd|script|style|math|svg|textarea)\b[^<>]*>.*?</\1\s*>|<!--.*?-->|<[^<>]*>"
    rf"|({_NAME})",
    re.S | re.I,
)
"""What stays as it is, and names."""
_ANY = regex(_NAME)


def with_emoji(html: str) -> str:
    """Return HTML with the characters of the emoji that its text names; code stays as it is."""
    if not _ANY.search(html):
        return html
    return _PARTS.sub(lambda part: emojify(part[2]) if part[2] else part[0], html)


def emojify(text: str) -> str:
    """Return a text with the characters of the emoji that it names; unknown names stay."""
    if not _ANY.search(text):
        return text
    from emoji import emojize  # late: few blogs name the plugin

    return emojize(text, language="alias")
