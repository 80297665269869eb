r"""Formulas: macros, numbers, the delimiters of MathJax, and formulas made to take long."""

from __future__ import annotations

import re

import pytest

from evergreen.markdown import MarkdownOptions, parse
from evergreen.markdown.macros import expand
from evergreen.markdown.math import convert, write_math
from evergreen.markdown.mathjax import Macro

MATHJAX = MarkdownOptions(mathjax=True)

OPEN = {
    "in a group": "{" + "(" * 60 + "}" + ")" * 60,
    "groups side by side": "{(}" * 60,
    "groups within each other": "{(" * 60,
    "in a root": r"\sqrt{" + "(" * 60 + "}",
    "in parts of fractions": (r"\frac{" + "(" * 12 + "}{x}") * 60,
    "of all kinds": r"(\{[\langle " * 15,
    "closed in a comment": "(" * 60 + "%" + ")" * 60,
    "closed in a text": "(" * 60 + r"\text{" + ")" * 60 + "}",
    "closed by no bracket": "(" * 60 + r"\)" * 60,
    "from a macro": r"\newcommand{\a}{(}" + r"\a" * 60,
    "from a macro's argument": r"\newcommand{\a}[1]{#1#1#1}\a{\a{\a{\a{(}}}}",
    "of Unicode": "⟨⟦⟮" * 20,
    "by commands": r"\bigl|\mathopen|\lVert" * 20,
}

ENDLESS = {
    "a macro of itself": r"\def\a{\a\a}\a",
    "a macro that grows": r"\def\a{x\a}\a",
    "arguments that double": r"\newcommand{\a}[1]{#1#1}" + r"\a{" * 40 + "x" + "}" * 40,
    "operators within each other": r"\mathop{" * 900 + "}" * 900,
}


@pytest.mark.parametrize("source", OPEN.values(), ids=OPEN)
def test_open_brackets_are_refused_where_the_converter_would_take_for_ever(source: str) -> None:
    """Its time doubles with each bracket that nothing closes in its group."""
    assert "not closed" in write_math(source, True)[1]


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
def test_endless_macros_are_refused(source: str) -> None:
    """However macros grow, the formula is told to be wrong."""
    assert re.search("recursive|too deep", write_math(source, True)[1])


def test_closed_brackets_may_be_many() -> None:
    """Brackets of any kind that are closed cost nothing."""
    assert write_math("(" * 500 + ")" * 500 + "[0, 1)" * 100, True)[1] == ""


def test_macros_hold_for_the_formulas_below() -> None:
    """As on a page with MathJax, also where the converter has a name of its own."""
    first, second = convert([(r"\newcommand{\R}{\mathbf{Q}}", True), (r"x \in \R", False)])
    assert (first.fault, second.fault) == ("", "")
    assert "<mi>𝐐</mi>" in second.mathml
    assert r"x \in \R</annotation>" in second.mathml


def test_definitions_of_all_kinds_are_expanded() -> None:
    r"""`\def`, arguments with and without braces, optional ones, operators."""
    macros: dict[str, Macro] = {}
    assert expand(r"\def\norm#1{\|#1\|}\norm{x}\norm y", macros) == r"\|x\|\|y\|"
    assert expand(r"\newcommand\o[2][z]{#1+#2}\o{a}\o[b]{c}", macros) == "z+ab+c"
    assert expand(r"\DeclareMathOperator*{\am}{arg\,max}\am_x", macros) == (
        r"\operatorname*{arg\,max}_x"
    )
    assert expand(r"\def\e{\epsilon}\def\f#1{#1x}\e{}y\f\alpha", macros) == r"\epsilon{}y\alpha x"


def test_names_of_mathjax_are_told_in_those_of_the_converter() -> None:
    """What posts with MathJax use can be read."""
    for source in (
        r"\begin{split} a &= b \\ c &= d \end{split}",
        r"\begin{eqnarray} a &=& b \end{eqnarray}",
        r"\begin{alignat}{2} a &= b \end{alignat}",
        r"\mathop{\arg\max}\limits_{\theta} \mathbbm{1}",
        r"\text{当 $x_1 > 0$ 时_} \mbox{a} \substack{a \\ b}",
        r"\require{cancel} \cancel{x} \large y \widetilde{z}",
    ):
        assert write_math(source, True)[1] == ""


def test_commutative_diagrams_are_arrays() -> None:
    """amscd's arrows with labels beside them, double lines, and places without an arrow."""
    source = r"\begin{CD} A @>a>> B @= C \\ @VVb{V}V @. @| \\ D @<<c< E @. \end{CD}"
    made = (
        r"\begin{array}{ccccc}A & \xrightarrow[{}]{a} & B & = & C \\ "
        r"{\scriptstyle }\Big\downarrow{\scriptstyle b{V}} &  &  &  & \Big\| \\ "
        r"D & \xleftarrow[{c}]{\quad} & E &  & \end{array}"
    )
    assert made == expand(source, {})
    formula = convert([(source, True)])[0]
    assert ("", 2) == (formula.fault, formula.mathml.count("→") + formula.mathml.count("←"))
    assert "CD" in write_math(r"\begin{CD} A @>a", True)[1]


def test_characters_by_their_numbers() -> None:
    """What is no number of one is told."""
    assert expand(r"\unicode{x2115}\unicode[f]{x41}\unicode{8469} y", {}) == (
        r"\text{ℕ}\text{A}\text{ℕ} y"
    )
    for wrong in ("xx", "", "x110000", "x5c", "-1", "9" * 30):
        assert r"\unicode takes" in write_math(rf"\unicode{{{wrong}}}", True)[1]


