"""Where in a text code and formulas stand, by the parser that makes the page of it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator

from evergreen.content.liquid.lines import line_starts
from evergreen.markdown import Document

_FORMULA = re.compile(r"\$\$.*?\$\$|(?<![\\$\w])\$(?=\S)[^$\n]*?(?<=\S)\$(?![\w$])", re.S)


def code_in(text: str, document: Document) -> Callable[[int], bool]:
    """Whether code or a formula stands at a place of the text that is the document."""
    spans = sorted([*_code(text, document), *(found.span() for found in _FORMULA.finditer(text))])
    begins: list[int] = []
    ends: list[int] = []
    for begin, end in spans:
        if not ends or begin > ends[-1]:
            begins.append(begin)
            ends.append(end)
        else:
            ends[-1] = max(end, ends[-1])

    def is_code(index: int) -> bool:
        at = bisect_right(begins, index) - 1
        return at >= 0 and index < ends[at]

    return is_code


def _code(text: str, document: Document) -> Iterator[tuple[int, int]]:
    starts = [*line_starts(text), len(text)]
    last = len(starts) - 1
    for block in document.code_blocks:
        end = block.source_line + block.source.count("\n") + 1 + block.fenced
        yield starts[min(block.line - 1, last)], starts[min(end - 1, last)]
    for span in document.code_spans:
        begin = text.find(span.source, starts[min(span.line - 1, last)])
        if begin >= 0:
            yield begin, begin + len(span.source)
