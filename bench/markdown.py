"""How long the dialect takes: `python bench/markdown.py`, medians of 50, milliseconds.

Beside it Python-Markdown with `extra` and `toc`, on posts of 600 to 900 words with three code
blocks or more, highlighting off for both; then with Pygments for both.
`python bench/markdown.py hostile` gives the seconds for texts made to take long.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# In the place of this folder, where this file would stand for the package of the same name.
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
    """Print the table that is asked for."""
    if "hostile" in sys.argv[1:]:
        print_hostile()
    else:
        print_posts()


def print_posts() -> None:
    """Per post: the peer, the dialect, and how the second compares."""
    print(f"{'words':>6}{'blocks':>7}  {'peer':>6}{'own':>7}{'':9}{'peer':>6}{'own':>7}  Pygments")
    for names in PAIRS:
        text = "\n\n".join((POSTS / f"{name}.md").read_text("utf-8") for name in names)
        plain = median(peer("extra", "toc"), text), median(own(highlight=False), text)
        marked = median(peer("extra", "toc", "codehilite"), text), median(own(), text)
        shown = "  ".join(f"{a:6.2f}{b:7.2f} {b / a:5.2f}×" for a, b in (plain, marked))
        print(f"{len(text.split()):6}{len(parse(text).code_blocks):7}  {shown}")


def print_hostile() -> None:
    """Per kind of text: the seconds of this process, the longest first."""
    texts = {name: make(1_000_000) for name, make in CASES.items()}
    seconds = {name: once(to_html, text) for name, text in texts.items()}
    print("seconds  million characters")
    for name, taken in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"{taken:7.2f}{len(texts[name]) / 1e6:5.1f}  {name}")


def peer(*extensions: str) -> Callable[[str], object]:
    """Python-Markdown, made once."""
    converter = markdown.Markdown(extensions=[*extensions])
    return lambda text: converter.reset().convert(text)


def own(**options: bool) -> Callable[[str], object]:
    """The dialect."""
    return lambda text: parse(text, MarkdownOptions(**options)).render()


def median(run: Callable[[str], object], text: str, times: int = 50) -> float:
    """Milliseconds."""
    run(text)
    return statistics.median(once(run, text) for _ in range(times)) * 1_000


def once(run: Callable[[str], object], text: str) -> float:
    """Seconds of this process."""
    start = time.process_time()
    run(text)
    return time.process_time() - start


if __name__ == "__main__":
    main()
