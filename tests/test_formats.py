"""Posts in other formats: notebooks, percent scripts, chunks of Quarto, R Markdown and MyST."""

from __future__ import annotations

import base64
import json
from typing import Any

import nbformat
import pytest
from nbformat import v4

from evergreen.build.parse import ParsedPost, parse_content
from evergreen.content.formats.scripts import is_script
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.model import Display, Site, Stream

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


def test_a_notebook_is_a_post() -> None:
    """The first heading is the title; cells run, code in its text does not."""
    text = "# 标题\n\n正文\n\n```python\nshown = 1\n```"
    source = notebook(v4.new_markdown_cell(text), code("x = 1\nx", tags=["hide-input"]))
    made = read(f"{NAME}.ipynb", source)
    assert (made.post.title, made.post.url) == ("标题", "/笔记/")
    assert [(cell[0], cell[2]) for cell in cells(made)] == [
        ("shown = 1", False),
        ("x = 1\nx", True),
    ]
    assert made.notebook.cells[1].options.input == "hide"
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
    """The cell overrides the metadata; a wrong key is reported at its line."""
    head = v4.new_raw_cell("---\ntitle: 甲\ntags: [一, 二]\n---")
    made = read(f"{NAME}.ipynb", notebook(head, code("1"), title="乙", author="丙"))
    assert (made.post.title, made.post.tags, made.post.author) == ("甲", ("一", "二"), "丙")
    source = notebook(v4.new_raw_cell("---\ntitle: 甲\ndate: 哪天\n---"))
    with pytest.raises(EvergreenError) as error:
        read(f"{NAME}.ipynb", source)
    assert "'date'" in error.value.problems[0].message


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
        ("shown = 1", 11, False),
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
    """Fenced divs become HTML."""
    made = read(f"{NAME}.qmd", QUARTO)
    assert cells(made) == [("1 + 1", 11, True)]
    assert made.notebook.cells[0].options.caption == "图"
    html = made.document.render().html
    assert '<div class="callout-note">\n<p>注意 <em>这里</em>。</p>' in html
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
