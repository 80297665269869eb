"""Quarto's and Pandoc's syntax in `.qmd` and `.Rmd`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.build.parse import ParsedPost, parse_content
from evergreen.content.execution_keys import is_installed
from evergreen.content.formats.pandoc_spans import extract_notes
from evergreen.content.markdown_options import markdown_options
from evergreen.content.post import parse_post
from evergreen.model import Site

HEAD = "---\ntitle: 一\n---\n"


def read(body: str, head: str = HEAD) -> ParsedPost:
    """Read a post of Quarto."""
    return parse_content(parse_post("posts/2026-02-03-甲.qmd", (head + body).encode(), Site()))


def html(body: str) -> str:
    """Return the HTML of a text of Quarto."""
    return read(body).document.render().html.strip()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("E=mc^2^", "E=mc<sup>2</sup>"),
        ("H~2~O ~~旧~~", "H<sub>2</sub>O <del>旧</del>"),
        ("`x^2^` $a^2b^2$", "<code>x^2^</code> <math>"),
        ("`<b>粗</b>`{=html}", "<b>粗</b>"),
        ("甲`\\foo`{=latex}", "甲"),
        ("[文]{.smallcaps}", '<span class="smallcaps">文</span>'),
        ('[甲](https://a.b){target="_blank"}', '<a href="https://a.b" target="_blank">甲</a>'),
        ("`x`{.r}", '<code class="r">x</code>'),
        ("甲 ![](a.png){width=25 .b}", '<img src="a.png" alt="" width="25" class="b" />'),
        ('甲 ![乙](a.png){fig-alt="丙"}', '<img src="a.png" alt="丙" />'),
        ("[x]{y} {.z}", "[x]{y} {.z}"),
        ("\\textsc{甲}, \\dots", '<span class="smallcaps">甲</span>, …'),
        ('甲 ![](a.png){.b fig-alt="丙 \\"丁\\""}', 'alt="丙 &quot;丁&quot;" class="b" />'),
    ],
)
def test_spans(written: str, shown: str) -> None:
    """Attributes behind spans, sub- and superscripts, raw spans of a format."""
    assert shown in html(f"{written}\n")


def test_an_inline_note_is_a_footnote() -> None:
    """It may have code, links, several lines, and a note of its own."""
    shown = html("甲^[一 `]` [二](u)]乙^[三\n四^[五]] $x^[6]$ `^[七]`\n")
    assert shown.count('role="doc-noteref"') == 3
    assert '<p>一 <code>]</code> <a href="u">二</a>' in shown
    assert "<p>三 四<sup" in shown
    assert "<code>^[七]</code>" in shown


def test_lines_below_an_inline_note_keep_their_places() -> None:
    """For the messages about them."""
    parsed = read("甲^[一\n二] 三\n\n```{python}\nx = 1\n```\n")
    assert [cell.line for cell in parsed.notebook.cells] == [8]


@given(st.lists(st.text("^[]`$a \\", max_size=12), max_size=6))
def test_any_text_has_as_many_lines_as_before_the_notes(lines: list[str]) -> None:
    """Notes that are not closed stay as they are."""
    made = extract_notes(list(enumerate(lines)))
    assert [place for place, _ in made[: len(lines)]] == [*range(len(lines))]


def test_raw_blocks_are_for_their_format() -> None:
    """HTML is shown, TeX is not."""
    assert html("```{=html}\n<hr />\n```\n\n```{=latex}\n\\foo\n```\n") == "<hr />"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<aside>文 **粗**</aside>\n下", "<aside>文 <strong>粗</strong></aside>"),
        ("<div>\n\n**粗**\n\n</div>", "<div>\n\n<p><strong>粗</strong></p>\n\n</div>"),
        (
            "<details><summary>题</summary>\n\n**粗**\n\n</details>",
            "<details>\n<summary>题</summary>\n\n<p><strong>粗</strong></p>\n\n</details>",
        ),
        ("<div>\n    <b>**</b>\n</div>", "<div>\n    <b>**</b>\n</div>"),
        ('<p class="a">\n*甲*\n</p>', '<p class="a">\n<em>甲</em>\n</p>'),
        ("<div><p>**甲**</p></div>", "<div><p>**甲**</p></div>"),
    ],
)
def test_the_content_of_html_is_markdown(written: str, shown: str) -> None:
    """As in Pandoc, of an element that ends in its line or is followed by text."""
    assert re.sub(r"\n+", "\n", shown) in re.sub(r"\n+", "\n", html(f"{written}\n"))


def test_a_picture_on_its_own_is_a_figure() -> None:
    """Its text is the caption; one in a text is not, nor one without a text."""
    assert "<figcaption>说 <em>明</em></figcaption>" in html("![说 *明*](a.png)\n")
    assert "<figure" not in html("文 ![说明](a.png)\n\n![](b.png)\n")


GRID = """\
+----------+--------+
| 水果     | 价     |
+==========+=======:+
| 香蕉     | $1     |
+----------+--------+
| 橙       | - 甲   |
|          | - 乙   |
+----------+--------+
"""


def test_a_grid_table() -> None:
    """With head, alignment, blocks in cells; wide characters have two columns."""
    shown = html(GRID)
    assert '<th>水果</th>\n<th style="text-align: right">价</th>' in shown
    assert "<td>香蕉</td>" in shown
    assert "<ul>\n<li>甲</li>\n<li>乙</li>\n</ul>" in shown


def test_a_grid_table_has_its_caption_and_label() -> None:
    """It is counted as a table."""
    parsed = read(f"{GRID}\n: 表 *一* {{#tbl-a}}\n\n见 @tbl-a。\n")
    assert "<figcaption>表 <em>一</em></figcaption>" in parsed.document.render().html
    assert [(each.label, each.kind) for each in parsed.document.things] == [("tbl-a", "tbl")]


def test_cells_of_a_grid_table_may_span_columns() -> None:
    """Where a row has no bound."""
    shown = html("+---+---+\n| a | b |\n+---+---+\n| long  |\n+---+---+\n")
    assert "<td>a</td>\n<td>b</td>" in shown and "long" in shown


def test_a_line_that_begins_with_a_plus_is_no_table() -> None:
    """It is a list."""
    assert html("+ 甲\n+ 乙\n").count("<li>") == 2


@pytest.mark.parametrize(
    ("condition", "is_shown"),
    [
        ('when-meta="a.b"', True),
        ('when-meta="a.c"', False),
        ('unless-meta="a.c"', True),
        ('when-profile="x"', False),
    ],
)
def test_content_depends_on_the_front_matter(condition: str, is_shown: bool) -> None:
    """`when-meta` names a key; there are no profiles."""
    body = f"::: {{.content-visible {condition}}}\n甲\n:::\n"
    shown = read(body, "---\ntitle: 一\na: {b: true}\n---\n").document.render().html
    assert ("甲" in shown, "when-" in shown) == (is_shown, False)


@pytest.mark.parametrize(
    ("attributes", "names"),
    [("layout-ncol=2", "layout-2"), ('layout="[1,1]"', "layout-2"), (".x", "x")],
)
def test_columns_of_a_div_are_a_class(attributes: str, names: str) -> None:
    """The style sheet has the columns."""
    assert html(f"::: {{{attributes}}}\n甲\n:::\n") == f'<div class="{names}">\n<p>甲</p>\n</div>'


@pytest.mark.parametrize(
    ("attributes", "outer", "rows"),
    [
        ("layout-nrow=1", "layout-3", []),
        ("layout-nrow=2", "layout-2", []),
        ('layout="[60,-5,40]"', 'layout-row" style="--columns: 60fr 40fr', []),
        ('layout="[[1,1],[1]]"', "", ["layout-2", "layout-1"]),
        ('layout="[[2,1],[1]]"', "", ['layout-row" style="--columns: 2fr 1fr', "layout-1"]),
    ],
)
def test_pictures_of_a_div_are_in_rows(attributes: str, outer: str, rows: list[str]) -> None:
    """As Quarto arranges them: a negative number is a space; pictures of one paragraph count."""
    made = html(f"::: {{{attributes}}}\n![甲](a.png)\n\n![乙](b.png)\n![丙](c.png)\n:::\n")
    divs = re.findall(r'<div(?: class="(layout.*?)")?>', made)
    assert (divs, made.count("<figure>")) == ([outer, *rows], 3)


def test_rows_of_a_dashboard_are_headings() -> None:
    """Their sizes mean nothing here."""
    assert html("## 行 {height=60%}\n") == '<h2 id="行">行</h2>'


def test_a_file_without_front_matter_has_its_first_heading_as_title() -> None:
    """As Quarto's books have it; its label goes to what is below."""
    parsed = read("# 题 {#sec-a .x}\n\n文\n", "")
    assert parsed.post.title == "题"
    assert '<p id="sec-a">文</p>' in parsed.document.render().html


