"""Single dollars: formulas by TeX's rule; prices, variables and code stay text."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from evergreen.content.markdown_options import markdown_options, output_options
from evergreen.content.post import parse_post
from evergreen.markdown import MarkdownOptions, parse
from evergreen.model import JekyllConfig, Site

TEX = MarkdownOptions(single_dollars=True)
SENTENCES = (Path(__file__).parent / "fixtures" / "dollars.txt").read_text("utf-8").splitlines()
"""Sentences whose formulas, if they have some, are between « and »; all dollars are text."""


def formulas(text: str, options: MarkdownOptions = TEX) -> list[str]:
    """Return the sources of the formulas of a text, in order."""
    html = parse(text, options).render().html
    found = re.findall(
        r'application/x-tex">(.*?)</annotation>|math-error.*?<code>(.*?)<', html, re.S
    )
    return [unescape(each[0] or each[1]) for each in found]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_has_its_formulas_and_no_others(sentence: str) -> None:
    """With single dollars as TeX's users write them; without the option it has none."""
    text = re.sub("[«»]", "$", sentence)
    assert re.findall("«(.*?)»", sentence) == formulas(text)
    assert "$$ " in text or [] == formulas(text, MarkdownOptions())


def test_the_sentences_are_as_many_as_promised() -> None:
    """Two hundred, about half of them without a formula."""
    without = sum("«" not in sentence for sentence in SENTENCES)
    assert len(SENTENCES) >= 200 and 90 <= without <= 115


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A formula\n$a + b$ begins a line.", ["a + b"]),
        ("A formula $a +\nb$ spans lines.", ["a +\nb"]),
        ("It costs $5\n\nor $6$ less.", ["6"]),
        ("$\\{a\\}$ and $a\\_b$", ["\\{a\\}", "a\\_b"]),
        ("# 标题 $x$\n\n> 引用 $y$\n\n- 列表 $z$", ["x", "y", "z"]),
        ("|a|b|\n|-|-|\n|$|x|$|`$|y|$`|\n|$5|$6|", ["|x|"]),
        ("概率 $p(y|x)$ 与 $|x|$", ["p(y|x)", "|x|"]),
        ("见 \\eqref{e}。\n\n\\begin{align}a &= b\\\\ c &= d\\end{align}", 2),
        ("<pre>$x$</pre>\n\n<script>let a = `$x$`</script>\n\n<!-- $x$ -->", []),
        ("```sh\necho $HOME $PATH$\n```\n\n    $x$", []),
        ("[链接]($x$) <a title='$x$'>y</a>", []),
    ],
)
def test_formulas_in_all_places(text: str, expected: list[str] | int) -> None:
    """Pipes in formulas divide no cells; code and attributes have no formulas."""
    found = formulas(text)
    assert expected == (len(found) if isinstance(expected, int) else found)


def test_pipes_in_formulas_make_no_table() -> None:
    """A line is text if its only pipes are in formulas."""
    assert "<table" not in parse("The norm $|x|$ is small.\n", TEX).render().html
    table = parse("|$|x|$|b|\n", TEX).render().html
    assert 2 == table.count("<td>")


def test_escaped_dollars_are_dollars() -> None:
    """Also between two that could enclose a formula."""
    assert "<p>$x$, $5 and $6$</p>\n" == parse(r"\$x\$, \$5 and \$6\$", TEX).render().html


def options(name: str, head: str, site: Site) -> MarkdownOptions:
    """Return the options for a post with a line in its front matter."""
    source = f"---\ntitle: 甲\ndate: 2026-01-01\n{head}\n---\n".encode()
    return markdown_options(parse_post(f"posts/{name}", source, site), site)


NATIVE, JEKYLL = Site(), Site(jekyll=JekyllConfig())
MATHJAX = Site(jekyll=JekyllConfig(), kramdown={"mathjax": True})
OFF = Site(kramdown={"single_dollars": False})


@pytest.mark.parametrize(
    ("site", "name", "head", "expected"),
    [
        (NATIVE, "a.md", "", ["x"]),
        (NATIVE, "a.md", "math: true", [" y ", "x"]),
        (NATIVE, "a.md", "math: false", []),
        (OFF, "a.md", "", []),
        (OFF, "a.md", "math: true", [" y ", "x"]),
        (NATIVE, "a.qmd", "", ["x"]),
        (JEKYLL, "a.md", "", []),
        (JEKYLL, "a.md", "mathjax: true", [" y ", "x"]),
        (MATHJAX, "a.md", "", [" y ", "x"]),
        (MATHJAX, "a.md", "mathjax: false", []),
    ],
)
def test_a_blog_says_where_dollars_make_formulas(
    site: Site, name: str, head: str, expected: list[str]
) -> None:
    """A Jekyll blog by its own setting, a new blog by TeX's rule; what code displays likewise."""
    chosen = options(name, head, site)
    found = ["y" if each == " y " else each for each in expected]
    assert found == formulas("令 $ y $ 与 $x$。", chosen)
    assert found == formulas("令 $ y $ 与 $x$。", output_options(chosen))


def test_only_the_text_of_a_jekyll_blog_is_escaped_for_kramdown() -> None:
    """What its code displays is not."""
    chosen = options("a.md", "", MATHJAX)
    assert ["a_1"] == formulas(r"$a\_1$", chosen)
    assert [r"a\_1"] == formulas(r"$a\_1$", output_options(chosen))
    assert [r"a\_1"] == formulas(r"$a\_1$", options("a.md", "math: true", NATIVE))
