"""Links from a page to its source."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from sample_pages import post

from evergreen.model import Environment, Page, Site
from evergreen.settings import parse_settings
from evergreen.site.source_links import find_source_links

PAGE = Page(
    post("tf-mnist", "手写数字", 9),
    "",
    ran=1,
    finished=datetime(2026, 11, 20, tzinfo=UTC),
    environment=Environment("3.11.4", "Linux", (("numpy", "2.4.6"),)),
)


def text(name: str, **values: str) -> str:
    """Return a text of the interface."""
    return f"{name} {values['title']}"


@pytest.mark.parametrize(
    ("repository", "edit", "report"),
    [
        ("a/b", "https://github.com/a/b/edit/main/", "https://github.com/a/b/issues/new"),
        (
            "https://github.com/a/b",
            "https://github.com/a/b/edit/main/",
            "https://github.com/a/b/issues/new",
        ),
        (
            "https://gitlab.com/a/b/c",
            "https://gitlab.com/a/b/c/-/edit/main/",
            "https://gitlab.com/a/b/c/-/issues/new",
        ),
        (
            "https://codeberg.org/a/b.git",
            "https://codeberg.org/a/b/_edit/main/",
            "https://codeberg.org/a/b/issues/new",
        ),
    ],
)
def test_hosts(repository: str, edit: str, report: str) -> None:
    """Each kind of host has addresses of its own."""
    found = find_source_links(Site(repository=repository), PAGE, text)
    assert found
    assert edit + PAGE.post.path == found.edit
    assert report == found.report.partition("?")[0]


def test_a_folder_and_a_branch() -> None:
    """The blog may be in a folder, and its posts on a branch of any name."""
    site = Site(repository="a/b", source_folder="/文/", source_branch="new words")
    found = find_source_links(site, PAGE, text)
    assert found
    assert found.edit.startswith("https://github.com/a/b/edit/new%20words/%E6%96%87/posts/")


def test_a_report_says_what_ran() -> None:
    """It begins with the page, the date of its run, Python and the packages."""
    found = find_source_links(Site(repository="a/b", url="https://b.example"), PAGE, text)
    assert found
    query = parse_qs(urlsplit(found.report).query)
    assert query["title"] == ["report_title 手写数字"]
    assert [
        f"- https://b.example{'/articles/tf-mnist/'}",
        f"- `{PAGE.post.path}`",
        "- 2026-11-20",
        "- Python 3.11.4, Linux",
        "- numpy 2.4.6",
    ] == query["body"][0].split("\n")[:5]


@pytest.mark.parametrize(
    "site", [Site(), Site(repository="a/b", edit_links=False)], ids=["none", "off"]
)
def test_no_links(site: Site) -> None:
    """A blog without a repository, or without wish for links, has none."""
    assert None is find_source_links(site, PAGE, text)


def test_colab_only_for_github() -> None:
    """Only a repository on GitHub has a name for Colab."""
    names = ("a/b", "https://github.com/a/b.git", "https://codeberg.org/a/b")
    assert ["a/b", "a/b", ""] == [replace(Site(), repository=name).github for name in names]


def test_a_wrong_repository() -> None:
    """A repository is a name on GitHub or an address."""
    with pytest.raises(Exception, match="'repository' is 'a b'"):
        parse_settings('repository = "a b"')
