"""Blocks of a MyST document that another one shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.build.parse import complete, parse_content
from evergreen.content.formats.myst_parts import find_part, moved
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.content.quarto_files import MYSTMD
from evergreen.model import Site

SOURCE = """\
# 文

:::{figure} pic/a.png
:label: 图
题 *x*
:::

::::{note}
:::{table} 表
:label: 表

| 甲 |
|---|
| 乙 |
:::
::::

$$
e = m
$$ (式)

(段)=
一段 *字*。

(节)=
## 节

节文

### 小节

## 别节
"""


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("图", ":::{figure} pic/a.png", ":::"),
        ("表", ":::{table} 表", ":::"),
        ("式", "$$", "$$"),
        ("段", "一段 *字*。", "一段 *字*。"),
        ("节", "## 节", ""),
    ],
)
def test_a_part_is_found_by_its_label(label: str, first: str, last: str) -> None:
    """Without the label."""
    part = find_part(SOURCE.split("\n"), label)
    assert (part[0], part[-1]) == (first, last)
    assert not any(label in line and ("label" in line or "=" in line[-1:]) for line in part)


def test_a_section_ends_with_the_next_one() -> None:
    """Its own sections belong to it."""
    part = find_part(SOURCE.split("\n"), "节")
    assert ("### 小节" in part, "## 别节" in part) == (True, False)


def test_no_part_has_another_label() -> None:
    """Nor one that begins so."""
    assert find_part(SOURCE.split("\n"), "图二") == []


def test_paths_are_those_of_the_post() -> None:
    """From its folder; addresses stay."""
    lines = ["```{image} a.png", "![](b.png) ![](https://example.org/c.png)"]
    assert moved(lines, "posts/甲", "posts/乙") == [
        "```{image} ../甲/a.png",
        "![](../甲/b.png) ![](https://example.org/c.png)",
    ]


@pytest.fixture
def blog(tmp_path: Path) -> BlogContext:
    """Return a project of mystmd with a document in a folder."""
    (tmp_path / "posts/甲").mkdir(parents=True)
    (tmp_path / "posts/甲/文.md").write_text(SOURCE)
    return BlogContext(tmp_path, Site(shared={"posts/myst.yml": {MYSTMD: True}}))


def shown(blog: BlogContext, body: str) -> str:
    """Return the HTML of a post of the project."""
    path = "posts/乙.md"
    (blog.root / path).write_text(body)
    post = complete(parse_post(path, (blog.root / path).read_bytes(), blog.site), blog)
    assert not any("embedded" in each.message for each in post.warnings)
    return parse_content(post).document.render().html


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("```{embed} #图\n```\n", '<img src="甲/pic/a.png"'),
        ("![](#图)\n", "题 <em>x</em></figcaption>"),
        ("```{figure} #图\n```\n", '<img src="甲/pic/a.png"'),
        ("```{embed} #表\n```\n", "<td>乙</td>"),
        ("```{embed} #式\n```\n", "<mi>m</mi>"),
        ("```{embed} #段\n```\n", "<p>一段 <em>字</em>。</p>"),
        ("```{embed} #节\n```\n", "<p>节文</p>"),
        ("(己)=\n自 *己*\n\n```{embed} #己\n```\n", "<p>自 <em>己</em></p>"),
    ],
)
def test_a_document_shows_a_block_of_another(
    blog: BlogContext, written: str, expected: str
) -> None:
    """A figure with its caption, its picture from there."""
    assert expected in shown(blog, f"# 题\n\n{written}")


def test_a_figure_of_another_document_may_have_a_caption_and_a_label(blog: BlogContext) -> None:
    """Which are its own."""
    made = shown(blog, "# 题\n\n```{figure} #表\n:label: 新\n说明\n```\n\n见 [](#新)。\n")
    assert ('id="新"' in made, "说明</figcaption>" in made, "<td>乙</td>" in made) == (True,) * 3


def test_a_block_of_another_document_may_have_a_caption_only(blog: BlogContext) -> None:
    """It is a figure, too."""
    made = shown(blog, "# 题\n\n```{figure} #段\n说明 *甲*\n```\n")
    assert "<figcaption>说明 <em>甲</em></figcaption>" in made


def test_a_figure_of_another_document_has_only_the_new_caption(blog: BlogContext) -> None:
    """Where it has one."""
    made = shown(blog, "# 题\n\n```{figure} #图\n:label: 新\n说明\n```\n")
    assert (made.count("<figure"), "题 <em>" in made, "说明</figcaption>" in made) == (
        1,
        False,
        True,
    )
    assert '<img src="甲/pic/a.png"' in made