def test_keys_of_another_meaning_are_warnings() -> None:
    """The post is published with the defaults; what says how it runs must be right."""
    post = read("文\n", "---\ntitle: 一\npublished: 昨天\nseries: {name: a}\n---\n").post
    assert (post.published, post.series, len(post.warnings)) == (True, None, 2)


def test_our_own_posts_have_none_of_the_options() -> None:
    """Pictures are kramdown's there."""
    post = parse_post("posts/2026-02-03-甲.md", HEAD.encode(), Site())
    options = markdown_options(post, Site())
    assert not options.implicit_figures


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("文\\index{a!{b}}。", "<p>文。</p>"),
        ("$\\frac{1}{2}$ `\\index{a}`", "<code>\\index{a}</code>"),
        ("\\newpage{}", ""),
        ("$a =\n\\frac{1}{2} x^2 y^2$", "a =\n\\frac{1}{2} x^2 y^2"),
        ("\\begin{align}\nx^2 y^2\n\\end{align}", "x^2 y^2"),
        ("\\foo{a}", "\\foo{a}"),
    ],
)
def test_commands_of_tex_about_paper_are_left_out(written: str, shown: str) -> None:
    """Those in formulas and code stay, also where a formula goes over several lines."""
    assert shown in html(f"{written}\n")
    assert "math-error" not in html(f"{written}\n")


