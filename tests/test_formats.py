"""Posts in other formats: notebooks, percent scripts, chunks of Quarto, R Markdown and MyST."""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import Any

import nbformat
import pytest
from nbformat import v4

from evergreen.build.parse import ParsedPost, parse_content
from evergreen.content.formats import read_source_text
from evergreen.content.formats.scripts import is_script
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.model import Display, Site, Stream
from evergreen.model.jekyll import JekyllConfig

NAME = "posts/2026-02-03-笔记"
PICTURE = b"\x89PNG\r\n\x1a\n"

SCRIPT = """\
#!/usr/bin/env python
# ---
# title: 脚本
# tags: [甲]
# ---

# %% [markdown]
# 先说两句，*强调*。
#
# ```python
# shown = 1
# ```

# %% tags=["hide-input"]
%matplotlib inline
x = 1

# %%
#| echo: false
# 注释
print(x)
"""

JUPYTEXT = """\
---
jupyter:
  jupytext:
    text_representation:
      extension: .md
      format_name: markdown
  kernelspec: {name: python3, language: python, display_name: Python}
---

<!-- #region slideshow={"slide_type": "slide"} -->
标题
====

一


二
<!-- #endregion -->

```python tags=["hide-input"]
x = 1
```

```bash
ls
```

```python .noeval
no
```

<details>
<summary>细节</summary>

公式 $L(M(x), y)$ 和 **粗**
</details>
"""

R_MARKDOWN = """\
---
title: R
---

```{r setup, include=FALSE}
knitr::opts_chunk$set(echo = TRUE)
```

```{python, echo=FALSE, fig.cap="图", fig.width=c(1, 2), out.width='50%'}
print(1)
```

```{python 名, eval=F, results='hide'}
print(2)
```

```{r, fig.cap="a"}
#| label: b
plot(cars)
```
"""

QUARTO = """\
---
title: Q
---
::: {.callout-note}
注意 *这里*。
:::

```{python}
#| label: fig-a
#| fig-cap: 图
1 + 1
```

```{ojs}
//| echo: false
x
```
"""

MYST = """\
---
title: M
kernelspec:
  name: python3
---
% 注释

+++ {"tags": ["a"]}

```{code-cell} ipython3
:tags: [hide-input]

print(1)
```

```{code-cell}
print(2)
```
"""


def read(name: str, source: str, **site: Any) -> ParsedPost:
    """Read a source file and split it into cells."""
    return parse_content(parse_post(name, source.encode(), Site(**site)))


def cells(parsed: ParsedPost) -> list[tuple[str, int, bool]]:
    """Return source, line and whether it runs, for each cell."""
    return [(cell.source, cell.line, cell.options.runs) for cell in parsed.notebook.cells]


def notebook(*cells: Any, **metadata: Any) -> str:
    """Return the text of an .ipynb file."""
    return nbformat.writes(v4.new_notebook(cells=[*cells], metadata=metadata))


def code(source: str, *outputs: Any, **metadata: Any) -> Any:
    """Return a code cell."""
    return v4.new_code_cell(source, outputs=[*outputs], metadata=metadata)


def test_jupytexts_markdown_is_read_as_jupytext_reads_it() -> None:
    """Its fences are code cells, those of other languages with a magic; messages have their line
    in the file; a text cell is a document of its own, as in Jupyter."""
    made = read(f"{NAME}.md", JUPYTEXT)
    cells = [(cell.source, cell.line) for cell in made.notebook.cells if cell.options.runs]
    assert cells == [("x = 1", 21), ("%%bash\nls", 24)]
    assert made.post.title == "标题"
    html = made.document.render().html
    assert "<p>一</p>\n<p>二</p>" in html and "region" not in html
    assert "<strong>粗</strong>" in html and "<mi>L</mi>" in html
    assert ">no</span>\n</code>" in html


def test_a_notebook_of_another_language_that_jupytext_keeps_runs() -> None:
    """Its fences are code of its kernel, not magics of Python."""
    text = JUPYTEXT.replace("language: python", "language: R").replace(
        "```python tags", "```r tags"
    )
    made = read(f"{NAME}.md", text)
    assert made.post.language == "r"
    assert ["x = 1"] == [cell.source for cell in made.notebook.cells if cell.options.runs]


def test_a_jekyll_blog_keeps_its_own_rules() -> None:
    """kramdown reads a post that is kept beside a notebook, too."""
    found = read_source_text(f"{NAME}.md", JUPYTEXT.encode(), Site(jekyll=JekyllConfig()))
    assert found.cell_form == "fence"


def test_a_notebook_is_a_post() -> None:
    """The first heading is the title; cells run, code in its text does not."""
    text = "# 标题\n\n正文\n\n```python\nshown = 1\n```"
    source = notebook(v4.new_markdown_cell(text), code("x = 1\nx", tags=["hide-input"]))
    made = read(f"{NAME}.ipynb", source)
    assert (made.post.title, made.post.url) == ("标题", "/笔记/")
    assert [(cell[0], cell[2]) for cell in cells(made)] == [("x = 1\nx", True)]
    assert "shown" in made.document.render().html
    assert made.notebook.cells[0].options.input == "hide"
    assert "标题" not in made.document.render().html


