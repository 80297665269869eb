"""Downloaded notebooks: their text reads like the page."""

from __future__ import annotations

import pytest

from evergreen.content.portable import portable
from evergreen.content.portable_text import PortableNames
from evergreen.model import Cell, CellOptions, Notebook


def texts(*pieces: str, title: str = "", values: tuple[tuple[str, str], ...] = ()) -> list[str]:
    """Return the pieces of text of the portable notebook."""
    return list(portable(Notebook((), markdown=pieces), title, values).markdown)


def test_the_title_is_the_first_heading() -> None:
    """Unless the text begins with one."""
    assert ["# 题\n\n文"] == texts("文", title="题")
    assert ["# 题"] == texts("", title="题")
    assert ["# 自己的\n\n文"] == texts("# 自己的\n\n文", title="题")


def test_inline_expressions_are_their_values() -> None:
    """In the order of the text; one that did not run stays as it is."""
    values = (("n", "3"), ("n + 1", "4"), ("n", "3"))
    pieces = ("共 `{python} n` 个，", "再 ``{python} n + 1`` 个；`{python} n`，`{python} m`，`n`。")
    expected = ["共 3 个，", "再 4 个；3，`{python} m`，`n`。"]
    assert expected == texts(*pieces, values=values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> 注意。\n{: .prompt-tip}", "> 注意。"),
        ("> 注意。\n> {: .a}", "> 注意。"),
        ("* TOC\n{:toc}\n\n文", "文"),
        ("- 目录\n{:toc .x}\n文", "文"),
        ("![a](a.png){: width='5'} *b*{: .c}", "![a](a.png) *b*"),
        ("{::comment}\n文\n{:/comment}", "文"),
        ("设 $$x$$ 与 $$ y $$。", "设 $x$ 与 $y$。"),
        ("$$x$$", "$$x$$"),
        ("$$\nx\n$$", "$$\nx\n$$"),
        ("```text\n{: .a}\n$$x$$ y\n```", "```text\n{: .a}\n$$x$$ y\n```"),
        ("字典 {:a} 与 `{: .b}`", "字典 {:a} 与 `{: .b}`"),
    ],
)
def test_what_only_kramdown_understands_is_left_out(text: str, expected: str) -> None:
    """Attribute lists, extensions, the table of contents; not in code."""
    assert [expected] == texts(text)


NAMES = PortableNames(
    names={"fig-a": "图 1", "thm-b": "定理 1", "eq-c": "式 (1)"},
    numbers={"fig-a": "1", "thm-b": "1", "eq-c": "1"},
    words={"note": "说明", "caption": "{number}：{text}"},
    citations={"k": "2"},
    absolute=lambda url: f"https://e.org/{url}",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("见 @fig-a、[-@fig-a]、[](#fig-a)、\\eqref{eq-c}、[@k]。", "见 图 1、1、图 1、(1)、[2]。"),
        ("[甲](a.html) `[](#fig-a)`", "[甲](https://e.org/a.html) `[](#fig-a)`"),
        (
            '![甲](a.png "题" =9x) [乙](b "t")',
            '![甲](https://e.org/a.png "题") [乙](https://e.org/b "t")',
        ),
        ("![甲](a.png){#fig-a}", "![甲](https://e.org/a.png)\n\n*图 1：甲*"),
        ("$$\nx\n$$ {#eq-c}", "$$\nx\n\\tag{1}\n$$"),
        ("$$\nx\n$$\n{: #eq-c}", "$$\nx\n\\tag{1}\n$$"),
        ("::: {#thm-b}\n## 名\n文\n:::", "**定理 1 (名)**\n\n文"),
        ("> [!NOTE]\n> 文", "> **说明**\n>\n> 文"),
        ("## 题 {#sec-a}", "## 题"),
        ("```js {2-3}\n@fig-a\n```", "```js\n@fig-a\n```"),
    ],
)
def test_what_only_we_understand_is_plain_markdown(text: str, expected: str) -> None:
    """References have their names, captions their numbers; code is not changed."""
    made = portable(Notebook((), markdown=(text,)), "", (), NAMES)
    assert expected == made.markdown[0]


def test_cells_that_do_not_run_are_text() -> None:
    """So that the notebook runs; one that may raise has the tag for it, and a seed comes first."""
    cells = (
        Cell("a", 1, CellOptions(runs=False)),
        Cell("b", 2, CellOptions(raises=True)),
    )
    made = portable(Notebook(cells, markdown=("一", "二", "三")), "题", (), setup="seed()")
    assert ("# 题", "一\n\n```python\na\n```\n\n二", "三") == made.markdown
    assert [("seed()", ()), ("b", ("raises-exception",))] == [
        (cell.source, cell.options.tags) for cell in made.cells
    ]


def test_a_picture_in_its_address() -> None:
    """A long one is read once."""
    picture = f"![图](data:image/png;base64,{'iVBORw0KGgo' * 200_000})"
    assert [picture] == texts(picture)