def test_equations_are_counted_and_referred_to() -> None:
    """Numbers go through the page; a reference leads to an equation below it too."""
    text = r"""见 $$\eqref{b}$$。

$$\begin{equation} x \label{a} \end{equation}$$

$$ y = 1 \label{b} $$

$$ z \tag{甲} $$
"""
    html = parse(text).render().html
    assert '<a href="#equation-b">(2)</a>' in html
    assert 'id="equation-b"><mtext>(2)</mtext>' in html
    assert "<mtext>(甲)</mtext>" in html
    assert write_math(r"a \label{甲} \eqref{甲}", True)[1] == ""


def test_text_refers_to_equations_where_a_post_uses_mathjax() -> None:
    """`\\ref` gives the bare number; without MathJax both stay text, as kramdown has them."""
    text = r"""由 \eqref{eq:a_1_b} 与式 (\ref{eq:a_1_b}) 可得

$$ y = 1 \label{eq:a_1_b} $$
"""
    html = parse(text, MATHJAX).render().html
    link = '<mtext><a href="#equation-eq:a-5f1-5fb">{}</a></mtext>'
    assert (1, 1) == (html.count(link.format("(1)")), html.count(link.format("1")))
    assert "式 (<math>" in html
    assert r"<p>由 \eqref{eq:a_1_b} 与式 (\ref{eq:a_1_b}) 可得</p>" in parse(text).render().html


def test_tags_stand_where_mathjax_takes_them() -> None:
    """Without braces, behind rows, behind the end of an equation."""
    for source in (
        r"x \tag 7",
        r"x \tag {7}",
        r"\begin{aligned} x &= y \\ z &= 1 \end{aligned} \tag{7}",
        r"\begin{equation} \begin{split} x &= y \\ &= z \end{split} \end{equation} \tag 7",
        r"x \\ y \\ \tag{7}",
    ):
        html, fault = write_math(source, True)
        assert fault == ""
        assert "<mtext>(7)</mtext>" in html


def test_rows_of_a_block_need_no_environment() -> None:
    """They are rows, without an empty one at the end; cells and formulas in a line have none."""
    html, fault = write_math(r"x = y \\ z = 1 \\", True)
    assert fault == ""
    assert html.count("<mtr>") == 2
    assert "<mtr>" not in write_math(r"x \\ y", False)[0]
    assert "<mtr>" not in write_math(r"{x \\ y}", True)[0]
    assert write_math(r"x &= y \\ z &= 1", True)[1]


def test_the_space_below_a_row_is_not_shown() -> None:
    """Brackets that hold something else are."""
    html = write_math(r"\begin{aligned} x \\[2pt] y \\ [z] \end{aligned}", True)[0]
    assert "<mi>p</mi>" not in html
    assert "<mi>z</mi>" in html


def test_signs_are_read_like_their_commands() -> None:
    """In text they stay as they are."""
    assert write_math("A ⊥ B ∵ √2, ∅ ∴ ∠C", True)[1] == ""
    assert "<mtext>⊥</mtext>" in write_math(r"\text{⊥}", True)[0]


def test_an_unreadable_formula_is_marked_and_told_with_its_line() -> None:
    """The others of the page are read, and counted without it."""
    rendered = parse("甲\n\n$$\\begin{equation}\\foo\\end{equation}$$\n\n$$x\\tag{1}$$\n").render()
    assert [line for line, _ in rendered.problems] == [3]
    assert rendered.html.count("math-error") == 1
    assert "<mtext>(1)</mtext>" in rendered.html


def formulas(text: str) -> list[str]:
    """The sources of the formulas of a text with MathJax."""
    html = parse(text, MATHJAX).render().html
    return re.findall(r'x-tex">(.*?)</annotation>', html, re.DOTALL)


def test_single_dollars_hold_formulas_where_a_post_uses_mathjax() -> None:
    """With spaces in them, across a line's end, beside Chinese."""
    assert formulas("设 $ x $，$a_1$和$b_1$，$O(n\\log n)$ *重*点，$a +\nb$。") == [
        "x",
        "a_1",
        "b_1",
        "O(n\\log n)",
        "a +\nb",
    ]


def test_dollars_around_text_are_text() -> None:
    """Prices, variables of a shell, code."""
    for text in (
        "价格 $5 和 $10 不是",
        "it costs $5, and that $6 more",
        "变量 $PATH 和 $HOME 变量",
        "cost is $20 million and $30 million",
        "costs $5-$10, US$100 or \\$3",
        "`$x$` 与 ``$y$``",
        "    $x$",
    ):
        assert formulas(text) == []


def test_escapes_are_read_as_mathjax_sees_them() -> None:
    """kramdown takes backslashes off before MathJax reads the page."""
    assert formulas(r"$f(x) = \\{1,2\\}$") == [r"f(x) = \{1,2\}"]
    assert formulas(r"$\begin{matrix} a \\\\ b\_1 \end{matrix}$") == [
        r"\begin{matrix} a \\ b_1 \end{matrix}"
    ]
    assert formulas(r"$a &lt; b \* c$") == ["a &lt; b * c"]
    assert formulas(r"$\[f,g\](t) = \begin{matrix} a \\[2pt] b \end{matrix}$") == [
        r"[f,g](t) = \begin{matrix} a \\[2pt] b \end{matrix}"
    ]
    assert formulas(r"\\(a_b\\) \\[c_d\\]") == ["a_b", "c_d"]
    assert formulas("\\begin{align}\na &= b_1\n\\end{align}") == [
        "\\begin{align}\na &amp;= b_1\n\\end{align}"
    ]
