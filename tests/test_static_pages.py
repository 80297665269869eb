"""URLs of static pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from evergreen.content.post import find_posts, parse_post
from evergreen.content.static_pages import NO_DATE, find_pages, is_static
from evergreen.errors import EvergreenError
from evergreen.model import Post, Site

SITE = Site(lang="zh", languages=("en",))


def read(path: str, head: str = "title: 关于") -> Post:
    """Return the page of a file with this front matter."""
    return parse_post(path, f"---\n{head}\n---\n正文\n".encode(), SITE)


@pytest.mark.parametrize(
    ("path", "url", "slug", "lang"),
    [
        ("pages/about.md", "/about/", "about", "zh"),
        ("pages/about.en.md", "/en/about/", "about", "en"),
        ("pages/项目/列表.md", "/项目/列表/", "项目-列表", "zh"),
        ("pages/projects/index.md", "/projects/", "projects", "zh"),
        ("pages/projects/index.en.md", "/en/projects/", "projects", "en"),
        ("pages/node.js.md", "/node.js/", "node.js", "zh"),
    ],
)
def test_the_url_of_a_page_is_its_path(path: str, url: str, slug: str, lang: str) -> None:
    """The path below pages/ is the URL, below the language of a translation."""
    page = read(path)
    assert (url, slug, lang) == (page.url, page.slug, page.lang)


def test_a_page_needs_no_date() -> None:
    """A page has the layout `page`, and a date only if the front matter has one."""
    page = read("pages/about.md")
    assert ("page", NO_DATE) == (page.layout, page.date)
    assert datetime(2026, 1, 2, tzinfo=UTC) == read("pages/about.md", "date: 2026-01-02").date


def test_a_page_has_its_own_permalink_and_layout() -> None:
    """The front matter overrides both; the page stays static."""
    page = read("pages/404.md", "permalink: /404.html\nlayout: bare")
    assert ("/404.html", "bare", True) == (page.url, page.layout, is_static(page))


def test_a_post_with_the_layout_of_pages_is_static() -> None:
    """The layout `page` makes a post static, as in Jekyll."""
    assert is_static(read("posts/2026-01-02-about.md", "layout: page"))
    assert not is_static(read("posts/2026-01-02-about.md"))


def test_a_page_cannot_leave_the_site() -> None:
    """A permalink with `..` is refused at its line."""
    with pytest.raises(EvergreenError) as caught:
        read("pages/about.md", "permalink: /../../etc/")
    assert str(caught.value).startswith(
        "pages/about.md:2:12: the URL '/../../etc/' has a part '..'"
    )


def test_pages_are_found_in_folders(tmp_path: Path) -> None:
    """Every Markdown file below pages/ is a page."""
    for name in ("pages/about.md", "pages/a/b.md", "pages/a/data.csv", "posts/2026-01-02-x.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert ["pages/a/b.md", "pages/about.md"] == find_pages(tmp_path)
    assert [*find_pages(tmp_path), "posts/2026-01-02-x.md"] == find_posts(tmp_path)
