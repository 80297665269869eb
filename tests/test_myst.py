"""MyST: directives, roles, labels and titles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evergreen.build.parse import ParsedPost, parse_content
from evergreen.content.formats.myst import split_options, translate_myst
from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.content.quarto_files import MYSTMD
from evergreen.errors import EvergreenError
from evergreen.model import Site

HEAD = "---\ntitle: 一\njupytext: {text_representation: {format_name: myst}}\n---\n"


def read(body: str, head: str = HEAD) -> ParsedPost:
    """Read a post in MyST."""
    return parse_content(parse_post("posts/2026-02-03-甲.md", (head + body).encode(), Site()))


def html(body: str) -> str:
    """Return the HTML of a text in MyST."""
    return read(body).document.render().html.strip()


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("{func}`~numpy.linalg.norm`", "<code>norm</code>"),
        ("{py:class}`a.B`", "<code>a.B</code>"),
        ("{term}`词 <terms>`", "词"),
        ("{sub}`2`", "<sub>2</sub>"),
        ("{del}`旧`", "<del>旧</del>"),
        ("{guilabel}`存`", "<strong>存</strong>"),
        ("{raw:latex}`\\hfill`x", "x"),
        ("{abbr}`甲 (乙)`", '<abbr title="乙">甲</abbr>'),
        ("``{ref}`x` ``", "<code>{ref}`x`</code>"),
        ("<inv:numpy#array>", "<code>array</code>"),
    ],
)
def test_roles(role: str, shown: str) -> None:
    """Known ones have their form, others are code, those in code stay."""
    assert html(f"{role}\n") == f"<p>{shown}</p>"


def test_a_role_may_go_on_in_the_next_line() -> None:
    """As prose is wrapped."""
    shown = html("(a)=\n## 甲\n\n见 {ref}`这\n里 <a>`。\n")
    assert '<a href="#a">这 里</a>' in shown


def test_eval_runs_its_expression() -> None:
    """It is an inline expression."""
    assert [cell.source for cell in read("{eval}`1 + 1`\n").notebook.cells] == ["1 + 1"]


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_formula_has_the_label_behind_it(between: str) -> None:
    """Also one that directly follows the text."""
    made = read(f"文{between}$$\na = b\n$$ (eq:甲)\n\n见 {{eq}}`eq:甲`\n")
    assert [each.label for each in made.document.things] == ["eq:甲"]
    assert '<math display="block">' in made.document.render().html
    assert made.post.warnings == ()


@pytest.mark.parametrize("written", [":::{note icon=false} 甲", ':::{note #a .b key="x y"} 甲'])
def test_a_directive_may_have_options_behind_its_name(written: str) -> None:
    """As in mystmd."""
    shown = html(f"{written}\n乙\n:::\n")
    assert 'class="callout callout-note"' in shown
    assert (":::" in shown, "icon" in shown, "乙</p>" in shown) == (False, False, True)


def test_a_list_of_fields_is_one_of_terms() -> None:
    """Outside of directives."""
    shown = html("选项：\n\n:depth: 深\n  度\n:local: *本*\n")
    assert ("<dt>depth</dt>" in shown, "<em>本</em>" in shown, ":local" in shown) == (
        True,
        True,
        False,
    )


def test_a_label_right_below_a_text_begins_a_block() -> None:
    """As in MyST-Parser."""
    shown = html("甲\n(标)=\n\n乙\n")
    assert ("标)=" in shown, 'id="标"' in shown) == (False, True)


def test_a_card_has_a_head_and_a_foot() -> None:
    """Divided by signs, which are not shown."""
    shown = html(":::{card} 题\n头\n^^^\n文\n+++\n脚\n:::\n")
    assert ("<strong>头</strong>" in shown, "^^^" in shown, "+++" in shown) == (True, False, False)


def test_an_unknown_directive_between_colons_is_text() -> None:
    """Its roles and the directives in it are read."""
    shown = html("::::{own-example} 题\n:::{note}\n甲 {kbd}`x`\n:::\n::::\n")
    assert (":::" in shown, "<kbd>x</kbd>" in shown, "callout-note" in shown) == (
        False,
        True,
        True,
    )


def test_code_that_begins_an_item_ends_with_its_fence() -> None:
    """Roles below it are read."""
    shown = html("* - ```yaml\n    {kbd}`x`\n    ```\n  - {kbd}`y`\n")
    assert ("<kbd>x</kbd>" in shown, "<kbd>y</kbd>" in shown) == (False, True)


def test_a_file_without_front_matter_may_have_its_directives_between_colons() -> None:
    """It is MyST, and its first heading is its title."""
    post = parse_post("posts/2026-02-03-a.md", ":::{note}\n甲\n:::\n".encode(), Site())
    assert post.cell_form == "directive"


def test_a_tag_of_nothing_in_a_text_is_text() -> None:
    """It does not swallow what is below."""
    made = read("1. 甲 `a =\n<number>`.\n2. 乙\n\n```{code-cell}\n1\n```\n")
    assert len(made.notebook.cells) == 1


def test_a_block_in_an_example_is_not_one_that_runs() -> None:
    """The file is MyST, whose references to nothing are warnings."""
    text = "````md\n```python\n1\n```\n````\n\n```{note}\n甲\n```\n\n{ref}`none`\n"
    made = read(text, "---\ntitle: 一\n---\n")
    assert [each.severity for each in made.post.warnings] == ["warning"]


def test_gated_directives_hold_what_is_between() -> None:
    """`solution-start` to `solution-end`, with cells that run, titled by the exercise."""
    made = read(
        "```{exercise}\n:label: ex\n做\n```\n\n```{solution-start} ex\n```\n\n"
        "```{code-cell}\nx = 1\n```\n\n```{solution-end}\n```\n\n下\n"
    )
    shown = made.document.render().html
    assert [cell.source for cell in made.notebook.cells] == ["x = 1"]
    assert shown.count('class="theorem theorem-sol"') == 1
    assert shown.index("theorem-sol") < shown.index("x = 1") < shown.index("<p>下</p>")
    assert [each.label for each in made.document.references] == ["ex"]


def test_a_list_table_has_rows_head_and_blocks_in_its_cells() -> None:
    """The first rows are the head; a cell may have paragraphs and code."""
    shown = html(
        "```{list-table} 表\n:header-rows: 1\n:name: t\n\n"
        "* - 甲\n  - 乙\n* - `x`\n  - 一\n\n    二\n```\n"
    )
    assert "<thead>\n<tr>\n<th>甲</th>\n<th>乙</th>\n</tr>\n</thead>" in shown
    assert "<td><code>x</code></td>\n<td>\n<p>一</p>\n<p>二</p>\n</td>" in shown
    assert '<figure id="t" class="table-figure">' in shown
    assert "<figcaption>表</figcaption>" in shown


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (":delim: '|'", "|"),
        (':delim: "|"', "|"),
        (":delim: |", "|"),
        ("---\ndelim: '|'\n---", "|"),
        ("---\ndelim: >-\n  甲\n  乙\n---", "甲 乙"),
        ("---\ndelim: |\n  甲\n  乙\n---", "甲\n乙"),
        (":delim: 'it''s'", "it's"),
        (':delim: "a" and "b"', '"a" and "b"'),
    ],
)
def test_an_option_is_a_yaml_value(written: str, value: str) -> None:
    """In quotation marks or not, in one line or more."""
    lines = list(enumerate(written.split("\n")))
    assert ({"delim": value}, []) == split_options(lines)


def test_a_table_of_values_with_their_own_sign_between_them() -> None:
    """The head has the same sign."""
    shown = html('```{csv-table}\n:header: 甲|乙\n:delim: "|"\n\n1, 2|3\n```\n')
    assert shown.count("<th>") == 2
    assert "1, 2" in shown


def test_a_csv_table_has_its_header() -> None:
    """Values in quotes may have commas; cells are Markdown."""
    shown = html('```{csv-table}\n:header: 甲, 乙\n1, "x, y"\n2, **z**\n```\n')
    assert "<th>甲</th>\n<th>乙</th>" in shown
    assert "<td>x, y</td>" in shown
    assert "<td><strong>z</strong></td>" in shown


def test_a_directive_in_a_list_stays_there() -> None:
    """Its indent is kept."""
    shown = html("- 甲\n\n  ```{note}\n  文\n  ```\n\n- 乙\n")
    assert shown.count("<ul>") == 1
    assert shown.index("callout-note") < shown.index("乙")


@pytest.mark.parametrize(
    ("directive", "shown"),
    [
        ("{raw} html\n<b>粗</b>", "<b>粗</b>"),
        ("{raw} latex\n\\newpage", ""),
        ("{epigraph}\n文", "<blockquote>\n<p>文</p>\n</blockquote>"),
        ("{glossary}\n词\n  义", "<dl>\n<dt>词</dt>\n<dd>义</dd>\n</dl>"),
        ("{youtube} abc", '<a href="https://www.youtube.com/watch?v=abc">'),
        ("{versionadded} 2.0", '<p class="callout-title">Added in version 2.0</p>'),
        ("{prf:property} 名\n文", '<p class="callout-title">Property (名)</p>'),
        ("{math}\n:name: e\na", 'id="e" class="math"'),
    ],
)
def test_directives(directive: str, shown: str) -> None:
    """What is meant for another format is left out."""
    made = html(f"```{directive}\n```\n")
    assert shown in made if shown else made == ""


def test_the_figure_of_a_cell_has_the_name_that_myst_nb_gives_it() -> None:
    """Whatever its prefix is."""
    made = read(
        "```{code-cell}\n---\nmystnb:\n  figure:\n    name: 我的\n    caption: 图\n---\n1\n```\n\n"
        "{numref}`我的`\n"
    )
    assert [(each.label, each.kind, each.text) for each in made.notebook.things] == [
        ("我的", "fig", "图")
    ]
    assert made.post.warnings == ()


def test_the_caption_of_a_cell_is_that_of_its_figure() -> None:
    """As mystmd 1.8 has it."""
    made = read("```{code-cell} python\n:label: fig-a\n:caption: 损失\n1\n```\n")
    assert [(each.label, each.text) for each in made.notebook.things] == [("fig-a", "损失")]
    assert made.post.warnings == ()


def test_a_quote_has_its_author() -> None:
    """mystmd writes it below the quote."""
    made = html('{attribution="鲁迅"}\n> 地上本没有路\n> 走的人多了\n\n后文\n')
    quote = "<p>地上本没有路走的人多了</p>\n<p>— 鲁迅</p>"
    assert made == f"<blockquote>\n{quote}\n</blockquote>\n<p>后文</p>"


def test_the_first_heading_is_the_title() -> None:
    """Its label goes to the block below."""
    head = "---\nkernelspec: {name: python3}\n---\n"
    made = read("(top)=\n# 题 `x`\n\n文\n\n```{code-cell}\n1\n```\n", head)
    assert made.post.title == "题 x"
    assert '<p id="top">文</p>' in made.document.render().html


def test_a_directive_makes_a_post_myst_without_a_kernel() -> None:
    """Its Python blocks run, as in any other post; a file without head has its heading as title."""
    made = read("# 题\n\n```{note}\n注\n```\n\n```python\nx = 1\n```\n", "")
    assert (made.post.title, [cell.source for cell in made.notebook.cells]) == ("题", ["x = 1"])
    assert "callout-note" in made.document.render().html


def test_substitutions_of_the_head() -> None:
    """`{{ key }}` is the value of the key; what may be Liquid stays."""
    head = HEAD.replace("title", "substitutions: {版: '3'}\ntitle")
    assert "3 {{ site.title }}\n" in read("{{ 版 }} {{ site.title }}\n", head).post.body
    assert "3 " in read("{{ 版 }} {{ b }}\n", head).post.body


def test_a_reference_to_nothing_is_a_warning_in_files_of_other_tools() -> None:
    """Their pages are published, with the label; our own posts are refused."""
    made = read("见 {ref}`没有`。\n")
    assert "没有" in made.document.render().html
    assert "[](" not in made.document.render().html
    assert [each.severity for each in made.post.warnings] == ["warning"]
    with pytest.raises(EvergreenError, match="nothing has the label"):
        read("见 [](#没有)。\n", "---\ntitle: 一\n---\n")


def test_an_option_of_another_tool_is_a_warning() -> None:
    """Unless it says what runs."""
    cell = "```{code-cell}\n:outputId: a\n1\n```\n"
    assert ["warning"] == [each.severity for each in read(cell).post.warnings]
    with pytest.raises(EvergreenError, match="'eval' is 'perhaps'"):
        read(cell.replace("outputId: a", "eval: perhaps"))


def test_each_line_keeps_its_place() -> None:
    """Lines that are written anew have the index of the directive."""
    lines = ["```{list-table}", "* - 甲", "  - 乙", "```", "下"]
    assert ("下", 4) in [(line, place) for place, line in translate_myst(lines)]


def test_a_role_makes_a_post_myst_without_a_kernel() -> None:
    """If nothing in it runs in our own Markdown; a reference to nothing is a warning then."""
    made = read("# 题\n\n见 {ref}`a`。\n", "")
    assert (made.post.title, made.post.is_foreign) == ("题", True)
    assert [each.message for each in made.post.warnings] == ["nothing has the label 'a'"]
    with pytest.raises(EvergreenError, match="no front matter"):
        read("# 题\n\n```text\n{ref}`a`\n```\n", "")


def test_a_cell_makes_a_text_myst_without_a_front_matter() -> None:
    """It runs, as where the file has a kernel."""
    made = read("# 题\n\n```{code-cell}\nx = 1\n```\n", "")
    assert (made.post.title, made.notebook.cells[0].source) == ("题", "x = 1")


def test_a_footnote_goes_on_in_lines_that_are_not_indented() -> None:
    """As a paragraph does; a list, a heading and another footnote end it."""
    shown = html(
        "甲[^a] 乙[^b]\n\n[^a]: 见 [此\n  书](https://a.example)\n    *与*\n彼。\n[^b]: 二\n- 项\n"
    )
    assert '见 <a href="https://a.example">此书</a>\n<em>与</em>\n彼。' in shown
    assert "<li>项</li>" in shown


def test_a_table_may_be_right_below_a_text() -> None:
    """As in CommonMark; one in code stays."""
    table = "| a |b |\n|---|--|\n| 1 | 2 |\n"
    shown = html(f"## 甲\n{table}\n文\n{table}\n```text\n文\n{table}```\n")
    assert shown.count("<td>1</td>") == 2
    assert "文\n| a |b |" in shown


def test_a_formula_in_code_opens_none() -> None:
    """Labels of those below are read."""
    assert 'id="eq-a"' in html("在 `$$` 里\n\n$$\na\n$$ (eq-a)\n")


def test_a_source_may_be_an_address() -> None:
    """It is a link."""
    assert 'href="https://doi.org/10/a"' in html("[@https://doi.org/10/a]\n")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("| a | b |\n|:-:|---|\n", "<th>b</th>"),
        ("<center>\n\n| a |\n|---|\n| *b* |\n\n</center>\n", "<td><em>b</em></td>"),
        ("<details>\n<summary>x</summary>\n\n- *a*\n\n</details>\n", "<li><em>a</em></li>"),
        ("<div>\n*a*\n</div>\n", "<div>\n*a*\n</div>"),
        ("- a\n---\n\nb\n", "<hr />"),
        ("```{note}\n*a*\n", "<em>a</em></p>\n</div>"),
        ("```{note}\n- a\n\n```r\nb\n```\n", "</ul>"),
        ("```r\nb\n", "<code"),
    ],
)
def test_blocks_end_as_in_commonmark(written: str, shown: str) -> None:
    """HTML at a blank line, a list at a rule, an open fence with the text."""
    assert shown in html(written)


@pytest.mark.parametrize(
    ("option", "name", "value"),
    [
        ("remove_code_source: true", "input", "remove"),
        ("remove_code_outputs: true", "output", "remove"),
        ("output_stderr: remove", "warnings", False),
        ("code_prompt_show: 看", "summary", "看"),
    ],
)
def test_options_of_myst_nb_say_what_is_shown(option: str, name: str, value: object) -> None:
    """Under `mystnb`; the tag `remove-stderr` is one of them."""
    cell = read(f"```{{code-cell}}\n---\nmystnb:\n  {option}\n---\n1\n```\n").notebook.cells[0]
    assert getattr(cell.options, name) == value


def test_the_lines_of_a_cell_have_numbers() -> None:
    """With MyST-NB's `number_source_lines`, or mystmd's `linenos`."""
    for option in ("mystnb:\n  number_source_lines: true", "linenos: true"):
        made = read(f"```{{code-cell}}\n---\n{option}\n---\n1\n```\n")
        assert made.notebook.cells[0].options.display.start == 1


def test_a_formula_may_begin_with_a_blank_or_the_end_of_a_line() -> None:
    """As MyST's `dollarmath` has it, whatever says that the file is MyST."""
    for head in (HEAD, "---\ntitle: 一\nkernelspec: {name: python3}\n---\n"):
        made = read("```{code-cell}\n1\n```\n\n$ a $ 与 $\n\\frac{b}{c}\n$\n", head)
        assert made.document.render().html.count("<math>") == 2


