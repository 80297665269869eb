"""Measure how fast a build finds that nothing must run: `python bench/records.py [RECORDS]`.

Each record belongs to a post, with 40 packages, 10 files next to the post, and outputs of 20 kB
with two figures. All are looked up and validated, as in a build without changes, which does not
read the outputs. Prints medians of five without caches, in milliseconds: wall-clock time, and CPU
time, which other load on the machine does not affect.
"""

from __future__ import annotations

import functools
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from hashlib import sha256
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evergreen.build.planning.context import PlanContext, belonging
from evergreen.build.planning.plan import record_in_force
from evergreen.model import Cell, Display, ExecuteOptions, Execution, Notebook, Post, Stream
from evergreen.records import machine
from evergreen.records import store as records

PACKAGES, FILES = 40, 10


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        posts = [post_of(number) for number in range(count)]
        keys = [keep_one(root, number) for number in range(count)]
        times = [timed(root, posts, keys) for _ in range(5)]
    clock, processor = (statistics.median(each) * 1000 for each in zip(*times, strict=True))
    print(f"{count} records: {clock:.0f} ms, {processor:.0f} ms of CPU time")


def timed(root: Path, posts: list[Post], keys: list[str]) -> tuple[float, float]:
    """Look up all records in a new context, as each build does."""
    start = time.perf_counter(), time.process_time()
    paths = [post.path for post in posts]
    context = PlanContext(root, root / "records", paths, beside=belonging(paths))
    found = [record_in_force(context, post, key) for post, key in zip(posts, keys, strict=True)]
    end = time.perf_counter(), time.process_time()
    assert all(found)
    return end[0] - start[0], end[1] - start[1]


def post_of(number: int) -> Post:
    date = datetime(2026, 1, 1, tzinfo=UTC)
    path, bundle = f"posts/{number}/index.md", f"posts/{number}"
    return Post(path, str(number), "常青", date, f"/{number}/", "", 1, "zh", bundle=bundle)


def keep_one(root: Path, number: int) -> str:
    """Write a record and the files that it depends on; return its key."""
    facts = {fact: machine.Machine().value(fact) for fact in ("python", "platform")}
    facts |= {f"package {name}": metadata.version(name) for name in packages()}
    for each in range(FILES):
        name, content = f"資料-{each}.csv", f"列,值\n{number},{each}\n" * 50
        (root / f"posts/{number}").mkdir(parents=True, exist_ok=True)
        (root / f"posts/{number}/{name}").write_text(content, "utf-8")
        facts[f"file {name}"] = sha256(content.encode()).hexdigest()
    figures = [Display({"image/png": os.urandom(20_000)}) for _ in range(2)]
    outputs = ((Stream("stdout", f"第 {number} 行。\n" * 1000),), tuple(figures))
    notebook = Notebook((Cell(f"print({number})", 1),))
    key = records.execution_key(notebook, ExecuteOptions())
    execution = Execution(outputs, facts=facts, finished=datetime.now(UTC), seconds=1.0)
    records.keep(root / "records", key, execution)
    return key


@functools.cache
def packages() -> list[str]:
    names = {each.metadata["Name"] for each in metadata.distributions()}
    return sorted(names)[:PACKAGES]


if __name__ == "__main__":
    main()