def test_references_of_bookdown() -> None:
    """The kind is before a colon."""
    parsed = read("见 \\@ref(fig:甲)。\n")
    assert [each.label for each in parsed.document.references] == ["fig-甲"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("(ref:图) 图 *一*。\n\n见 (ref:图)", "<p>见 图 <em>一</em>。</p>"),
        ("列 {.a}\n----", '<h2 class="a" id="列">列</h2>'),
        ("# 甲\n| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
        ("[见 @doe99]", "<p>(见 [@doe99])</p>"),
        ('甲[]{.logo title="乙"}', "<p>甲</p>"),
        ("<figure>\n<img src='a.png'></img>\n</figure>", '<img src="a.png" />\n'),
        ("> 文\n> $$\n> a\n> $$ {#eq-a}", '<div id="eq-a" class="math">'),
        ("https://a.b^[注]", 'href="https://a.b"'),
    ],
)
def test_no_raw_syntax_is_shown(written: str, shown: str) -> None:
    """Of what Pandoc, bookdown and flexdashboard write."""
    assert shown in html(f"{written}\n")


def test_lists_with_letters_and_brackets() -> None:
    """As Pandoc has them; one letter in a paragraph begins none."""
    shown = html("1) 甲\n2) 乙\n\n文\n\na.  丙\n\nb.  丁\n\n文\na. 戊\n")
    assert shown.count("<li>") == 2
    assert shown.count('<li class="letters">') == 2
    assert "文\na. 戊" in shown


def test_a_comment_may_be_in_a_paragraph() -> None:
    """Nothing of it is shown; one in code is."""
    shown = html("1. 甲\n<!--\n# 乙\n-->\n\n```text\n<!--\n# 丙\n-->\n```\n")
    assert "乙" not in shown
    assert "# 丙" in shown


def test_a_pipe_in_a_text_makes_no_table() -> None:
    """A table has a line of hyphens."""
    assert html("甲 | 乙\n").startswith("<p>甲 | 乙")
    assert "<table>" in html("|---|---|\n| 甲 | 乙 |\n")


def test_a_control_character_is_left_out_with_a_warning() -> None:
    """Pandoc publishes such a page."""
    parsed = read("甲\0乙 | 丙\n")
    assert "<p>甲乙 | 丙</p>" in parsed.document.render().html
    assert [(each.line, each.severity) for each in parsed.post.warnings] == [(4, "warning")]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("## 题{#sec-a}\n", '<h2 id="sec-a">题</h2>'),
        ("## 题 `{.x}`\n", "<code>{.x}</code></h2>"),
        (r"\textbf{粗} \emph{斜}", "<p><strong>粗</strong> <em>斜</em></p>"),
        (r"`\textbf{粗}`", r"<code>\textbf{粗}</code>"),
        ("|   |   |\n|---|---|\n| a | b |\n", "<table>\n<tbody>"),
    ],
)
def test_what_pandoc_reads_without_a_blank_or_as_tex(written: str, shown: str) -> None:
    """Attributes right behind a heading; words in the commands of TeX; a head that is empty."""
    assert shown in html(written)


