"""What a build remembers for the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from evergreen.memo import contents
from evergreen.memo.memory import (
    Entry,
    LostPage,
    Memory,
    digest,
    read_memory,
    slim,
    whole,
    write_memory,
)
from evergreen.model import Artifact, Kept, Page, Post

POST = Post("posts/a.md", "a", "题", datetime(2026, 1, 1, tzinfo=UTC), "/a/", "正文", 4, "zh")
PAGE = Page(POST, "<p>正文</p>", artifacts=(Artifact("f.png", b"\x89"),), digest="ab" * 32)


def remembered(folder: Path, base: str = "base") -> Memory:
    """A memory of one page, written and read again."""
    entry = Entry("source", slim(PAGE), "key", "record")
    write_memory(folder, Memory(base, {POST.path: entry}, {"f.png": ("in", "out")}), [PAGE])
    return read_memory(folder, "base")


def test_a_memory_comes_back(tmp_path: Path) -> None:
    """With pages that can be made whole again."""
    memory = remembered(tmp_path)
    entry = memory.entries[POST.path]
    assert ("source", "key", "record") == (entry.source, entry.key, entry.record)
    assert whole(tmp_path, entry.page) == PAGE
    assert {"f.png": ("in", "out")} == memory.made


def test_a_slim_page_holds_no_content(tmp_path: Path) -> None:
    """Its files are named by their hash."""
    page = slim(PAGE)
    assert ("", "") == (page.content, page.post.body)
    assert Kept(sha256(b"\x89").hexdigest()) == page.artifacts[0].content


def test_under_another_base_only_last_good_pages_count(tmp_path: Path) -> None:
    """Nothing is taken for up to date."""
    memory = remembered(tmp_path, "another base")
    assert ("", {}) == (memory.entries[POST.path].source, memory.made)
    assert whole(tmp_path, memory.entries[POST.path].page) == PAGE


def test_a_damaged_memory_is_none(tmp_path: Path) -> None:
    """All is then made anew."""
    remembered(tmp_path)
    (tmp_path / "index.pickle").write_bytes(b"damaged")
    assert Memory("base") == read_memory(tmp_path, "base")
    assert Memory("base") == read_memory(tmp_path / "nowhere", "base")


def test_pages_that_nobody_needs_are_forgotten(tmp_path: Path) -> None:
    """A content for each page, and no more."""
    remembered(tmp_path)
    newer = replace(PAGE, digest="cd" * 32)
    write_memory(tmp_path, Memory("base", {POST.path: Entry("s", slim(newer))}), [newer])
    assert {newer.digest} == contents.names(tmp_path)


@pytest.mark.parametrize("damage", [b"damaged", b"SQLite format 3\0" + bytes(200), b""])
def test_damaged_contents_are_made_anew(tmp_path: Path, damage: bytes) -> None:
    """The page is lost, and the next one is kept."""
    remembered(tmp_path)
    (tmp_path / contents.FILE).write_bytes(damage)
    with pytest.raises(LostPage):
        whole(tmp_path, slim(PAGE))
    assert frozenset() == contents.names(tmp_path)
    assert whole(tmp_path, remembered(tmp_path).entries[POST.path].page) == PAGE


def test_digests_tell_parts_apart() -> None:
    """Two texts are not one."""
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("文") == digest("文".encode())
