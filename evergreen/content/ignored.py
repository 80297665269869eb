"""What a post asks for and does not get: front matter keys and cell tags without effect, and the
syntax of other Markdown tools, which is shown as text. One warning for each kind and post.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from evergreen.content.code_blocks import near_tag
from evergreen.content.frontmatter_keys import FIELDS
from evergreen.content.jekyll.mathjax import MATHJAX
from evergreen.content.key_parts import PARTS
from evergreen.content.places import Place, find_places, source_lines
from evergreen.errors import Problem
from evergreen.markdown import CALLOUTS, Document
from evergreen.model import Cell, Notebook, Post
from evergreen.regex import regex

_OTHERS = (
    "description summary last_modified_at lastmod updated date-modified category tag aliases"
    " kernelspec jupytext kernel date lang language slug permalink render_with_liquid liquid toc"
    " nav nbformat language_info date-format format engine knitr output editor"
    " subtitle pin sticky number-sections mermaid substitutions myst short_title freeze code-fold"
    " code-tools csl link-citations knit editor_options image-alt lightbox label file_format mystnb"
    " orphan tocdepth exports"
)
_NO_KEY = "remove it, or have a template of your own show it"
KEYS = frozenset([*FIELDS, *MATHJAX, *_OTHERS.split()])
"""Keys that are read, or are there for an editor."""


def ignored_keys(post: Post, words: Collection[str]) -> Iterator[Problem]:
    """Yield a warning for each key of a front matter that nothing reads.

    `words` are the words of the blog's own templates, which may read any key.
    """
    for key, value in post.meta.items():
        name, line = str(key), post.lines.get(str(key), 1)
        if name in PARTS and isinstance(value, dict):
            for part in (str(part) for part in value if str(part) not in PARTS[name]):
                yield _warning(post, line, f"'{part}' in '{name}' has no effect", "remove it")
        if line == 1 and post.path.endswith(".ipynb"):
            continue  # metadata of Jupyter and its extensions
        if name in KEYS or name in words or f"page.{name}" in post.body:
            continue
        if f"meta {name}" in post.uses:
            continue
        near = next(iter(get_close_matches(name, sorted(FIELDS), 1, 0.75)), "")
        advice = f"did you mean '{near}'?" if near else _NO_KEY
        if name in PARTS["execute"]:
            advice = f"write 'execute: {{{name}: …}}'"
        yield _warning(post, line, f"the key '{name}' has no effect", advice)


def misspelt_tags(post: Post, notebook: Notebook, path: Path) -> Iterator[Problem]:
    """Yield a warning for each tag without effect that is similar to one with an effect, once for
    each tag; other tags are the author's own. `path` is the author's file."""
    cells = [cell for cell in notebook.cells if not cell.inline]
    found: dict[str, tuple[str, int]] = {}
    for number, cell in enumerate(cells):
        for tag in cell.options.tags:
            if tag not in found and (near := near_tag(tag)):
                found[tag] = (near, number)
    lines = source_lines(path) if found else []
    for tag, (near, number) in found.items():
        above = cells[number - 1].line if number else 0
        place = _tag_place(lines, tag, cells[number], above)
        message, advice = f"the tag '{place.text}' has no effect", f"did you mean '{near}'?"
        yield Problem(post.path, place.line, place.column, message, advice, "warning")


def _tag_place(lines: Sequence[str], tag: str, cell: Cell, above: int) -> Place:
    """Return where a tag of a cell is written: nearest above the code, but below the line `above`,
    or else directly below the code."""
    written = re.escape(tag).replace(r"\-", "[-_]").replace(":", r"\s*:\s*")
    pattern = re.compile(rf"(?<![\w-])({written})(?![\w-])")
    end = cell.line + cell.source.count("\n") + 1
    numbers = (*range(cell.line, above, -1), *range(cell.line + 1, end + _BELOW_CODE))
    return next(find_places(lines, numbers, pattern), Place(cell.line, 0, tag))


def wide_commas(post: Post) -> Iterator[Problem]:
    """Yield a warning for each list of names in which a comma of Chinese or Japanese text has made
    one name of several."""
    for key in ("tags", "categories", "authors"):
        if name := next((each for each in getattr(post, key) if _WIDE_COMMA in each), ""):
            message = f"'{name}' in '{key}' is one name: the comma in it is a wide one"
            advice = f"write [{name.replace(_WIDE_COMMA, ', ')}]"
            yield _warning(post, post.lines.get(key, 1), message, advice)


def foreign_syntax(post: Post, document: Document) -> Iterator[Problem]:
    """Yield a warning for each kind of syntax of other tools in the text of a post."""
    for block in document.code_blocks:
        is_jekyll_mermaid = block.language == "mermaid" and post.path.startswith("_")
        if block.language == "plantuml" or (is_jekyll_mermaid and not document.options.diagrams):
            what = f"a '{block.language}' diagram is shown as code"
            advice = "write 'mermaid: true' in the front matter" if is_jekyll_mermaid else _PICTURE
            yield _warning(post, post.at(block.line), what, advice)
            break
    if not any(kind in post.body and _MAYBE[kind].search(post.body) for kind in _SYNTAX):
        return
    lines = _prose(post, document)
    for kind, (pattern, what, advice) in _SYNTAX.items():
        found = ((number, pattern.search(line)) for number, line in lines if kind in line)
        if first := next(((number, match) for number, match in found if match), None):
            number, match = first
            shown = what.format(match[match.lastindex or 0].strip())
            yield _warning(post, post.at(number), shown, advice)


def _warning(post: Post, line: int, message: str, advice: str) -> Problem:
    return Problem(post.path, line, 0, message, advice, "warning")


def _prose(post: Post, document: Document) -> list[tuple[int, str]]:
    """Return the lines of the text, numbered from 1, without code, formulas and comments."""
    lines = post.body.split("\n")
    for block in document.code_blocks:
        end = block.source_line + (block.source.count("\n") + 1 if block.source else 0)
        for number in range(block.line, min(end, len(lines)) + 1):
            lines[number - 1] = ""
    text = _HIDDEN.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), "\n".join(lines))
    return list(enumerate(text.split("\n"), 1))


_BELOW_CODE = 3
"""Lines below a cell's code in which its attributes may be."""
_WIDE_COMMA = "，"
_PICTURE = "show a picture of it"
_HIDDEN = regex(
    r"^[ \t]*:{3,}[ \t]*\{[\w:-]+\}[^\n]*(?:\n[ \t]*:[\w-]+:[^\n]*)*"
    r"|(`+)(?!`).*?(?<!`)\1(?!`)|<!--.*?-->|<(pre|script|style|code)\b.*?</\2\s*>"
    r"|\$\$.*?\$\$|(?<!\\)\$(?!\s)[^$\n]{1,200}?(?<!\s)\$|\{%\s*raw\s*%\}.*?\{%\s*endraw\s*%\}"
    r"|<[a-zA-Z/][^<>]*>|\]\([^()\n]*\)|https?://\S+",
    re.DOTALL | re.MULTILINE,
)
_AS_TEXT = "'{}' is shown as text"
_ADDRESS = (
    r"(?:\s{8}|[/#][\w/#.%-]+[)）]"
    r"|[^\s()（）]+\.(?:png|jpe?g|gif|webp|svg|md|html?|pdf|csv|ipynb)[)）])"
)
"""What an address begins with, or all of it: `_HIDDEN` makes blanks of one with a host."""
_SYNTAX = {
    "[!": (
        regex(rf"^\s*>\s*\[!(?!(?i:{'|'.join(CALLOUTS)})\])\w+\]"),
        "an alert of an unknown kind, '{}', is shown as text",
        "write [!NOTE], [!TIP], [!IMPORTANT], [!WARNING] or [!CAUTION]",
    ),
    "!!!": (
        regex(r"^!!! ?\w+.*"),
        "an admonition, '{}', is shown as text",
        "write a quote with '{: .prompt-info}' on the line below it",
    ),
    "{{": (
        regex(r"\{\{[<%].*?[>%]\}\}|\{\{[<%]\s*\w+"),
        "a shortcode, '{}', is shown as text",
        "write what it means in Markdown or HTML, or a plugin for it",
    ),
    "==": (
        regex(r"(?<![=\w<>!])==(?=[^\s=])[^=\n]*[^\s=]==(?![=\w])"),
        _AS_TEXT,
        "write <mark> and </mark> for marked text",
    ),
    ":": (
        regex(r"(?<![^\s(（，。])(?!:\d)(?::[a-z][a-z0-9_+-]{1,30}:)(?![^\s)）,.;!?，。！？])"),
        _AS_TEXT,
        "write the emoji itself",
    ),
    "[[": (
        regex(r"(?<!\[)\[\[(?=[^\W\d_])[^\[\]\n]+\]\](?![\]\[(])"),
        _AS_TEXT,
        "write [text](address) for a link, and '* TOC' with '{:toc}' below it for the contents",
    ),
    "]（": (
        regex(rf"(!?\[[^\[\]\n]+\])（{_ADDRESS}"),
        "'{}（…）' is shown as text: its parentheses are wide ones",
        "write [text](address)",
    ),
    "】(": (
        regex(rf"(!?【[^【】\n]+】)\({_ADDRESS}"),
        "'{}(…)' is shown as text: its brackets are wide ones",
        "write [text](address)",
    ),
    "[TOC]": (
        regex(r"^\[TOC\]\s*$"),
        _AS_TEXT,
        "write '* TOC' with '{:toc}' on the line below it",
    ),
}
"""By characters that a line has: pattern, message and advice."""
_MAYBE = {kind: regex(re.escape(kind)) for kind in _SYNTAX} | {
    ":": regex(r":[a-z][a-z0-9_+-]{1,30}:"),
    "@": regex("@(?:fig|tbl|eq|sec|lst|thm|lem|cor|def|exm)-"),
    "==": regex(r"==[^\n]+=="),
}
"""Patterns without a look around, which find a post that has nothing of a kind at once."""
