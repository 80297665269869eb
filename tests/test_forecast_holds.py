"""`why` says what the next build does, whatever was changed: random changes of a blog."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evergreen.build.cache import unchanged
from evergreen.build.forecast import forecast
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.settings import settings_here

POSTS = 30
CHANGES = int(os.environ.get("EG_CHANGES", "25"))
"""Random changes to try; a full trial is 2,000."""
CODE = (
    "print(open('{n}.txt').read())",
    "print(open('OUT/{n}').read())",
    "import os; print(sorted(os.listdir('dir{n}')), os.path.exists('OUT/absent{n}'))",
    "import os; print(os.environ.get('EG_RANDOM_{n}'), os.path.isdir('new{n}'))",
    "import subprocess; print(subprocess.getoutput('cat data/{n}; ls OUT/list'))",
    "print(open('OUT/link').read(), open('.hidden/{n}').read())",
)
"""What posts use: all that a change may touch."""

Change = Callable[[random.Random, Path, Path], None]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def some(draw: random.Random) -> int:
    return draw.randrange(POSTS)


def toggle(path: Path) -> None:
    """Remove a file, or write it."""
    path.unlink() if path.exists() else write(path, "x")


def toggle_folder(path: Path) -> None:
    path.rmdir() if path.exists() else path.mkdir()


def set_variable(name: str, value: str) -> None:
    os.environ[name] = value


def turn(out: Path, target: str) -> None:
    (out / "link").unlink()
    (out / "link").symlink_to(target)


KINDS: tuple[Change, ...] = (
    lambda draw, posts, out: write(posts / f"{some(draw)}.txt", str(draw.random())),
    lambda draw, posts, out: write(out / str(some(draw)), str(draw.random())),
    lambda draw, posts, out: write(out / "real" / str(some(draw)), str(draw.random())),
    lambda draw, posts, out: write(posts / ".hidden" / str(some(draw)), str(draw.random())),
    lambda draw, posts, out: toggle(
        posts / f"dir{some(draw)}" / draw.choice(["a", "b~", ".x.swp"])
    ),
    lambda draw, posts, out: toggle(out / f"absent{some(draw)}"),
    lambda draw, posts, out: toggle_folder(posts / f"new{some(draw)}"),
    lambda draw, posts, out: toggle(out / "list" / draw.choice("abc")),
    lambda draw, posts, out: set_variable(f"EG_RANDOM_{some(draw)}", draw.choice("123")),
    lambda draw, posts, out: turn(out, draw.choice("012")),
    lambda draw, posts, out: os.utime(posts / f"{some(draw)}.txt", (1, 1)),
    lambda draw, posts, out: write(posts / "unused.txt", str(draw.random())),
    lambda draw, posts, out: write(
        posts / f"2026-01-01-p{(n := some(draw))}.md", post(n, out, str(draw.random()))
    ),
)


def post(number: int, out: Path, prose: str = "") -> str:
    code = CODE[number % len(CODE)].format(n=number).replace("OUT", str(out))
    return f"---\ntitle: 题\n---\n\n{prose}\n\n```python\n{code}\n```\n"


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.skipif(sys.platform != "linux", reason="hooks only")
def test_random_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The posts that `why` names are those that run; where it names none, nothing is read."""
    root, out = tmp_path / "blog", tmp_path / "out"
    posts = root / "posts"
    for number in range(POSTS):
        monkeypatch.delenv(f"EG_RANDOM_{number}", raising=False)
        write(posts / f"{number}.txt", "1")
        write(out / str(number), "1")
        write(out / "real" / str(number), "1")
        write(out / "list/z", "1")
        write(posts / ".hidden" / str(number), "1")
        write(posts / f"dir{number}/z", "1")
        write(posts / f"2026-01-01-p{number}.md", post(number, out))
    (posts / "data").symlink_to(out / "real")
    (out / "link").symlink_to("0")
    kept = dict(os.environ)
    build = BuildOptions(root, root / "_site", settings_here(root))
    draw = random.Random(7)
    try:
        publish(build)
        for number in range(CHANGES):
            for _ in range(draw.choice((0, 1, 1, 2))):
                draw.choice(KINDS)(draw, posts, out)
            told = {each.path for each in forecast(build).posts if each.runs}
            report = unchanged.unchanged(build) or publish(build)
            assert told == set(report.ran), number
            assert () == report.failed
    finally:
        os.environ.clear()
        os.environ.update(kept)
