"""The similar posts of a blog are remembered, and found again when what they depend on changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sample_pages import post

from evergreen.build.cache import similar
from evergreen.build.cache.similar import FILE, SimilarMemory
from evergreen.model import Post
from evergreen.model.post import Series
from evergreen.site.related import find_similar

Posts = tuple[Sequence[Post], Mapping[str, str], Mapping[str, Sequence[str]]]


@pytest.fixture(autouse=True)
def _of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similar, "MANY", 1)


def blog() -> Posts:
    """Return posts with tags, what their translations have in common, and their keywords."""
    tags = (("NumPy",), ("NumPy", "数据"), ("数据",), ("Git",), ("NumPy", "Git"), ("NumPy",))
    posts = [post(f"p{n}", f"文 {n}", 9 - n, tags=own) for n, own in enumerate(tags)]
    keywords = {posts[n].path: ("损失", "gradient", "epoch", f"word{n}") for n in (0, 3)}
    return posts, {each.path: each.path for each in posts}, keywords


def never(*_: object) -> list[list[int]]:
    """Stand for a search that must not happen."""
    pytest.fail("similar posts were searched for again")


def changed(what: str) -> Posts:
    """Return the blog after a change."""
    posts, keys, keywords = blog()
    first, *rest = posts
    if what == "a tag":
        return [replace(first, tags=("Git",)), *rest], keys, keywords
    if what == "a series":
        part = Series("系列")
        return [replace(each, series=part) for each in posts], keys, keywords
    if what == "a translation":
        return posts, keys | {posts[4].path: posts[1].path}, keywords
    if what == "keywords":
        return posts, keys, {first.path: keywords[first.path]}
    return rest, keys, keywords


def test_the_result_is_that_of_a_search(tmp_path: Path) -> None:
    """A memory returns what find_similar returns."""
    assert SimilarMemory(tmp_path, "base")(*blog()) == find_similar(*blog())


def test_the_next_build_reads_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another memory in the same folder does not search again."""
    SimilarMemory(tmp_path, "base")(*blog())
    monkeypatch.setattr(similar, "find_similar", never)
    assert SimilarMemory(tmp_path, "base")(*blog()) == find_similar(*blog())


@pytest.mark.parametrize("what", ["a tag", "a series", "a translation", "keywords", "a post"])
def test_a_change_is_seen(tmp_path: Path, what: str) -> None:
    """A change of what similar posts depend on gives another result, that of a search."""
    SimilarMemory(tmp_path, "base")(*blog())
    found = SimilarMemory(tmp_path, "base")(*changed(what))
    assert found == find_similar(*changed(what)) != find_similar(*blog())


def test_another_engine_searches_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result of another engine is not used."""
    SimilarMemory(tmp_path, "old")(*blog())
    monkeypatch.setattr(similar, "find_similar", lambda *_: [[0]])
    assert SimilarMemory(tmp_path, "new")(*blog()) == [[0]]


def test_a_change_of_titles_needs_no_search(tmp_path: Path, monkeypatch) -> None:
    """What similar posts do not depend on, such as a title, leaves the result as it is."""
    SimilarMemory(tmp_path, "base")(*blog())
    posts, keys, keywords = blog()
    monkeypatch.setattr(similar, "find_similar", never)
    SimilarMemory(tmp_path, "base")([replace(each, title="新") for each in posts], keys, keywords)


@pytest.mark.parametrize("content", [b"", b"1234", b"\xff" * 40])
def test_a_damaged_memory_is_ignored(tmp_path: Path, content: bytes) -> None:
    """Whatever is in the file's place, the result is that of a search."""
    (tmp_path / FILE).write_bytes(content)
    assert SimilarMemory(tmp_path, "base")(*blog()) == find_similar(*blog())
