"""What a build remembers for the next one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from evergreen.build.cache import database
from evergreen.build.cache.pages import (
    CachedPage,
    CacheMissing,
    PageSummary,
    StoredPages,
    entry_of,
    pack_summary,
    read_whole,
    slim,
    spooled,
    unpack_summary,
    unspooled,
    whole,
)
from evergreen.build.cache.state import BuildState, CachedFile, read_state, read_tasks, write_state
from evergreen.build.spool import Spool, SpooledContent
from evergreen.errors import Problem
from evergreen.model import Artifact, ExistingContent, Hyperlink, LinkedFile, Page, Post
from evergreen.model.hashing import digest
from evergreen.site.tasks import FileTask, RenderContext

POST = Post("posts/a.md", "a", "题", datetime(2026, 1, 1, tzinfo=UTC), "/a/", "正文", 4, "zh")
LINKS = (Hyperlink(5, "/b/", path="b/"), Hyperlink(6, "https://example.org/"))
PAGE = Page(
    POST,
    "<p>正文</p>",
    artifacts=(Artifact("f.png", b"\x89"),),
    hyperlinks=LINKS,
    digest="ab" * 32,
)


def copy(context: RenderContext, path: str) -> Artifact:
    """What a task does."""
    return Artifact("a/index.html", context.whole(path).content.encode())


TASK = FileTask("a/index.html", copy, (POST.path,), (POST.path,), POST.path)
MADE = {
    TASK.path: CachedFile(digest(TASK.inputs), TASK.shows, PAGE.digest, "01" * 32),
    "robots.txt": CachedFile("", (), "", "23" * 32),
}


def state(page: Page = PAGE, base: str = "base") -> BuildState:
    """A memory of one page."""
    entry = entry_of(page, "source", (1, 2, 3, 4), "key", "record")
    return BuildState(base, {POST.path: entry}, MADE, "faces", frozenset(["posts/b.md"]))


def remembered(folder: Path, base: str = "base") -> BuildState:
    """The same, written and read again."""
    write_state(folder, BuildState(base), state(base=base), {TASK.path: TASK})
    return read_state(folder, "base")


def test_a_memory_comes_back(tmp_path: Path) -> None:
    """With pages that can be made whole again."""
    memory = remembered(tmp_path)
    summary = memory.entries[POST.path].summary
    assert state().entries[POST.path].summary == summary
    assert ("source", (1, 2, 3, 4), "key", "record") == (
        *(summary.source, summary.stamp),
        *(summary.key, summary.record),
    )
    assert whole(tmp_path, memory.entries[POST.path].page) == PAGE
    assert (MADE, "faces", {"posts/b.md"}) == (memory.made, memory.metadata_hash, memory.left_out)


def test_an_entry_is_made_whole_without_its_slim_page(tmp_path: Path) -> None:
    """An edit of one post reads no other page."""
    entry = remembered(tmp_path).entries[POST.path]
    assert PAGE == read_whole(tmp_path, entry)
    assert isinstance(entry.stored, StoredPages) and "packed" not in vars(entry.stored)


def test_a_restamped_page_stays(tmp_path: Path) -> None:
    """Its row is written again with the page that is stored."""
    memory = remembered(tmp_path)
    entry = memory.entries[POST.path]
    again = replace(entry, summary=entry.summary._replace(stamp=(9,)))
    write_state(tmp_path, memory, replace(memory, entries={POST.path: again}))
    assert slim(PAGE) == read_state(tmp_path, "base").entries[POST.path].page


def test_a_brief_tells_what_links_lead_to(tmp_path: Path) -> None:
    """Within the site."""
    page_links = remembered(tmp_path).entries[POST.path].summary.page_links
    assert ("posts/a.md", "a/index.html", "zh") == page_links[:3]
    assert LINKS[:1] == page_links.hyperlinks


def test_a_slim_page_holds_no_content(tmp_path: Path) -> None:
    """Its files are named by their hash."""
    page = slim(PAGE)
    assert ("", "") == (page.content, page.post.body)
    assert ExistingContent(sha256(b"\x89").hexdigest()) == page.artifacts[0].content


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
    made = {**memory.made, "robots.txt": CachedFile("", (), "", "45" * 32)}
    write_state(tmp_path, memory, replace(memory, made=made))
    again = read_state(tmp_path, "base")
    assert made == again.made
    assert [TASK] == read_tasks(tmp_path, again.made, [TASK.path])
    assert whole(tmp_path, again.entries[POST.path].page) == PAGE


def test_under_another_base_only_last_good_pages_count(tmp_path: Path) -> None:
    """Nothing is taken for up to date."""
    memory = remembered(tmp_path, "another base")
    summary = memory.entries[POST.path].summary
    assert ("", (), {}, "") == (summary.source, summary.stamp, memory.made, memory.metadata_hash)
    assert whole(tmp_path, memory.entries[POST.path].page) == PAGE


def test_a_last_good_page_stays_one(tmp_path: Path) -> None:
    """Written under the new base, it is still not taken for up to date."""
    memory = remembered(tmp_path, "another base")
    write_state(tmp_path, memory, memory)
    assert "" == read_state(tmp_path, "base").entries[POST.path].summary.source


@pytest.mark.parametrize("damage", [b"damaged", b"SQLite format 3\0" + bytes(200), b""])
def test_a_damaged_memory_is_none(tmp_path: Path, damage: bytes) -> None:
    """All is then made anew, and kept."""
    remembered(tmp_path)
    (tmp_path / database.FILE).write_bytes(damage)
    assert BuildState("base") == read_state(tmp_path, "base")
    assert frozenset() == database.contents(tmp_path)
    with pytest.raises(CacheMissing):
        whole(tmp_path, slim(PAGE))
    assert whole(tmp_path, remembered(tmp_path).entries[POST.path].page) == PAGE


def test_the_memory_of_another_version_is_none(tmp_path: Path) -> None:
    """Its tables have other columns: it is replaced."""
    with closing(sqlite3.connect(tmp_path / database.FILE)) as file, file:
        file.execute("CREATE TABLE files (path TEXT PRIMARY KEY, task BLOB)")
    assert BuildState("base") == read_state(tmp_path, "base")
    assert MADE == remembered(tmp_path).made


def test_no_memory(tmp_path: Path) -> None:
    """Nothing is made by looking."""
    assert BuildState("base") == read_state(tmp_path / "nowhere", "base")
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_page_is_lost(tmp_path: Path) -> None:
    """When somebody asks for it."""
    summary = state().entries[POST.path].summary
    for packed in (b"damaged", state(replace(PAGE, digest="cd" * 32)).entries[POST.path].packed):
        write_state(
            tmp_path, BuildState(), BuildState("base", {POST.path: CachedPage(summary, packed)})
        )
        with pytest.raises(CacheMissing):
            _ = read_state(tmp_path, "base").entries[POST.path].page


def test_pages_that_nobody_needs_are_forgotten(tmp_path: Path) -> None:
    """A content for each page, and no more."""
    memory = remembered(tmp_path)
    newer = replace(PAGE, digest="cd" * 32)
    write_state(tmp_path, memory, state(newer), {TASK.path: TASK})
    assert {newer.digest} == database.contents(tmp_path)
    write_state(tmp_path, memory, BuildState("base"))
    assert (frozenset(), {}) == (database.contents(tmp_path), read_state(tmp_path, "base").entries)


def test_digests_tell_parts_apart() -> None:
    """Two texts are not one."""
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("文") == digest("文".encode())


SUMMARY = state().entries[POST.path].summary


class Marked(str):
    """A text of a class of its own, as a library may return."""

    __slots__ = ()


@pytest.mark.parametrize(
    "summary",
    [
        SUMMARY,
        SUMMARY._replace(page_links=SUMMARY.page_links._replace(hyperlinks=())),
        SUMMARY._replace(date=datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))),
        SUMMARY._replace(problems=(Problem("posts/a.md", 3, message="错"),)),
        SUMMARY._replace(linked=(LinkedFile("b.csv", "posts/b.csv", "ab" * 32),)),
        SUMMARY._replace(uses={"include a.html": "01"}, files=(("f.png", "ab" * 32),)),
        SUMMARY._replace(key=Marked("key")),
    ],
)
def test_summaries_come_back(summary: PageSummary) -> None:
    """Equal, whatever a page has."""
    assert summary == unpack_summary(pack_summary(summary))


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, pack_summary(SUMMARY)[:-1] + b"\0"])
def test_damaged_summaries_are_refused(damage: bytes) -> None:
    """The cache is then made anew."""
    with pytest.raises((ValueError, EOFError, TypeError)):
        unpack_summary(damage)


def test_files_of_new_pages_are_on_disk(tmp_path: Path) -> None:
    """Figures and downloads are in no memory until they are published."""
    kept = Artifact("b.png", ExistingContent("ab" * 32))
    page = replace(PAGE, artifacts=(Artifact("f.png", b"\x89" * 99), Artifact("e", b""), kept))
    entry = spooled(entry_of(page, "source"), Spool(tmp_path))
    assert unspooled(entry) == page
    assert entry.files[2] == kept
    contents = [file.content for file in entry.files[:2]]
    assert all(isinstance(each, SpooledContent) for each in contents)
    assert [b"\x89" * 99, b""] == [each.read() for each in contents]
    assert [file.sha256 for file in page.artifacts] == [file.sha256 for file in entry.files]
