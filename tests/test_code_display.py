"""How code is shown: titles, numbers, marks, notes."""

from __future__ import annotations

import re

import pytest
from conftest import Write

from evergreen.build.options import read_options as build_options
from evergreen.build.pipeline import publish
from evergreen.content.code_blocks import read_options
from evergreen.markdown import MarkdownOptions, parse
from evergreen.markdown.code_display import parse_lines, read_display, show_code

NATIVE = MarkdownOptions(technical=True, native=True)


def html(text: str) -> str:
    """Return the text as HTML."""
    return parse(f"{text}\n", NATIVE).render().html


def classes(text: str) -> list[str]:
    """Return the class of each line of code."""
    return re.findall(r'<span class="(line[^"]*)"', text)


@pytest.mark.parametrize(
    "info", ["js {2-3}", 'js {hl_lines="2-3"}', "js {hl_lines=[2,3]}", "{.js hl_lines='2 3'}"]
)
def test_lines_are_highlighted_by_several_syntaxes(info: str) -> None:
    """As other tools write it."""
    assert ["line", "line marked", "line marked"] == classes(html(f"```{info}\na\nb\nc\n```"))


def test_lines_are_marked_by_comments_that_are_not_shown() -> None:
    """Of several languages."""
    text = "```js\na // [!code ++]\nb /* [!code --] */\nc // [!code highlight]\nd\n```"
    found = html(text)
    assert ["line added", "line removed", "line marked", "line"] == classes(found)
    assert "[!code" not in found


def test_line_numbers_begin_where_they_are_asked_to() -> None:
    """They are attributes, so that copies have none."""
    found = html("```text {linenums=9}\na\nb\n```")
    assert ["9", "10"] == re.findall(r'data-number="(\d+)"', found)
    assert '<div class="numbered highlight">' in found


def test_a_title_is_above_the_code() -> None:
    """Escaped."""
    found = html('```toml title="a<b>.toml"\na = 1\n```')
    assert '<div class="titled-code"><p class="code-title">a&lt;b&gt;.toml</p>' in found
    assert 'class="language-toml"' in found


def test_notes_are_bound_to_the_list_below() -> None:
    """If the list has an item for each number; else they are comments."""
    code = "```sh\na  # (1)\nb  # (2)\n```"
    found = html(f"{code}\n\n1. 甲\n2. 乙")
    assert ["#note-1-1", "#note-1-2"] == re.findall(r'<a class="code-note" href="([^"]*)"', found)
    assert '<li id="note-1-2">乙</li>' in found
    assert "code-note" not in html(f"{code}\n\n1. 甲")


def test_options_of_cells() -> None:
    """In comments of the cell, as Quarto and MyST have them."""
    found = read_options(
        "python", [], "#| filename: a.py\n#| code-line-numbers: true\n#| hl_lines: [1, 2]\n1"
    )
    display = found.cell.display
    assert ("a.py", 1, frozenset({1, 2})) == (display.title, display.start, display.marked)
    assert ((), ()) == (found.faults, found.ignored)


def test_code_without_options_is_as_it_was() -> None:
    """No element is added."""
    assert '<div class="highlight"><pre><code class="language-text">a\n</code></pre></div>' in html(
        "```text\na\n```"
    )


def test_ranges_of_lines() -> None:
    """A huge range is cut."""
    assert frozenset({1, 3, 4, 5}) == parse_lines("1, 3-5")
    assert len(parse_lines("1-999999")) <= 10_001


def test_several_lines_of_a_token_are_lines() -> None:
    """Pygments ends its spans at the ends of lines."""
    shown = show_code('a = """b\nc"""', "python", read_display("python {1}", {}))
    assert ["line marked", "line"] == classes(shown)
    assert shown.count("<span") == shown.count("</span>")


@pytest.mark.parametrize(
    ("block", "folded"),
    [
        ("```js\na\nb\nc\n```", True),
        ("```js\na\nb\n```", False),
        ('```js {code-fold="false"}\na\nb\nc\n```', False),
        ("```js {.fold}\na\n```", True),
    ],
)
def test_long_code_is_folded_by_a_setting(block: str, folded: bool) -> None:
    """Of more than two lines here, unless the block says otherwise."""
    found = parse(f"{block}\n", MarkdownOptions(technical=True, native=True, fold=2)).render().html
    assert folded == ('<details class="code-fold">' in found)


@pytest.mark.parametrize(
    ("options", "head", "folded"),
    [
        ("", "", True),
        ("#| code-fold: false\n", "", False),
        ("", "code-fold: false\n", False),
        ("#| echo: false\n", "", False),
    ],
)
def test_long_cells_are_folded_by_a_setting(
    write_blog: Write, options: str, head: str, folded: bool
) -> None:
    """With their outputs shown; a cell or its post can refuse."""
    cell = f"```python\n{options}a = 1\nb = 2\nprint('甲')\n```\n"
    settings = 'title = "T"\n[execute]\nenabled = false\n[code]\nfold = 2\n'
    post = f"---\ntitle: T\n{head}---\n{cell}"
    root = write_blog({"site.toml": settings, "posts/2026-01-01-a.md": post})
    publish(build_options(root))
    found = (root / "_site/a/index.html").read_text("utf-8")
    assert folded == ('<details class="cell-fold"><summary>Show the code' in found)
