"""A long session: hundreds of saves, ten thousand requests."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import pytest
from previewing import Preview, serve, until

pytestmark = pytest.mark.slow
POST = "---\ntitle: 文 {n}\n---\n\n正文 {n}。\n"
REBUILDS = int(os.environ.get("EVERGREEN_REBUILDS", "200"))
GETS = 10_000


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    """A light blog."""
    root = tmp_path / "blog"
    (root / "posts").mkdir(parents=True)
    for number in range(10):
        (root / f"posts/2026-01-{number + 1:02}-p{number}.md").write_text(
            POST.format(n=number), "utf-8"
        )
    (root / "site.toml").write_text("search = false\n", "utf-8")
    return root


def megabytes(preview: Preview) -> float:
    """What the preview's process holds."""
    pages = int(Path(f"/proc/{preview.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def save(preview: Preview, number: int, title: int = 0) -> None:
    """Save a post, and wait until its page is new."""
    text = POST.format(n=f"{number}x").replace("title: 文 ", f"title: 文 {title} ")
    preview.write("posts/2026-01-01-p0.md", text)
    until(lambda: f"正文 {number}x" in preview.ask("/p0/")[2].decode())


def test_many_rebuilds(blog: Path) -> None:
    """Memory grows by less than 50 MB, the open files and the processes stay as many."""
    with serve(blog) as preview:
        for number in range(50):
            save(preview, number, number)
        files = Path(f"/proc/{preview.process.pid}/fd")
        before = megabytes(preview), len(list(files.iterdir()))
        for number in range(REBUILDS):
            save(preview, number, number // 10)
        after = megabytes(preview), len(list(files.iterdir()))
        assert after[0] - before[0] < 50
        assert abs(after[1] - before[1]) <= 2
        children = Path(f"/proc/{preview.process.pid}/task/{preview.process.pid}/children")
        assert "" == children.read_text()


def test_ten_thousand_requests_during_rebuilds(blog: Path) -> None:
    """No 404, and no half page."""
    with serve(blog) as preview:
        wrong: list[tuple[int, bytes]] = []

        def read(count: int) -> None:
            for number in range(count):
                status, _, body = preview.ask(f"/p{number % 10}/" if number % 3 else "/")
                if status != 200 or not body.rstrip().endswith(b"</html>"):
                    wrong.append((status, body[-80:]))

        readers = [threading.Thread(target=read, args=(GETS // 4,)) for _ in range(4)]
        for reader in readers:
            reader.start()
        for number in range(50):
            save(preview, number, number)
        for reader in readers:
            reader.join()
        assert [] == wrong
        assert len(re.findall(r"\d+ ms$", preview.said, re.M)) >= 40
