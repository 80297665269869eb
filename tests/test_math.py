"""Formulas: macros, numbering, the delimiters of MathJax, and formulas built to be slow."""

from __future__ import annotations

import re

import pytest

from evergreen.markdown import MarkdownOptions, parse, read_options
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
def test_many_unclosed_brackets_are_refused(source: str) -> None:
    """The converter's time doubles with each unclosed bracket."""
    assert "not closed" in write_math(source, True)[1]


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
def test_endless_macros_are_refused(source: str) -> None:
    """A formula whose macros do not end is invalid."""
    assert re.search("recursive|too deep", write_math(source, True)[1])


def test_closed_brackets_may_be_many() -> None:
    """Many closed brackets of any kind are fast."""
    assert write_math("(" * 500 + ")" * 500 + "[0, 1)" * 100, True)[1] == ""


def test_macros_hold_for_the_formulas_below() -> None:
    """A macro applies to all formulas below, even if the converter has a command of that name."""
    first, second = convert([(r"\newcommand{\R}{\mathbf{Q}}", True), (r"x \in \R", False)])
    assert (first.fault, second.fault) == ("", "")
    assert "<mi>𝐐</mi>" in second.mathml
    assert r"x \in \R</annotation>" in second.mathml


def test_definitions_of_all_kinds_are_expanded() -> None:
    r"""`\def`, operators, optional arguments, and arguments with and without braces work."""
    macros: dict[str, Macro] = {}
    assert expand(r"\def\norm#1{\|#1\|}\norm{x}\norm y", macros) == r"\|x\|\|y\|"
    assert expand(r"\newcommand\o[2][z]{#1+#2}\o{a}\o[b]{c}", macros) == "z+ab+c"
    assert expand(r"\DeclareMathOperator*{\am}{arg\,max}\am_x", macros) == (
        r"\operatorname*{arg\,max}_x"
    )
    assert expand(r"\def\e{\epsilon}\def\f#1{#1x}\e{}y\f\alpha", macros) == r"\epsilon{}y\alpha x"


def test_commands_of_mathjax_are_translated_for_the_converter() -> None:
    """Commands that posts with MathJax use are valid."""
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
    """Arrows of amscd with labels, double lines, and places without an arrow are rendered."""
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
    r"""`\unicode` gives the character; an invalid number is an error."""
    assert expand(r"\unicode{x2115}\unicode[f]{x41}\unicode{8469} y", {}) == (
        r"\text{ℕ}\text{A}\text{ℕ} y"
    )
    for wrong in ("xx", "", "x110000", "x5c", "-1", "9" * 30):
        assert r"\unicode takes" in write_math(rf"\unicode{{{wrong}}}", True)[1]


def test_equations_are_numbered_and_referred_to() -> None:
    """Numbering covers the whole page, and a reference may precede its equation."""
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
    r"""`\ref` gives the bare number; without MathJax it stays text, as in kramdown."""
    text = r"""由 \eqref{eq:a_1_b} 与式 (\ref{eq:a_1_b}) 可得

$$ y = 1 \label{eq:a_1_b} $$
"""
    html = parse(text, MATHJAX).render().html
    link = '<mtext><a href="#equation-eq:a-5f1-5fb">{}</a></mtext>'
    assert (1, 1) == (html.count(link.format("(1)")), html.count(link.format("1")))
    assert "式 (<math>" in html
    assert r"<p>由 \eqref{eq:a_1_b} 与式 (\ref{eq:a_1_b}) 可得</p>" in parse(text).render().html


def test_tags_are_allowed_where_mathjax_allows_them() -> None:
    """Tags work without braces, behind rows, and behind the end of an equation."""
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
    """Rows of a block are rendered as rows, except within a line; those with cells are aligned."""
    html, fault = write_math(r"x = y \\ z = 1 \\", True)
    assert fault == ""
    assert html.count("<mtr>") == 2
    assert "<mtr>" not in write_math(r"x \\ y", False)[0]
    assert "<mtr>" not in write_math(r"{x \\ y}", True)[0]
    html, fault = write_math(r"x &= y \\ z &= 1", True)
    assert (fault, html.count("<mtr>"), html.count("<mtd")) == ("", 2, 4)


@pytest.mark.parametrize(
    "source",
    [
        r"\begin{aligned}\label{bias} a &= b \\ &= c\end{aligned}",
        r"\begin{aligned}\label{eq:b}E(Y)\end{aligned}\tag{4.5}",
        r"(Y_1, Y_0) \not\!\perp\!\!\!\perp X",
        r"\begin{equation}\begin{array}{l}a \label{}\end{array}\end{equation}",
        "u^n\\ \\",
        r"\sum(p(a \lvert b)" + r" + p(a \lvert b)" * 18 + ")",
    ],
)
def test_what_mathjax_takes_where_the_converter_does_not(source: str) -> None:
    """A label in rows without numbers or without a name, spaces behind a negation and at the end,
    bars that only open."""
    assert write_math(source, True)[1] == ""


