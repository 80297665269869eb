"""What the scripts of a Jekyll blog's theme would do to its posts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("_includes", "_layouts")
MATHJAX = ("mathjax", "use_math", "math", "katex", "enable_math")
"""Keys by which themes ask for formulas, in a post or for the blog."""
_LARGEST = 200_000
"""Bytes of a template; what is larger is a library."""
_DOLLARS = re.compile(
    r"inlineMath[\"']?\s*:\s*\[[^;]{0,200}?\[\s*[\"']\$[\"']|left[\"']?\s*:\s*[\"']\$[\"']"
)
"""In the settings of MathJax and of KaTeX: `$…$` is a formula."""
_ASKED = re.compile(rf"\b(?:page|post|layout|include)\.(?:{'|'.join(MATHJAX)})\b")


def shows_formulas(root: Path) -> bool:
    """Whether `$…$` is a formula in every post, and not only where a post asks for it."""
    texts = [*_templates(root)]
    sets = any(_DOLLARS.search(text) for text in texts)
    return sets and not any(_ASKED.search(text) for text in texts)


def _templates(root: Path) -> Iterator[str]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.html")):
            if path.is_file() and path.stat().st_size <= _LARGEST:
                yield path.read_text("utf-8", "replace")