def test_labels_are_the_same_in_capitals() -> None:
    """As in Sphinx; those of formulas are as written."""
    made = read(
        "[](#Fig_A) {numref}`Fig_A` [文](#Par) [](#Par)\n\n"
        "```{figure} a.png\n:name: Fig_A\n甲\n```\n\n"
        "$$\na\n$$ (Eq_A)\n\n(Par)=\n文 {eq}`Eq_A`\n"
    )
    assert not made.post.warnings
    assert '<a href="#par">文</a> <a href="#par">Par</a>' in made.document.render().html


def test_citations_have_words_before_them_and_a_place() -> None:
    """In braces, as in mystmd; also in brackets."""
    assert html("{cite:p}`{见}甲2023{第 1 页}, 乙` [@丙{图 2}]\n") == (
        "<p>见 [@甲2023, 第 1 页; @乙] [@丙, 图 2]</p>"
    )


def test_a_table_has_its_place_and_the_widths_of_its_columns() -> None:
    """Options of list-table and csv-table; `auto` is the browser's choice."""
    table = "```{{list-table}}\n:widths: {}\n:align: center\n\n* - 甲\n  - 乙\n```\n"
    shown = html(table.format("10 30"))
    assert shown.startswith(
        '<table style="margin-inline: auto">\n<colgroup><col style="width: 25%" />'
    )
    assert "<col" not in html(table.format("auto"))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("(Tag)=\n```c\nx\n```\n", '<div id="tag"></div>'),
        ("(tag)=\n```{code-cell}\n1\n```\n", '<div id="tag"></div>'),
        ("(tag)=\n```{code-block} c\n:caption: 甲\nx\n```\n", '<figure class="listing" id="tag">'),
        ("(tag)=\n```{code} c\n---\ncaption: 甲\n---\nx\n```\n", "<figcaption>甲</figcaption>"),
        ("```{code-block} c\n:label: tag\nx\n```\n", '<figure class="listing" id="tag">'),
        ('```{code} c\n:caption: 甲 "[乙](u)"\nx\n```\n', 'code-title">甲 &#x27;乙&#x27;</p>'),
    ],
)
def test_code_has_its_label_and_its_caption(written: str, shown: str) -> None:
    """Whether it is above the code or an option."""
    assert shown in html(written)


