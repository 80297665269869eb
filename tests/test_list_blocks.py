"""Fenced code in lists, as CommonMark and Pandoc read it."""

from __future__ import annotations

import pytest

from evergreen.build.parse import ParsedPost, parse_content
from evergreen.content.formats.list_blocks import place_fences
from evergreen.content.post import parse_post
from evergreen.model import Site


def read(body: str, suffix: str = "Rmd") -> ParsedPost:
    """Read a post of R Markdown or Quarto."""
    source = f"---\ntitle: 一\n---\n{body}".encode()
    return parse_content(parse_post(f"posts/2026-02-03-甲.{suffix}", source, Site()))


def placed(text: str) -> str:
    """Return a text with its fences in their places."""
    return "\n".join(line for _, line in place_fences(enumerate(text.split("\n"))))


@pytest.mark.parametrize("suffix", ["Rmd", "qmd"])
def test_a_chunk_right_below_an_item_ends_the_list(suffix: str) -> None:
    """It is not a part of the item, and may have blank lines."""
    made = read("- 一\n- 二\n```{python}\nx = 1\n\ny = 2\n```\n\n文\n", suffix)
    assert [(cell.source, cell.line) for cell in made.notebook.cells] == [("x = 1\n\ny = 2", 7)]
    assert "<li>二</li>\n</ul>\n<div" in made.document.render().html


def test_a_chunk_in_an_item_has_none_of_the_blanks_in_front_of_it() -> None:
    """Four blanks in an item whose text begins in the fourth column are one too many."""
    made = read("1. 一\n\n    ```{python}\n    if 1:\n        2\n    ```\n")
    assert made.notebook.cells[0].source == "if 1:\n    2"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("- a\n  - b\n  ```\n  c\n  ```", "- a\n  - b\n\n  ```\n  c\n  ```"),
        ("- a\n\n      ```\n      c", "- a\n\n      ```\n      c"),
        ("- ```\n  a\n  ```\n```\nb\n```", "- ```\n  a\n  ```\n\n```\nb\n```"),
        ("文\n```\n- a\n```", "文\n```\n- a\n```"),
        ("- a\n\n文\n   ```\n   b\n   ```", "- a\n\n文\n```\nb\n```"),
        ("1. a\n\t```\n\tb\n\t```", "1. a\n   ```\n   b\n   ```"),
    ],
)
def test_places_of_fences(written: str, expected: str) -> None:
    """Nested lists, indented code, a fence in the first line of an item, tabs."""
    assert placed(written) == expected


def test_a_list_goes_on_with_its_number_behind_code() -> None:
    """And a number at the beginning of a line of text begins none, unless it is 1."""
    shown = read("1. 一\n```r\nx\n```\n2. 二\n\n在\n1986. 年\n").document.render().html
    assert '<ol start="2">\n<li>二</li>' in shown
    assert "<p>在\n1986. 年</p>" in shown
