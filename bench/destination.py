"""Measure publishing: `python bench/destination.py [POSTS]`, medians of five in milliseconds.

Each post has a page of about 8 kB in its own folder, every fifth one a figure. Unchanged artifacts
are passed as hashes, as a build does.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evergreen.model import Artifact, ExistingContent
from evergreen.publish import inspect, publish


def main() -> None:
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    here = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory(dir=here, prefix=".bench-") as folder:
        site = Path(folder) / "_site"
        pages = site_of(posts, "舊")
        print(f"{posts} posts, {len(pages)} files, milliseconds")
        row("cold", [timed(lambda: publish(pages, site))])
        row("read the manifest", repeat(lambda n: inspect(site).files))
        same = kept(site)
        row("nothing changed", repeat(lambda n: publish(same, site)))
        row("nothing changed, bytes", repeat(lambda n: publish(pages, site)))
        stays = [artifact for artifact in same if artifact.path != edited(0).path]
        row("one changed", repeat(lambda n: publish([edited(n), *stays], site)))
        row(
            "one changed, in place",
            repeat(lambda n: publish([edited(-n), *stays], site, in_place=True)),
        )
        others = [site_of(posts, str(n)) for n in range(6)]
        row("all changed", repeat(lambda n: publish(others[n], site)))


def site_of(posts: int, word: str) -> list[Artifact]:
    text = f"<p>{word} 第%d頁 – {'常青的部落格。' * 360}</p>\n"
    pages = [f"2024/post-{n}/index.html" for n in range(posts)]
    others = [f"2024/post-{n}/figure.svg" for n in range(0, posts, 5)]
    return [Artifact(path, (text % n).encode()) for n, path in enumerate(pages + others)]


def kept(site: Path) -> list[Artifact]:
    return [Artifact(path, ExistingContent(sha256)) for path, sha256 in inspect(site).files.items()]


def edited(number: int) -> Artifact:
    return Artifact("2024/post-0/index.html", b"%d" % number)


def repeat(act: Callable[[int], object]) -> list[float]:
    return [timed(lambda n=n: act(n)) for n in range(1, 6)]


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def row(name: str, times: list[float]) -> None:
    print(f"{name:24}{statistics.median(times):8.1f}")


if __name__ == "__main__":
    main()
