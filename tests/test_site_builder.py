"""Which files a build makes anew, and of what it reads for that."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Write

from evergreen.build import site_builder
from evergreen.build.cache import state as memory
from evergreen.build.cache.pages import CachedPage
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.settings import read_settings

HEAD = "---\ntitle: {}\ntags: [一]\nexcerpt: 摘要\n---\n\n"
POSTS = {f"posts/2026-01-{day:02}-p{day}.md": f"{HEAD.format(day)}正文。\n" for day in range(1, 28)}
NEW, OLD = "posts/2026-01-27-p27.md", "posts/2026-01-01-p1.md"
PAGE, TEXT = "p1/index.html", "p1/index.md"


def build(root: Path) -> set[str]:
    """Publish; the files that are other ones than before."""
    output = root / "_site"
    before = _inodes(output)
    publish(BuildOptions(root, output, read_settings(root)))
    return {path for path, node in _inodes(output).items() if before.get(path) != node}


def _inodes(output: Path) -> dict[str, int]:
    files = (path for path in output.rglob("*") if path.is_file() and path.name != ".evergreen")
    return {path.relative_to(output).as_posix(): path.stat().st_ino for path in files}


def edit(root: Path, path: str, old: str = "正文", new: str = "正文，改") -> None:
    """Another text in a post."""
    text = (root / path).read_text("utf-8")
    (root / path).write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def blog(write_blog: Write) -> Path:
    """One that was published."""
    root = write_blog({**POSTS, "site.toml": 'title = "博"\nsearch = false\n'})
    build(root)
    return root


@pytest.fixture
def unread(blog: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A blog of which neither an outline may be made nor pages that did not change be read."""

    def page(entry: CachedPage) -> None:
        raise AssertionError(entry.summary.page_links.path)

    monkeypatch.setattr(CachedPage, "page", property(lambda entry: page(entry)))
    monkeypatch.setattr(site_builder, "outline_site", lambda *_: pytest.fail("outlined"))
    return blog


def test_another_word_makes_one_page(blog: Path) -> None:
    """As HTML and as Markdown, of a post that no feed has any more."""
    edit(blog, OLD)
    assert {PAGE, TEXT} == build(blog)


def test_nothing_makes_no_file(unread: Path) -> None:
    """And reads no page."""
    assert set() == build(unread)


def test_feeds_follow_their_posts(blog: Path) -> None:
    """Those that have the post, in both forms."""
    edit(blog, NEW)
    feeds = {f"{folder}feed.{form}" for folder in ("", "tags/一/") for form in ("xml", "json")}
    assert {"p27/index.html", "p27/index.md"} | feeds == build(blog)
    assert "正文，改" in (blog / "_site/feed.xml").read_text("utf-8")


def test_no_outline_while_faces_are_the_same(blog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page was made of the last time is enough."""
    monkeypatch.setattr(site_builder, "outline_site", lambda *_: pytest.fail("outlined"))
    edit(blog, OLD)
    assert {PAGE, TEXT} == build(blog)


def test_a_summary_is_shown_on_the_home_page(blog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the one that lists the post, and on no other."""
    edit(blog, OLD, "excerpt: 摘要\n", "")
    build(blog)
    monkeypatch.setattr(site_builder, "outline_site", lambda *_: pytest.fail("outlined"))
    edit(blog, OLD)
    (home,) = build(blog) - {PAGE, TEXT}
    assert "正文，改" in (blog / "_site" / home).read_text("utf-8")


def test_another_title_is_told_everywhere(blog: Path) -> None:
    """By neighbours and lists; other pages stay."""
    edit(blog, OLD, "title: 1", "title: 首")
    made = build(blog)
    assert {PAGE, "p2/index.html", "archive/index.html", "tags/一/index.html"} <= made
    assert "p27/index.html" not in made


@pytest.mark.parametrize("path", [PAGE, "index.html", "feed.xml", "sitemap.xml", "404.html"])
def test_a_file_that_is_gone_is_made_again(blog: Path, path: str) -> None:
    """Equal to what it was."""
    good = (blog / "_site" / path).read_bytes()
    (blog / "_site" / path).unlink()
    assert {path} == build(blog)
    assert good == (blog / "_site" / path).read_bytes()


def test_a_damaged_task_is_no_task(blog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site is outlined anew."""
    monkeypatch.setattr(memory, "digest", lambda *_: "another")
    edit(blog, OLD)
    assert {PAGE, TEXT} == build(blog)
