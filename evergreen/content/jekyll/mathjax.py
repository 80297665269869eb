"""Settings of a Jekyll blog's MathJax or KaTeX: whether `$…$` is math, and the blog's macros."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evergreen.content.jekyll.script_values import arguments_at, object_at
from evergreen.markdown.macros import definitions
from evergreen.regex import regex

TEMPLATES = ("_includes", "_layouts")
SCRIPTS = ("assets", "js", "scripts", "static", "public")
MATHJAX = ("mathjax", "use_math", "math", "katex", "enable_math")
"""Keys that themes use to turn on math, in a post or for the blog."""
_LARGEST = 200_000
"""Bytes of a template; a larger file is a library."""
_MAX_SCRIPTS = 500
_DOLLARS = regex(
    r"inlineMath[\"']?\s*:\s*[\[{][^;]{0,200}?\[\s*[\"']\$[\"']"
    r"|left[\"']?\s*:\s*[\"']\$[\"']"
)
"""Settings of MathJax and KaTeX that make `$…$` a formula."""
_ASKED = regex(rf"\b(?:page|post|layout|include)\.(?:{'|'.join(MATHJAX)})\b")
_MATH = regex(r"mathjax|katex|renderMathInElement|text/x-mathjax-config", re.IGNORECASE)
_MACROS = regex(r"\b[mM]acros[\"']?\s*:\s*(?=\{)")
_CALL = regex(r"\.Macro\s*\(")
_DEFINED = regex(
    r"\$\$(?P<dollars>.+?)\$\$|\\\((?P<line>.+?)\\\)|\\\[(?P<block>.+?)\\\]"
    r"|<script[^>]*type=[\"']math/tex[^>]*>(?P<script>.+?)</script>",
    re.DOTALL,
)
_DEFINING = regex(r"\\(?:(?:re)?newcommand|def|DeclareMathOperator|let)\b")


def math_options(root: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dialect's options `mathjax`, if the theme renders `$…$` in every post, and
    `macros`, if the blog defines some."""
    templates = [text for folder in TEMPLATES for text in _texts(root / folder)]
    scripts = [text for folder in SCRIPTS for text in _texts(root / folder, (".js",))]
    found: dict[str, Any] = {}
    if _enables_dollars(templates, scripts):
        found["mathjax"] = True
    macros = _config_macros(config)
    for text in (*templates, *scripts):
        if _MATH.search(text):
            macros |= _macros_in(text)
    return {**found, "macros": macros} if macros else found


def _enables_dollars(templates: list[str], scripts: list[str]) -> bool:
    """True if the theme renders `$…$` in every post, not only in posts that ask for it."""
    if any(_ASKED.search(text) for text in templates):
        return False
    texts = (*templates, *(text for text in scripts if _MATH.search(text)))
    return any(_DOLLARS.search(text) for text in texts)


def _macros_in(text: str) -> dict[str, Any]:
    """Return the macros that a template or script defines, as MathJax and KaTeX write them, or as
    TeX in a formula."""
    found: dict[str, Any] = {}
    for match in _MACROS.finditer(text):
        found |= _valid(object_at(text, match.end()))
    for match in _CALL.finditer(text):
        name, *macro = [*arguments_at(text, match.end()), None]
        found |= _valid({name: macro[:-1]} if isinstance(name, str) else {})
    for match in _DEFINED.finditer(text):
        source = next(part for part in match.groups() if part is not None)
        if _DEFINING.search(source):
            found |= definitions(source)
    return found


def _valid(macros: Mapping[str, Any]) -> dict[str, Any]:
    """Return the macros that are texts, or lists of a text, a number and a default."""
    found = {}
    for name, value in macros.items():
        items = value if isinstance(value, list) else [value]
        if items and isinstance(items[0], str) and all(_is_rest(each) for each in items[1:2]):
            found[str(name).removeprefix("\\")] = items if len(items) > 1 else items[0]
    return found


def _is_rest(value: Any) -> bool:
    return value is None or isinstance(value, int)


def _config_macros(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the macros in `_config.yml`, below any key of MathJax or KaTeX."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        is_math = key == "kramdown" or any(name in str(key).lower() for name in ("math", "katex"))
        if is_math and isinstance(value, Mapping):
            found |= _below(value, 0)
    return found


def _below(value: Mapping[str, Any], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, each in value.items() if depth < _MAX_DEPTH else ():
        if isinstance(each, Mapping):
            is_macros = str(key).lower().endswith("macros")
            found |= _valid(each) if is_macros else _below(each, depth + 1)
    return found


_MAX_DEPTH = 5


def _texts(folder: Path, suffixes: tuple[str, ...] = (".html", ".liquid", ".js")) -> Iterator[str]:
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in suffixes]
    for path in paths[:_MAX_SCRIPTS]:
        if path.is_file() and path.stat().st_size <= _LARGEST:
            yield path.read_text("utf-8", "replace")