@pytest.mark.parametrize(
    "written",
    [
        "文：\n\\begin{align}\na &= b \\\\\n- c &= d % 注\n\\end{align}\n",
        "文\n\n  \\begin{cases}\n  a & *b* \\\\\n\n  + c & d*e*\n  \\end{cases}\n",
        "> \\begin{aligned}\n> a &= b\n> \\end{aligned}\n",
    ],
)
def test_an_environment_of_tex_is_a_formula_whatever_its_lines_look_like(written: str) -> None:
    """Its rows are no items of a list, and its blank lines end no paragraph."""
    shown = html(written)
    assert shown.count("<math") == 1
    assert "<li>" not in shown and "<em>" not in shown


def test_formulas_of_r_markdown_may_be_in_brackets_of_tex() -> None:
    """As its Pandoc reads them; Quarto's does not."""
    source = f"{HEAD}甲 \\(a_1*b*\\) 乙\n\n\\[\nc*d*\n\\]\n\n`\\(x\\)`\n"
    for suffix, count in (("Rmd", 2), ("qmd", 0)):
        post = parse_post(f"posts/2026-02-03-甲.{suffix}", source.encode(), Site())
        shown = parse_content(post).document.render().html
        assert (shown.count("<math"), shown.count(r"<code>\(x\)</code>")) == (count, 1)


def test_equations_of_bookdown_have_their_labels() -> None:
    """`(\\#eq:a)` in an environment."""
    made = read("\\begin{equation}\na (\\#eq:甲)\n\\end{equation}\n\n\\@ref(eq:甲)\n")
    assert [thing.label for thing in made.notebook.things] == ["eq-甲"]
    assert not made.post.warnings


def test_a_shortcode_may_have_several_lines() -> None:
    """It is one line for what expands it."""
    body = read('甲\n\n{{< video https://a.b/c\n    title="乙"\n>}}\n\n丙\n').post.body
    assert '{{< video https://a.b/c title="乙" >}}' in body.split("\n")


def test_the_caption_of_a_picture_may_have_a_link() -> None:
    """The text in its place has none."""
    shown = html("![甲 [乙 *丙*](https://a.b) 丁](a.png){#fig-a}\n")
    assert 'alt="甲 乙 丙 丁"' in shown
    assert '<figcaption>甲 <a href="https://a.b">乙 <em>丙</em></a> 丁</figcaption>' in shown


@pytest.mark.parametrize("span", ["[@sec-a]{.b}", "[见 @sec-a 与 `x`]{.b}", "[ @sec-a *乙*]{#c}"])
def test_references_in_a_span_with_attributes(span: str) -> None:
    """They are links, and the attributes are of the span."""
    document = read(f"## 甲 {{#sec-a}}\n\n文 {span} 文\n").document
    assert [each.label for each in document.references] == ["sec-a"]
    assert "<span" in document.render().html
    assert "{" not in document.render().html


def test_footnotes_right_below_each_other_are_two() -> None:
    """As in Pandoc and CommonMark."""
    assert html("甲[^1] 乙[^2]\n\n[^1]: 一\n[^2]: 二\n").count('role="doc-endnote"') == 2


def test_what_blogdown_writes_for_keys_without_a_value() -> None:
    """An empty list; and an author's name may be a link."""
    head = '---\ntitle: 一\nslug: []\nauthor: "[甲](https://a.b)<br>"\n---\n'
    post = read("文\n", head).post
    assert (post.slug, post.author) == ("甲", "甲")


@pytest.mark.parametrize(
    ("alias", "url"), [("../../2020/甲/", "/2020/甲/"), ("./乙", "/posts/乙"), ("/丙/", "/丙/")]
)
def test_an_alias_may_begin_at_the_folder_of_the_post(alias: str, url: str) -> None:
    """As in blogs that moved from blogdown to Quarto."""
    made = read("文\n", f"---\ntitle: 一\naliases: [{alias}]\n---\n")
    assert made.post.redirect_from == (url,)


