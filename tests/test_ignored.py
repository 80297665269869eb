"""What is not understood: one warning for each kind and post, at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.build.parse import parse_content
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.model import Post, Site

SITE = Site(lang="zh")


def read(text: str, root: Path = Path("/nowhere"), head: str = "") -> Post:
    """Return a post as it is rendered; its text begins on line 6."""
    source = f"---\ntitle: 题\ndate: 2026-01-01\n{head}---\n\n{text}\n"
    post = parse_post("posts/a.md", source.encode(), SITE)
    return parse_content(post, "", BlogContext(root, SITE)).post


def told(post: Post) -> list[str]:
    """Return the warnings, without advice; all have one and are warnings."""
    assert all(each.advice and each.severity == "warning" for each in post.warnings)
    return [f"{each.line}: {each.message}" for each in post.warnings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "> [!MEMO]\n> 注意\n\n> [!NOTE]\n> 又",
            "6: an alert of an unknown kind, '> [!MEMO]', is shown as text",
        ),
        ("!!! note\n    文", "6: an admonition, '!!! note', is shown as text"),
        ("{{< video a.mp4 >}}", "6: a shortcode, '{{< video a.mp4 >}}', is shown as text"),
        ("文 ==重点== 文", "6: '==重点==' is shown as text"),
        ("好 :smile: 吧", "6: ':smile:' is shown as text"),
        ("见 [[另一篇]]。", "6: '[[另一篇]]' is shown as text"),
        ("[[toc]]", "6: '[[toc]]' is shown as text"),
        ("[TOC]", "6: '[TOC]' is shown as text"),
        (
            "![图]（a.png）",
            "6: '![图]（…）' is shown as text: its parentheses are wide ones",
        ),
        (
            "文\n\n见[官网]（https://e.org/文档）。",
            "8: '[官网]（…）' is shown as text: its parentheses are wide ones",
        ),
        ("【a link】(/about/)", "6: '【a link】(…)' is shown as text: its brackets are wide ones"),
        ("！【图】(图/a.webp)", "6: '【图】(…)' is shown as text: its brackets are wide ones"),
        (
            "文\n\n```plantuml\na\n```\n\n```plantuml\nb\n```",
            "8: a 'plantuml' diagram is shown as code",
        ),
    ],
)
def test_syntax_of_other_tools_is_a_warning(text: str, expected: str) -> None:
    """Once, at its first line."""
    assert [expected] == told(read(text))


@pytest.mark.parametrize(
    "text",
    [
        "`> [!NOTE]` `:smile:` `==x==` `[[x]]` `@fig-a` `{{< x >}}`",
        "```text\n> [!NOTE]\n::: note\n:smile: ==x== [[x]] @fig-a {{< x >}}\n[TOC]\n!!! note\n```",
        "    > [!NOTE]\n    :smile: ==x==",
        "<pre>\n:smile: ==x== [[x]]\n</pre>",
        "<!-- :smile: ==x== -->",
        "$a == b$ 与 $$ c == d == e $$",
        "a == b，c == d；`x`==`y`",
        "12:30:45 std::vector a:b:c https://e.org/:smile: [:smile:](x)",
        "数组 [[1, 2], [3, 4]]，[[1]](/a/)",
        "me@fig-tree.org @figure @eq",
        "====\n\n文 {: .class}\n\n# 标题 {#id}",
        "* TOC\n{:toc}",
        "术语\n: 定义",
        "[^1]\n\n[^1]: 注",
        "\\:smile\\: \\[\\[x]]",
        "[数据]（见 data.csv）与 [注]（和/或）【注】(x/y) 【一】(见 a.md 文件) [数组]（a.b）",
        "`![图]（a.png）` [链]( /a.png ) 「【书】」(2020)\n\n[书]: /b",
    ],
)
def test_nothing_is_said_of_what_is_understood(text: str) -> None:
    """Code, formulas, times, definitions, arrays."""
    assert [] == told(read(text))


def test_keys_without_effect_are_a_warning(tmp_path: Path) -> None:
    """Unless a template or the text asks for them."""
    head = "glowing: true\nweight: 3\nmood: 好\nimage: {path: /a.png, width: 3}\n"
    expected = [
        "4: the key 'glowing' has no effect",
        "5: the key 'weight' has no effect",
        "7: 'width' in 'image' has no effect",
    ]
    assert expected == told(read("{{ page.mood }}", tmp_path, head))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/post.html").write_text("{{ page.post.meta.glowing }}", "utf-8")
    assert expected[1:] == told(read("{{ page.mood }}", tmp_path, head))


def test_keys_of_other_tools_that_have_an_effect() -> None:
    """Hugo's and Quarto's names of ours."""
    head = (
        "lastmod: 2026-02-03\nsummary: 摘要\naliases: [/old/]\nreferences: [https://e.org/a, 书]\n"
    )
    post = read("文", head=head)
    assert [] == told(post)
    assert post.modified and "2026-02-03" == f"{post.modified:%Y-%m-%d}"
    assert ("摘要", ("/old/",)) == (post.excerpt, post.redirect_from)
    found = [(each.id, each.title, each.url) for each in post.references]
    assert [("1", "https://e.org/a", "https://e.org/a"), ("2", "书", "")] == found


def test_options_without_effect_are_a_warning() -> None:
    """Once for each; a misspelled one of ours is an error (see bad_input)."""
    cell = "```python {comment=true}\n#| fig-width: 3\n#| zzz: 1\n#| slideshow: {a: 1}\n1\n```\n"
    assert [
        "6: the cell option 'comment' has no effect",
        "7: the cell option 'fig-width' has no effect",
        "8: the cell option 'zzz' has no effect",
    ] == told(read(f"{cell}\n{cell}"))


def test_a_jekyll_blog_is_as_it_was() -> None:
    """Its author has seen it so."""
    from evergreen.model import JekyllConfig

    site = Site(jekyll=JekyllConfig())
    source = "---\ntitle: 题\nfeatured: true\n---\n\n:smile: ==x==\n".encode()
    post = parse_post("_posts/2026-01-01-a.md", source, site)
    assert () == parse_content(post, "", BlogContext(Path("/nowhere"), site)).post.warnings


def test_quartos_options_of_a_post_are_known() -> None:
    """`execute` may hold Quarto's options for all cells."""
    head = "execute: {echo: false, warning: false, output: true, cache: true, freeze: auto}\n"
    assert [] == told(read("文", head=head))


