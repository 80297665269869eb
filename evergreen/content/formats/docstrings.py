"""Scripts whose text is in docstrings and comments: sphinx-gallery's examples, keras.io's guides.

A string on the top level is a text cell; in keras.io's guides `shell` behind its quotes makes it
commands of a shell, `invisible` a remark that no page shows. The comments below a line of `# %%` or
of twenty `#` are text, too, as sphinx-gallery has it; of the strings in such a script the first is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import takewhile

from evergreen.regex import regex

ScriptCell = tuple[bool, list[str], list[int], tuple[str, ...]]
"""(True for text, lines, index of each line, tags)."""


def docstring_cells(source: str) -> list[ScriptCell]:
    """Split a script into cells. Raises SyntaxError if it is not Python."""
    lines = source.split("\n")
    spans = {
        node.lineno - 1: node.end_lineno or node.lineno
        for node in ast.parse(source).body
        if isinstance(node, ast.Expr) and _is_text(node.value)
    }
    first = next(iter(spans.items()), (0, 0))
    is_guide = read_header(_unquoted(lines[slice(*first)])) is not None
    if not is_guide and any(map(_MARKER.fullmatch, lines)):
        spans = dict([first])
    cells = [cell for cell in _cells(lines, spans, is_guide) if "".join(cell[1]).strip()]
    is_preamble = cells and all(line.startswith("#") for line in cells[0][1] if line.strip())
    return cells[1:] if is_preamble and not cells[0][0] else cells


def read_header(lines: Sequence[str]) -> dict[str, tuple[str, int]] | None:
    """Return the keys of keras.io's first docstring with the index of their lines, such as
    `Title: …`; None if it is not of that form."""
    found: dict[str, tuple[str, int]] = {}
    for index, line in enumerate(lines):
        if match := _HEADER.fullmatch(line):
            found[_KEYS.get(match[1].lower(), match[1].lower())] = (match[2], index)
        elif line.strip():
            return None
    return found if "title" in found else None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _cells(lines: list[str], spans: dict[int, int], is_guide: bool) -> Iterator[ScriptCell]:
    at = start = 0
    while at < len(lines):
        marker = _MARKER.fullmatch(lines[at])
        end = spans.get(at, at)
        if not marker and end == at:
            at += 1
            continue
        yield _code(lines, start, at)
        if marker:
            comments = [*takewhile(lambda line: line.startswith("#"), lines[at + 1 :])]
            end = at + 1 + len(comments)
            texts = [marker[1] or "", *(_SIGN.sub("", line) for line in comments)]
            yield True, _markdown(texts), [*range(at, end)], ()
        else:
            yield from _string(lines, at, end, is_guide)
        at = start = end
    yield _code(lines, start, len(lines))


def _string(lines: list[str], at: int, end: int, is_guide: bool) -> Iterator[ScriptCell]:
    texts = _unquoted(lines[at:end])
    word = texts[0].strip() if is_guide else ""
    if word == "shell":
        commands = [f"!{text.removeprefix('!')}" if text.strip() else "" for text in texts[1:]]
        yield False, *_without_blank_ends(commands, at + 1), ()
    elif word != "invisible":
        yield True, _markdown(texts), [*range(at, end)], ()


def _code(lines: list[str], start: int, end: int) -> ScriptCell:
    return False, *_without_blank_ends(lines[start:end], start), ()


def _without_blank_ends(lines: list[str], at: int) -> tuple[list[str], list[int]]:
    """Return the lines from the first to the last that is not blank, with their indices."""
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while start < end and not lines[end - 1].strip():
        end -= 1
    return lines[start:end], [*range(at + start, at + end)]


def _unquoted(lines: list[str]) -> list[str]:
    text = _OPENING.sub("", "\n".join(lines))
    return _CLOSING.sub("", text).split("\n")


def _markdown(lines: list[str]) -> list[str]:
    """Write reStructuredText's headings with `=` and `-`; all other text is Markdown already."""
    made = list(lines)
    for at, line in enumerate(lines):
        rule = line.rstrip()
        if len(rule) < 3 or not _RULE.fullmatch(rule) or not at or not lines[at - 1].strip():
            continue
        made[at] = "=" * len(rule) if rule[0] in "=#*" else "-" * len(rule)
        if at > 1 and lines[at - 2].rstrip() == rule:
            made[at - 2] = ""
    return made


_MARKER = regex(r"#[ ]?%%[ \t]*(?:\[\w+\])?[ \t]*(.*)|#{20,}[ \t]*()")
_SIGN = regex(r"^#[ ]?")
_OPENING = regex(r"\A[rRuU]?(\"\"\"|'''|\"|')\\?")
_CLOSING = regex(r"(\"\"\"|'''|\"|')[ \t;]*\Z")
_RULE = regex(r"([=\-~^\"'*#+_`])\1+")
_HEADER = regex(
    r"(Title|Authors?|Date created|Last modified|Description|Accelerator|Converted to [\w ]+ by)"
    r":[ \t]*(.+)"
)
_KEYS = {"authors": "author", "date created": "date", "last modified": "modified"}