def test_a_note_with_keys_is_a_note() -> None:
    """Also where the keys are not in brackets."""
    shown = html("甲。^[乙 in @a1 and @b1.]")
    assert 'rel="footnote"' in shown and "乙 in @a1 and @b1." in shown


def test_numbers_of_another_kind_begin_another_list() -> None:
    """As in Pandoc, also right below a list with letters."""
    assert html("a. 甲\n10) 乙\n").count("<ol") == 2


def test_html_in_the_text_of_a_link() -> None:
    """A tag has no bracket."""
    assert '<a href="https://c.d">a <span>b</span></a>' in html("[a <span>b</span>](https://c.d)")


SIMPLE = (
    "  Right Left     Both\n------- ------ ----------\n     12 甲       1|2\n    123 **乙**   x\n"
)


def test_tables_with_hyphens() -> None:
    """The head is over the hyphens to the left or right; cells have Markdown and pipes."""
    shown = html(f"文\n\n{SIMPLE}\n: 题 {{#tbl-a}}\n")
    assert '<table id="tbl-a">' in shown and "<caption>题</caption>" in shown
    assert '<th style="text-align: right">Right</th>' in shown
    assert '<td style="text-align: left"><strong>乙</strong></td>' in shown and "1|2" in shown


def test_tables_with_hyphens_without_a_head() -> None:
    """A line of hyphens ends them."""
    shown = html("---- ----\n甲   乙\n丙   丁\n---- ----\n\n文")
    assert (0, 4) == (shown.count("</th>"), shown.count("</td>"))
    assert shown.endswith("<p>文</p>")


def test_tables_with_rows_of_several_lines() -> None:
    """Blank lines are between them."""
    shown = html(
        "-----------\n甲    乙\n一    二\n----- -----\na     b\nc\n\nd     e\n-----------\n"
    )
    assert (2, 4) == (shown.count("</th>"), shown.count("</td>"))
    assert "甲 一" in shown and "a c" in shown


@pytest.mark.parametrize("text", ["a\n\n---\n\nb", "题\n---\n\n文", "```\na b\n-- --\nc d\n```"])
def test_other_lines_of_hyphens(text: str) -> None:
    """Rules, headings and code are no tables."""
    assert "<table" not in html(text)


@pytest.mark.parametrize("text", ["![甲^[乙]](a.png)", "[甲^[乙]](https://a.b)"])
def test_a_note_in_the_text_of_a_picture(text: str) -> None:
    """Its brackets are not those of the picture."""
    assert "](" not in html(text) and 'rel="footnote"' in html(text)


@pytest.mark.parametrize(("text", "count"), [("$1/500$", 1), ("$5/month or $6", 0)])
def test_fractions_are_no_prices(text: str, count: int) -> None:
    """Of digits alone."""
    assert count == html(text).count("<math>")


def test_tex_for_paper_is_left_out() -> None:
    """As in pages of Pandoc; references, formulas and code stay."""
    drawn = "\\begin{tikzpicture}[a]\n\\node {甲};\n\\end{tikzpicture}\n"
    shown = html(
        f"一\n\n{drawn}\n\\begin{{center}}\n\n二\n\n\\end{{center}}\n\n"
        "\\thispagestyle{三} 五\\newline\n"
    )
    assert ["<p>一</p>", "<p>二</p>", "<p>五</p>"] == [each for each in shown.split("\n") if each]
    assert "<math" in html("\\begin{align}\na &= b\n\\end{align}")
    assert "\\begin{tikzpicture}" in html(f"```\n{drawn}```") and "\\foo{a}" in html("`\\foo{a}`")
    assert "\\frac{1}{2}" in html("甲 $\\frac{1}{2}$ 乙")


@pytest.mark.parametrize("text", ["## ", "###", "## ##", '## {background-image="甲.png"}', "#"])
def test_headings_without_text(text: str) -> None:
    """They are left out; other tools make empty ones of them."""
    assert "<p>甲</p>\n<p>乙</p>" == html(f"甲\n\n{text}\n\n乙")


def test_headings_with_any_attribute() -> None:
    """Values with signs too."""
    assert '<h2 data-background-image="a/甲.png" id="甲">甲</h2>' == html(
        '## 甲 {data-background-image="a/甲.png"}'
    )
    assert '<h2 style="text-align:center" id="甲">甲</h2>' == html(
        "## 甲 {style=text-align:center}"
    )


