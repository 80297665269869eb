"""What ruff and TensorFlow's upgrade script suggest for a post that fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evergreen.build import suggestions
from evergreen.build.suggestions import find_suggestions
from evergreen.content.notebook import read_notebook
from evergreen.content.post import parse_post
from evergreen.markdown import parse
from evergreen.model import Notebook, Site
from evergreen.paths import find_program

POST = """---
title: 旧
---

```python
%matplotlib inline
import numpy as np
from collections import Mapping
```

文字

```python
df = None
y = np.trapz([1, 2])
z = np.in1d([1], [2])
```
"""
DIFF = (
    "--- posts/a.md",
    "+++ posts/a.md",
    "@@ -8 +8 @@",
    "-from collections import Mapping",
    "+from collections.abc import Mapping",
    "@@ -15 +15 @@",
    "-y = np.trapz([1, 2])",
    "+y = np.trapezoid([1, 2])",
)

needs_ruff = pytest.mark.skipif(not find_program("ruff"), reason="ruff is not installed")


def _notebook(text: str = POST) -> Notebook:
    post = parse_post("posts/2020-01-01-a.md", text.encode(), Site())
    return read_notebook(post, parse(post.body))[0]


@needs_ruff
def test_ruff_replaces_what_is_gone() -> None:
    """Its fixes are a diff with the post's lines; what it cannot fix is a note."""
    (found,) = find_suggestions("posts/a.md", _notebook(), "")
    assert found.diff == DIFF
    assert [note.partition("`")[0] for note in found.notes] == ["16: NPY201 "]


@needs_ruff
def test_code_that_is_fine_or_no_python_at_all_has_none() -> None:
    """Style is no concern of a repair, and a syntax error is reported by the run."""
    fine = "---\ntitle: t\n---\n\n```python\nprint('%s' % 1)\n```\n"
    broken = "---\ntitle: t\n---\n\n```python\nprint 1\n```\n"
    assert find_suggestions("a.md", _notebook(fine), "") == ()
    assert [each.diff for each in find_suggestions("a.md", _notebook(broken), "")] in ([], [()])


def test_nothing_is_suggested_without_the_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are optional."""
    monkeypatch.setattr(suggestions, "find_program", lambda tool: "")
    assert find_suggestions("a.md", _notebook(), "tensorflow") == ()


def test_tensorflows_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A post about TensorFlow is given to it; a stand-in for the script writes the new file."""
    script = tmp_path / "tf_upgrade_v2"
    script.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "args = dict(zip(sys.argv[1::2], sys.argv[2::2]))\n"
        "text = open(args['--infile']).read().replace('tf.log', 'tf.math.log')\n"
        "open(args['--outfile'], 'w').write(text)\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr(
        suggestions, "find_program", lambda tool: str(script) if tool == "tf_upgrade_v2" else ""
    )
    code = "---\ntitle: t\n---\n\n```python\nimport tensorflow as tf\ntf.log(1.0)\n```\n"
    (found,) = find_suggestions("a.md", _notebook(code), "")
    assert (found.tool, found.diff[2:]) == (
        "tf_upgrade_v2",
        ("@@ -7 +7 @@", "-tf.log(1.0)", "+tf.math.log(1.0)"),
    )
