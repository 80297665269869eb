"""Lists and quotes of files of other tools."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from evergreen.markdown import MarkdownOptions, parse

OPTIONS = MarkdownOptions(commonmark=True, list_numbers=True, native=True, technical=True)
PANDOC = MarkdownOptions(
    commonmark=True, pandoc=True, list_numbers=True, native=True, technical=True
)


def html(text: str, options: MarkdownOptions = OPTIONS) -> str:
    return "".join(parse(text, options).render().html.split("\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Two blanks are enough below a bullet, three below a number.
        ("- 甲\n  - 乙\n", "<ul><li>甲<ul><li>乙</li></ul></li></ul>"),
        ("1. 甲\n  - 乙\n", "<ol><li>甲</li></ol><ul><li>乙</li></ul>"),
        ("1. 甲\n   - 乙\n", "<ol><li>甲<ul><li>乙</li></ul></li></ol>"),
        # The second level is of the column of the first item's text, wherever that is.
        ("-   甲\n  - 乙\n", "<ul><li>甲</li><li>乙</li></ul>"),
        ("- 甲\n    - 乙\n", "<ul><li>甲<ul><li>乙</li></ul></li></ul>"),
        # Another sign begins another list.
        ("- 甲\n* 乙\n", "<ul><li>甲</li></ul><ul><li>乙</li></ul>"),
        ("1) 甲\n2) 乙\n", "<ol><li>甲</li><li>乙</li></ol>"),
        ("3. 甲\n1) 乙\n", '<ol start="3"><li>甲</li></ol><ol><li>乙</li></ol>'),
        # A list is loose as a whole.
        ("- 甲\n- 乙\n\n- 丙\n", "<ul><li><p>甲</p></li><li><p>乙</p></li><li><p>丙</p></li></ul>"),
        ("- 甲\n\n  乙\n- 丙\n", "<ul><li><p>甲</p><p>乙</p></li><li><p>丙</p></li></ul>"),
        ("- 甲\n- 乙\n\n文\n", "<ul><li>甲</li><li>乙</li></ul><p>文</p>"),
        # A line without indent continues a paragraph, and nothing else.
        ("- 甲\n乙\n", "<ul><li>甲乙</li></ul>"),
        ("- # 甲\n乙\n", '<ul><li><h1 id="甲">甲</h1></li></ul><p>乙</p>'),
        ("- 甲\n# 乙\n", '<ul><li>甲</li></ul><h1 id="乙">乙</h1>'),
        ("- a\n- b\n---\n", "<ul><li>a</li><li>b</li></ul><hr />"),
        # An item may be empty, or begin below its marker.
        ("-\n- 乙\n", "<ul><li></li><li>乙</li></ul>"),
        ("-\n  甲\n", "<ul><li>甲</li></ul>"),
        ("-\n\n  甲\n", "<ul><li></li></ul><p>甲</p>"),
        ("-\t甲\n\n\t乙\n", "<ul><li><p>甲</p><p>乙</p></li></ul>"),
        # Items that are no items.
        ("文\n2. 乙\n", "<p>文2. 乙</p>"),
        ("文\n- 乙\n", "<p>文</p><ul><li>乙</li></ul>"),
        ("- 甲\n      - 乙\n", "<ul><li>甲    - 乙</li></ul>"),
    ],
)
def test_the_column_of_the_text_decides(text: str, expected: str) -> None:
    """What belongs to an item, and which list goes on, is as in CommonMark."""
    assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> 甲\n乙\n", "<blockquote><p>甲乙</p></blockquote>"),
        ("> 甲\n- 乙\n", "<blockquote><p>甲</p></blockquote><ul><li>乙</li></ul>"),
        ("> 甲\n# 乙\n", '<blockquote><p>甲</p></blockquote><h1 id="乙">乙</h1>'),
        ("> # 甲\n乙\n", '<blockquote><h1 id="甲">甲</h1></blockquote><p>乙</p>'),
        ("> - 甲\n乙\n", "<blockquote><ul><li>甲乙</li></ul></blockquote>"),
        ("- > 甲\n乙\n", "<ul><li><blockquote><p>甲乙</p></blockquote></li></ul>"),
    ],
)
def test_a_quote_ends_with_its_paragraph(text: str, expected: str) -> None:
    """A line without its mark belongs to it only as a part of a paragraph."""
    assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("文\n- 乙\n", "<p>文- 乙</p>"),
        ("文\n# 乙\n", "<p>文# 乙</p>"),
        ("文\n> 乙\n", "<p>文&gt; 乙</p>"),
        ("- 甲\n* 乙\n", "<ul><li>甲</li><li>乙</li></ul>"),
        ("- 甲\n  2. 乙\n", '<ul><li>甲<ol start="2"><li>乙</li></ol></li></ul>'),
        ("> 甲\n- 乙\n", "<blockquote><p>甲- 乙</p></blockquote>"),
    ],
)
def test_pandoc_wants_blank_lines(text: str, expected: str) -> None:
    """No list, heading or quote begins within a paragraph; all bullets are alike."""
    assert html(text, PANDOC) == expected


def test_indented_code_ends_with_its_indent() -> None:
    """Text right below it is a paragraph."""
    assert html("    甲\n乙\n").endswith("<p>乙</p>")


def test_code_in_an_item_hides_markers() -> None:
    """A fence in an item ends with it, and its lines are none of the list."""
    assert html("- a\n  ```\n  - b\n  ```\n- c\n").count("<li>") == 2
    assert html("- ```\n  甲\n文\n").endswith("<p>文</p>")


def test_deep_lists_are_read_in_time() -> None:
    """Nesting is bounded; what is deeper is text."""
    text = "".join("  " * level + "- 甲\n" for level in range(2_000))
    assert html(text).count("甲") == 2_000


NOTEBOOK = MarkdownOptions(commonmark=True, mathjax=True, escaped=False, native=True)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("<div class='alert'>\n设 $x$ 与 $$y$$\n</div>\n", 2),
        ("<table><tr><td>$x<y$</td></tr></table>\n", 1),
        ("<div>\n<code>$x$</code>\n</div>\n", 0),
        (r"$\text{若 $b$ 则}$ 5$\times$0.1", 2),
        ("\\begin{equation*}\\tag{$*$} x\\end{equation*}\n", 1),
        (r"$\color{DarkGreen}{X}$ $\color{ForestGreen}{Y}$", 2),
        (r"$\begin{cases}1 & \text{if $x_{1}$}\\ 2\end{cases}$", 1),
    ],
)
def test_formulas_of_notebooks(text: str, count: int) -> None:
    """In HTML too, but not in code; text in a formula may have formulas of its own."""
    shown = html(text, NOTEBOOK)
    assert shown.count("<math") == count and "math-error" not in shown


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("从 $20,000$ 到 $7,108$", ["20,000", "7,108"]),
        ("除以 $dA dx$ 后", ["dA dx"]),
        ("设 $x， y$，则 $P（d）$可求", ["x， y", "P（d）"]),
        ("小于 $1$$\\tt{E}$$^-6$", ["1", "\\tt{E}", "^-6"]),
        ("对$t=2$$$d=1$$", ["t=2", "d=1"]),
        ("见 $0 log0 = 0$", ["0 log0 = 0"]),
        ("费 $5, 10 apples$，$5 和 $6", []),
        ("用$符号，$变", []),
        ("$ sudo apt-get install python-numpy python-scipy\n    $ sudo", []),
        ("$ (x_{corr} - x_{corr}(1))^2 + x_{corr}$", ["(x_{corr} - x_{corr}(1))^2 + x_{corr}"]),
    ],
)
def test_dollars_of_notebooks(text: str, formulas: list[str]) -> None:
    """Words without blanks at the dollars are a formula; prices, paths and commands are text."""
    shown = html(f"{text}\n", NOTEBOOK)
    assert re.findall(r"application/x-tex\">(.*?)</annotation", shown) == formulas


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("|a|b|\n|-|-|\n|1|2|\n3\n\n文\n", ["<td>3</td>", "<p>文</p>"]),
        ("a | b\n--|--\n甲\n- 乙\n", ["<td>甲</td>", "<ul><li>乙</li></ul>"]),
        ("|a|b|\n|-|-|\n|1|2|\n# 题\n", ["<td>2</td>", "题</h1>"]),
        ("|a|b|\n|-|-|\n|1|2|\n: 说明 {#tbl-a}\n", ["<caption>", "说明"]),
    ],
)
def test_rows_of_a_table_need_no_pipe(text: str, expected: list[str]) -> None:
    """They end with a blank line or another block; a caption is none of them."""
    shown = html(text, replace(OPTIONS, tables_have_rules=True))
    assert all(each in shown for each in expected) and shown.count("<table") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "<font color='red'>\n\n- 甲\n\n</font>\n",
            '<font color="red"><ul><li>甲</li></ul></font>',
        ),
        ("<br>\n- *甲*\n\n- 乙\n", "<br />- *甲*<ul><li>乙</li></ul>"),
        ("文\n<span>\n*甲*</span>\n", "<p>文<span><em>甲</em></span></p>"),
        ("- 甲\n<!-- 注 -->\n- 乙\n", "<ul><li>甲</li></ul><!-- 注 --><ul><li>乙</li></ul>"),
    ],
)
def test_a_tag_alone_in_its_line_begins_html(text: str, expected: str) -> None:
    """Up to a blank line, but not within a paragraph; a comment ends a list."""
    assert html(text) == expected


def test_cells_of_tables_may_have_blocks_of_html() -> None:
    """As browsers show them."""
    text = "|a|\n|-|\n|<h2>甲 *乙*</h2>|\n|<ul><li>丙</li></ul>|\n"
    shown = html(text, replace(OPTIONS, tables_have_rules=True))
    assert "<td><h2>甲 <em>乙</em></h2></td>" in shown
    assert "<td><ul><li>丙</li></ul></td>" in shown


def test_a_heading_may_be_indented() -> None:
    """By up to three blanks."""
    assert html("   ### 甲\n") == '<h3 id="甲">甲</h3>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲 *a*\n乙\n===\n文\n", '<h1 id="甲-a-乙">甲 <em>a</em> 乙</h1><p>文</p>'),
        ("甲\n1990\\\n---\n", '<h2 id="甲-1990">甲 1990</h2>'),
        ("甲\n\n===\n", "<p>甲</p><p>===</p>"),
        ("- 甲\n==\n", "<ul><li>甲==</li></ul>"),
        ("文\n***\n文\n", "<p>文</p><hr /><p>文</p>"),
    ],
)
def test_a_heading_may_have_several_lines(text: str, expected: str) -> None:
    """All of the paragraph above the underline, which is not to the left of an item; a rule ends a
    paragraph."""
    assert html(text) == expected
