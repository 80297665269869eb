"""References to nothing, in every place and format: each is reported where it is, with advice.

The texts refer 60 times; 20 labels are wrong, and are those of `WRONG`.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from evergreen.build.parse import parse_content
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Site

WRONG = {
    "fig-lime": "fig-line",
    "fig-othr": "fig-other",
    "tbl-date": "tbl-data",
    "eq-lost": "eq-loss",
    "sec-metho": "sec-method",
    "thm-mon": "thm-min",
    "fig-otter": "fig-other",
    "eq-los": "eq-loss",
    "lst-fi": "lst-fit",
    "fig-lin": "fig-line",
    "fig-lina": "fig-line",
    "fig-ather": "fig-other",
    "fig-linx": "fig-line",
    "tbl-tow": "tbl-two",
    "fig-lane": "fig-line",
    "fig-lone": "fig-line",
    "sec-methods": "sec-method",
    "lst-fits": "lst-fit",
    "tbl-dates": "tbl-data",
    "eq-loose": "eq-loss",
}
"""Label of nothing → the nearest one."""
PANDOC = r"""
## Method {#sec-method}

文 @fig-line，见@fig-lime。 [@fig-line] [-@fig-line] [](#fig-line) [Fig. %s](#fig-line) @Fig-line
- [-@fig-other] @sec-method [](#sec-method)
  more [@fig-line; @fig-othr] [Fig. @fig-line; @fig-other]
    - deep @tbl-data @tbl-date
1. one \eqref{eq-loss} \eqref{eq-lost} @eq-loss [-@eq-loss]

> quote \ref{tbl-data} [](#tbl-data) [-@tbl-data]
> more [](#sec-metho) @lst-fit [](#lst-fit)
> > deep @thm-min @thm-mon [-@thm-min]

| head @fig-line | b |
|---|---|
| [Fig. %s](#fig-other) | [Fig. %s](#fig-otter) |
| @thm-min | @eq-loss |

: caption @eq-loss @eq-los {#tbl-two}

Foot[^1] and **@lst-fit** *@lst-fi* "@fig-line" (@fig-lin) 见@fig-line，见@fig-lina。

[^1]: note @fig-other @fig-ather; @tbl-two, [-@tbl-two], [](#tbl-two)

### Head @fig-line @fig-linx

::: {.callout-note}
## Title @tbl-two @tbl-tow
text @lst-fit @Fig-lane
:::

![caption @fig-line @fig-lone](a.png){#fig-line}

![b](a.png){#fig-other}

| a |
|---|
| 1 |

: data {#tbl-data}

$$
a
$$ {#eq-loss}

```{#lst-fit .text lst-cap="as @sec-methods"}
x
```

::: {#thm-min}
term @lst-fits
: in its definition @tbl-dates
:::

`@fig-none` \@fig-none a@fig-none.com <a@fig-none.org> https://x.org/@fig-none
"""
MYST = r"""
(sec-method)=
## Method

文 {numref}`fig-line`，见{numref}`fig-lime`。 @fig-line {numref}`%s <fig-line>` [](#fig-line)
{numref}`Fig. %s <fig-line>` {numref}`Fig. {number} <fig-line>`
- {numref}`%s <fig-other>` {numref}`sec-method` [](#sec-method)
  more {numref}`fig-line` {ref}`fig-othr` {numref}`fig-line` @fig-other
    - deep {numref}`tbl-data` {numref}`x {number} <tbl-date>`
1. one {eq}`eq-loss` {eq}`eq-lost` [](#eq-loss) {eq}`eq-loss`

> quote [](#tbl-data) {numref}`tbl-data` {numref}`tbl-data`
> more {ref}`sec-metho` {numref}`lst-fit` [](#lst-fit)
> > deep {prf:ref}`thm-min` {prf:ref}`thm-mon` @thm-min

| head {numref}`fig-line` | b |
|---|---|
| [Fig. %s](#fig-other) | {numref}`Fig. %s <fig-otter>` |
| @thm-min | @eq-loss |

:::{table} caption [](#eq-loss) {eq}`eq-los`
:name: tbl-two

| a |
|---|
| 1 |
:::

Foot[^1] and **@lst-fit** *@lst-fi* "@fig-line" (@fig-lin) 见@fig-line，见@fig-lina。

[^1]: note {numref}`fig-other` {numref}`fig-ather`

### Head {numref}`fig-line` {numref}`fig-linx`

:::{note}
## Title {numref}`tbl-two` {numref}`tbl-tow`
text @lst-fit {numref}`fig-lane`
:::

```{figure} a.png
:name: fig-line

caption {numref}`fig-line` {numref}`fig-lone`
```

```{figure} a.png
:name: fig-other

b
```

:::{table} data
:name: tbl-data

| a |
|---|
| 1 |
:::

```{math}
:label: eq-loss
a
```

```{code-block} text
:name: lst-fit
:caption: as @sec-methods

x
```

:::{prf:theorem}
:label: thm-min

term {numref}`lst-fits`
: in its definition {numref}`tbl-dates`
:::

`@fig-none` \@fig-none a@fig-none.com <a@fig-none.org> https://x.org/@fig-none
"""
CELL = "#| label: fig-cell\n#| fig-cap: see @eq-loose and @eq-loss\n1"


def written(text: str, info: str, head: str = "") -> str:
    """Return a text file with a cell at its end."""
    return f"---\ntitle: T\n{head}---\n{text}\n```{info}\n{CELL}\n```\n"


def notebook(text: str) -> str:
    """Return a notebook with the text in two cells."""
    above, below = text.split("\n### ")
    cells = [v4.new_markdown_cell(above), v4.new_code_cell(CELL)]
    cells.append(v4.new_markdown_cell(f"### {below}"))
    return nbformat.writes(v4.new_notebook(cells=cells, metadata={"title": "T"}))


NAME = "posts/2026-01-01-a"
POSTS = {
    "md": (f"{NAME}.md", written(PANDOC, "python")),
    "qmd": (f"{NAME}.qmd", written(PANDOC, "{python}")),
    "ipynb": (f"{NAME}.ipynb", notebook(PANDOC)),
    "myst": (f"{NAME}.md", written(MYST, "{code-cell} python", "kernelspec: {name: python3}\n")),
    "book": (f"{NAME}.ipynb", notebook(MYST)),
}


def problems(folder: Path, name: str, source: str) -> list[Problem]:
    """Return what is said about the references of a post."""
    (folder / "posts").mkdir()
    (folder / name).write_text(source, "utf-8")
    site = Site()
    try:
        post = parse_post(name, source.encode(), site)
        found = parse_content(post, "", BlogContext(folder, site)).post.warnings
    except EvergreenError as error:
        found = error.problems
    return [each for each in found if "label" in each.message]


def test_a_third_of_sixty_is_wrong() -> None:
    """Of all references in the text and in the caption of the cell."""
    forms = r"(?<![a-z./\\`])@[Ff]ig-|@(?:tbl|eq|lst|thm|sec)-|ref\{|\]\(#"
    assert len(re.findall(forms, PANDOC + CELL)) == 60
    assert len(WRONG) == 20
    assert all(label in PANDOC.lower() + CELL for label in WRONG)


@pytest.mark.parametrize("form", POSTS)
def test_each_wrong_reference_is_reported_at_its_place(tmp_path: Path, form: str) -> None:
    """With line, column and the nearest label; the right ones and those in code are not."""
    name, source = POSTS[form]
    lines = source.split("\n")
    expected = {
        label: (number, found.start() + 1, f"did you mean '{near}'?")
        for label, near in WRONG.items()
        for number, line in enumerate(lines, 1)
        for found in re.finditer(rf"(?<![\w-]){label}(?![\w-])", line, re.I)
    }
    found = problems(tmp_path, name, source)
    shown = {
        re.findall("'(.*)'", each.message)[0]: (each.line, each.column, each.advice)
        for each in found
    }
    assert shown == expected
    assert {each.severity for each in found} == {"error" if form == "md" else "warning"}
