"""The same content in every format has the same numbers, targets and captions, in two languages."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import unquote

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat import v4
from test_numbering import NAME, TEMPLATES, read

from evergreen.model import Display, Execution, Site
from evergreen.render.languages import find_language, read_languages
from evergreen.render.page import render_page

CELLS = (
    "#| label: fig-cell\n#| fig-cap: 画的，见 @tbl-data\n1",
    "#| label: tbl-cell\n#| tbl-cap: 单元格里的\n2",
    "#| lst-label: lst-cell\n#| lst-cap: 代码\n#| label: fig-pair\n#| fig-cap: 一对\n"
    "#| fig-subcap: [左, 右]\n#| layout-ncol: 2\n3",
)
PANDOC = r"""
## 开始 {#sec-开始}

@fig-plain @Fig-cell @tbl-data @tbl-cell @eq-loss @eq-two @lst-fit @lst-cell @thm-min @rem-no
@sec-part @fig-both @fig-one @fig-pair-2 @fig-图_一 @fig-a.b @fig-html [-@fig-cell] \eqref{eq-loss}
[](#fig-plain) [见 %s](#tbl-data) [文](#fig-plain) [@fig-plain; @fig-cell] \ref{tbl-data} @eq-last.

![*直线*，见 @eq-loss](a.png){#fig-plain}

CELL 0

### 一部分 {#sec-part}

| 甲 | 乙 |
|---|---|
| 1 | @fig-cell |

: 数据，见 @fig-plain {#tbl-data}

CELL 1

$$
a = b
$$ {#eq-loss}

\begin{align}
c &= d \label{eq-two} \\
e &= f \label{eq-last}
\end{align}

- 见 @eq-two

  ![单](a.png){#fig-图_一}

> 见 @fig-图_一
>
> > 见 @lst-fit

```{#lst-fit .text lst-cap="拟合"}
fit()
```

::: {#thm-min}
## 最小
由 @eq-loss
:::

::: {.proof}
由 @rem-no
:::

::: {#rem-no}
见 @thm-min
:::

::: {#fig-both layout-ncol=2}
![左](a.png){#fig-one}

![右](a.png){#fig-two}

两张
:::

CELL 2

::: {.callout-note}
## 注意
见 @fig-both

![图](a.png){#fig-a.b}
:::

<figure id="fig-html"><img src="a.png" alt="x"><figcaption>标签</figcaption></figure>

## 结束

@sec-开始[^1]

[^1]: 见 @tbl-cell
"""
MYST = r"""
(sec-开始)=
## 开始

{numref}`fig-plain` @Fig-cell {numref}`tbl-data` {numref}`tbl-cell` [](#eq-loss) [](#eq-two)
{numref}`lst-fit` @lst-cell {prf:ref}`thm-min` {prf:ref}`rem-no` {numref}`sec-part` @fig-both
@fig-one @fig-pair-2 {numref}`fig-图_一` @fig-a.b @fig-html {numref}`%s <fig-cell>` {eq}`eq-loss`
[](#fig-plain) {numref}`见 {number} <tbl-data>` {ref}`文 <fig-plain>` {numref}`fig-plain`
{numref}`fig-cell` {numref}`%s <tbl-data>` [](#eq-last).

```{figure} a.png
:name: fig-plain

*直线*，见 [](#eq-loss)
```

CELL 0

(sec-part)=
### 一部分

:::{table} 数据，见 {numref}`fig-plain`
:name: tbl-data

| 甲 | 乙 |
|---|---|
| 1 | {numref}`fig-cell` |
:::

CELL 1

$$
a = b
$$ (eq-loss)

\begin{align}
c &= d \label{eq-two} \\
e &= f \label{eq-last}
\end{align}

- 见 [](#eq-two)

  ```{figure} a.png
  :name: fig-图_一

  单
  ```

> 见 {numref}`fig-图_一`
>
> > 见 {numref}`lst-fit`

```{code-block} text
:name: lst-fit
:caption: 拟合

fit()
```

```{prf:theorem} 最小
:label: thm-min

由 [](#eq-loss)
```

```{prf:proof}
由 {prf:ref}`rem-no`
```

```{prf:remark}
:label: rem-no

见 {prf:ref}`thm-min`
```

:::::{figure}
:label: fig-both

::::{figure} a.png
:label: fig-one

左
::::

::::{figure} a.png
:label: fig-two

右
::::

两张
:::::

CELL 2

:::{admonition} 注意
:class: note

见 {numref}`fig-both`

```{figure} a.png
:name: fig-a.b

图
```
:::

<figure id="fig-html"><img src="a.png" alt="x"><figcaption>标签</figcaption></figure>

## 结束

{numref}`sec-开始`[^1]

[^1]: 见 {numref}`tbl-cell`
"""
HEAD = "---\ntitle: T\nnumber-sections: true\n{}---\n"
PICTURE = Display({"image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg"/>'})
TABLE = Display({"text/html": "<table><tr><td>1</td></tr></table>"})


def fenced(text: str, info: str) -> str:
    """Return a text with its cells as blocks of code."""
    return re.sub(r"CELL (\d)", lambda found: f"```{info}\n{CELLS[int(found[1])]}\n```", text)


def notebook(text: str) -> str:
    """Return a text with its cells as a notebook."""
    pieces = re.split(r"CELL \d", text)
    cells = [v4.new_markdown_cell(pieces[0].strip())]
    for source, piece in zip(CELLS, pieces[1:], strict=True):
        cells += [v4.new_code_cell(source), v4.new_markdown_cell(piece.strip())]
    metadata = {"title": "T", "number-sections": True}
    return nbformat.writes(v4.new_notebook(cells=cells, metadata=metadata))


POSTS = {
    "md": (".md", HEAD.format("") + fenced(PANDOC, "python")),
    "qmd": (".qmd", HEAD.format("") + fenced(PANDOC, "{python}")),
    "myst": (
        ".md",
        HEAD.format("kernelspec: {name: python3}\n") + fenced(MYST, "{code-cell} python"),
    ),
    "jupytext": (
        ".md",
        HEAD.format("jupytext: {text_representation: {format_name: myst}}\n")
        + fenced(MYST, "{code-cell}"),
    ),
    "ipynb": (".ipynb", notebook(PANDOC)),
    "book": (".ipynb", notebook(MYST)),
}


@cache
def facts(form: str, lang: str) -> list[tuple[str, str]]:
    """Return what a page shows: each link to a place in it, each caption, numbered heading and
    title of a theorem, with its target or its id."""
    suffix, source = POSTS[form]
    site = Site(lang=lang)
    parsed = read(f"{NAME}{suffix}", source, site)
    ran = Execution(((PICTURE,), (TABLE,), (PICTURE, PICTURE)))
    language = find_language(read_languages([TEMPLATES]), lang)
    made, _ = render_page(site, parsed.post, parsed.notebook, parsed.document, ran, language)
    body = BeautifulSoup(made.content, "html.parser")
    ids = {each["id"] for each in body.find_all(id=True)}
    found = []
    for each in body.find_all(["a", "figcaption", "caption", "p", "h2", "h3"]):
        text = " ".join(each.get_text().split())
        target = unquote(str(each.get("href", "")))
        if target.startswith("#"):
            assert target[1:] in ids
            found.append((text, target))
        elif each.name not in ("a", "p") or "theorem-title" in each.get("class", []):
            owner = each if each.get("id") else each.find_parent(id=True)
            found.append((text, str(owner["id"]) if owner else ""))
    return found


EXPECTED = [
    ("图 1", "#fig-plain"),
    ("图 2", "#fig-cell"),
    ("表 1", "#tbl-data"),
    ("表 2", "#tbl-cell"),
    ("式 (1)", "#eq-loss"),
    ("式 (2)", "#equation-eq-two"),
    ("代码 1", "#lst-fit"),
    ("代码 2", "#lst-cell"),
    ("定理 1", "#thm-min"),
    ("注 1", "#rem-no"),
    ("第 1.1 节", "#sec-part"),
    ("图 4", "#fig-both"),
    ("图 4 (a)", "#fig-one"),
    ("图 5 (b)", "#fig-pair-2"),
    ("图 3", "#fig-图_一"),
    ("图 6", "#fig-a.b"),
    ("图 7", "#fig-html"),
    ("2", "#fig-cell"),
    ("(1)", "#eq-loss"),
    ("图 1", "#fig-plain"),
    ("见 1", "#tbl-data"),
    ("文", "#fig-plain"),
    ("图 1", "#fig-plain"),
    ("图 2", "#fig-cell"),
    ("1", "#tbl-data"),
    ("式 (3)", "#equation-eq-last"),
    ("图 1：直线，见 式 (1)", "fig-plain"),
]


def test_numbers_are_those_of_the_order() -> None:
    """Of all kinds, in one post."""
    found = facts("md", "zh")
    assert ("1 开始", "sec-开始") == found[0]
    assert found[1 : 1 + len(EXPECTED)] == EXPECTED


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", [form for form in POSTS if form != "md"])
def test_every_format_shows_the_same(form: str, lang: str) -> None:
    """The texts and targets of all references, the numbers and texts of all captions."""
    assert facts(form, lang) == facts("md", lang)
