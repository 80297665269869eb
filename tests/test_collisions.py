"""Two pages that would be one file."""

from __future__ import annotations

import pytest
from sample_pages import SITE, post, sample_pages

from evergreen.collisions import check_addresses
from evergreen.errors import EvergreenError
from evergreen.lists import find_listings
from evergreen.model import Page


def problems_of(*pages: Page) -> list[str]:
    """What is wrong with the addresses of a site of these pages."""
    try:
        check_addresses(pages, find_listings(SITE, pages))
    except EvergreenError as error:
        return [str(problem) for problem in error.problems]
    return []


def page(name: str, url: str, **fields: object) -> Page:
    """A post at an address."""
    return Page(post(name, "短文", 9, url=url, path=f"posts/{name}.md", **fields), "")


def test_a_site_without_fault():
    """Pages of their own addresses pass."""
    assert problems_of(*sample_pages()[:-1]) == []


@pytest.mark.parametrize("urls", [("/a/", "/a/"), ("/A/", "/a/"), ("/caf\u00e9/", "/cafe\u0301/")])
def test_both_are_named(urls: tuple[str, str]):
    """Two posts of one address are both named, when only case or Unicode form differs too."""
    [problem] = problems_of(page("one", urls[0]), page("two", urls[1]))
    assert problem.startswith("posts/two.md: posts/two.md and posts/one.md have one address, ")


def test_an_old_address_that_is_in_use():
    """A redirect cannot take the place of another post."""
    [problem] = problems_of(page("one", "/a/"), page("two", "/b/", redirect_from=("/a/",)))
    assert problem == (
        "posts/two.md: 'redirect_from' of posts/two.md and posts/one.md have one address, "
        "/a/index.html: give one of them another"
    )


def test_a_post_in_the_place_of_a_list():
    """A post cannot stand where a list does; the fault is told at the post."""
    [problem] = problems_of(page("one", "/archive/"))
    assert problem.startswith("posts/one.md: the list of archive (/archive/) and posts/one.md ")
