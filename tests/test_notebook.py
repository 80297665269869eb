"""Converting a post to a notebook, and writing .ipynb and .py files."""

from __future__ import annotations

import json

import jupytext
import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.content.notebook import (
    outputs_by_cell,
    read_notebook,
    to_nbformat,
    write_ipynb,
    write_script,
)
from evergreen.content.post import parse_post
from evergreen.markdown import parse
from evergreen.model import CellError, Display, Execution, Notebook, Site, Step, Stream
from evergreen.model.outputs import read_output

HEAD = "---\ntitle: 题\n---\n"


def notebook(body: str) -> Notebook:
    """Return the notebook of a post with this body, which begins on line 4."""
    post = parse_post("posts/2026-01-01-x.md", (HEAD + body).encode(), Site())
    return read_notebook(post, parse(post.body))[0]


BODY = """序

```python
#| label: a
x = 1

y = 2
```

中 `{python} x` 与 `{python} y`

> ```python
> z = 3
> ```

尾
"""


def test_cells_know_their_lines() -> None:
    """The line is that of the first line of code in the file."""
    found = [(cell.source, cell.line) for cell in notebook(BODY).cells]
    assert [("x = 1\n\ny = 2", 8), ("x", 13), ("y", 13), ("z = 3", 16)] == found


def test_steps_are_independent_of_the_order_within_a_sentence() -> None:
    """Translations with another word order have the same steps."""
    other = BODY.replace(
        "中 `{python} x` 与 `{python} y`", "`{python} y` and `{python} x`, `{python} y`"
    )
    assert notebook(BODY).steps == notebook(other).steps
    assert Step(1, True, "x") in notebook(BODY).steps


def test_every_cell_gets_its_output() -> None:
    """An inline value that occurs twice is computed once and shown twice."""
    found = notebook("`{python} 1` `{python} 1`\n")
    made = Execution(((Stream("stdout", "1"),),))
    assert 1 == len(found.steps)
    assert [(Stream("stdout", "1"),)] * 2 == list(outputs_by_cell(found, made).values())


def test_ipynb_has_prose_code_and_outputs() -> None:
    """The file is valid nbformat 4.5 with the outputs of the run."""
    found = notebook(BODY)
    outputs = (
        (Stream("stdout", "一\n"), Display({"image/png": b"\x89PNG", "text/plain": "图"})),
        (Stream("stdout", "1"),),
        (Stream("stdout", "2"),),
        (CellError("ValueError", "坏", "trace\n"),),
    )
    node = nbformat.reads(write_ipynb(found, Execution(outputs)), as_version=4)
    nbformat.validate(node)
    assert ["markdown", "code", "markdown", "code", "markdown"] == [c.cell_type for c in node.cells]
    assert ["序", "x = 1\n\ny = 2"] == [node.cells[0].source, node.cells[1].source]
    assert list(outputs[0]) == [read_output(output) for output in node.cells[1].outputs]
    assert ["cell-0", "cell-1"] == [cell.id for cell in node.cells[:2]]


def test_equal_notebooks_give_equal_files() -> None:
    """Nothing in the file is random."""
    assert write_ipynb(notebook(BODY)) == write_ipynb(notebook(BODY))


def test_script_is_percent_format() -> None:
    """Prose becomes comments, code stays code."""
    script = write_script(notebook(BODY))
    assert "# %% [markdown]\n# 序\n\n# %%\nx = 1\n\ny = 2\n" in script
    compile(script, "x.py", "exec")


@pytest.mark.parametrize(
    "text",
    [
        "甲\n%% 乙\n",
        "$$\nx\n%% \\alpha\n$$",
        "# %% 题",
        '%% a """ b',
        "文\n # In[3]:\n文",
    ],
)
def test_prose_that_looks_like_the_marker_of_a_cell_stays_prose(text: str) -> None:
    """A tool that opens the script finds the same cells, and Python runs it."""
    script = write_script(notebook(f"{text}\n\n```python\nx = 1\n```\n"))
    cells = jupytext.reads(script, fmt="py:percent").cells
    assert [("markdown", text.strip()), ("code", "x = 1")] == [
        (cell.cell_type, cell.source.strip()) for cell in cells
    ]
    compile(script, "x.py", "exec")


def test_tags_reach_the_notebook() -> None:
    """The cells have the same tags in the .ipynb file."""
    node = to_nbformat(notebook("```python\n#| tags: [hide-input]\n1\n```\n"))
    assert ["hide-input"] == node.cells[0].metadata["tags"]


def test_json_outputs_are_objects_again() -> None:
    """JSON text becomes objects in nbformat."""
    made = Execution(((Display({"application/json": '{"a": 1}'}),),))
    node = json.loads(write_ipynb(notebook("```python\n1\n```\n"), made))
    assert {"a": 1} == node["cells"][0]["outputs"][0]["data"]["application/json"]


CODE = st.text(
    alphabet=st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\n\t"),
    max_size=60,
).filter(lambda text: "```" not in text and not text.startswith("#|"))


@given(st.lists(CODE, min_size=1, max_size=4))
def test_any_code_is_unchanged_in_the_notebook(sources: list[str]) -> None:
    """Magics, prompts and pandoc divs, which jupytext would rewrite, are unchanged."""
    body = "\n\n".join(f"````python\n{source}\n````\n\n文 :::\n" for source in sources)
    found = notebook(body)
    assert [source.rstrip("\n") for source in sources] == [
        cell.source.rstrip("\n") for cell in found.cells
    ]
    code = [cell.source for cell in to_nbformat(found).cells if cell.cell_type == "code"]
    assert [cell.source for cell in found.cells] == code