def test_a_theorem_without_numbers_is_named_by_its_title() -> None:
    """As other call-outs with a title."""
    made = read("{prf:ref}`a`\n\n```{prf:assumption} 甲\n:label: a\n乙\n```\n")
    assert [(thing.label, thing.text) for thing in made.notebook.things] == [
        ("a", "Assumption (甲)")
    ]
    assert not made.post.warnings


def test_values_of_attributes_need_no_quotation_marks() -> None:
    """As in HTML; those in quotation marks and in code stay."""
    shown = html('<table width=50%>\n<tr><td title="a b=c d">x</td></tr></table>\n\n`<p a=b%>`\n')
    assert shown.startswith('<table width="50%">\n<tr><td title="a b=c d">x</td>')
    assert "<code>&lt;p a=b%&gt;</code>" in shown


def test_tabs_without_a_set() -> None:
    """Those that follow one another are one set, as in sphinx-inline-tabs."""
    shown = html(
        "````{tab} 甲\n一\n````\n\n````{tab} 乙\n二\n````\n\n文\n\n:::{tabbed} 丙\n三\n:::\n"
    )
    assert [1, 2] == [each.count('class="tab"') for each in shown.split("<p>文</p>")][::-1]
    assert 2 == shown.count('class="tabs"')


def test_restructured_text_in_a_directive() -> None:
    """Fields for programs are left out."""
    shown = html("```{eval-rst}\n:og:title: 乙\n\n.. note:: 甲 :sub:`2`\n```\n")
    assert "甲 <sub>2</sub>" in shown and "callout-note" in shown and "乙" not in shown


