"""Measure the cost of running short posts: Evergreen, Sphinx with MyST-NB, and plain scripts.

    python bench/starts.py [--tools /tmp/peers] [--runs 5]

`--tools` is the folder of `bench/peers.py --install`; without it Sphinx is skipped. Two blogs have
ten posts of three cells, one with the standard library, one with NumPy and Matplotlib. Cases:
`cold`, after deleting everything that builds create; `prose` and `code`, one edit in one post, at
its second cell. The runners take turns in each round. Prints medians, and ratios to the first line.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POSTS = 10
PRINTED = re.compile(r"(?:mean|std) 0\.\d{4}")
"""Output of each post; a page without it was not run."""
LIGHT = (
    "import json, random\nrandom.seed({n})\nvalues = [random.random() for _ in range({n} + 100)]",
    "mean = sum(values) / len(values)\nprint(f'mean {{mean:.4f}}')",
    "json.dumps({{'number': {n}, '均值': round(mean, 3)}}, ensure_ascii=False)",
)
NUMERIC = (
    "import numpy as np\nimport matplotlib.pyplot as plt\nx = np.linspace(0, 6, 200)",
    "y = np.sin(x * {n}) * np.exp(-x / 3)\nprint(f'std {{y.std():.4f}}')",
    "fig, ax = plt.subplots()\nax.plot(x, y)\nax.set_title('post {n}')\nplt.show()",
)


@dataclass(frozen=True)
class Contestant:
    """A way to run the posts."""

    title: str
    write: Callable[[Path, int, Sequence[str], str], None]
    """Writes the post of a number, from its cells and a word of its prose."""
    command: Sequence[str]
    made: Sequence[str]
    """Everything that a build creates, deleted before a cold one."""
    settings: Mapping[str, str]
    """Other files of the blog, by name."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tools", type=Path, default=Path("/nowhere"))
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    sphinx = options.tools / "sphinx/bin/sphinx-build"
    everybody = [ours(), *([myst_nb(sphinx)] if sphinx.exists() else []), scripts()]
    print("left out, not installed:", "-" if sphinx.exists() else "Sphinx + MyST-NB")
    for title, cells in (("standard library", LIGHT), ("NumPy and Matplotlib", NUMERIC)):
        with tempfile.TemporaryDirectory() as scratch:
            measure(title, cells, everybody, Path(scratch), options.runs)


def ours() -> Contestant:
    """Return the runner of this checkout."""
    command = (sys.executable, str(ROOT / "build.py"), "--root", ".", "--quiet")
    return Contestant("Evergreen", write_post, command, (".cache", "_site"), {"site.toml": ""})


def myst_nb(program: Path) -> Contestant:
    """Return the runner of Sphinx with MyST-NB and its execution cache."""
    conf = (
        'project = "Bench"\nextensions = ["myst_nb"]\nnb_execution_mode = "cache"\n'
        'exclude_patterns = ["_site"]\nhtml_theme = "basic"\nnb_merge_streams = True\n'
    )
    index = "# Bench\n\n```{toctree}\n:glob:\nposts/*\n```\n"
    command = (str(program), "-q", ".", "_site")  # with -j, a cold cache of MyST-NB fails
    settings = {"conf.py": conf, "index.md": index}
    return Contestant(
        "Sphinx + MyST-NB", write_myst, command, ("_site", ".jupyter_cache"), settings
    )


def scripts() -> Contestant:
    """Return the runner of plain scripts, one after another."""
    loop = "import glob,subprocess,sys\nfor p in sorted(glob.glob('posts/*.py')):\n"
    command = (sys.executable, "-c", f"{loop}  subprocess.run([sys.executable, p], check=True)")
    return Contestant("plain scripts", write_script, command, (), {})


def write_post(folder: Path, number: int, cells: Sequence[str], word: str) -> None:
    """Return a post for Evergreen."""
    fences = "\n\n文字。\n\n".join(f"```python\n{cell}\n```" for cell in cells)
    text = f"---\ntitle: 文 {number}\n---\n\n{word}\n\n{fences}\n"
    (folder / f"2026-01-01-p{number}.md").write_text(text, "utf-8")


def write_myst(folder: Path, number: int, cells: Sequence[str], word: str) -> None:
    """Return the same post in MyST."""
    head = (
        "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n\n"
    )
    fences = "\n\n文字。\n\n".join(f"```{{code-cell}} python\n{cell}\n```" for cell in cells)
    text = f"{head}# 文 {number}\n\n{word}\n\n{fences}\n"
    (folder / f"p{number}.md").write_text(text, "utf-8")


def write_script(folder: Path, number: int, cells: Sequence[str], word: str) -> None:
    """Return the same post as a script."""
    (folder / f"p{number}.py").write_text(f"# {word}\n" + "\n".join(cells) + "\n", "utf-8")


def measure(
    title: str, cells: Sequence[str], everybody: Sequence[Contestant], scratch: Path, runs: int
) -> None:
    """Run all in turn, and print a table."""
    cases = ("cold", "prose", "code")
    seconds: dict[tuple[str, str], list[float]] = {}
    blogs = {each.title: set_up(each, scratch / str(at)) for at, each in enumerate(everybody)}
    for round_ in range(runs):
        for case in cases:
            for each in everybody:
                if case == "cold" or each.made:
                    edit(each, blogs[each.title], cells, case, round_)
                    spent = run(each, blogs[each.title])
                    seconds.setdefault((each.title, case), []).append(spent)
    print(f"\nten posts, {title}" + "".join(f"{case:>18}" for case in cases))
    first = everybody[0].title
    for each in everybody:
        row = ""
        for case in cases:
            if (each.title, case) in seconds:
                median = statistics.median(seconds[each.title, case])
                ratio = median / statistics.median(seconds[first, case])
                row += f"{median:9.2f} s ({ratio:4.1f})"
            else:
                row += f"{'-':>18}"
        print(f"{each.title:<{10 + 1 + len(title)}}{row}")


def set_up(each: Contestant, root: Path) -> Path:
    """Create a blog without posts."""
    (root / "posts").mkdir(parents=True)
    for name, text in each.settings.items():
        (root / name).write_text(text, "utf-8")
    return root


def edit(each: Contestant, root: Path, cells: Sequence[str], case: str, round_: int) -> None:
    """Prepare a case: rewrite all posts, or change a word or a number in one."""
    word, extra = (f"字 {round_}", "") if case == "prose" else ("字", "")
    if case == "cold":
        for name in each.made:
            shutil.rmtree(root / name, ignore_errors=True)
    if case == "code":
        word, extra = f"字 {round_}", f"\nprint({round_})"
    for number in range(1, POSTS + 1) if case == "cold" else [3]:
        filled = [cell.format(n=number) for cell in cells]
        each.write(root / "posts", number, [filled[0], filled[1] + extra, filled[2]], word)


def run(each: Contestant, root: Path) -> float:
    """Return the seconds of one build."""
    environ = {**os.environ, "MPLBACKEND": "agg"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.monotonic()
    done = subprocess.run(each.command, cwd=root, env=environ, capture_output=True, text=True)
    spent = time.monotonic() - start
    pages = [path for path in (root / "_site").rglob("*.html") if PRINTED.search(path.read_text())]
    if done.returncode or (each.made and len(pages) < POSTS):
        sys.exit(f"{each.title}: {len(pages)} posts ran: {done.stdout}{done.stderr}")
    return spent


if __name__ == "__main__":
    main()
