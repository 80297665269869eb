"""Summaries: prose as plain text."""

from __future__ import annotations

import pytest

from evergreen.markdown import MarkdownOptions, parse
from evergreen.render.summary import find_summary, summarize

TEX = MarkdownOptions(single_dollars=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲 **乙** `丙`。\n\n丁", "甲 乙 丙。"),
        ("# 标题\n\n文。", "文。"),
        ("![图](a.png)\n\n文。", "文。"),
        ("![图](a.png) 文。", "文。"),
        ("* TOC\n{:toc}\n\n## 一\n\n文。", "文。"),
        ("<script>let a = '<p>x</p>'</script>\n\n文。", "文。"),
        ("<style>p {}</style>\n\n文。", "文。"),
        ("文[^1]。\n\n[^1]: 注", "文。"),
        ("> 引用\n\n文。", "文。"),
        ("- 甲\n\n- 乙\n\n文。", "文。"),
        ("|甲|乙|\n\n文。", "文。"),
        ("```python\nx\n```\n\n文。", "文。"),
        ("<details><summary>开</summary><p>里</p></details>\n\n文。", "文。"),
        ("$$x^2$$\n\n文。", "文。"),
        ("$x$\n\n文。", "文。"),
        ("A $\\frac{a+1}{b}$ & <b>c</b> &lt;d&gt;.", "A (a+1)/b & c <d>."),
        ("Loss $E = mc^2 + x_i^{n+1}$, $\\sqrt{2}$.", "Loss E=mc²+x_i^(n+1), √2."),
        ("甲  \n乙", "甲 乙"),
        ("> 只有引用", "只有引用"),
        ("- 只有\n- 列表", "只有"),
        ("```python\nx\n```", ""),
        ("## 只有标题", ""),
        ("<p>未闭合", "未闭合"),
    ],
)
def test_the_first_paragraph_of_prose(text: str, expected: str) -> None:
    """Of the text itself if it has one; without pictures, scripts, marks and annotations."""
    assert expected == summarize(parse(text, TEX).render().html)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<div class="cell"><div class="output markdown"><p>1</p></div></div><p>文。</p>', "文。"),
        ("<p>{}</p><p>二</p>".format("字" * 5_000), "字" * 200 + "…"),
        ("<p>{}</p>".format("word " * 100), "word " * 39 + "word…"),
        ("<ul><li>甲</li></ul>" * 2_000 + "<p>文。</p>", "文。"),
        ("</p></div><div><p>甲</div>", "甲"),
        ("<p>a<br>b <svg><title>t</title><path/></svg>c</p>", "a b c"),
        ("<p>a<math><mi>x</mi><mo/></math>b", "axb"),
    ],
)
def test_bodies_of_pages(html: str, expected: str) -> None:
    """What code displayed is not prose; a long paragraph is cut at a word."""
    assert expected == summarize(html)


def test_the_text_of_a_call_out_is_no_summary() -> None:
    """Nor that of tabs or theorems."""
    call_out = '<div class="callout callout-note"><p class="callout-title">Note</p><p>甲</p></div>'
    assert "乙" == summarize(f"{call_out}<p>乙</p>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲 < 乙。", ""),
        ("When $x^2$ & <b>y</b>.", "When [<msup><mi>x</mi><mn>2</mn></msup>] &amp; y."),
        ("$a$ and $b$", "[<mi>a</mi>] and [<mi>b</mi>]"),
        ("> $q$\n\n文 $p$", "文 [<mi>p</mi>]"),
        ("字" * 150 + "$x$" + "字" * 100, "字" * 150 + "[<mi>x</mi>]" + "字" * 49 + "…"),
        ("字" * 210 + "$x$", ""),
    ],
)
def test_the_summary_as_html(text: str, expected: str) -> None:
    """Formulas are MathML, all else is text; "" without a formula before its end."""
    found = find_summary(parse(text, TEX).render().html).html
    found = found.replace("<math><semantics>", "[").replace("</semantics></math>", "]")
    assert expected == found