def test_lines_of_a_notebook_are_those_of_its_file() -> None:
    """Lines are those of the cell's text in the JSON, whatever its outputs are."""
    printed = v4.new_output("stream", name="stdout", text="x = 1\ny = 2\n")
    source = notebook(code("print('x = 1')", printed), code("x = 1\ny = 2\n1 / 0"), title="甲")
    lines = source.split("\n")
    for cell in read(f"{NAME}.ipynb", source).notebook.cells:
        assert (
            json.loads(lines[cell.line - 1].strip().rstrip(",")).rstrip("\n")
            == (cell.source.split("\n")[0])
        )


def test_a_notebooks_front_matter_is_in_its_first_cell_or_metadata() -> None:
    """The cell overrides the metadata; a wrong date gives way to the file's name."""
    head = v4.new_raw_cell("---\ntitle: 甲\ntags: [一, 二]\n---")
    made = read(f"{NAME}.ipynb", notebook(head, code("1"), title="乙", author="丙"))
    assert (made.post.title, made.post.tags, made.post.author) == ("甲", ("一", "二"), "丙")
    source = notebook(v4.new_raw_cell("---\ntitle: 甲\ndate: 哪天\n---"))
    made = read(f"{NAME}.ipynb", source)
    assert made.post.date.date() == date(2026, 2, 3)
    assert "'date'" in made.post.warnings[0].message


def test_attachments_of_a_notebook_are_files_of_the_site() -> None:
    """`attachment:` is replaced by the URL of the file."""
    given = {"图 1.png": {"image/png": base64.b64encode(PICTURE).decode()}}
    cell = v4.new_markdown_cell("![图](attachment:图%201.png)", attachments=given)
    made = read(f"{NAME}.ipynb", notebook(cell, title="甲"), baseurl="/blog")
    [(path, content)] = made.post.attachments.items()
    assert content == PICTURE
    assert f'<img src="/blog/{path}" alt="图" />' in made.document.render().html


def test_stored_outputs_are_used_on_request() -> None:
    """With `stored: true` nothing runs; otherwise the code runs."""
    outputs = (
        v4.new_output("stream", name="stdout", text="存\n"),
        v4.new_output("execute_result", data={"text/plain": "2"}, execution_count=1),
    )
    asked = notebook(code("0"), code("2", *outputs), title="甲", execute={"stored": True})
    made = read(f"{NAME}.ipynb", asked)
    assert not made.runs
    assert made.stored is not None
    assert made.stored.outputs == (
        (),
        (Stream("stdout", "存\n"), Display({"text/plain": "2"}, result=True)),
    )
    made = read(f"{NAME}.ipynb", notebook(code("2", *outputs), title="甲"))
    assert (made.runs, made.stored) == (True, None)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "{",
        "[]",
        "null",
        '{"cells": 3}',
        "---\ntitle: a\n---\n",
        '{"cells": [{}], "nbformat": 4}',
        notebook(code("1")).replace('"outputs": []', '"outputs": [{}]'),
    ],
)
def test_an_invalid_notebook_is_reported(source: str) -> None:
    """A file that is not a notebook is reported as such, whatever it contains."""
    with pytest.raises(EvergreenError) as error:
        read(f"{NAME}.ipynb", source)
    assert error.value.problems[0].message.startswith("not a valid")


def test_an_old_notebook_is_read() -> None:
    """Format 3 has its cells in a worksheet."""
    cell = {"cell_type": "code", "input": ["1 + 1"], "outputs": [], "language": "python"}
    sheets = [{"cells": [{**cell, "metadata": {}}]}]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"title": "旧"}, "worksheets": sheets}
    assert cells(read(f"{NAME}.ipynb", json.dumps(old))) == [("1 + 1", 1, True)]


def test_a_percent_script_is_a_post() -> None:
    """Text is in comments; line numbers are those of the script."""
    made = read(f"{NAME}.py", SCRIPT)
    assert (made.post.title, made.post.tags) == ("脚本", ("甲",))
    assert cells(made) == [
        ("%matplotlib inline\nx = 1", 15, True),
        ("# 注释\nprint(x)", 20, True),
    ]
    assert "<em>强调</em>" in made.document.render().html


def test_only_python_files_with_a_front_matter_are_posts() -> None:
    """Modules beside posts are not posts."""
    assert is_script(SCRIPT)
    assert not is_script('"""A module."""\n# ---\n')
    assert not is_script("")


@pytest.mark.parametrize("tags", ["[1]", "3", "{'a': 1}"])
def test_options_that_jupytext_rejects_are_reported(tags: str) -> None:
    """jupytext raises a different error for each."""
    source = f"# ---\n# title: a\n# ---\n# %% tags={tags}\nprint(1)\n"
    with pytest.raises(EvergreenError, match="jupytext cannot read it: "):
        read(f"{NAME}.py", source)


def test_chunks_of_r_markdown_have_their_options() -> None:
    """Python runs; R is shown without R Markdown's options, or hidden."""
    made = read(f"{NAME}.Rmd", R_MARKDOWN)
    assert cells(made) == [("print(1)", 10, True), ("print(2)", 14, False)]
    first, second = (cell.options for cell in made.notebook.cells)
    assert (first.input, first.caption, second.output) == ("remove", "图", "remove")
    html = made.document.render().html
    assert "opts_chunk" not in html
    assert "label" not in html
    assert 'class="language-r"' in html