@pytest.mark.parametrize(
    ("source", "subscript"),
    [
        (r"z_\rm{exact}", ">exact<"),
        (r"x^\bf max", ">𝐦𝐚𝐱<"),
        (r"\underbrace{a}_\color{blue}{(b)^2}", "#0000FF"),
        (r"a_\color[RGB]{255,0,0}{b}", "#FF0000"),
    ],
)
def test_a_switch_may_be_a_subscript(source: str, subscript: str) -> None:
    """It is for what follows it, up to the end of the word or the group."""
    html, fault = write_math(source, True)
    assert (fault, subscript in html) == ("", True)


def test_the_space_below_a_row_is_not_shown() -> None:
    r"""The length behind `\\` is dropped; other brackets are rendered."""
    html = write_math(r"\begin{aligned} x \\[2pt] y \\ [z] \end{aligned}", True)[0]
    assert "<mi>p</mi>" not in html
    assert "<mi>z</mi>" in html


def test_symbols_equal_their_commands() -> None:
    """Unicode symbols equal their commands, and stay as they are in text."""
    assert write_math("A ⊥ B ∵ √2, ∅ ∴ ∠C", True)[1] == ""
    assert "<mtext>⊥</mtext>" in write_math(r"\text{⊥}", True)[0]


def test_an_invalid_formula_is_marked_and_reported_with_its_line() -> None:
    """The other formulas are converted, and numbered without it."""
    rendered = parse("甲\n\n$$\\begin{equation}\\foo\\end{equation}$$\n\n$$x\\tag{1}$$\n").render()
    assert [each.line for each in rendered.problems] == [3]
    assert rendered.html.count("math-error") == 1
    assert "<mtext>(1)</mtext>" in rendered.html


def formulas(text: str) -> list[str]:
    """Return the sources of the formulas of a text with MathJax."""
    html = parse(text, MATHJAX).render().html
    return re.findall(r'x-tex">(.*?)</annotation>', html, re.DOTALL)


def test_single_dollars_hold_formulas_where_a_post_uses_mathjax() -> None:
    """Formulas may contain spaces and newlines, and be next to Chinese text."""
    assert formulas("设 $ x $，$a_1$和$b_1$，$O(n\\log n)$ *重*点，$a +\nb$。") == [
        "x",
        "a_1",
        "b_1",
        "O(n\\log n)",
        "a +\nb",
    ]


def test_dollars_around_text_are_text() -> None:
    """Prices, shell variables and code are not formulas."""
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
    """Backslashes that kramdown removes before MathJax runs are removed."""
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


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        (r"$p(y\|x)$", "p(y|x)"),
        (r"$\|\|w\|\|_2$", "||w||_2"),
        (r"\\( p(y\|x) \\)", "p(y|x)"),
        (r"$\\alpha \\in A$", r"\alpha \in A"),
        (r"$\\\{a\\\}$", r"\{a\}"),
        (r"$\{a\}, b\!c$", r"\{a\}, b\!c"),
        (r"$\\\|w\\\|$", r"\|w\|"),
        (r"$\begin{matrix}a \\b\end{matrix}$", r"\begin{matrix}a \\b\end{matrix}"),
        ("$a \\\\\\\nb$", "a \\\\\nb"),
    ],
)
def test_kramdowns_escapes_apply_before_mathjax(written: str, seen: str) -> None:
    """One backslash of an escape goes; what kramdown would spoil keeps the author's meaning."""
    assert formulas(written) == [seen]


def test_no_formula_crosses_a_code_span() -> None:
    """A lone dollar before code is text."""
    assert formulas("两个 $ 之间：`$a$`。然后 $b$。") == ["b"]
    assert formulas(r"$\text{``好''}$") == [r"\text{``好''}"]


def test_a_backslash_before_a_line_break_is_a_space() -> None:
    r"""So `\\\` ends a row at the end of a line."""
    assert expand("a \\\\\\\nb \\\n c", {}) == "a \\\\\\ b \\  c"
    assert write_math("\\begin{bmatrix}\n1 \\\\\\\n2\n\\end{bmatrix}", True)[1] == ""


def test_formulas_in_raw_html_are_set() -> None:
    """MathJax also reads the HTML that kramdown copies, except code."""
    text = "<figure><b>图：\\(x_1\\) 与 $y$，\\$3</b><code>$z$</code>\n$$a &lt; b$$</figure>"
    assert formulas(text) == ["x_1", "y", "a &lt; b"]
    assert "<math" not in parse(text).render().html