def test_panels() -> None:
    """Each card has options, a head and a text."""
    shown = html(":::{panels}\n:card:\n:header: x\n**甲** b\n^^^\n一\n---\n:header: y\n二\n:::\n")
    assert 2 == shown.count('class="box"')
    assert "<strong>甲</strong> b" in shown and "header" not in shown and "<hr" not in shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (":::{button-link} https://a.b\n:color: x\n\n甲\n:::", '<a href="https://a.b">甲</a>'),
        ("```{button-ref} 甲/乙\n:color: x\n```", '<a class="document" href="甲/乙.md"></a>'),
        ("```{button-ref} 乙\n:ref-type: doc\n\n丙\n```", '<a href="乙.md">丙</a>'),
        ("```{Danger}\n甲\n```", "callout-caution"),
        ("`````{margin} **甲**\n乙\n`````", "<p><strong>甲</strong></p>"),
        ("甲{fa}`rocket`。", "<p>甲。</p>"),
        ("甲\n%乙\n\n%```{figure} x", "<p>甲</p>"),
        (":::{toc}\n:context: children\n:::", ""),
    ],
)
def test_directives_of_extensions(written: str, shown: str) -> None:
    """Buttons, names in capitals, bold titles, icons; comments need no blank."""
    found = html(f"{written}\n")
    assert (shown in found) if shown else not found