def test_chunks_of_quarto_have_their_options() -> None:
    """Fenced divs are call-outs."""
    made = read(f"{NAME}.qmd", QUARTO)
    assert cells(made) == [("1 + 1", 11, True)]
    assert made.notebook.cells[0].options.caption == "图"
    html = made.document.render().html
    assert '<p class="callout-title" data-word="callout_note">Note</p>\n<p>注意 <em>' in html
    lone = read(f"{NAME}.qmd", "---\ntitle: Q\n---\n文 ::: {.callout-note}\n:::\n")
    assert "</div>" not in lone.document.render().html and ":::" in lone.document.render().html


def test_single_dollars_are_formulas() -> None:
    """In posts and in Jupyter's, Quarto's and R's files, unless they say otherwise."""
    text = "方差 $\\sigma^2$，价格 $5 与 $6。"
    quarto = f"---\ntitle: Q\n---\n{text}\n"
    made = {
        ".ipynb": read(f"{NAME}.ipynb", notebook(v4.new_markdown_cell(text), title="甲")),
        ".qmd": read(f"{NAME}.qmd", quarto),
        ".md": read(f"{NAME}.md", quarto),
        "myst": read(
            f"{NAME}.md", quarto.replace("title: Q", "title: Q\njupytext: {formats: 'md:myst'}")
        ),
        "off": read(f"{NAME}.qmd", quarto.replace("title: Q", "title: Q\nmathjax: false")),
    }
    counts = {kind: each.document.render().html.count("<math") for kind, each in made.items()}
    assert {".ipynb": 1, ".qmd": 1, ".md": 1, "myst": 1, "off": 0} == counts


def test_cells_of_myst_run() -> None:
    """MyST's comments and breaks leave no output."""
    made = read(f"{NAME}.md", MYST)
    assert cells(made) == [("print(1)", 13, True), ("print(2)", 17, True)]
    assert made.notebook.cells[0].options.input == "hide"
    html = made.document.render().html
    assert "注释" not in html
    assert "+++" not in html


FENCES = """\
---
title: 一
{head}---

```python
shown = 1
```

```{{.python filename="甲.py"}}
shown = 2
```

{cell}
ran = 3
```
"""


@pytest.mark.parametrize(
    ("suffix", "head", "cell"),
    [
        ("qmd", "", "```{python}"),
        ("Rmd", "", "```{python}"),
        ("md", "jupytext: {text_representation: {format_name: myst}}\n", "```{code-cell}"),
        ("md", "kernelspec: {name: python3}\n", "```{code-cell} ipython3"),
    ],
)
def test_only_the_cells_of_a_format_run(suffix: str, head: str, cell: str) -> None:
    """A plain block of the kernel's language is shown, and counts as no cell."""
    made = read(f"{NAME}.{suffix}", FENCES.format(head=head, cell=cell))
    assert [cell.source for cell in made.notebook.cells] == ["ran = 3"]
    assert made.notebook.blocks == 1
    html = made.document.render().html
    assert html.count("shown") == 2


def test_a_markdown_post_with_a_kernel_runs_its_plain_blocks() -> None:
    """Only a text with `{code-cell}` is MyST; jupytext's Markdown is not."""
    text = "---\ntitle: 一\nkernelspec: {name: python3}\n---\n\n```python\nran = 1\n```\n"
    assert [cell.source for cell in read(f"{NAME}.md", text).notebook.cells] == ["ran = 1"]


def test_options_of_chunks_count_in_every_language() -> None:
    """`eval=FALSE` is not run and `echo=FALSE` is run and hidden, with R's kernel too."""
    text = (
        "---\ntitle: R\njupyter: {kernelspec: {name: ir, language: R}}\n---\n\n"
        "```{r eval=FALSE}\nstop()\n```\n\n```{r 甲, echo=FALSE}\ny <- 3\n```\n\n"
        "```r\nshown\n```\n\n```{python}\nshown\n```\n\nEs sind `r y + 1`.\n"
    )
    made = read(f"{NAME}.Rmd", text)
    assert [
        (cell.source, cell.options.runs, cell.options.input) for cell in made.notebook.cells
    ] == [
        ("stop()", False, "show"),
        ("y <- 3", True, "remove"),
        ("y + 1", True, "show"),
    ]


def text_cell(source: str) -> Any:
    """Return a text cell."""
    return v4.new_markdown_cell(source)


@pytest.mark.parametrize(
    "text",
    [
        "<table>\n<tr><td>甲",
        "<p>",
        "```\n开着",
        "~~~ python",
        "<!-- 没完",
        "<div>\n\n* 项",
        "> 引",
        "$$\nx",
    ],
)
def test_what_a_text_cell_leaves_open_ends_with_it(text: str) -> None:
    """The cells below run, and their text is the same as without that cell."""
    below = text_cell("## 下\n\n* *项*")
    made = read(f"{NAME}.ipynb", notebook(text_cell(text), code("a = 1"), below, title="甲"))
    assert cells(made)[0][0] == "a = 1"
    html = made.document.render().html
    alone = read(f"{NAME}.ipynb", notebook(below, title="甲")).document.render().html
    assert html.endswith(alone)


def test_html_of_a_text_cell_ends_at_a_blank_line() -> None:
    """As in Jupyter, Markdown follows; elements are closed within the cell."""
    text = "<details><summary>多</summary>\n\n*强*\n\n</details>\n\n</div>\n\n<section>\n\n**粗**"
    html = read(f"{NAME}.ipynb", notebook(text_cell(text), title="甲")).document.render().html
    assert "".join(html.split()) == (
        "<details><summary>多</summary><p><em>强</em></p></details>"
        "<section><p><strong>粗</strong></p></section>"
    )


