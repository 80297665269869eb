"""How a post is cited."""

from __future__ import annotations

from datetime import datetime

from pybtex.database import parse_string

from evergreen.model import Post, Site
from evergreen.site.bibtex import bibtex

POST = Post(
    "posts/a.md",
    "least-squares",
    "最小二乘法：100 % of {it} \\ R&D",
    datetime(2026, 11, 28),
    "/a/",
    "",
    1,
    "zh",
    author="Carl F. Gauss, 勒让德",
)


def test_an_entry_of_bibtex() -> None:
    """pybtex reads it back; what is special to LaTeX is escaped."""
    text = bibtex(Site(title="My_blog", url="https://e.org", baseurl="/b"), POST)
    entry = parse_string(text, "bibtex").entries["gauss2026least"]
    assert ["Gauss", "勒让德"] == [person.last_names[0] for person in entry.persons["author"]]
    assert r"{最小二乘法：100 \% of \{it\} \textbackslash{} R\&D}" == entry.fields["title"]
    assert ("2026", "November") == (entry.fields["year"], entry.fields["month"])
    assert (r"My\_blog", "https://e.org/b/a/") == (entry.fields["journal"], entry.fields["url"])


def test_an_entry_without_author() -> None:
    """The author of the site is that of a post; without any there is none."""
    assert "author" not in bibtex(Site(), Post("a", "甲", "T", POST.date, "/", "", 1, "en"))