def test_a_graph_is_a_diagram() -> None:
    """With its caption, also from a file."""
    written = "```{graphviz}\n:caption: 甲\n:name: g\ndigraph { a -> b }\n```\n"
    assert '```dot {#g data-kind=fig fig-cap="甲"}' in read(written).post.body
    assert "{{< include a.dot >}}" in read("```{graphviz} a.dot\n```\n").post.body


def test_open_code_ends_with_its_directive() -> None:
    """What is below the directive is text."""
    assert html(":::{note}\n```bash\nls\n:::\n\n甲\n").endswith("<p>甲</p>")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("甲 ` ``` ` 乙", "甲 <code>```</code> 乙"),
        ("`a``b` c", "<code>a``b</code> c"),
        ("a-<name> [b](https://c.d)", 'a-&lt;name&gt; <a href="https://c.d">b</a>'),
        ("<x-y>a</x-y>", "<x-y>a</x-y>"),
    ],
)
def test_code_and_tags_of_commonmark(written: str, shown: str) -> None:
    """Code ends at a run of as many backticks; a tag without an end, which HTML does not have, is
    text."""
    assert f"<p>{shown}</p>" == html(written)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[乙](sec-a)", '<a href="#sec-a">乙</a>'),
        ("[`x`](../content/myst)", '<a href="../content/myst.md"><code>x</code></a>'),
        ("[乙](content:myst/roles)", '<a href="#content-myst-roles">乙</a>'),
        ("[乙](other-label)", '<a href="#other-label">乙</a>'),
        ("[乙](mailto:a) [丙](LICENSE) [丁](a.png)", '<a href="LICENSE">丙</a> <a href="a.png">'),
    ],
)
def test_links_without_suffix(written: str, shown: str) -> None:
    """Sphinx follows them to labels and documents."""
    assert shown in html(f"(sec-a)=\n## 甲\n\n{written}\n")