def test_end_tags_of_pictures_and_breaks_are_read_as_browsers_read_them() -> None:
    """`</img>` is nothing, `</br>` is a break."""
    source = notebook(text_cell('<img src="a.png">\n</img>\n\n文</br>字 `</br>`\n'))
    shown = read(f"{NAME}.ipynb", source).document.render().html
    assert "文<br />字" in shown
    assert "&lt;/img" not in shown and "<code>&lt;/br&gt;</code>" in shown


def test_a_formula_may_begin_like_a_price() -> None:
    """A power or an equation is none."""
    source = notebook(text_cell("甲 $9-4x^2$ 乙 $5, 10 apples$"))
    assert read(f"{NAME}.ipynb", source).document.render().html.count("<math") == 1


def test_definitions_of_text_cells_belong_to_the_page() -> None:
    """A link, a footnote and the numbers of equal headings reach over cells."""
    first = text_cell("[这里][a] 有注[^1]。\n\n## 节")
    second = text_cell("[a]: https://a.example/\n\n[^1]: 注\n\n## 节")
    html = read(f"{NAME}.ipynb", notebook(first, second, title="甲")).document.render().html
    assert '<a href="https://a.example/">这里</a>' in html
    assert 'id="fn:1"' in html
    assert 'id="节"' in html
    assert 'id="节-1"' in html


def test_headings_of_a_notebook_answer_to_jupyters_ids() -> None:
    """`#Second-Part` leads to the heading; an id that is the same is there once."""
    text = "## Second Part\n\n## 二"
    html = read(f"{NAME}.ipynb", notebook(text_cell(text), title="甲")).document.render().html
    assert html.count('id="Second-Part"') == 1
    assert html.count('id="二"') == 1


def test_formulas_of_a_notebook_are_taken_out_first() -> None:
    """Pipes and signs of lists in a formula are part of it; `$$` in a line is a display."""
    text = "若 $P(A|B)$ 和\n$$\n|x|\n- y\n$$\n则:\n\n* $P(B|A)$: 甲"
    html = read(f"{NAME}.ipynb", notebook(text_cell(text), title="甲")).document.render().html
    assert "<table" not in html
    assert html.count("<li>") == 1
    assert html.count("<math") == 3
    assert html.count('display="block"') == 1


BADGE = "[![打开](https://colab.example/badge.svg)](https://colab.example/)"


@pytest.mark.parametrize(
    ("texts", "title"),
    [
        ([BADGE, "# 真 *标题*\n\n文"], "真 标题"),
        ([f"{BADGE}\n\n真标题\n=====\n\n文"], "真标题"),
        (["<!-- 许可\n# 不是\n-->", "```\n# 不是\n```", "## 前", "# 后"], "笔记"),
        (["<h1 align='center'>中</h1>"], "中"),
        (["## 二级\n\n文"], "二级"),
        (["文", "## 节"], "笔记"),
        (["文", "# 标题 [链](https://a.example)"], "标题 链"),
        (["##### 版权 2020\n", "# 真标题\n\n文"], "真标题"),
        (["###### 许可\n\n# 真标题"], "真标题"),
        (["## 二级\n\n文", "# 后"], "二级"),
    ],
)
def test_the_title_of_a_notebook_is_its_first_heading(texts: list[str], title: str) -> None:
    """Badges, licences and code may be above it; a lower level counts only above all text, and
    where none of the first level is right below it."""
    made = read(f"{NAME}.ipynb", notebook(code("import os"), *map(text_cell, texts)))
    assert made.post.title == title
    if title != "笔记":
        assert title not in made.document.render().html


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ('"March 22nd, 2021"', date(2021, 3, 22)),
        ('"Mon, 22 March 2021"', date(2021, 3, 22)),
        ("03/22/2021", date(2021, 3, 22)),
        ("22.03.2021", date(2021, 3, 22)),
        ("03/04/2021", date(2021, 3, 4)),
        ("03/04/2021\ndate-format: DD/MM/YYYY", date(2021, 4, 3)),
        ('"2021-03-22T10:00"', date(2021, 3, 22)),
        ("2021年3月22日", date(2021, 3, 22)),
        ("today", date(2026, 2, 3)),
        ("last-modified", date(2026, 2, 3)),
        ("'`r Sys.Date()`'", date(2026, 2, 3)),
    ],
)
def test_dates_as_people_and_tools_write_them(given: str, found: date) -> None:
    """A date that changes with each day gives way to that of the file's name."""
    made = read(f"{NAME}.qmd", f"---\ntitle: 一\ndate: {given}\n---\n\n文\n")
    assert (made.post.date.date(), made.post.warnings) == (found, ())


def test_the_head_of_fastpages() -> None:
    """Its keys are the front matter; call-outs, videos and footnotes are translated."""
    head = '# "快 标题"\n> 摘要\n\n- toc: true\n- categories: [甲, 乙]\n- badges: true'
    text = (
        "> Warning: 小心\n\n> youtube: https://youtu.be/a\n\n文{% fn 1 %}\n\n"
        "{{ '注' | fndetail: 1 }}"
    )
    made = read(f"{NAME}.ipynb", notebook(text_cell(head), text_cell(text)))
    post = made.post
    assert (post.title, post.excerpt, post.categories) == ("快 标题", "摘要", ("甲", "乙"))
    html = made.document.render().html
    assert "<strong>Warning:</strong> 小心" in html
    assert made.document.problems == ()
    assert 'href="https://youtu.be/a"' in html
    assert 'id="fn:fn-1"' in html


