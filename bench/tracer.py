"""Measure what it costs to observe the system calls of posts: the same builds with the tracer on
and off.

    python bench/tracer.py [--runs 5] [--files 100000] [--only light]

Cases: `light`, ten posts with NumPy and Matplotlib; `files`, a post that opens many small files;
`flagship`, the posts of this repository that train models (EVERGREEN_DATA names their data set).
Both ways take turns in each round. Prints medians of wall-clock time, and the ratios of on to off.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIGHT = """---
title: Light {number}
---

```python
import numpy as np
import matplotlib.pyplot as plt
values = np.random.default_rng({number}).normal(size=500)
plt.plot(values.cumsum())
print(f"{{values.mean():.4f}}")
```
"""
FILES = """---
title: Files
---

```python
import pathlib
print(sum(len(each.read_bytes()) for each in pathlib.Path("{folder}").iterdir()))
```
"""


def main() -> None:
    """Measure all cases, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--only", choices=CASES, action="append")
    options = parser.parse_args()
    print(f"{'':10}{'on':>10}{'off':>10}{'ratio':>10}")
    for name in options.only or CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "blog"
            CASES[name](root, Path(folder) / "files", options.files)
            on, off = compare(root, options.runs)
        print(f"{name:10}{on:8.2f} s{off:8.2f} s{on / off:9.3f}x", flush=True)


def compare(root: Path, runs: int) -> tuple[float, float]:
    """Return the median seconds with the tracer on, and off; one round before warms both."""
    found: dict[str, list[float]] = {"on": [], "off": []}
    for number in range(runs + 1):
        for way in sorted(found, reverse=bool(number % 2)):
            seconds = build(root, way)
            if number:
                found[way].append(seconds)
    return statistics.median(found["on"]), statistics.median(found["off"])


def build(root: Path, way: str) -> float:
    """Run all posts of a blog; return the seconds."""
    command = [sys.executable, str(ROOT / "build.py"), "--root", str(root), "--force", "--quiet"]
    begin = time.perf_counter()
    subprocess.run(command, check=True, env={**os.environ, "EVERGREEN_TRACER": way})
    return time.perf_counter() - begin


def write_light(root: Path, _: Path, __: int) -> None:
    """Write ten light posts."""
    (root / "posts").mkdir(parents=True)
    for number in range(10):
        text = LIGHT.format(number=number)
        (root / f"posts/2026-01-01-light-{number}.md").write_text(text, "utf-8")


def write_files(root: Path, folder: Path, count: int) -> None:
    """Write many small files outside of the blog, and a post that opens each."""
    (root / "posts").mkdir(parents=True)
    folder.mkdir()
    for number in range(count):
        (folder / str(number)).write_bytes(b"x")
    text = FILES.format(folder=folder)
    (root / "posts/2026-01-01-files.md").write_text(text, "utf-8")


def write_flagship(root: Path, _: Path, __: int) -> None:
    """Copy the posts of this repository."""
    shutil.copytree(ROOT / "posts", root / "posts")


CASES: dict[str, Callable[[Path, Path, int], None]] = {
    "light": write_light,
    "files": write_files,
    "flagship": write_flagship,
}

if __name__ == "__main__":
    main()