def test_html_in_a_cell_of_a_list() -> None:
    """A block of HTML is one there, too."""
    shown = html("```{list-table}\n* - 甲\n  - <p>乙</p>\n* - <kbd>丙</kbd>\n  - 丁\n```\n")
    assert "<p>乙</p>" in shown and "<td><kbd>丙</kbd></td>" in shown and "&lt;" not in shown


def test_comments_of_several_lines() -> None:
    """Directives in them are not shown."""
    shown = html("一\n\n<!-- ## 甲\n\n:::{figure} a.png\n:label: fig-a\n\n乙\n::: -->\n\n二")
    assert "<p>一</p>\n<p>二</p>" == shown.replace("\n\n", "\n")


def test_blocks_and_notes_in_a_caption() -> None:
    """A caption has no blocks, and a footnote is one of the page."""
    shown = html(
        "```{figure} a.png\n:width: 50%\n<div class='x'>\n甲[^n]\n</div>\n\n[^n]: 乙\n```\n"
    )
    assert "&lt;" not in shown and "[^" not in shown and 'role="doc-endnote"' in shown


def test_a_heading_that_is_the_title_again() -> None:
    """It is not shown twice; another one stays."""
    assert "<p>甲</p>" == html("\n# 一\n\n甲\n")
    assert "<h1" in html("# 二\n\n甲\n") and "<h1" in html("甲\n\n# 一\n")