@pytest.mark.parametrize("key", ["requires", "expires", "as_of", "timeout"])
def test_an_option_of_runs_has_its_place(key: str) -> None:
    """Beside the title it has no effect, and the advice says where it has."""
    (warning,) = read("文", head=f"{key}: 3\n").warnings
    assert (warning.line, warning.message, warning.advice) == (
        4,
        f"the key '{key}' has no effect",
        f"write 'execute: {{{key}: …}}'",
    )


def test_a_key_that_is_spelt_wrong_has_a_suggestion() -> None:
    """The most similar known one."""
    (warning,) = read("文", head="exceute: false\n").warnings
    assert "did you mean 'execute'?" == warning.advice


@pytest.mark.parametrize("key", ["tags", "categories", "authors"])
def test_a_wide_comma_in_a_list_of_names_is_told(key: str) -> None:
    """An input method for Chinese writes it, and YAML takes it for a part of the name."""
    (warning,) = read("文", head=f"{key}: [数据，模型，NumPy]\n").warnings
    assert (warning.line, warning.message, warning.advice) == (
        4,
        f"'数据，模型，NumPy' in '{key}' is one name: the comma in it is a wide one",
        "write [数据, 模型, NumPy]",
    )


def test_names_with_other_punctuation_are_as_written() -> None:
    """A comma between words of a list is right in a title, and others are right in a name."""
    assert [] == told(read("文", head="tags: [人文、社科, C++]\nsubtitle: 甲，乙\n"))
