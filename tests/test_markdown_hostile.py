"""Texts built to be slow: the work is proportional to the text, and nothing raises an exception.

The tests count calls of functions, Python's and C's, and do not measure time.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

from evergreen.markdown import to_html

REPEATED = {
    "quotes on a line": "> ",
    "stars": "*",
    "emphasis bomb": "*a **b ",
    "emphasis bomb, both": "*a _b **c __d ",
    "emphasis with an end": "**a *b ",
    "open brackets": "[",
    "open links": "[a](",
    "open titles": '[a](b "',
    "open images": "![",
    "references": "[a][b ",
    "backticks": "`a ``b ",
    "open tags": "<b>*",
    "tags cut off": '<a x="',
    "comments cut off": "\n<!-- a\n",
    "divs": "<div>\n",
    "divs with Markdown and an end": '<div markdown="1">\na\n</div>\n',
    "fences in divs": '<div markdown="1">\n```\n```\n</div>\n',
    "divs with Markdown": '<div markdown="1">\n',
    "end tags": "</div>\n",
    "addresses cut off": "<http:a",
    "formulas": "$$a ",
    "markers": "- ",
    "items": "- a\n",
    "items in quotes": "- > ",
    "definitions": "a\n: b\n",
    "cells": "|a",
    "rows": "`a|b` | <b>c</b>\n",
    "separators": "|-",
    "fences": "```\n",
    "fences cut off": "```a\n",
    "headings": "# a\n",
    "attributes": "a{: ",
    "attribute lines": "{:a\n",
    "extensions": "{::comment}\n",
    "footnotes": "[^a]: b\n\n",
    "markers of footnotes": "[^a] ",
    "definitions of links": '[a]: x "x ',
    "abbreviations": "*[ab]: b\n",
    "quotes": "'a\" ",
    "deletions": "~~a ",
    "addresses": "https://a/?!.)",
    "line ends": "  \n",
    "blank lines": "a\n\n",
    "indented lines": "    a\nb\n",
}

GROWING: dict[str, Callable[[int], str]] = {
    "quotes": lambda n: ">" * n,
    "lists": lambda n: "\n".join("  " * i + "- a" for i in range(int(n**0.5))),
    "brackets": lambda n: "[" * n + "]" * n,
    "images": lambda n: "![" * n + "](a)" * n,
    "runs of backticks": lambda n: " ".join("`" * i for i in range(int(n**0.5), 0, -1)),
    "fences ever shorter": lambda n: "\n".join("`" * i for i in range(int(n**0.5), 2, -1)),
    "a line": lambda n: "a" * n,
    "a line of Chinese": lambda n: "汉字，" * n,
    "a backtick line": lambda n: "`" * n,
    "a pipe line": lambda n: "|" * n,
    "spaces": lambda n: " " * n + "a",
    "spaces in a tag": lambda n: "<a" + " " * n,
    "one long row": lambda n: "|a" * n + "\n" + "|a\n" * n,
    "footnotes": lambda n: (
        "".join(f"[^{i}]: x\n\n" for i in range(n // 20))
        + "".join(f"[^{i}]" for i in range(n // 20))
    ),
    "many tags": lambda n: "".join(f"<x{i}>" for i in range(n // 6)),
    "many extensions": lambda n: "".join(f"{{::a{i}}}\n" for i in range(n // 10)),
    "an attribute list": lambda n: "{: " + 'a="b" ' * (n // 6) + "}\n",
}

CASES: dict[str, Callable[[int], str]] = {
    **{name: (lambda n, s=s: s * (n // len(s))) for name, s in REPEATED.items()},
    **GROWING,
}


@pytest.mark.parametrize("name", CASES)
def test_the_work_grows_with_the_text(name: str) -> None:
    """Twice the text takes at most about twice the calls."""
    make = CASES[name]
    to_html(make(1_000))  # compiles the patterns that such a text needs
    assert calls(make(8_000)) <= 2.5 * calls(make(4_000)) + 2_000


@pytest.mark.parametrize("name", CASES)
def test_a_large_text_is_a_document(name: str) -> None:
    """A hundred thousand characters of each kind give a page."""
    assert isinstance(to_html(CASES[name](100_000)), str)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_random_mixtures_raise_nothing(seed: int) -> None:
    """Any constructs within any others give a page."""
    source = random.Random(seed)
    pieces = [*REPEATED.values(), "\n", "\n\n", "    ", "> ", "中", "\t", "\0", "{:/}", "]]", "))"]
    for _ in range(300):
        text = "".join(source.choices(pieces, k=source.randint(1, 200)))
        assert isinstance(to_html(text), str)


def calls(text: str) -> int:
    """Count the function calls of a conversion."""
    count = 0

    def profile(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        to_html(text)
    finally:
        sys.setprofile(None)
    return count
