"""Blocks that begin and end as in CommonMark, in documents of MyST."""

from __future__ import annotations

import re

import pytest

from evergreen.build.parse import parse_content
from evergreen.content.formats.commonmark import as_commonmark
from evergreen.content.post import parse_post
from evergreen.model import Site

HEAD = "---\ntitle: 一\njupytext: {text_representation: {format_name: myst}}\n---\n"


def tags(body: str) -> str:
    """Return the HTML of a text in MyST without attributes and line breaks."""
    post = parse_post("posts/2026-02-03-甲.md", (HEAD + body).encode(), Site())
    shown = parse_content(post).document.render().html
    return re.sub(r"<(\w+)[^<>]*>", r"<\1>", shown).replace("\n", "")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("* 甲\n+ 乙\n", "<ul><li>甲</li></ul><ul><li>乙</li></ul>"),
        ("- 甲\n  - a\n  + b\n- 乙\n", "<ul><li>a</li></ul><ul><li>b</li></ul></li><li>乙</li>"),
        ("1. 甲\n2) 乙\n", "<ol><li>甲</li></ol><ol><li>乙</li></ol>"),
        ("1) 甲\n2) 乙\n", "<ol><li>甲</li><li>乙</li></ol>"),
        (":::{note}\n- 甲\n* 乙\n:::\n", "</ul><ul>"),
    ],
)
def test_another_marker_begins_another_list(written: str, shown: str) -> None:
    """Also in an item, in a directive, and with brackets behind the numbers."""
    assert shown in tags(written)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("甲\n***\n乙\n", "<p>甲</p><hr><p>乙</p>"),
        ("甲\n* * *\n---\n___\n乙\n", "<p>甲</p><hr><hr><hr><p>乙</p>"),
        ("甲\n---\n", "<h2>甲</h2>"),
        ("- 甲\n---\n乙\n", "</ul><hr><p>乙</p>"),
        ("- 甲\n\n  乙\n  ---\n", "<p>甲</p><h2>乙</h2></li>"),
    ],
)
def test_a_rule_needs_no_blank_line(written: str, shown: str) -> None:
    """Three dashes below a paragraph are a heading, in an item only where its text begins."""
    assert shown in tags(written)


def test_an_underlined_heading_may_have_several_lines() -> None:
    """All of the paragraph above the line."""
    assert tags("甲 *a*\n乙\n===\n文\n") == "<h1>甲 <em>a</em> 乙</h1><p>文</p>"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("- 甲\n# 题\n文\n", "<ul><li>甲</li></ul><h1>题</h1><p>文</p>"),
        ("- 甲\n> 引\n", "<ul><li>甲</li></ul><blockquote>"),
        ("- 甲\n\\begin{align*}\nx\n\\end{align*}\n", "<ul><li>甲</li></ul><p><math>"),
    ],
)
def test_a_block_to_the_left_ends_a_list(written: str, shown: str) -> None:
    """Also right below an item."""
    assert shown in tags(written)


def test_a_text_goes_on_with_the_item_above() -> None:
    """And a formula in it."""
    shown = tags("- 关系\n$$\nf\n$$\n是序。\n- 乙\n")
    assert re.fullmatch(r"<ul><li><p>关系</p><div>.*</div><p>是序。</p></li><li>.*</ul>", shown)


@pytest.mark.parametrize(
    "written",
    ["```\n* 甲\n+ 乙\n***\n```", "$$\na\n===\n- b\n+ c\n$$", "<div>\n* 甲\n+ 乙\n</div>"],
)
def test_code_formulas_and_html_stay(written: str) -> None:
    """They have no lists."""
    lines = [*enumerate(written.split("\n"))]
    assert [*as_commonmark(lines)] == lines


def test_each_line_keeps_its_number() -> None:
    """Those that are added have that of the line below, a heading that of its first line."""
    made = as_commonmark([*enumerate("* 甲\n+ 乙\n\n题\n目\n---".split("\n"))])
    assert [*made] == [(0, "* 甲"), (1, "^"), (1, "+ 乙"), (2, ""), (3, "## 题 目")]


@pytest.mark.parametrize(
    "definition", [": 定义\n    - a\n    - b\n", ":   定义\n\n    - a\n    - b\n"]
)
def test_a_definition_may_have_a_list(definition: str) -> None:
    """It belongs to the definition."""
    assert re.search(
        r"<dd>.*定义.*<ul><li>a</li><li>b</li></ul></dd></dl>", tags("词\n" + definition)
    )


def test_indented_text_stays_below_what_is_above() -> None:
    """As in a glossary of Sphinx."""
    shown = tags("```{glossary}\n词\n    定义\n另词\n    定\n```\n")
    assert shown == "<dl><dt>词</dt><dd>定义</dd><dt>另词</dt><dd>定</dd></dl>"


def test_a_tab_behind_the_sign_of_a_quote_is_no_code() -> None:
    """It is less than four columns wide there."""
    assert tags(">\t引 *a*\n") == "<blockquote><p>引 <em>a</em></p></blockquote>"


def test_an_end_tag_without_a_start_is_not_shown() -> None:
    """CommonMark copies it, and browsers pass over it; a name that HTML has not is text."""
    assert tags("甲</small> 乙 </em> </名>\n") == "<p>甲 乙  &lt;/名&gt;</p>"


@pytest.mark.parametrize(("depth", "count"), [(":depth: 1\n", 2), (":depth: 2\n", 3), ("", 4)])
def test_contents_have_as_many_levels_as_they_say(depth: str, count: int) -> None:
    """From the highest level of headings on."""
    text = f"```{{contents}}\n{depth}```\n\n## 甲\n\n### 乙\n\n#### 丙\n\n## 丁\n"
    assert tags(text).partition("<h2>")[0].count("<li>") == count


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"{si}`5 <\kilo\gram\per\meter\squared>`", "5 kg/m²"),
        (r"{si}`1e3<\micro\second>`", "1e3 µs"),
        ("{si}`3 m`", "3 m"),
    ],
)
def test_a_quantity_has_its_unit(written: str, shown: str) -> None:
    """By the signs of the SI."""
    assert tags(f"{written}\n") == f"<p>{shown}</p>"


@pytest.mark.parametrize(
    ("option", "number"), [("", "(1)"), (":enumerated: false\n", ""), (":numbered: false\n", "")]
)
def test_a_formula_may_have_no_number(option: str, number: str) -> None:
    """Though it has a label."""
    shown = tags(f"```{{math}}\n:label: 甲\n{option}x\n```\n")
    assert shown.count("<math") == 1 and ("(1)" in shown) == bool(number)
