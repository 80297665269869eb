"""Tags of cells in all formats: which have an effect, and which are probably misspelt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evergreen.build.parse import ParsedPost, parse_content
from evergreen.content.code_blocks import near_tag
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.model import CellOptions, Site

SITE = Site(lang="zh")
HEAD = "---\ntitle: 题\ndate: 2026-01-01\n---\n"
SCRIPT = HEAD.replace("\n", "\n# ").removesuffix("# ")


def read(root: Path, name: str, text: str) -> ParsedPost:
    """Write a post, and parse it."""
    (root / "posts").mkdir(exist_ok=True)
    (root / "posts" / name).write_text(text)
    post = parse_post(f"posts/{name}", text.encode(), SITE)
    return parse_content(post, "", BlogContext(root, SITE))


def notebook(*tags: str) -> str:
    """Return a notebook of one cell with tags, as Jupyter writes it."""
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {"tags": list(tags)},
        "outputs": [],
        "source": ["print(1)\n", "print(2)"],
    }
    head = {"cell_type": "raw", "metadata": {}, "source": HEAD.rstrip("\n").splitlines(True)}
    made = {"cells": [head, cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(made, indent=1, ensure_ascii=False)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "a.md",
            f"{HEAD}```python\n#| tags: [hide-inputs]\n1\n```\n",
            "6:11: the tag 'hide-inputs' has no effect: did you mean 'hide-input'?",
        ),
        (
            "a.md",
            f"{HEAD}```python\n1\n```\n{{: .remove_outputs}}\n",
            "8:5: the tag 'remove_outputs' has no effect: did you mean 'remove-output'?",
        ),
        (
            "a.md",
            f"{HEAD}```{{code-cell}} python\n:tags: [宽, Hide-Cell]\n1\n```\n",
            "6:12: the tag 'Hide-Cell' has no effect: did you mean 'hide-cell'?",
        ),
        (
            "a.py",
            f"# {SCRIPT}# %% 一\n1\n\n# %% tags=['no-eval']\n2\n",
            "8:13: the tag 'no-eval' has no effect: did you mean 'noeval'?",
        ),
        (
            "a.py",
            f"# {SCRIPT}# %% tags=['chekc: exact']\n2\n",
            "5:13: the tag 'chekc: exact' has no effect: did you mean 'check: exact'?",
        ),
        (
            "a.py",
            f"# {SCRIPT}# %% 标签 tag=['hide-input'] stage=1\n2\n",
            "5:9: the cell option 'tag' has no effect: write 'tags'",
        ),
        (
            "a.ipynb",
            notebook("我的", "raises_exceptions"),
            "19:7: the tag 'raises_exceptions' has no effect: did you mean 'raises-exception'?",
        ),
    ],
)
def test_a_misspelt_tag_is_a_warning(tmp_path: Path, name: str, text: str, expected: str) -> None:
    """At its own place, whether that is above the code or below it."""
    post = read(tmp_path, name, text).post
    assert [f"posts/{name}:{expected}"] == [str(each) for each in post.warnings]
    assert {"warning"} == {each.severity for each in post.warnings}


@pytest.mark.parametrize(
    "tag",
    "hide-input noeval fold parameters injected-parameters solution hide-code bold 我的标签 隐藏"
    " wide full-width nbsphinx-thumbnail keep check-list column-margin skip-slow always-on".split(),
)
def test_other_tags_are_the_author_s(tag: str) -> None:
    """Nothing is said of them."""
    assert "" == near_tag(tag)


def test_a_tag_is_told_once(tmp_path: Path) -> None:
    """At the first cell that has it."""
    cell = "```python\n#| tags: [hide-inputs]\n1\n```\n\n"
    assert [6] == [each.line for each in read(tmp_path, "a.md", HEAD + cell * 3).post.warnings]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.py",
            f"# {SCRIPT}# %% tags=['check: rtol=1e-2', 'checkpoint: a', "
            "'checkpoint: b', 'remove-stdout']\n",
        ),
        ("a.ipynb", notebook("check: rtol=1e-2", "checkpoint: a, b", "remove-stdout")),
        ("a.md", f"{HEAD}```{{code-cell}} python\n:tags: [check: rtol=1e-2, checkpoint: a, "),
    ],
)
def test_tags_with_a_value_count_in_all_formats(tmp_path: Path, name: str, text: str) -> None:
    """Also those with blanks, as YAML writes them."""
    text += {"a.py": "a = b = 1\n", "a.md": "checkpoint: b, remove-stdout]\n1\n```\n"}.get(name, "")
    parsed = read(tmp_path, name, text)
    assert () == parsed.post.warnings
    options = parsed.notebook.cells[0].options
    assert ((("rtol", 0.01),), ("a", "b")) == (options.check, options.checkpoint)
    assert not options.shows("stdout") and options.shows("stderr")


def test_tags_may_have_commas_between_them(tmp_path: Path) -> None:
    """As MyST allows without brackets."""
    text = f"{HEAD}```{{code-cell}} python\n:tags: hide-input, remove-output\n1\n```\n"
    options: CellOptions = read(tmp_path, "a.md", text).notebook.cells[0].options
    assert ("hide", "remove") == (options.input, options.output)