def test_markdown_in_tags_that_are_not_of_html() -> None:
    """As in Pandoc."""
    assert "<p><red> <strong>甲</strong> </red></p>" == html("<red> **甲** </red>")
    assert "<p>乙 <red><strong>甲</strong></red></p>" == html("乙 <red>**甲**</red>")


def test_asterisks_in_the_text_of_a_link() -> None:
    """They are no pair with those of the next link."""
    shown = html("见 [甲*](https://a.b)、[乙*](https://c.d) 与 [*丙*](https://e.f)")
    assert '<a href="https://a.b">甲*</a>' in shown and '<a href="https://c.d">乙*</a>' in shown
    assert '<a href="https://e.f"><em>丙</em></a>' in shown


def test_raw_html_that_is_not_closed() -> None:
    """What is below it is Markdown; blank lines and indents in it end nothing."""
    raw = "```{=html}\n<div class='a'>\n  <p>甲\n\n    <b>乙</b>\n</div>\n```\n"
    assert "**" not in html(f"{raw}\n**丙**") and "<strong>丙</strong>" in html(f"{raw}\n**丙**")
    assert "<code" not in html(raw) and "<b>乙</b>" in html(raw)
    open_div = html("<div>\n\n**甲**\n\n## 乙\n")
    assert "<strong>甲</strong>" in open_div and "乙</h2>" in open_div


def test_values_of_code_in_a_formula() -> None:
    """The formula is around the value; one that would be cut in braces stays."""
    shown = html("甲 $\\hat{b}_1=`r round(b)`$ 乙 $x^{`r n`}$")
    assert 1 == shown.count("<math>") and "</math><code>r round(b)</code> 乙" in shown


def test_text_that_bookdown_has_on_web_pages() -> None:
    """The code around it is not shown."""
    text = "`r if (knitr::is_html_output()) '\n# 文献 {-}\n'`"
    assert "<p>甲</p>\n" + '<h1 class="unnumbered" id="文献">文献</h1>' == html(f"甲\n\n{text}")


def test_markdown_in_a_centred_block() -> None:
    """Tables and links too."""
    shown = html("<center>\n[甲](https://a.b)\n\n| 乙 | 丙 |\n|---|---|\n| 1 | 2 |\n\n</center>")
    assert '<a href="https://a.b">甲</a>' in shown and "<td>1</td>" in shown


@pytest.mark.parametrize(("name", "shown"), [("pm", "±"), ("rightarrow", "→"), ("甲", "&amp;甲;")])
def test_entities_of_html(name: str, shown: str) -> None:
    """All that browsers know."""
    assert f"<p>{shown}</p>" == html(f"&{name};")


def test_a_value_in_a_colour() -> None:
    """In a formula, too; the text is no formula then."""
    shown = html("甲 $\\color{red}{`r a`}$ 乙 $\\color{blue}{`r b`}$ 丙")
    assert "<p>甲 <code>r a</code> 乙 <code>r b</code> 丙</p>" == shown


def test_a_picture_above_markdown_in_a_centred_block() -> None:
    """The text below it is Markdown."""
    shown = html("<center>\n<img src='a.png'>\n[甲](https://a.b)\n</center>")
    assert '<a href="https://a.b">甲</a>' in shown


def test_formulas_in_raw_tex() -> None:
    """Pandoc shows them on web pages; other TeX is for paper."""
    assert "<math" in html("```{=tex}\n\\begin{split}\na = b\\\\\n+ c\n\\end{split}\n```")
    assert not html("```{=latex}\n\\newpage\n```")


def test_items_with_numbers_in_brackets_below_one_another() -> None:
    """They need no blank line between them."""
    assert 2 == html("(1) 甲；\n(2) 乙。\n").count("<li>")


def test_code_in_the_options_of_a_chunk() -> None:
    """It opens no other block: what is below the chunk is text."""
    shown = html('```{r fig.cap="用 `corrr` 画"}\nx <- 1\n```\n\n**甲**\n')
    assert "<strong>甲</strong>" in shown and "x &lt;- 1" not in re.sub(
        r"<pre>.*?</pre>", "", shown
    )
    cell = read('```{python fig.cap="用 `a` 画"}\n1\n```\n').notebook.cells[0]
    assert ("1", True) == (cell.source, cell.options.runs)


