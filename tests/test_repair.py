"""Names that libraries have removed: what replaces them, in messages and by `repair`."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.cli import main
from evergreen.execution.removed import RemovedName, find_removed

POST = """---
title: 修
---

```python
import time
```

```python
a = 1
print(time.clock() + time.clock())
```
"""


def test_what_can_be_done(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The line, the replacement as a diff, and the other way out; the post stays as it is."""
    (tmp_path / "posts").mkdir()
    (tmp_path / "site.toml").write_text("search = false\n")
    post = tmp_path / "posts" / "2019-02-01-a.md"
    post.write_text(POST, "utf-8")
    assert 1 == main(["repair", "a", "--root", str(tmp_path), "--quiet"])
    lines = capfd.readouterr().out.splitlines()
    message = "AttributeError: module 'time' has no attribute 'clock'"
    days = "or give the post the releases of its day: 'execute: {as_of: date}'"
    first = f"posts/2019-02-01-a.md:11: {message}: time.perf_counter replaces it; {days}"
    assert first == lines[0]
    expected = [
        "time.clock was removed: time.perf_counter replaces it",
        "--- posts/2019-02-01-a.md",
        "+++ posts/2019-02-01-a.md",
        "@@ -11 +11 @@",
        "-print(time.clock() + time.clock())",
        "+print(time.perf_counter() + time.perf_counter())",
        "change the code, and check the post again",
        "or run it with the releases of its day: execute: {as_of: 2019-02-01}",
    ]
    assert expected == lines[-len(expected) :]
    assert POST == post.read_text("utf-8")


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("module 'numpy' has no attribute 'trapz'", ("numpy.trapz", "numpy.trapezoid")),
        (
            "cannot import name 'simps' from 'scipy.integrate' (/a/b.py)",
            ("scipy.integrate.simps", "scipy.integrate.simpson"),
        ),
        ("'DataFrame' object has no attribute 'append'", ("DataFrame.append", "pandas.concat")),
        (
            "No module named 'tensorflow.examples.tutorials'",
            ("tensorflow.examples", "keras.datasets"),
        ),
        ("module 'networkx' has no attribute 'info'", ("networkx.info", "")),
        ("module 'numpy' has no attribute 'nothing'", None),
        ("list index out of range", None),
    ],
)
def test_removed_names(message: str, found: tuple[str, str] | None) -> None:
    """The text of an exception names what is gone."""
    assert (RemovedName(*found) if found else None) == find_removed(message)