@pytest.mark.parametrize(
    ("cells_above", "more", "text"),
    [
        ([code("#hide\nx = 1")], "", ""),
        ([code("#| default_exp a")], "\n<!-- 注 -->\n- metadata_key1: a", ""),
        ([], "\n\n---\n\n甲 *乙*", "<hr />\n<p>甲 <em>乙</em></p>"),
    ],
)
def test_the_head_of_fastpages_is_the_first_text(
    cells_above: list[Any], more: str, text: str
) -> None:
    """Below code, with a comment, or with a text below it in the same cell, which stays."""
    head = text_cell(f"# 题\n\n> 摘要\n\n- toc: true\n* badges: true{more}")
    made = read(
        f"{NAME}.ipynb", notebook(*cells_above, head, text_cell("#hide\n藏"), text_cell("完"))
    )
    shown = made.document.render().html
    assert (made.post.title, made.post.excerpt) == ("题", "摘要")
    assert "toc" not in shown and "藏" not in shown
    assert shown.endswith(f"{text}\n<p>完</p>\n" if text else "<p>完</p>\n")


def test_options_of_nbdev_need_no_blank() -> None:
    """`#|eval:false` is Quarto's option."""
    made = read(f"{NAME}.ipynb", notebook(code("#|eval:false\n#|echo: false\nx"), title="甲"))
    [cell] = made.notebook.cells
    assert (cell.options.runs, cell.options.input) == (False, "remove")


def test_a_formula_between_single_dollars_may_have_a_line_like_an_item() -> None:
    """Jupyter takes formulas out first; text between dollars stays as it is."""
    text = "$J(\\theta) =\n- \\frac{1}{m}\\sum y$\n\n价 $5\n- 甲 $6"
    shown = read(f"{NAME}.ipynb", notebook(text_cell(text), title="甲")).document.render().html
    assert (shown.count("<math"), shown.count("<li>")) == (1, 1)


def test_commas_between_the_attributes_of_a_tag_are_passed_over() -> None:
    """As browsers do."""
    text = "<p align=center><img src=\"a,b.png\", width='30%'></p>"
    shown = read(f"{NAME}.ipynb", notebook(text_cell(text), title="甲")).document.render().html
    assert '<img src="a,b.png" width="30%" />' in shown


@pytest.mark.parametrize(
    ("flag", "shown"),
    [
        ("#hide", ("remove", "remove")),
        ("# hide_input", ("remove", "show")),
        ("#hide_output", ("show", "remove")),
        ("#collapse", ("hide", "show")),
        ("#collapse-show", ("fold", "show")),
        ("#collapse-output", ("show", "hide")),
        ("#| hide", ("remove", "remove")),
        ("#|export", ("show", "show")),
        ("#| default_exp core", ("show", "show")),
        ("#export 甲", None),
        ("# hide and seek", None),
    ],
)
def test_flags_of_fastpages_and_nbdev(flag: str, shown: tuple[str, str] | None) -> None:
    """A flag is not in the code; another comment is."""
    made = read(f"{NAME}.ipynb", notebook(code(f"{flag}\nx = 1"), title="甲"))
    [cell] = made.notebook.cells
    assert cell.source == ("x = 1" if shown else f"{flag}\nx = 1")
    assert (cell.options.input, cell.options.output) == (shown or ("show", "show"))


def test_hidden_cells_of_jupyter_and_colab() -> None:
    """They are folded; a form of Colab has its title as the summary."""
    made = read(
        f"{NAME}.ipynb",
        notebook(
            code('#@title 表 "单"\nx = 1', cellView="form"),
            code("x", jupyter={"source_hidden": True}),
            code("x", jupyter={"outputs_hidden": True}),
            title="甲",
        ),
    )
    options = [cell.options for cell in made.notebook.cells]
    assert [(each.input, each.output, each.summary) for each in options] == [
        ("hide", "show", "表 ″单″"),
        ("hide", "show", ""),
        ("show", "hide", ""),
    ]


@pytest.mark.parametrize("name", ["conda-env-a-py", "python3.6", "Python 3"])
def test_a_python_kernel_of_another_machine_is_ours(name: str) -> None:
    """The kernel that a notebook names is used only where it is installed."""
    for language in ("python", "ipython", "Python3"):
        spec = {"name": name, "language": language, "display_name": "P"}
        made = read(f"{NAME}.ipynb", notebook(code("1"), title="甲", kernelspec=spec))
        assert ("python3", 1) == (made.notebook.kernel, len(made.notebook.steps))


def test_raw_cells_of_html_are_on_the_page() -> None:
    """nbconvert copies them too; other raw cells are for other formats."""
    cells = (v4.new_raw_cell("<b>甲</b>"), v4.new_raw_cell(r"\\newpage"))
    html = read(f"{NAME}.ipynb", notebook(*cells, title="甲")).document.render().html
    assert "<b>甲</b>" in html
    assert "newpage" not in html


def test_a_dated_percent_script_needs_no_head() -> None:
    """Its first heading is the title; the lines are those of the script."""
    made = read(f"{NAME}.py", "# %% [markdown]\n# # 题\n# 文\n\n# %%\nprint('嗨')\n")
    assert (made.post.title, cells(made)) == ("题", [("print('嗨')", 6, True)])


