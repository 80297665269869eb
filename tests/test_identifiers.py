"""Ids that the author gives: which a text has, and those that two elements have."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.build.parse import parse_content
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.markdown import parse
from evergreen.model import JekyllConfig, Post, Site

SITE = Site(lang="zh")
HEAD = "---\ntitle: 题\ndate: 2026-01-01\n---\n"
"""The front matter of a post, whose text begins on line 5."""


def read(root: Path, text: str, site: Site = SITE) -> Post:
    """Write a post, and parse it."""
    source = (HEAD + text).encode()
    (root / "posts").mkdir(exist_ok=True)
    (root / "posts/a.md").write_bytes(source)
    post = parse_post("posts/a.md", source, site)
    return parse_content(post, "", BlogContext(root, site)).post


@pytest.mark.parametrize(
    ("text", "place", "first"),
    [
        ("## 甲 {#a}\n\n## 乙 {#a}", "7:8", 5),
        ("## Data {#a}\n\n## A, a, and more data {#a}", "7:26", 5),
        ('<a id=\'a\'></a>\n\n<div>\n<p class="x" id="a">文</p></div>', "8:18", 5),
        ("文 <b id=a>x</b> 与 <i id=a>y</i>", "5:25", 5),
        ("- 甲\n{: #a}\n\n[文](y){: .b #a}", "8:14", 5),
        ("脚注[^1] <i id='a'>x</i>\n\n[^1]: <b id='a'>y</b>", "7:14", 5),
        ("```text\nx\n```\n{: #a}\n\n> 文\n{: #a}", "11:5", 5),
        ("# 甲 {#a}\n\n<h2 id = 'a'>乙</h2>\n\n<h2 id='a'>丙</h2>", "7:11", 5),
    ],
)
def test_an_id_that_two_elements_have_is_a_warning(
    tmp_path: Path, text: str, place: str, first: int
) -> None:
    """Once, at the second element, with the line of the first."""
    told = f"the id 'a' is there twice, first in line {first}: give one of them another id"
    expected = [f"posts/a.md:{place}: {told}: links lead to the first"]
    assert expected == [str(each) for each in read(tmp_path, text).warnings]


@pytest.mark.parametrize(
    "text",
    [
        "## 甲\n\n## 甲\n\n## a\n\n<a id='x'></a>\n\n## a",
        "<a id='a'></a>\n\n## A\n\n`{#b}` `<b id='b'>`\n\n## 乙 {#b}",
        "```html\n<b id='a'></b>\n<b id='a'></b>\n```\n\n<!-- <b id='c'> <b id='c'> -->",
        "<svg><g id='a'/></svg>\n\n<svg><g id='a'/></svg>\n\n文 <svg><g id='a'/></svg>",
        "<p id=''>甲</p>\n\n<p id=''>乙</p>",
        "## 甲 {#a}\n\n## 乙 {#A}\n\n[文](#a) [文](#a)",
    ],
)
def test_other_ids_may_be_there_twice(tmp_path: Path, text: str) -> None:
    """Ids of headings that are made of their text, those in code, comments and drawings."""
    assert () == read(tmp_path, text).warnings


def test_a_label_that_is_there_twice_is_reported_once(tmp_path: Path) -> None:
    """It is an error, except in a Jekyll blog, which has no labels."""
    text = "![图](#x){#fig-a}\n\n![图](#y){#fig-a}"
    with pytest.raises(EvergreenError) as caught:
        read(tmp_path, text)
    assert 1 == len(caught.value.problems)
    in_jekyll = read(tmp_path, "## 甲 {#fig-a}\n\n## 乙 {#fig-a}", Site(jekyll=JekyllConfig()))
    assert ["7:8"] == [f"{each.line}:{each.column}" for each in in_jekyll.warnings]


def test_the_ids_of_a_text_are_in_its_order() -> None:
    """Of blocks, spans and raw HTML; not those that are made."""
    text = "## 甲 {#a}\n\n<div>\n<p id='b'>x</p></div>\n\n文 <i id='c'>x</i>\n\n## made\n"
    assert ((1, "a"), (4, "b"), (6, "c")) == parse(text).ids
