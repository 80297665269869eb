"""Syntax highlighting with Pygments' lexers and class names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from types import MappingProxyType
from typing import Any

NONE: Mapping[str, str] = MappingProxyType({})
ALIASES = {
    "cmd": "bat",
    "conf": "ini",
    "gradle": "groovy",
    "jsonc": "json",
    "kt": "kotlin",
    "patch": "diff",
    "plsql": "sql",
    "sqlite": "sql",
    "terminal": "console",
    "vb": "vbnet",
    "viml": "vim",
}
"""Language names of Rouge, Jekyll's highlighter, that Pygments does not know."""
MAX_SOURCE = 100_000
MAX_LINE = 1_000
MAX_BLANK = 100
MAX_WORDS = 200
"""Maximum characters of a source and of a line, consecutive blank lines, and consecutive words
without punctuation (the lexers of Java and C# look for a method signature from each word). Longer
code is not highlighted, as the time of some lexers is quadratic."""


def highlight(source: str, language: str, attributes: Mapping[str, str] = NONE) -> str:
    """Return `<div class="highlight"><pre><code class="language-x">…</code></pre></div>`, with a
    newline behind the code. Any source and language name is safe: an unknown language is not
    highlighted, an empty one gets no class. `attributes` are those of the outer element."""
    name = language.lower()
    lexer = _lexer(ALIASES.get(name, name)) if language and _is_bounded(source) else None
    if lexer is None:
        return plain(source, language, attributes)
    from pygments import highlight as mark_up  # slow, and only needed for code

    return _frame(mark_up(source + "\n", lexer, _formatter()), language, attributes)


def plain(source: str, language: str, attributes: Mapping[str, str] = NONE) -> str:
    """Return the same HTML without highlighting."""
    return _frame(escape(source, quote=False) + "\n", language, attributes)


def stylesheet(light: str = "default", dark: str = "github-dark") -> str:
    """Return the CSS of two Pygments styles; the dark one applies if the reader prefers it."""
    from pygments.formatters import HtmlFormatter

    day = HtmlFormatter(style=light).get_style_defs(".highlight")
    night = HtmlFormatter(style=dark).get_style_defs(".highlight")
    return f"{day}\n@media (prefers-color-scheme: dark) {{\n{night}\n}}\n"


def _frame(code: str, language: str, attributes: Mapping[str, str]) -> str:
    outer = {**attributes, "class": f"highlight {attributes.get('class', '')}".rstrip()}
    shown = "".join(f' {key}="{escape(value)}"' for key, value in sorted(outer.items()))
    name = f' class="language-{escape(language)}"' if language else ""
    return f"<div{shown}><pre><code{name}>{code}</code></pre></div>"


def _is_bounded(source: str) -> bool:
    lines = source.split("\n")
    if len(source) > MAX_SOURCE or max(map(len, lines)) > MAX_LINE:
        return False
    if "\n" * MAX_BLANK in "\n".join(map(str.strip, lines)):
        return False
    return all(len(part.split()) <= MAX_WORDS for part in _PUNCTUATION.split(source))


@cache
def _formatter() -> Any:
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(nowrap=True)


@cache
def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None


_PUNCTUATION = re.compile(r"[;(){}=,]")
