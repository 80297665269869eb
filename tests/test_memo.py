"""What a build remembers for the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from evergreen.build.cache import database as tables
from evergreen.build.cache.pages import Entry, LostPage, digest, entry_of, slim, whole
from evergreen.build.cache.state import Made, Memory, read_memory, read_tasks, write_memory
from evergreen.model import Artifact, Hyperlink, Kept, Page, Post
from evergreen.site.tasks import Kit, Task

POST = Post("posts/a.md", "a", "题", datetime(2026, 1, 1, tzinfo=UTC), "/a/", "正文", 4, "zh")
LINKS = (Hyperlink(5, "/b/", path="b/"), Hyperlink(6, "https://example.org/"))
PAGE = Page(
    POST,
    "<p>正文</p>",
    artifacts=(Artifact("f.png", b"\x89"),),
    hyperlinks=LINKS,
    digest="ab" * 32,
)


def copy(kit: Kit, path: str) -> Artifact:
    """What a task does."""
    return Artifact("a/index.html", kit.whole(path).content.encode())


TASK = Task("a/index.html", copy, (POST.path,), (POST.path,), POST.path)
MADE = {
    TASK.path: Made(digest(TASK.inputs), TASK.shows, PAGE.digest, "01" * 32),
    "robots.txt": Made("", (), "", "23" * 32),
}


def state(page: Page = PAGE, base: str = "base") -> Memory:
    """A memory of one page."""
    entry = entry_of(page, "source", (1, 2, 3, 4), "key", "record")
    return Memory(base, {POST.path: entry}, MADE, "faces", frozenset(["posts/b.md"]))


def remembered(folder: Path, base: str = "base") -> Memory:
    """The same, written and read again."""
    write_memory(folder, Memory(base), state(base=base), {TASK.path: TASK})
    return read_memory(folder, "base")


def test_a_memory_comes_back(tmp_path: Path) -> None:
    """With pages that can be made whole again."""
    memory = remembered(tmp_path)
    brief = memory.entries[POST.path].brief
    assert state().entries[POST.path].brief == brief
    assert ("source", (1, 2, 3, 4), "key", "record") == (
        *(brief.source, brief.stamp),
        *(brief.key, brief.record),
    )
    assert whole(tmp_path, memory.entries[POST.path].page) == PAGE
    assert (MADE, "faces", {"posts/b.md"}) == (memory.made, memory.faces, memory.left_out)


def test_a_brief_tells_what_links_lead_to(tmp_path: Path) -> None:
    """Within the site."""
    linked = remembered(tmp_path).entries[POST.path].brief.linked
    assert ("posts/a.md", "a/index.html", "zh") == linked[:3]
    assert LINKS[:1] == linked.hyperlinks


def test_a_slim_page_holds_no_content(tmp_path: Path) -> None:
    """Its files are named by their hash."""
    page = slim(PAGE)
    assert ("", "") == (page.content, page.post.body)
    assert Kept(sha256(b"\x89").hexdigest()) == page.artifacts[0].content


def test_tasks_come_back(tmp_path: Path) -> None:
    """Those of files that show posts, which are made of more than their inputs."""
    memory = remembered(tmp_path)
    assert [TASK] == read_tasks(tmp_path, memory.made, [TASK.path])
    assert read_tasks(tmp_path, memory.made, [TASK.path, "robots.txt"]) is None
    other = {TASK.path: MADE[TASK.path]._replace(inputs="else")}
    assert read_tasks(tmp_path, other, [TASK.path]) is None


def test_rows_that_have_not_changed_stay(tmp_path: Path) -> None:
    """Their tasks and contents too, which nobody gives again."""
    memory = remembered(tmp_path)
    made = {**memory.made, "robots.txt": Made("", (), "", "45" * 32)}
    write_memory(tmp_path, memory, replace(memory, made=made))
    again = read_memory(tmp_path, "base")
    assert made == again.made
    assert [TASK] == read_tasks(tmp_path, again.made, [TASK.path])
    assert whole(tmp_path, again.entries[POST.path].page) == PAGE


def test_under_another_base_only_last_good_pages_count(tmp_path: Path) -> None:
    """Nothing is taken for up to date."""
    memory = remembered(tmp_path, "another base")
    brief = memory.entries[POST.path].brief
    assert ("", (), {}, "") == (brief.source, brief.stamp, memory.made, memory.faces)
    assert whole(tmp_path, memory.entries[POST.path].page) == PAGE


def test_a_last_good_page_stays_one(tmp_path: Path) -> None:
    """Written under the new base, it is still not taken for up to date."""
    memory = remembered(tmp_path, "another base")
    write_memory(tmp_path, memory, memory)
    assert "" == read_memory(tmp_path, "base").entries[POST.path].brief.source


@pytest.mark.parametrize("damage", [b"damaged", b"SQLite format 3\0" + bytes(200), b""])
def test_a_damaged_memory_is_none(tmp_path: Path, damage: bytes) -> None:
    """All is then made anew, and kept."""
    remembered(tmp_path)
    (tmp_path / tables.FILE).write_bytes(damage)
    assert Memory("base") == read_memory(tmp_path, "base")
    assert frozenset() == tables.contents(tmp_path)
    with pytest.raises(LostPage):
        whole(tmp_path, slim(PAGE))
    assert whole(tmp_path, remembered(tmp_path).entries[POST.path].page) == PAGE


def test_no_memory(tmp_path: Path) -> None:
    """Nothing is made by looking."""
    assert Memory("base") == read_memory(tmp_path / "nowhere", "base")
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_page_is_lost(tmp_path: Path) -> None:
    """When somebody asks for it."""
    brief = state().entries[POST.path].brief
    for packed in (b"damaged", state(replace(PAGE, digest="cd" * 32)).entries[POST.path].packed):
        write_memory(tmp_path, Memory(), Memory("base", {POST.path: Entry(brief, packed)}))
        with pytest.raises(LostPage):
            _ = read_memory(tmp_path, "base").entries[POST.path].page


def test_pages_that_nobody_needs_are_forgotten(tmp_path: Path) -> None:
    """A content for each page, and no more."""
    memory = remembered(tmp_path)
    newer = replace(PAGE, digest="cd" * 32)
    write_memory(tmp_path, memory, state(newer), {TASK.path: TASK})
    assert {newer.digest} == tables.contents(tmp_path)
    write_memory(tmp_path, memory, Memory("base"))
    assert (frozenset(), {}) == (tables.contents(tmp_path), read_memory(tmp_path, "base").entries)


def test_digests_tell_parts_apart() -> None:
    """Two texts are not one."""
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("文") == digest("文".encode())
