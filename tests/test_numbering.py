"""Numbered things and references to them: the same in every format, and errors at their lines."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from evergreen.build.parse import ParsedPost, parse_content
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.portable_text import PortableNames, translate
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.model import Display, Execution, JekyllConfig, Page, Site
from evergreen.render.languages import find_language, read_languages
from evergreen.render.page import render_page

TEMPLATES = Path(__file__).parent.parent / "templates"
NAME = "posts/2026-01-01-a"

KRAMDOWN = r"""
## 方法 {#sec-method}

见 @fig-line、@tbl-data、@eq-loss、@lst-fit、@thm-min、@sec-method、[-@fig-line]、
\eqref{eq-loss}、[](#fig-cell)。

![The *line*](a.png){: #fig-line}

| a | b |
|---|---|
| 1 | 2 |

: The data {#tbl-data}

$$
a = b
$$
{: #eq-loss}

```text
fit()
```
{: #lst-fit title="A fit"}

::: {#thm-min}
## Minimum
It exists.
:::

```python
#| label: fig-cell
#| fig-cap: Drawn
1
```
"""
QUARTO = r"""
## 方法 {#sec-method}

见 @fig-line、@tbl-data、@eq-loss、@lst-fit、@thm-min、@sec-method、[-@fig-line]、
\eqref{eq-loss}、[](#fig-cell)。

![The *line*](a.png){#fig-line}

| a | b |
|---|---|
| 1 | 2 |

: The data {#tbl-data}

$$
a = b
$$ {#eq-loss}

```{#lst-fit .text lst-cap="A fit"}
fit()
```

::: {#thm-min}
## Minimum
It exists.
:::

```{python}
#| label: fig-cell
#| fig-cap: Drawn
1
```
"""
MYST = r"""
(sec-method)=
## 方法

见 {numref}`fig-line`、{numref}`tbl-data`、[](#eq-loss)、{numref}`lst-fit`、{prf:ref}`thm-min`、
{ref}`sec-method`、{numref}`%s <fig-line>`、{eq}`eq-loss`、[](#fig-cell)。

```{figure} a.png
:name: fig-line

The *line*
```

```{table} The data
:name: tbl-data

| a | b |
|---|---|
| 1 | 2 |
```

```{math}
:label: eq-loss
a = b
```

```{code-block} text
:name: lst-fit
:caption: A fit
fit()
```

```{prf:theorem} Minimum
:label: thm-min
It exists.
```

```{code-cell} python
#| label: fig-cell
#| fig-cap: Drawn
1
```
"""


def notebook() -> str:
    """Return the kramdown text as a notebook."""
    text, code = KRAMDOWN.split("```python\n")
    cells = [v4.new_markdown_cell(text), v4.new_code_cell(code.removesuffix("\n```\n"))]
    whole = v4.new_notebook(cells=cells, metadata={"title": "T"})
    return nbformat.writes(whole)


def book() -> str:
    """Return the text of MyST as a notebook, as Jupyter Book has it."""
    text, code = MYST.split("```{code-cell} python\n")
    cells = [v4.new_markdown_cell(text), v4.new_code_cell(code.removesuffix("\n```\n"))]
    return nbformat.writes(v4.new_notebook(cells=cells, metadata={"title": "T"}))


POSTS = {
    "kramdown": (f"{NAME}.md", f"---\ntitle: T\n---\n{KRAMDOWN}"),
    "quarto": (f"{NAME}.qmd", f"---\ntitle: T\n---\n{QUARTO}"),
    "myst": (f"{NAME}.md", f"---\ntitle: T\nkernelspec: {{name: python3}}\n---\n{MYST}"),
    "notebook": (f"{NAME}.ipynb", notebook()),
    "book": (f"{NAME}.ipynb", book()),
}
ENGLISH = "Figure 1|Table 1|Equation 1|Listing 1|Theorem 1|方法|1|(1)|Figure 2"
CHINESE = "图 1|表 1|式 (1)|代码 1|定理 1|方法|1|(1)|图 2"
TARGETS = "fig-line tbl-data eq-loss lst-fit thm-min sec-method fig-line eq-loss fig-cell".split()


def read(path: str, source: str, site: Site) -> ParsedPost:
    """Return a post in its cells."""
    return parse_content(parse_post(path, source.encode(), site), "", BlogContext(Path("/x"), site))


def page(path: str, source: str, lang: str = "en", site: Site | None = None) -> Page:
    """Return the page of a post whose code did not run."""
    site = site or Site(lang=lang)
    parsed = read(path, source, site)
    language = find_language(read_languages([TEMPLATES]), lang)
    return render_page(site, parsed.post, parsed.notebook, parsed.document, None, language)[0]


def post(text: str, head: str = "", site: Site | None = None) -> str:
    """Return the body of a Markdown post; its text begins on line 4."""
    return page(f"{NAME}.md", f"---\ntitle: T\n{head}---\n{text}\n", site=site).content


def shown(html: str) -> list[tuple[str, str]]:
    """Return target and text of each reference."""
    return re.findall(r'<a class="cross-reference[^>]*href="#([^"]*)">(.*?)</a>', html)


@pytest.mark.parametrize(("lang", "expected"), [("en", ENGLISH), ("zh", CHINESE)])
@pytest.mark.parametrize("form", POSTS)
def test_the_same_content_has_the_same_numbers_in_every_format(
    form: str, lang: str, expected: str
) -> None:
    """Each reference has the target and the text of the other formats."""
    html = page(*POSTS[form], lang).content
    assert list(zip(TARGETS, expected.split("|"), strict=True)) == shown(html)
    assert all(f'id="{label}"' in html for label in TARGETS if label != "fig-cell")


@pytest.mark.parametrize("form", POSTS)
def test_captions_have_their_numbers(form: str) -> None:
    """Of figures, tables and listings; theorems have them in their titles."""
    html = page(*POSTS[form]).content
    assert '<figcaption><span class="number">Figure 1:</span> The <em>line</em>' in html
    assert '<span class="number">Table 1:</span> ' in html and "The data" in html
    assert '<span class="number">Listing 1:</span> A fit</figcaption>' in html
    assert '<p class="theorem-title">Theorem 1 (Minimum)</p>' in html


def test_references_of_all_forms() -> None:
    """Several in brackets, with own words, as a link with a place for the number."""
    text = "![a](a.png){#fig-a}\n\n![b](b.png){#fig-b}\n\n"
    text += r"[@fig-a; @fig-b] [Fig. @fig-b] [Fig. %s](#fig-b) @Fig-b \ref{fig-b} `@fig-a` \@fig-a"
    found = post(text)
    expected = ["Figure 1", "Figure 2", "Fig.\u00a02", "Fig. 2", "Figure 2", "2"]
    assert expected == [name for _, name in shown(found)]
    assert "<code>@fig-a</code> @fig-a</p>" in found


WRONG = [
    "@fig-lines",
    "[@tbl-dat]",
    "[-@eq-los]",
    r"\eqref{eq-x}",
    r"\ref{fig-lin}",
    "[](#sec-metod)",
    "[Fig. %s](#fig-0)",
    "@lst-fi",
    "@thm-max",
    "@sec-x",
]
RIGHT = [
    "@fig-line",
    "[@tbl-data]",
    "[-@eq-loss]",
    r"\eqref{eq-loss}",
    r"\ref{fig-line}",
    "[](#sec-method)",
    "[Fig. %s](#fig-line)",
    "@lst-fit",
    "@thm-min",
    "@sec-method",
]


def test_sixty_references_have_right_answers_at_their_lines() -> None:
    """40 right ones and 20 wrong ones: an error at the line of each wrong one, with advice."""
    rows = [*RIGHT, *WRONG, *RIGHT, *RIGHT, *WRONG, *RIGHT]
    text = f"---\ntitle: T\n---\n{KRAMDOWN}\n" + "\n\n".join(f"文 {row} 文" for row in rows) + "\n"
    with pytest.raises(EvergreenError) as caught:
        read(f"{NAME}.md", text, Site())
    lines = text.split("\n")
    places = [number for number, line in enumerate(lines, 1) if line[2:-2] in WRONG]
    assert (60, 20) == (len(rows), len(places))
    assert places == [each.line for each in caught.value.problems]
    assert all("nothing has the label '" in each.message for each in caught.value.problems)
    assert "did you mean 'fig-line'?" == caught.value.problems[0].advice
    right = text
    for row in WRONG:
        right = right.replace(f"文 {row} 文", f"文 {RIGHT[0]} 文")
    assert 69 == len(shown(page(f"{NAME}.md", right).content))


def test_captions_of_cells_may_refer() -> None:
    """To what exists; else it is an error at the cell."""
    cell = "```python\n#| label: tbl-a\n#| lst-label: lst-b\n#| lst-cap: 见 @eq-a\n1\n```\n"
    html = post(f"$$\na\n$$ {{#eq-a}}\n\n{cell}")
    assert [("eq-a", "Equation 1")] == shown(html)
    with pytest.raises(EvergreenError, match=r":4: nothing has the label 'eq-a'"):
        post(cell)


def test_a_reference_to_nothing_is_words_in_files_of_other_tools() -> None:
    """Of its label, with the name of its kind; a warning names its line."""
    text = (
        "---\ntitle: T\n---\n@sec-new-stats [-@fig-a_b] [Fig. @fig-a] \\eqref{eq-a} [](#甲)\n\n"
        "![见 @tbl-x](a.png){#fig-c}\n"
    )
    made = page(f"{NAME}.qmd", text)
    found = re.findall(r'<span class="unknown-reference">(.*?)</span>', made.content)
    assert found == ["Section new stats", "a b", "Fig.\u00a0a", "(a)", "甲", "Table x"]
    warned = [each.line for each in made.post.warnings if "nothing has" in each.message]
    assert warned[:5] == [4] * 5


def test_a_label_that_is_there_twice_is_an_error() -> None:
    """At the second one, which names the first."""
    text = "---\ntitle: T\n---\n![a](a.png){#fig-a}\n\n![b](b.png){#fig-a}\n"
    with pytest.raises(EvergreenError, match=r":6: the label 'fig-a' is there twice, .* line 4"):
        read(f"{NAME}.md", text, Site())


def test_an_earlier_figure_moves_all_numbers() -> None:
    """As after an edit in the preview."""
    later = "\n\n![b](b.png){#fig-b}\n\n@fig-b"
    assert [("fig-b", "Figure 1")] == shown(post(later))
    assert [("fig-b", "Figure 2")] == shown(post(f"![a](a.png){{#fig-a}}{later}"))


def test_a_setting_turns_numbers_off_by_kind() -> None:
    """A reference then shows the caption; the post's own key wins."""
    text = "![甲](a.png){#fig-a}\n\n| 1 |\n|---|\n| 2 |\n\n: 表 {#tbl-a}\n\n@fig-a @tbl-a"
    found = post(text, "numbers: {figures: false}\n")
    assert [("fig-a", "甲"), ("tbl-a", "Table 1")] == shown(found)
    assert "<figcaption>甲</figcaption>" in found
    assert ["甲", "表"] == [name for _, name in shown(post(text, "numbers: false\n"))]


def test_sections_are_numbered_on_demand() -> None:
    """In the text, in references and in the table of contents; not those that say otherwise."""
    text = "* TOC\n{:toc}\n\n## A\n\n### B {#sec-b}\n\n## C {.unnumbered}\n\n## D\n\n@sec-b"
    made = page(f"{NAME}.md", f"---\ntitle: T\nnumber-sections: true\n---\n{text}\n")
    assert [("sec-b", "Section 1.1")] == shown(made.content)
    assert '<h2 id="d"><span class="number">2</span> D</h2>' in made.content
    assert '<h2 class="unnumbered" id="c">C</h2>' in made.content
    assert '<span class="number">1.1</span> B</a>' in made.content
    assert '<span class="number">1</span> A' == made.toc[0].html


def test_a_reference_needs_no_blank_behind_chinese() -> None:
    """In the text and in captions; behind a Latin letter it is an address."""
    html = post("![见@fig-b](a.png){#fig-a}\n\n![b](b.png){#fig-b}\n\n见@fig-a，a@fig-a")
    assert [("fig-b", "Figure 2"), ("fig-a", "Figure 1")] == shown(html)


def in_format(form: str, text: str) -> Page:
    """Return the page of a text in Pandoc's syntax, as a file of a format."""
    head = {"qmd": "---\ntitle: T\n---\n", "myst": "---\ntitle: T\nkernelspec: {name: p}\n---\n"}
    if form == "ipynb":
        cells = [v4.new_markdown_cell(text)]
        text = nbformat.writes(v4.new_notebook(cells=cells, metadata={"title": "T"}))
    name = f"{NAME}.{'md' if form == 'myst' else form}"
    return page(name, head.get(form, head["qmd"] * (form == "md")) + text + "\n", "zh")


@pytest.mark.parametrize("form", ["md", "qmd", "myst", "ipynb"])
def test_a_reference_needs_no_blank_before_chinese(form: str) -> None:
    """The longest label that exists is meant; labels have Chinese words, too."""
    figures = "![见@fig-图1里的](a.png){#fig-line}\n\n![b](b.png){#fig-图1}\n\n"
    if form == "myst":
        figures = re.sub(
            r"!\[(.*)\]\((.*)\)\{#(.*)\}", r"```{figure} \2\n:name: \3\n\n\1\n```", figures
        )
    made = in_format(form, f"{figures}见@fig-line里、@fig-图1、@fig-图1里、[-@fig-line里]。")
    numbers = ["图 2", "图 1", "图 2", "图 2", "1"]
    assert numbers == [name for _, name in shown(made.content)]
    words = re.sub("<.*?>", "", made.content)
    assert "见图 1里、图 2、图 2里、1里。" in words
    assert "见图 2里的" in words


def test_a_reference_before_chinese_reads_so_in_downloads() -> None:
    """As on the page; one to nothing is an error."""
    names = PortableNames({"fig-line": "图 1"}, {"fig-line": "1"})
    made = translate([("见@fig-line里和 [-@fig-line里]。", False)], names)
    assert [("见图 1里和 1里。", False)] == made
    with pytest.raises(EvergreenError, match=r"nothing has the label 'fig-lin里'.*'fig-line'"):
        post("![a](a.png){#fig-line}\n\n@fig-lin里")


@pytest.mark.parametrize("form", ["md", "myst"])
def test_the_text_in_place_of_a_picture_has_names(form: str) -> None:
    """Of what its caption refers to."""
    text = "![As *in* @fig-a & b](a.png){#fig-a}"
    if form == "myst":
        text = "```{figure} a.png\n:name: fig-a\n\nAs *in* {numref}`fig-a` & b\n```"
    head = "kernelspec: {name: python3}\n" * (form == "myst")
    assert 'alt="As in Figure 1 &amp; b"' in post(text, head)


def test_a_citation_is_not_a_reference() -> None:
    """A key of the post's sources may begin like a label."""
    head = "references:\n  - {id: def-1, title: 甲}\n"
    assert 'href="#reference-def-1"' in post("见 [@def-1]。", head)


def test_a_jekyll_post_changes_only_where_it_showed_syntax_as_text() -> None:
    """Ids that look like labels, links without text and unknown labels stay as they were."""
    text = "![a](a.png){: #fig-a}\n\n[](#fig-a) @fig-b \\ref{fig-a}\n\n> [!NOTE]\n> b"
    site = Site(jekyll=JekyllConfig())
    source = f"---\nlayout: post\ntitle: T\n---\n{text}\n"
    html = page("_posts/2026-01-01-a.md", source, site=site).content
    assert '<p><img src="a.png" alt="a" id="fig-a" /></p>' in html
    assert '<a href="#fig-a"></a> @fig-b \\ref{fig-a}' in html
    assert '<p class="callout-title">Note</p>' in html


SUBFIGURES = """
::: {#fig-all layout-ncol=2}
![甲 *a*](a.png){#fig-one}

![乙](b.png){#fig-two}

All of them
:::

![丙](c.png){#fig-later}

@fig-all @fig-two [-@fig-one] @fig-later
"""


def test_parts_of_a_figure_have_letters() -> None:
    """As Quarto's subfigures; the figure's own caption is its last one."""
    made = page(f"{NAME}.qmd", f"---\ntitle: T\n---\n{SUBFIGURES}").content
    assert [text for _, text in shown(made)] == [
        "Figure 1",
        "Figure 1 (b)",
        "1 (a)",
        "Figure 2",
    ]
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", made, re.S)
    number = '<span class="number">{}</span> {}'
    assert captions == [
        number.format("(a)", "甲 <em>a</em>"),
        number.format("(b)", "乙"),
        number.format("Figure 1:", "All of them"),
        number.format("Figure 2:", "丙"),
    ]
    assert '<figure id="fig-all" class="layout-2">' in made


def test_a_figure_of_pictures_alone_has_a_number_as_its_caption() -> None:
    """The last picture is none."""
    text = "::: {#fig-all}\n![](a.png){#fig-one}\n\n![](b.png){#fig-two}\n:::\n\n@fig-two\n"
    made = page(f"{NAME}.qmd", f"---\ntitle: T\n---\n{text}").content
    assert made.count("<img") == 2
    assert '<figcaption><span class="number">Figure 1</span></figcaption></figure>' in made


@pytest.mark.parametrize("layout", ["layout-ncol: 2", "layout-nrow: 1", "layout: [[1,-1,1],[1]]"])
def test_the_figures_of_a_cell_have_letters(layout: str) -> None:
    """With `fig-subcap` and an arrangement."""
    cell = (
        "```{python}\n#| label: fig-c\n#| fig-cap: Both\n#| fig-subcap: [左, 右]\n"
        f"#| {layout}\n1\n```\n\n@fig-c-2 @fig-c\n"
    )
    parsed = read(f"{NAME}.qmd", f"---\ntitle: T\n---\n{cell}", Site())
    picture = Display({"image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg"/>'})
    ran = Execution(((picture, picture),))
    language = find_language(read_languages((TEMPLATES,)), "en")
    made, _ = render_page(Site(), parsed.post, parsed.notebook, parsed.document, ran, language)
    assert [text for _, text in shown(made.content)] == ["Figure 1 (b)", "Figure 1"]
    assert 'outputs-figure layout-2" id="fig-c"' in made.content
    captions = re.findall(r'"number">(.*?)</span> (.*?)<', made.content)
    assert captions == [("(a)", "左"), ("(b)", "右"), ("Figure 1:", "Both")]
