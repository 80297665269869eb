"""Two pages that would be one file."""

from __future__ import annotations

import pytest
from sample_pages import SITE, post, sample_pages

from evergreen.model import Artifact, Page
from evergreen.site.address_conflicts import find_collisions
from evergreen.site.listings import find_listings


def told(*pages: Page, files: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with the addresses of a site of these pages."""
    own = [(file, "a file of the site") for file in files]
    failures = find_collisions(pages, find_listings(SITE, pages), own)
    assert all(f.source == p.path for f in failures for p in f.problems)
    return [str(problem) for failure in failures for problem in failure.problems]


def page(name: str, url: str, artifacts: tuple[Artifact, ...] = (), **fields: object) -> Page:
    """A post at an address."""
    made = post(name, "短文", 9, url=url, path=f"posts/{name}.md", **fields)
    return Page(made, "", artifacts=artifacts)


def test_a_site_without_fault():
    """Pages of their own addresses pass."""
    assert [] == told(*sample_pages())


@pytest.mark.parametrize(
    ("urls", "difference"),
    [
        (("/a/", "/a/"), ""),
        (("/A/", "/a/"), ", /A/, but for the case of letters"),
        (("/caf\u00e9/", "/cafe\u0301/"), ", /caf\u00e9/, but for its Unicode form"),
        (("/\u212b/", "/\u00e5/"), ", /\u212b/, but for the case of letters"),
        (("/a.html", "/a.html/b/"), ", /a.html: one asks for a file, the other for a folder"),
        (("/a.html/b/", "/A.html"), ", /a.html/b/: one asks for a file, the other for a folder"),
    ],
)
def test_both_are_told(urls: tuple[str, str], difference: str):
    """Two posts of one address are both named, when only case or Unicode form differs too."""
    first, second = sorted(told(page("one", urls[0]), page("two", urls[1])))
    assert first.startswith(f"posts/one.md:1: {urls[0]} is also the address of posts/two.md")
    assert second.startswith(
        f"posts/two.md:1: {urls[1]} is also the address of posts/one.md{difference}"
    )


def test_an_old_address_that_is_in_use():
    """A redirect cannot take the place of another post; it is told at its key."""
    lines = {"redirect_from": 4}
    pages = page("one", "/a/"), page("two", "/b/", redirect_from=("/a",), lines=lines)
    assert [
        "posts/two.md:4: /a/ is also the address of posts/one.md: give one of them another",
        "posts/one.md:1: /a/ is also an old address of posts/two.md: give one of them another",
    ] == told(*pages)


def test_two_old_addresses():
    """They cannot both lead to their post; one post may write its own twice."""
    pages = page("one", "/a/", redirect_from=("/x", "/x/")), page("two", "/b/")
    assert [] == told(*pages)
    assert 2 == len(told(pages[0], page("two", "/b/", redirect_from=("/x.html/", "/X/"))))


def test_a_post_that_redirects_to_itself():
    """It is told once."""
    [problem] = told(page("one", "/a/", redirect_from=("/a/",)))
    assert problem.startswith("posts/one.md:1: /a/ is also the address of posts/one.md: ")


def test_a_post_in_the_place_of_a_list_or_a_file_of_the_site():
    """A post cannot stand where the site's own files do; the fault is told at the post."""
    assert ["posts/one.md:1: /archive/ is also the list of archive: give one of them another"] == (
        told(page("one", "/archive/"))
    )
    [problem] = told(page("one", "/feed.xml"), files=("feed.xml",))
    assert problem.startswith("posts/one.md:1: /feed.xml/ is also a file of the site, /feed.xml: ")


def test_downloads_of_two_posts():
    """Notebooks in one folder under one name; figures are shared freely."""
    figure = Artifact("assets/figures/1.png", b"png")
    one = page("one", "/a.html", (Artifact("x.ipynb", b"1"), figure))
    two = page("two", "/b.html", (Artifact("x.ipynb", b"2"), figure))
    first, second = sorted(told(one, two))
    assert "posts/one.md:1: /x.ipynb is also a download of posts/two.md" in first
    assert "posts/two.md:1: /x.ipynb is also a download of posts/one.md" in second


def test_tags_of_one_address():
    """Case and hyphens make no other tag; two tags that only share an address are told apart."""
    alike = page("a", "/a/", tags=("机器 学习", "C++")), page("b", "/b/", tags=("机器-学习", "c++"))
    assert [] == told(*alike)
    one = page("one", "/one/", tags=("I/O",))
    two = page("two", "/two/", tags=("i/o", "I:O"), lines={"tags": 3})
    assert [
        "posts/two.md:3: the tag 'I:O' has the address of 'I/O' in posts/one.md: "
        "rename one, or write both alike"
    ] == told(one, two)
