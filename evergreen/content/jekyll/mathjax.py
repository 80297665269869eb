"""Detect whether a Jekyll theme renders `$…$` as math."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("_includes", "_layouts")
MATHJAX = ("mathjax", "use_math", "math", "katex", "enable_math")
"""Keys that themes use to turn on math, in a post or for the blog."""
_LARGEST = 200_000
"""Bytes of a template; a larger file is a library."""
_DOLLARS = re.compile(
    r"inlineMath[\"']?\s*:\s*\[[^;]{0,200}?\[\s*[\"']\$[\"']|left[\"']?\s*:\s*[\"']\$[\"']"
)
"""Settings of MathJax and KaTeX that make `$…$` a formula."""
_ASKED = re.compile(rf"\b(?:page|post|layout|include)\.(?:{'|'.join(MATHJAX)})\b")


def enables_mathjax(root: Path) -> bool:
    """True if the theme renders `$…$` in every post, not only in posts that ask for it."""
    texts = [*_templates(root)]
    sets = any(_DOLLARS.search(text) for text in texts)
    return sets and not any(_ASKED.search(text) for text in texts)


def _templates(root: Path) -> Iterator[str]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.html")):
            if path.is_file() and path.stat().st_size <= _LARGEST:
                yield path.read_text("utf-8", "replace")
