"""The archive with all that a post's notebook needs."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from evergreen.build.downloads import with_archive
from evergreen.model import Artifact, Download, Execution, Page, Post, Site

POST = Post("posts/a.md", "a", "甲", datetime(2026, 1, 1), "/a/", "", 1, "zh", bundle="posts")
PAGE = Page(
    POST,
    "",
    artifacts=(Artifact("a/a.ipynb", b"{}"), Artifact("assets/b.png", b"")),
    downloads=(Download("ipynb", "/blog/a/a.ipynb"),),
)
SITE = Site(baseurl="/blog")
FACTS = {
    "file 数据.csv": "1",
    "file gone.csv": "",
    "file ../site.toml": "1",
    "folder .": "1",
    "outside /etc/hostname": "1",
}


def blog(root: Path) -> Path:
    """Return a blog with files beside its post."""
    (root / "posts").mkdir()
    for name in ("数据.csv", "helper.py", "listed.txt", "a.md", ".hidden", "gone.csv"):
        (root / "posts" / name).write_text(name, "utf-8")
    (root / "site.toml").write_text("")
    return root


def test_the_archive_has_what_the_code_read(tmp_path: Path) -> None:
    """And the notebook; nothing hidden, nothing from outside, no posts."""
    made = with_archive(PAGE, SITE, blog(tmp_path), POST, Execution((), facts=FACTS))
    archive = made.artifacts[-1]
    assert ("a/a.zip", Download("zip", "/blog/a/a.zip")) == (archive.path, made.downloads[-1])
    assert isinstance(archive.content, bytes)
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        names = opened.namelist()
        assert ["a.ipynb", "gone.csv", "listed.txt", "数据.csv"] == names
        assert "数据.csv".encode() == opened.read("数据.csv")


def test_equal_files_make_equal_archives(tmp_path: Path) -> None:
    """Whenever they are made."""
    root = blog(tmp_path)
    made = [with_archive(PAGE, SITE, root, POST, Execution((), facts=FACTS)) for _ in range(2)]
    assert made[0].artifacts[-1] == made[1].artifacts[-1]


def test_no_archive_without_files(tmp_path: Path) -> None:
    """Nor for a post that has no notebook to download."""
    root = blog(tmp_path)
    assert PAGE == with_archive(PAGE, SITE, root, POST, Execution(()))
    bare = replace(PAGE, downloads=())
    assert bare == with_archive(bare, SITE, root, POST, Execution((), facts=FACTS))