def test_breaks_in_a_cell_of_a_list() -> None:
    """They are not shown."""
    assert "+++" not in html("```{list-table}\n* - 甲\n\n    +++\n\n    乙\n  - 丙\n```\n")


def test_liquid_that_is_not_closed() -> None:
    """MyST has none: it is shown as it is, with a warning."""
    head = "---\ntitle: 一\njupytext: {text_representation: {format_name: myst}}\n---\n"
    post = parse_post("posts/2026-02-03-甲.md", f"{head}甲 {{% raw %}} 乙\n".encode(), Site())
    made = expand(post, BlogContext(Path(), Site()))
    assert post.body == made.body and ["warning"] == [each.severity for each in made.warnings]


def page(body: str, *, project: str = "") -> str:
    """Return the HTML of a text in a project of mystmd."""
    shared = {"posts/myst.yml": {MYSTMD: True}} if project else {}
    source = f"---\ntitle: 一\n---\n{body}".encode()
    post = parse_post("posts/甲.md", source, Site(shared=shared))
    return parse_content(post).document.render().html


def test_a_note_of_mystmd_has_a_title() -> None:
    """In Sphinx, the text behind its name is the beginning of its content."""
    written = ":::{note} 题\n文\n:::\n"
    assert '<p class="callout-title">题</p>' in page(written, project="mystmd")
    assert "<p>题文</p>" in html(written)


def test_a_note_of_mystmd_without_a_text_has_that_behind_its_name() -> None:
    """It is the text."""
    assert ">一句</p>" in page(":::{note} 一句\n:::\n", project="mystmd")
    assert ">Note</p>" in page(":::{note} 一句\n:::\n", project="mystmd")


@pytest.mark.parametrize(("name", "title"), [("hint", "Hint"), ("seealso", "See also")])
def test_an_admonition_has_the_title_of_its_kind(name: str, title: str) -> None:
    """Which the language files translate."""
    assert f'data-word="callout_{name}">{title}</p>' in html(f":::{{{name}}}\n甲\n:::\n")


@pytest.mark.parametrize(
    ("option", "shown"), [("", "<details class"), (":open:\n", ' open="open"')]
)
def test_details_fold(option: str, shown: str) -> None:
    """They are open if they say so."""
    made = html(f":::{{details}} 更多\n{option}甲\n:::\n")
    assert (shown in made, ">更多</summary>" in made) == (True, True)


def test_an_image_has_no_number() -> None:
    """It may have a label and be a link."""
    made = html("```{image} a.png\n:name: 图\n:target: https://example.org\n:alt: 甲\n```\n")
    assert '<a href="https://example.org"><img id="图" src="a.png" alt="甲"' in made
    assert "<figure" not in made


def test_code_in_a_cell_of_a_table_may_have_its_fence() -> None:
    """It does not end the directive, as it is far to the right."""
    made = html("```{list-table} 题\n* - ```python\n    a\n    ```\n  - 乙\n* - 丙\n  - 丁\n```\n")
    assert (made.count("<tr>"), "丁" in made, "<pre>" in made, "题" in made) == (2,) + (True,) * 3


def test_a_rubric_is_shown() -> None:
    """In bold."""
    assert html(":::{rubric} 标 *x*\n:::\n") == "<p><strong>标 <em>x</em></strong></p>"