GALLERY = """\
# -*- coding: utf-8 -*-
r\"\"\"
====
画廊
====

先说 *两句*。
\"\"\"

import os

# %%
# 下一节
# ~~~~~~
# 文
x = 1

####################
# 还有
print(x)
"""


def test_examples_of_sphinx_gallery_are_posts() -> None:
    """The docstring and the comments below a marker are text."""
    made = read(f"{NAME}.py", GALLERY)
    assert made.post.title == "画廊"
    assert cells(made) == [("import os", 10, True), ("x = 1", 16, True), ("print(x)", 20, True)]
    html = made.document.render().html
    assert "<em>两句</em>" in html
    assert "下一节</h2>" in html


def test_guides_of_keras_are_posts() -> None:
    """The first docstring has the keys, the others are Markdown."""
    head = '"""\nTitle: 指南\nAuthor: [甲](https://a.example)\nDate created: 2020/04/12\n"""\n'
    made = read(f"{NAME}.py", f'{head}"""\n## 节\n\n**文**\n"""\n\nimport os\n\n"""尾"""\n')
    assert (made.post.title, made.post.date.date()) == ("指南", date(2020, 4, 12))
    assert cells(made) == [("import os", 12, True)]
    assert "<strong>文</strong>" in made.document.render().html


def test_commands_of_keras_guides_run_in_a_shell() -> None:
    """A block `shell` is a cell of commands, a block `invisible` is nowhere."""
    head = '"""\nTitle: 指南\nDate created: 2020/04/12\n"""\n'
    body = '"""shell\nls -a\n\n!pwd\n"""\n\nx = 1\n\n"""invisible\n## 藏\n"""\n\n"""\n**文**\n"""\n'
    made = read(f"{NAME}.py", f"{head}{body}")
    assert cells(made) == [("!ls -a\n\n!pwd", 6, True), ("x = 1", 11, True)]
    html = made.document.render().html
    assert "<strong>文</strong>" in html
    assert "藏" not in html


def test_strings_in_code_of_examples_are_code() -> None:
    """In a script with markers of sphinx-gallery only the first string is text."""
    made = read(f"{NAME}.py", f'{GALLERY}\n"""A bare string."""\n')
    assert cells(made)[-1] == ('print(x)\n\n"""A bare string."""', 20, True)


MARIMO = """\
import marimo

app = marimo.App()


@app.cell
def _(mo, x):
    print(x)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        r\"\"\"
        # 题

        **文**
        \"\"\"
    )
    return


@app.cell
def _():
    import math as mo

    x = mo.pi
    return mo, x


if __name__ == "__main__":
    app.run()
"""


def test_notebooks_of_marimo_are_posts() -> None:
    """A cell is behind those that it needs; `mo.md` is text."""
    made = read(f"{NAME}.py", MARIMO)
    assert made.post.title == "题"
    assert [(cell[0], cell[1]) for cell in cells(made)] == [
        ("import math as mo\n\nx = mo.pi", 26),
        ("print(x)", 8),
    ]
    assert "<strong>文</strong>" in made.document.render().html
    made = read(f"{NAME}.py", MARIMO.replace("**文**", r"\\(a_1\\)"))
    assert "<msub>" in made.document.render().html


MARIMO_PARTS = """\
import marimo

app = marimo.App(width="medium")

with app.setup(hide_code=True):
    # 先
    import math

    base = 2


@app.cell
def _():
    print(area(3))
    return


@app.function
@staticmethod
def area(r):
    return half(math.pi * r**base)


@app.function(hide_code=True)
def half(x):
    return x / 2


@app.class_definition
class Circle:
    r = base


@app.cell(disabled=True)
def _():
    slow = 1
    return (slow,)


@app.cell
def _(slow):
    print(slow)
    return


@app.cell
def _():
    @property
    def name(self):
        return 1
    return
"""


def test_functions_classes_and_the_setup_of_marimo_are_cells() -> None:
    """The setup is first, a function before its use; what is disabled is shown and does not run,
    nor what needs it."""
    assert cells(read(f"{NAME}.py", MARIMO_PARTS)) == [
        ("import math\n\nbase = 2", 7, True),
        ("def half(x):\n    return x / 2", 25, True),
        ("@staticmethod\ndef area(r):\n    return half(math.pi * r**base)", 19, True),
        ("print(area(3))", 14, True),
        ("class Circle:\n    r = base", 30, True),
        ("slow = 1", 36, False),
        ("print(slow)", 42, False),
        ("@property\ndef name(self):\n    return 1", 48, True),
    ]


def test_jupytexts_light_format_is_a_post() -> None:
    """Its head names it; paragraphs of code and comments are cells."""
    head = (
        "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n"
        "#       extension: .py\n#       format_name: light\n# ---\n\n"
    )
    made = read(f"{NAME}.py", f"{head}# # 题\n#\n# 文\n\nx = 1\n\ny = 2\n")
    assert made.post.title == "题"
    assert cells(made) == [("x = 1", 13, True), ("y = 2", 15, True)]


def test_a_dated_script_of_no_format_is_told() -> None:
    """It is found as a post, and refused with what to do; others are modules of their posts."""
    assert is_script("import os\n", "2024-01-01-a.py")
    assert not is_script("import os\n", "a.py")
    with pytest.raises(EvergreenError) as error:
        read(f"{NAME}.py", "import os\n")
    assert error.value.problems[0].message == "the script is not a notebook"