def test_lists_of_r_in_options() -> None:
    """As jupytext writes the tags of cells."""
    cell = read('```{python tags=c("raises-exception", "a")}\n1\n```\n').notebook.cells[0]
    assert cell.options.raises and "a" in cell.options.tags


def test_lists_around_code_that_is_not_shown() -> None:
    """They stay apart, as the figure between them keeps them in R Markdown."""
    text = "1. 甲\n\n```{r echo=FALSE}\nplot(1)\n```\n\n2. 乙\n"
    shown = read(text, "---\ntitle: 一\njupyter: python3\n---\n").document.render().html
    assert 2 == shown.count("<ol") and '<ol start="2">' in shown and "plot" not in shown


R_ONLY = "```{r}\n#| label: fig-a\nplot(1)\n```\n\n见 @fig-a，`r 1+1`。\n"


def test_code_in_r_without_its_kernel_is_shown_and_reported() -> None:
    """The page says that it was not run, a warning why; references lead to its place."""
    made = read(R_ONLY)
    (warning,) = made.post.warnings
    assert (warning.severity, warning.line) == ("warning", 4)
    assert "the kernel 'ir' is not installed" in warning.message
    assert made.post.language == "r" and not made.post.execute.enabled
    assert [cell.source for cell in made.notebook.cells] == ["plot(1)", "1+1"]


def test_code_in_r_runs_in_the_kernel_of_r(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is installed, as knitr runs it in Quarto."""
    folder = tmp_path / "kernels" / "ir"
    folder.mkdir(parents=True)
    spec = {"argv": ["R", "-e", "IRkernel::main()"], "display_name": "R", "language": "R"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    is_installed.cache_clear()
    made = read(R_ONLY)
    is_installed.cache_clear()
    assert (made.post.kernel, made.post.language, made.post.execute.enabled) == ("ir", "r", True)
    assert not made.post.warnings


@pytest.mark.parametrize(
    "text",
    [
        "```{r setup, include=FALSE}\nx\n```\n",
        "```{r}\n#| eval: false\nx\n```\n",
        "````markdown\n```{r}\nx\n```\n````\n",
    ],
)
def test_a_text_without_code_that_runs_has_no_other_kernel(text: str) -> None:
    """Such as one that only sets knitr up, or shows R's code."""
    made = read(text)
    assert made.post.language == "python" and not made.post.warnings


def test_code_in_r_beside_code_in_python_is_reported() -> None:
    """One kernel runs, that of Python."""
    made = read("```{python}\n1\n```\n\n```{r}\n2\n```\n")
    assert [problem.message for problem in made.post.warnings] == ["chunks in R do not run"]
    assert [cell.source for cell in made.notebook.cells] == ["1"]


def test_who_turns_execution_off_needs_no_kernel() -> None:
    """No warning tells what is asked for."""
    assert not read(R_ONLY, "---\ntitle: 一\nexecute:\n  eval: false\n---\n").post.warnings


def test_examples_have_numbers_through_the_document() -> None:
    """Pandoc's `(@)` and `(@name)`, to which the text refers."""
    shown = html("(@) 甲\n(@good) 乙\n\n见 (@good) 和 (@bad)。\n\n(@) 丙\n\n```\n(@) x\n```\n")
    assert "见 (2) 和 (@bad)。" in shown and '<ol start="3">' in shown and "(@) x" in shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("| 甲 *乙*\n|  丙\n  丁\n|\n| 戊\n", "甲 <em>乙</em><br /> 丙 丁<br /><br />戊"),
        ("文\n\n| 甲\n", "甲"),
    ],
)
def test_lines_of_a_line_block_stay(written: str, shown: str) -> None:
    """With their indents; a line without a bar goes on with the one above."""
    made = html(written).replace("\u00a0", " ").replace("&nbsp;", " ")
    assert made.endswith(f'<div class="line-block">{shown}</div>')


@pytest.mark.parametrize(
    "written", ["| a | b |\n|---|---|\n| 1 | 2 |\n", "文\n| 甲\n", "```\n\n| 甲\n```\n"]
)
def test_tables_text_and_code_are_no_line_blocks(written: str) -> None:
    """A bar begins one only below a blank line."""
    assert "line-block" not in html(written)
