"""Syntax highlighting with Pygments' lexers and class names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from html import escape, unescape
from types import MappingProxyType
from typing import Any

from evergreen.regex import regex

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


MAX_RECALLED = 500
"""Blocks of code of last pages that are held at once."""


def highlight(source: str, language: str, attributes: Mapping[str, str] = NONE) -> str:
    """Return `<div class="highlight"><pre><code class="language-x">…</code></pre></div>`, with a
    newline behind the code. Any source and language name is safe: an unknown language is not
    highlighted, an empty one gets no class. `attributes` are those of the outer element."""
    code = _code(source, _name(language)) if language else ""
    return _frame(code, language, attributes) if code else plain(source, language, attributes)


def recall(html: str) -> None:
    """Take over the highlighted code of a page that this engine made: the same code is not
    highlighted again, and the lexer of its language not even imported.
    """
    if len(_RECALLED) > MAX_RECALLED:
        _RECALLED.clear()
    for found in _HIGHLIGHTED.finditer(html):
        source = unescape(_SPAN.sub("", found[2])).removesuffix("\n")
        _RECALLED[source, _name(unescape(found[1]))] = found[2]


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


def _name(language: str) -> str:
    """Return the name that Pygments knows a language by."""
    name = language.lower()
    return ALIASES.get(name, name)


def _code(source: str, name: str) -> str:
    return _RECALLED.get((source, name)) or _marked_up(source, name)


@lru_cache(maxsize=512)
def _marked_up(source: str, language: str) -> str:
    """Return highlighted code as HTML; "" if the language is unknown or the code is too long."""
    lexer = _lexer(language) if _is_bounded(source) else None
    if lexer is None:
        return ""
    from evergreen.markdown.lexing import tokens  # slow, and only needed for code

    return _spans(tokens(lexer, source + "\n"))


def _spans(found: Iterable[tuple[Any, str]]) -> str:
    """Return tokens as HTML, equal to that of Pygments' HtmlFormatter: tokens of one class share a
    span, which ends with its line.
    """
    parts: list[str] = []
    current = ""
    for kind, value in found:
        opening = _opening(kind)
        for number, text in enumerate(value.split("\n") if "\n" in value else (value,)):
            if number:
                parts.append("</span>\n" if current else "\n")
                current = ""
            if not text:
                continue
            if opening != current:
                parts.append(f"</span>{opening}" if current else opening)
                current = opening
            parts.append(escape(text, quote=False))
    return "".join(parts)


def _is_bounded(source: str) -> bool:
    lines = source.split("\n")
    if len(source) > MAX_SOURCE or max(map(len, lines)) > MAX_LINE:
        return False
    if "\n" * MAX_BLANK in "\n".join(map(str.strip, lines)):
        return False
    return all(len(part.split()) <= MAX_WORDS for part in _PUNCTUATION.split(source))


@cache
def _opening(kind: Any) -> str:
    """Return the start tag of a token's type; "" for plain text."""
    names = _classes(kind)
    return f'<span class="{names}">' if names else ""


def _classes(kind: Any) -> str:
    """Return the classes of a token's type; one that Pygments' styles do not know has those of the
    types above it as well.
    """
    from pygments.token import STANDARD_TYPES

    if kind in STANDARD_TYPES:
        return STANDARD_TYPES[kind]
    above = _classes(kind.parent)
    return f"{above} {above.rpartition(' ')[2]}-{kind[-1]}"


@cache
def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None


_RECALLED: dict[tuple[str, str], str] = {}
"""Code and language → its HTML."""
_TAGS = r'(?:<span class="[\w -]+">|</span>)'
_HIGHLIGHTED = regex(
    r'<div class="highlight[^<>]*><pre><code class="language-([^"<>]+)">'
    rf"([^<]*+{_TAGS}(?:[^<]++|{_TAGS})*+)</code></pre></div>"
)
"""Code with at least one span: other code may be of a page without highlighting."""
_SPAN = regex(_TAGS)
_PUNCTUATION = regex(r"[;(){}=,]")