@pytest.mark.parametrize(
    ("head", "cell", "expected"),
    [
        ("execute: {echo: false, warning: false}", "", ("remove", "show", False)),
        ("execute: {echo: false}", "#| echo: true\n", ("show", "show", True)),
        ("execute: {include: false}", "", ("remove", "remove", True)),
        ("format: {html: {code-fold: true, toc: true}}", "", ("hide", "show", True)),
        ("code-fold: true", "#| code-fold: false\n", ("show", "show", True)),
        ("format: html", "#| warning: false\n", ("show", "show", False)),
    ],
)
def test_options_of_a_document_are_those_of_its_cells(
    head: str, cell: str, expected: tuple[str, str, bool]
) -> None:
    """A cell's own options win."""
    made = read(f"{NAME}.qmd", f"---\ntitle: 一\n{head}\n---\n\n```{{python}}\n{cell}x\n```\n")
    [found] = made.notebook.cells
    assert (found.options.input, found.options.output, found.options.warnings) == expected
    assert found.source == "x"


def test_options_of_myst_between_rules() -> None:
    """They are YAML, and no code; a wrong one is reported at its line."""
    cell = "```{code-cell} ipython3\n---\ntags: [hide-input]\nmystnb: {a: 甲}\n---\nx = 1\n```\n"
    head = "---\ntitle: 一\nkernelspec: {name: python3}\n---\n"
    made = read(f"{NAME}.md", head + cell)
    assert cells(made) == [("x = 1", 10, True)]
    assert made.notebook.cells[0].options.input == "hide"
    with pytest.raises(EvergreenError) as error:
        read(f"{NAME}.md", head + cell.replace("[hide", "hide: [hide"))
    assert error.value.problems[0].line == 7


MYST_TEXT = """\
---
title: 一
jupytext: {text_representation: {format_name: myst}}
---

(这里)=
## 此处

:::{admonition} 看
:class: warning
有 **粗**。

```{note}
内
```
:::

```{figure} 红.png
:name: fig-red

图的 *说明*
```

```{math}
:label: eq

a = b
```

见 {eq}`eq`、{math}`x^2`、{ref}`这里` 和 {kbd}`Esc`；`{ref}` 不变。

```{code-block} python
:linenos:
shown = 1
```

```{toctree}
a
```

```{unknown}
留
```

```{code-cell}
1
```
"""


def test_directives_and_roles_of_myst() -> None:
    """Admonitions nest; a target names its heading; what is unknown stays as code."""
    made = read(f"{NAME}.md", MYST_TEXT)
    html = made.document.render().html
    assert cells(made) == [("1", 46, True)]
    assert '<h2 id="这里">此处</h2>' in html
    assert '<div class="callout callout-warning" role="note">' in html
    assert "<strong>粗</strong>" in html
    assert '<div class="callout callout-note" role="note">' in html
    assert '<figure id="fig-red"><img src="红.png" alt="图的 说明" />' in html
    assert "<figcaption>图的 <em>说明</em></figcaption>" in html
    assert html.count("<math") == 2
    assert ["eq", "这里"] == [each.label for each in made.document.references]
    assert "<kbd>Esc</kbd>" in html
    assert "{ref}</code>" in html
    assert "linenos" not in html
    assert "toctree" not in html
    assert "留" in html


@pytest.mark.parametrize(
    ("condition", "is_shown"),
    [
        ('.content-visible when-format="pdf"', False),
        ('.content-visible when-format="html"', True),
        ('.content-hidden when-format="html"', False),
        ('.content-hidden unless-format="html"', True),
        ('.content-visible unless-format="html"', False),
    ],
)
def test_divs_of_quarto_for_other_formats_are_left_out(condition: str, is_shown: bool) -> None:
    """Also with divs inside; the text below stays."""
    body = f"::: {{{condition}}}\n甲\n\n::: {{.x}}\n乙\n:::\n:::\n\n下\n"
    html = read(f"{NAME}.qmd", f"---\ntitle: 一\n---\n{body}").document.render().html
    assert ("甲" in html, "乙" in html, "<p>下</p>" in html) == (is_shown, is_shown, True)


def test_code_in_a_div_for_other_formats_runs_unseen() -> None:
    """The cells below may need it."""
    body = '::: {.content-visible when-format="pdf"}\n```{python}\nx = 1\n```\n:::\n'
    made = read(f"{NAME}.qmd", f"---\ntitle: 一\n---\n{body}")
    assert cells(made) == [("x = 1", 6, True)]
    assert (made.notebook.cells[0].options.input, "div" in made.post.body) == ("remove", False)


def test_a_callout_of_quarto_has_its_title() -> None:
    """The title is above the text."""
    body = '::: {.callout-warning title="小 心"}\n文\n:::\n'
    html = read(f"{NAME}.qmd", f"---\ntitle: 一\n---\n{body}").document.render().html
    assert '<p class="callout-title">小 心</p>\n<p>文</p>' in html


