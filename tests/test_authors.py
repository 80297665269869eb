"""Authors: their names in posts, their pages and feeds."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_pages import SITE, post, render_site

from evergreen.content.post import parse_post
from evergreen.errors import SettingsError
from evergreen.model import Page, Site
from evergreen.settings import parse_settings

TEMPLATES = Path(__file__).parent.parent / "templates"
PROFILES = """
author = "林木"
[authors.bo]
name = "谭博"
avatar = "/bo.jpg"
bio = "数年轮的人"
url = "https://bo.example"
"""


def names(head: str, site: Site | None = None) -> tuple[str, ...]:
    """Return the authors of a post with this line in its front matter."""
    source = f"---\ntitle: 甲\ndate: 2026-01-01\n{head}\n---\n\n文。\n"
    return parse_post("posts/a.md", source.encode(), site or parse_settings(PROFILES)).authors


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", ("林木",)),
        ("author: Ada", ("Ada",)),
        ("author: bo", ("谭博",)),
        ("authors: [bo, Ada, bo]", ("谭博", "Ada")),
        ("author: [Ada, bo]", ("Ada", "谭博")),
        ("author: {name: Ada, url: https://a.example}", ("Ada",)),
        ("authors:\n  - name: Ada\n  - name: bo", ("Ada", "谭博")),
    ],
)
def test_names(head: str, expected: tuple[str, ...]) -> None:
    """One name or several, keys of `[authors]`, mappings as other tools have them."""
    assert expected == names(head)


def files(site: Site, *authors: str) -> dict[str, str]:
    """Return the texts of a site of one post by each author."""
    pages = [
        Page(post(f"p{number}", f"文 {number}", number + 1, authors=(name,)), "<p>文。</p>", "文。")
        for number, name in enumerate(authors)
    ]
    made = render_site(site, pages, [TEMPLATES]).artifacts
    return {one.path: one.content.decode() for one in made if one.path.endswith(("html", "xml"))}


def test_one_author_needs_no_page() -> None:
    """A blog of one author, without profiles, has no lists of authors."""
    assert [] == [path for path in files(SITE, "林木", "林木") if path.startswith("authors/")]


def test_each_of_two_has_a_page_and_a_feed() -> None:
    """Posts link to the pages of their authors; each has the author's posts only."""
    found = files(SITE, "林木", "谭博")
    assert [
        "authors/index.html",
        "authors/林木/feed.xml",
        "authors/林木/index.html",
        "authors/谭博/feed.xml",
        "authors/谭博/index.html",
    ] == sorted(path for path in found if path.startswith("authors/"))
    assert 'href="/authors/%E8%B0%AD%E5%8D%9A/"' in found["articles/p1/index.html"]
    assert ("文 1" in found["authors/谭博/feed.xml"], "文 0" in found["authors/谭博/feed.xml"]) == (
        True,
        False,
    )


def test_profile() -> None:
    """The page of an author has picture, sentence and address."""
    site = parse_settings(PROFILES)
    page = files(site, "谭博")["authors/谭博/index.html"]
    for fact in ('src="/bo.jpg"', "数年轮的人", 'href="https://bo.example"'):
        assert fact in page


def test_wrong_profiles() -> None:
    """An unknown key and a value that is no table are errors at their lines."""
    with pytest.raises(SettingsError, match=r"site\.toml:3: unknown setting 'authors\.bo\.age'"):
        parse_settings('[authors.bo]\nname = "a"\nage = 3\n')
    with pytest.raises(SettingsError, match=r"'authors\.ada' is 'Ada': write it as a table"):
        parse_settings('[authors]\nada = "Ada"\n')


def test_a_page_of_the_blog_comes_first() -> None:
    """A blog that has a page at the address of the authors keeps it."""
    own = Page(post("authors", "我们", 1, url="/authors/", layout="page"), "<p>我们三个。</p>")
    pages = [Page(post(n, n, 2, authors=(n,)), "<p>文。</p>") for n in ("林木", "谭博")]
    made = render_site(SITE, [own, *pages], [TEMPLATES])
    found = {one.path: one.content for one in made.artifacts}
    assert [] == [str(each) for each in made.problems if each.severity == "error"]
    assert "我们三个" in found["authors/index.html"].decode()
    assert "authors/林木/index.html" in found
