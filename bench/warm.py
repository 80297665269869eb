"""Measure how soon the preview shows the figure of an edited cell, and a printed line.

    EVERGREEN_DATA=… python bench/warm.py [--post tf-mnist] [--edits 9]

Serves a copy of this blog without records. When the post has run, the cell that plots the curves,
after the training, is edited repeatedly; each time ends with the first frame that shows another
figure. A post that prints the time shows how old a line is when it becomes visible. Prints medians
and maxima.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browser import chromium  # noqa: E402
from previewing import serve  # noqa: E402

EDITED = "figsize=(7, 3), layout"
"""Occurs first in the cell that plots the curves."""
CELL = "#fig-curves img"
SETTLED = (
    "document.querySelector('evergreen-preview')?.shadowRoot.querySelector('.status').textContent"
)
LINES = """---
title: Lines
---

```python
import time
time.sleep(2)
for _ in range(20):
    print("at", time.time_ns())
    time.sleep(0.25)
```
"""
WATCH = """
(() => {
  const seen = new Set();
  const now = () => performance.timeOrigin + performance.now();
  const tell = (what) => requestAnimationFrame(() => console.debug(`${what} ${now()}`));
  new MutationObserver(() => {
    for (const [, stamp] of (document.body?.innerText ?? "").matchAll(/at (\\d{19})/g)) {
      if (!seen.has(stamp)) { seen.add(stamp); tell(`line ${stamp}`); }
    }
    const figure = document.querySelector("CELL")?.getAttribute("src");
    if (figure && !seen.has(figure)) { seen.add(figure); tell(`figure ${figure}`); }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
})();
""".replace("CELL", CELL)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--post", default="tf-mnist")
    parser.add_argument("--edits", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "blog"
        ignored = shutil.ignore_patterns(".*", "_site", "__pycache__")
        for part in ("posts", "templates"):
            shutil.copytree(ROOT / part, root / part, ignore=ignored)
        shutil.copy(ROOT / "site.toml", root)
        (root / "posts/2026-01-01-lines.md").write_text(LINES, "utf-8")
        with opened(root) as (page, heard):
            lines(page, heard)
            figures(page, heard, root, options.post, options.edits)


def lines(page: Any, heard: list[list[str]]) -> None:
    """Measure the age of printed lines when they become visible."""
    page.goto(f"{page.home}lines/")
    settle(page)
    ages = [float(at) - int(stamp) / 1e6 for kind, stamp, at in heard if kind == "line"]
    print(f"a printed line is seen after {told(ages, 'ms')}")


def figures(page: Any, heard: list[list[str]], root: Path, post: str, edits: int) -> None:
    """Measure the time from saving a cell to its new figure."""
    path = next(root.glob(f"posts/*-{post}.md"))
    text, start = path.read_text("utf-8"), time.time()
    page.goto(f"{page.home}articles/{post}/")
    settle(page)
    print(f"the post ran in {time.time() - start:.1f} s")
    times = []
    for number in range(edits):
        before, saved = len(heard), time.time()
        changed = EDITED.replace("3)", f"{3 + 0.01 * (number + 1):.2f})")
        path.write_text(text.replace(EDITED, changed, 1), "utf-8")
        while not (new := [each for each in heard[before:] if each[0] == "figure"]):
            page.wait_for_timeout(5)
            if time.time() > saved + 120:
                sys.exit(f"no new figure: {page.evaluate(SETTLED)}")
        times.append(float(new[0][2]) / 1000 - saved)
    print(f"an edited cell behind the training: its figure is seen after {told(times, 's')}")
    settle(page)
    print("the clean run that follows confirms it")


def settle(page: Any) -> None:
    """Wait until the clean run of the post has finished."""
    end = time.time() + 600
    while not (page.evaluate(SETTLED) or "").startswith("clean run"):
        page.wait_for_timeout(20)
        if time.time() > end:
            sys.exit(f"not settled: {page.evaluate(SETTLED)}")


def told(values: list[float], unit: str) -> str:
    """Print median and maximum."""
    digits = 0 if unit == "ms" else 2
    middle, worst = statistics.median(values), max(values)
    return f"{middle:.{digits}f} {unit} (median of {len(values)}; worst {worst:.{digits}f} {unit})"


@contextmanager
def opened(root: Path) -> Iterator[tuple[Any, list[list[str]]]]:
    """Open a preview of the blog in Chromium; yield the page and its events: kind, text, ms."""
    with serve(root) as preview, chromium() as browser:
        page, heard = browser.new_page(), list[list[str]]()
        page.home = preview.address
        page.on("console", lambda message: heard.append(message.text.split()))
        page.add_init_script(WATCH)
        yield page, heard


if __name__ == "__main__":
    main()