def test_a_notebook_without_ids_of_cells_is_read_in_silence(
    recwarn: pytest.WarningsRecorder,
) -> None:
    """As older tools write it."""
    cell = {"cell_type": "raw", "metadata": {}, "source": "---\ntitle: N\n---"}
    whole = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    read(f"{NAME}.ipynb", json.dumps(whole))
    assert [] == list(recwarn)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("---\n文\n---", "raw"), ("---\n文\n\n# 题", "markdown"), ("---\na: b: c\n---\n", "markdown")],
)
def test_a_first_cell_may_begin_with_a_rule(text: str, kind: str) -> None:
    """It is no front matter then; one in a raw cell must be valid."""
    first = {"raw": v4.new_raw_cell, "markdown": v4.new_markdown_cell}[kind](text)
    made = read(f"{NAME}.ipynb", notebook(first, code("1")))
    assert [cell.source for cell in made.notebook.cells] == ["1"]
    with pytest.raises(EvergreenError):
        read(f"{NAME}.ipynb", notebook(v4.new_raw_cell("---\na: b: c\n---\n"), code("1")))


def test_the_text_of_a_percent_script_may_be_myst() -> None:
    """As in a Jupyter Book; each line has its place."""
    source = "# %% [markdown]\n# # T\n#\n# See {cite}`a`.\n# ```{note}\n# N\n# ```\n"
    post = parse_post("posts/2024-01-02-a.py", source.encode(), Site())
    assert ("[@a]" in post.body, "{note}" in post.body, ".callout-note" in post.body) == (
        True,
        False,
        True,
    )


@pytest.mark.parametrize("role", ["py:func", "std:ref", "cpp:class", "meth", "guilabel"])
def test_roles_of_a_domain_make_a_script_myst(role: str) -> None:
    """The only role of its text, too."""
    html = read(f"{NAME}.py", f"# %% [markdown]\n# 见 {{{role}}}`a.b`。\n").document.render().html
    assert "{" not in html


def test_roles_of_myst_in_r_markdown_of_jupytext() -> None:
    """A Jupyter Book reads it as MyST; its chunks and their options stay."""
    head = (
        "---\njupyter:\n  jupytext: {text_representation: {format_name: rmarkdown}}\n"
        "  kernelspec: {name: python3, language: python}\n---\n\n"
    )
    text = "# 题\n\n见 {kbd}`Q`。\n\n```{warning}\n小心\n```\n\n```{python echo=FALSE}\n1\n```\n\n"
    made = read(f"{NAME}.Rmd", f"{head}{text}```{{python eval=FALSE}}\n2\n```\n")
    assert [cell.options.runs for cell in made.notebook.cells] == [True, False]
    assert made.notebook.cells[0].options.input == "remove"
    html = made.document.render().html
    assert ("<kbd>Q</kbd>" in html, "callout-warning" in html) == (True, True)


def test_a_role_over_two_lines_makes_r_markdown_myst() -> None:
    """The only one of its text, too."""
    head = "---\njupyter: {jupytext: {text_representation: {format_name: rmarkdown}}}\n---\n\n"
    html = read(f"{NAME}.Rmd", f"{head}见 {{ref}}`甲\n乙 <a-b>`。\n").document.render().html
    assert ("{" in html, "`" in html) == (False, False)


@pytest.mark.parametrize(
    ("name", "language", "kernel"),
    [
        ("coconut", "coconut", ("coconut", "coconut")),
        ("my-env", "ipython3", ("python3", "python")),
        ("python3", "", ("python3", "python")),
        ("ir", "R", ("ir", "r")),
    ],
)
def test_the_language_of_a_kernel_is_that_of_the_first_cell(
    name: str, language: str, kernel: tuple[str, str]
) -> None:
    """If MyST's front matter names only the kernel."""
    head = f"---\nkernelspec: {{name: {name}}}\n---\n\n# 题\n\n"
    made = read(f"{NAME}.md", f"{head}```{{code-cell}} {language}\n1\n```\n")
    assert (made.post.kernel, made.post.language) == kernel
    assert [cell.source for cell in made.notebook.cells] == ["1"]


def test_text_cells_of_a_project_of_quarto() -> None:
    """Quarto reads them as its own Markdown."""
    source = notebook(text_cell("甲^[乙] H~2~O"), code("1"))
    of_quarto = read("posts/2026-02-03-a.ipynb", source, shared={"": {"toc": True}})
    shown = of_quarto.document.render().html
    assert "^[" not in shown and 'rel="footnote"' in shown and "<sub>2</sub>" in shown
    assert "^[乙]" in read("posts/2026-02-03-a.ipynb", source).document.render().html


def test_a_table_right_below_a_text_of_a_script() -> None:
    """As Jupyter shows it."""
    source = "# %% [markdown]\n# 甲：\n# | 一 | 二 |\n# |---|---|\n# | 1 | 2 |\n\n# %%\nprint(1)\n"
    assert "<td>1</td>" in read("posts/2026-02-03-a.py", source).document.render().html


def test_headings_without_a_blank_in_a_notebook() -> None:
    """nbconvert reads them; in code they are none."""
    made = read("posts/2026-02-03-a.ipynb", notebook(text_cell("#题\n\n##一\n\n```\n#b\n```")))
    shown = made.document.render().html
    assert "题" == made.post.title and '<h2 id="一">一</h2>' in shown and "#b" in shown


def test_a_comment_in_a_paragraph_of_a_notebook() -> None:
    """It may have blank lines and what looks like a list."""
    cells = (v4.new_markdown_cell("甲\n<!--\n一\n\n- 二\n-->\n乙"),)
    shown = read(f"{NAME}.ipynb", notebook(*cells)).document.render().html
    assert "甲" in shown and "乙" in shown and "二" not in shown and "<ul>" not in shown