@pytest.mark.parametrize("fence", [":::", "```"])
def test_mermaid_is_a_diagram(fence: str) -> None:
    """Between colons, too."""
    made = html(f"{fence}{{mermaid}}\n:name: fig-a\n:caption: 图\ngraph TD\n  甲 --> 乙\n{fence}\n")
    assert made == html('```mermaid {#fig-a fig-cap="图"}\ngraph TD\n  甲 --> 乙\n```\n')


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            ":::{iframe} https://example.org\n:label: 甲\n题 *x*\n:::\n",
            "题 <em>x</em></figcaption>",
        ),
        ("```{video} a.mp4\n```\n", '<video src="a.mp4" controls'),
        ("```{figure} a.mp4\n题\n```\n", '<video src="a.mp4" controls'),
    ],
)
def test_a_video_may_be_a_figure(written: str, shown: str) -> None:
    """With its caption."""
    assert shown in html(written)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (":link: https://example.org", '<a href="https://example.org"><strong>题</strong></a>'),
        (":link: 甲\n:link-type: ref", '<a href="#甲"><strong>题</strong></a>'),
        (":header: 头 *x*", "<p>头 <em>x</em></p>"),
        (":footer: 脚", "<p>脚</p>"),
    ],
)
def test_a_card_may_be_a_link(options: str, shown: str) -> None:
    """Its head and foot may be options."""
    assert shown in html(f":::{{card}} 题\n{options}\n体\n:::\n")


def test_blocks_of_code_are_tabs() -> None:
    """Each has the name of its language."""
    made = html("````{tab-set-code}\n```python\na\n```\n```js\nb\n```\n````\n")
    assert re.findall('class="tab-title">(.*?)</h', made) == ["python", "js"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[甲](wiki:Python)", '<a href="https://en.wikipedia.org/wiki/Python">甲</a>'),
        ("[](doi:10.1/a)", '<a href="https://doi.org/10.1/a">10.1/a</a>'),
        ("[甲](path:a.png)", '<a href="a.png">甲</a>'),
        ("<path:a.png>", '<a href="a.png">a.png</a>'),
        ("{pep}`8`", '<a href="https://peps.python.org/pep-0008/">PEP 8</a>'),
        ("{button}`走 <https://example.org>`", '<a href="https://example.org">走</a>'),
        ("{menuselection}`甲 --> 乙`", "<strong>甲 ‣ 乙</strong>"),
    ],
)
def test_addresses_in_short(written: str, shown: str) -> None:
    """They are links."""
    assert html(written + "\n") == f"<p>{shown}</p>"


def test_a_figure_may_have_a_legend() -> None:
    """Blocks below its caption; the number is in the caption."""
    made = html(":::{figure} a.png\n:label: 图\n题 $x$\n\n- 一\n- 二\n:::\n")
    assert re.search(r"<figcaption>\s*<p>题 .*</p>\s*<ul>.*</ul>\s*</figcaption>", made, re.S)


def test_a_block_may_have_two_labels() -> None:
    """Both are ids."""
    made = html("(甲)=\n(乙)=\n## 题\n")
    assert ('id="甲"' in made, '<h2 id="乙">' in made) == (True, True)


def test_contents_are_a_list_of_the_headings() -> None:
    """In the place of the directive."""
    made = html("```{contents} 目录\n:local:\n```\n\n## 甲\n")
    assert ("<strong>目录</strong>" in made, '<a href="#甲"' in made) == (True, True)


def test_abbreviations_of_the_front_matter_are_explained() -> None:
    """As in mystmd."""
    post = parse_post(
        "posts/甲.md",
        "---\ntitle: 一\nabbreviations: {HTML: 超文本}\n---\n用 HTML。\n".encode(),
        Site(shared={"posts/myst.yml": {MYSTMD: True}}),
    )
    made = parse_content(post).document.render().html
    assert made.strip() == '<p>用 <abbr title="超文本">HTML</abbr>。</p>'


def test_an_open_frame_ends_with_its_line() -> None:
    """What is below a blank line is not in it."""
    made = html("<iframe src='a'>\n\n1. **甲**\n")
    assert made.startswith('<iframe src="a"></iframe>\n<ol>')


def test_a_figure_of_markdown_has_a_caption_without_a_label() -> None:
    """Its last paragraph."""
    made = html(":::{figure}\n![甲](a.png)\n![乙](b.png)\n\n两张\n:::\n")
    assert (made.startswith("<figure"), "<figcaption>两张</figcaption>" in made) == (True, True)