def test_plain_tex_and_other_commands_of_mathjax_are_set() -> None:
    """Each is expressed in commands of the converter."""
    for source, made in {
        r"\cases{a & b\cr c & d\cr}": r"\begin{cases}a & b\\ c & d\end{cases}",
        r"\pmatrix{a & b\cr c & d}": r"\begin{pmatrix}a & b\\ c & d\end{pmatrix}",
        r"\eqalign{a &= b}": r"\begin{aligned}a &= b\end{aligned}",
        r"\displaylines{a \cr b}": r"\begin{gathered}a \\ b\end{gathered}",
        r"\root 3 \of {x+1}": r"\sqrt[3 ]{x+1}",
        r"\cancelto{0}{x}": r"{\cancel{x}}^{0}",
        r"a \dotsb \TeX": r"a \cdots \text{TeX}",
        r"\sum_\substack{a \\ b}": r"\sum_{\begin{subarray}{c}a \\ b\end{subarray}}",
        r"\left< x \right>": r"\left\langle  x \right\rangle ",
        r"\delta*x": r"\delta *x",
        r"\raise 1ex {x}\rule{0pt}{2ex}": "{x}{}",
        r"\operatorname{\mathbb{E}}_x \operatorname{arg\,max}": (
            r"{\mathbb{E}}_x \operatorname{arg\,max}"
        ),
        r"\buildrel a \over b": r"\overset{a}{b}",
    }.items():
        assert expand(source, {}).replace(" ", "") == made.replace(" ", "")
        assert write_math(source, True)[1] == ""


def test_colors_of_all_models() -> None:
    """Hexadecimal, RGB, rgb, gray, defined and CSS's colors are set; a wrong one is an error."""
    macros: dict[str, Macro] = {}
    assert expand(r"\definecolor{墨}{RGB}{1, 2, 255}", macros) == ""
    for source, digits in {
        r"\color{墨} x": "0102ff",
        r"\color{#abc} x": "aabbcc",
        r"\textcolor[rgb]{1,0,.5}{x}": "ff0080",
        r"\textcolor[gray]{0}{x}": "000000",
        r"\color{darkblue}{x}": "00008b",
    }.items():
        assert f"[HTML]{{{digits}}}" in expand(source, macros)
    assert "color:#AABBCC" in write_math(r"\textcolor{#abc}{x}", False)[0]
    assert expand(r"\colorbox{yellow}{字 $x$}", {}).strip() == r"\text{字 }x"
    assert expand(r"\newcommand\R{\mathbb R}\fcolorbox{red}{yellow}{$\R$ 好}", {}) == (
        r"\boxed{\mathbb R \text{ 好}}"
    )
    assert "model RGB" in write_math(r"\color[RGB]{1,2} x", False)[1]


def test_let_keeps_the_old_meaning() -> None:
    r"""After `\let\old\phi`, a new `\phi` does not change `\old`."""
    source = r"\let\old\phi\renewcommand{\phi}{\varphi}\phi\old"
    assert expand(source, {}) == r"\varphi\phi"


def test_environments_can_be_defined() -> None:
    r"""`\newenvironment` has arguments as a macro has."""
    source = r"\newenvironment{柱}[1]{\begin{array}{#1}}{\end{array}}\begin{柱}{c} x \end{柱}"
    assert expand(source, {}) == r"\begin{array}{c} x \end{array}"


def test_rows_of_an_eqnarray_may_have_tags() -> None:
    """The converter knows tags only in an `align`."""
    html, fault = write_math(r"\begin{eqnarray} a &=& b \tag{甲} \\ c &=& d \end{eqnarray}", True)
    assert fault == ""
    assert "(甲)" in html


def test_many_rows_with_one_sided_fences_are_set() -> None:
    r"""A `\left` is closed by its `\right`, whatever their brackets are."""
    rows = r" \\ ".join([r"a &= \left( b \right."] * 40)
    assert write_math(rf"\begin{{aligned}}{rows}\end{{aligned}}", True)[1] == ""


def test_macros_of_the_options_hold_for_all_formulas() -> None:
    """They are MathJax's: a body, or body, number of parameters and default."""
    macros = {"R": r"\mathbb{R}", r"\f": "#1(#2)", "bs": [r"\boldsymbol{#1}", 1], "no": 3}
    options = read_options({"macros": macros})
    html = parse(r"$$\R \f{g}{x} \bs{y}$$", options).render()
    assert html.problems == ()
    assert "<mi>ℝ</mi>" in html.html


def test_ids_of_headings_keep_the_spaces_of_a_formula() -> None:
    """kramdown takes `$ O(n) $` for text, and strips `$$ b $$`."""
    html = parse("## Time: $ O(n) $\n\n## 界 $$ b $$ x\n", MATHJAX).render().html
    assert re.findall(r'id="([^"]*)"', html) == ["time--on-", "界-b-x"]


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (r"\newcommand{\Set}{\Omega}\text{若 $\Set$ 则}", "Ω</mi>"),
        (r"\textrm{若 $x$}", "<mi>x</mi>"),
        (r"x \tag{$*$}", "<mtext>(*)</mtext>"),
        (r"x \tag{$\ast$}", "∗"),
        (r"x \tag{1'}", "(1’)"),
    ],
)
def test_formulas_within_texts_and_tags_are_expanded(formula: str, shown: str) -> None:
    """With the macros of the document."""
    made = convert([(formula, True)])[0]
    assert (made.fault, shown in made.mathml, "$" in made.mathml.split("<annotation")[0]) == (
        "",
        True,
        False,
    )
