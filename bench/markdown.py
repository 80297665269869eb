"""Measure the Markdown parser: `python bench/markdown.py`, medians of 50 in milliseconds.

The comparison is Python-Markdown with `extra` and `toc`, on posts of 500 to 700 words with code
blocks; first without highlighting, then with Pygments for both.
`python bench/markdown.py hostile` prints the seconds for texts built to be slow.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Replaces this folder, whose markdown.py would shadow the package of that name.
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import markdown  # noqa: E402
from kramdown_corpus import POSTS  # noqa: E402
from test_markdown_hostile import CASES  # noqa: E402

from evergreen.markdown import MarkdownOptions, parse, to_html  # noqa: E402

PAIRS = (
    ("english-essay", "jekyll-setup"),
    ("english-essay", "machine-learning"),
    ("english-essay", "c-pointers", "numpy-broadcasting"),
)


def main() -> None:
    """Print the requested table."""
    if "hostile" in sys.argv[1:]:
        print_hostile()
    else:
        print_posts()


def print_posts() -> None:
    """Print, for each post, the times of Python-Markdown and Evergreen, and their ratio."""
    print(f"{'words':>6}{'blocks':>7}  {'peer':>6}{'own':>7}{'':9}{'peer':>6}{'own':>7}  Pygments")
    for names in PAIRS:
        text = "\n\n".join((POSTS / f"{name}.md").read_text("utf-8") for name in names)
        plain = median(peer("extra", "toc"), text), median(own(highlight=False), text)
        marked = median(peer("extra", "toc", "codehilite"), text), median(own(), text)
        shown = "  ".join(f"{a:6.2f}{b:7.2f} {b / a:5.2f}×" for a, b in (plain, marked))
        print(f"{len(text.split()):6}{len(parse(text).code_blocks):7}  {shown}")


def print_hostile() -> None:
    """Print the seconds for each kind of text, longest first."""
    texts = {name: make(1_000_000) for name, make in CASES.items()}
    seconds = {name: once(to_html, text) for name, text in texts.items()}
    print("seconds  million characters")
    for name, taken in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"{taken:7.2f}{len(texts[name]) / 1e6:5.1f}  {name}")


def peer(*extensions: str) -> Callable[[str], object]:
    """Return a function that converts with Python-Markdown."""
    converter = markdown.Markdown(extensions=[*extensions])
    return lambda text: converter.reset().convert(text)


def own(**options: bool) -> Callable[[str], object]:
    """Return a function that converts with Evergreen."""
    return lambda text: parse(text, MarkdownOptions(**options)).render()


def median(run: Callable[[str], object], text: str, times: int = 50) -> float:
    """Return the median time of a run in milliseconds."""
    run(text)
    return statistics.median(once(run, text) for _ in range(times)) * 1_000


def once(run: Callable[[str], object], text: str) -> float:
    """Return the CPU seconds of a run."""
    start = time.process_time()
    run(text)
    return time.process_time() - start


if __name__ == "__main__":
    main()
