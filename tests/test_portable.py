"""Downloaded notebooks: their text reads like the page."""

from __future__ import annotations

import pytest

from evergreen.content.portable import portable
from evergreen.model import Notebook


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
