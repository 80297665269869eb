"""Parsing a post's file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from evergreen.content.post import find_posts, parse_post
from evergreen.errors import EvergreenError
from evergreen.model import DataFile, HeroImage, Post, Reference, Series, Site

SITE = Site(lang="zh", languages=("en",), vendors={"photos": "https://photos.example/"})
SHA = "ab" * 32


def read(head: str, path: str = "posts/2026-01-02-first-post.md", site: Site = SITE) -> Post:
    """Parse a post with this front matter."""
    return parse_post(path, f"---\n{head}\n---\n正文\n".encode(), site)


def fault(head: str, path: str = "posts/2026-01-02-x.md") -> str:
    """Return the message for a front matter that is not valid."""
    with pytest.raises(EvergreenError) as caught:
        read(head, path)
    return str(caught.value)


def test_name_gives_date_slug_and_title() -> None:
    """YYYY-MM-DD-slug.md needs no front matter keys."""
    post = read("")
    assert datetime(2026, 1, 2, tzinfo=UTC) == post.date
    assert ("first-post", "First post", "/first-post/") == (post.slug, post.title, post.url)


def test_chinese_names() -> None:
    """File names, tags and categories may be Chinese."""
    post = read("categories: 文章\ntags: [深度学习, 数学]", "posts/2026-01-02-手写数字.md")
    assert "/文章/手写数字/" == post.url
    assert ("深度学习", "数学") == post.tags


def test_translation_by_name() -> None:
    """`.en.md` is the English translation, below its language, with the same slug."""
    post = read("categories: articles", "posts/2026-01-02-mnist.en.md")
    assert ("mnist", "en", "/en/articles/mnist/") == (post.slug, post.lang, post.url)


def test_a_dot_in_a_slug_is_not_a_language() -> None:
    """`node.js.md` is the post node.js."""
    assert "node.js" == read("", "posts/2026-01-02-node.js.md").slug


def test_an_index_file_takes_its_folders_name() -> None:
    """posts/2026-01-02-x/index.md is the post x, and its folder is the bundle."""
    post = read("", "posts/2026-01-02-x/index.md")
    assert ("x", "posts/2026-01-02-x") == (post.slug, post.bundle)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2018-07-11", datetime(2018, 7, 11, tzinfo=UTC)),
        ("2018-07-11 09:30", datetime(2018, 7, 11, 9, 30, tzinfo=UTC)),
        (
            "2018-07-11T11:51:25-04:00",
            datetime(2018, 7, 11, 11, 51, 25, tzinfo=timezone(timedelta(hours=-4))),
        ),
        (
            "2018-07-11 11:51:25 +0800",
            datetime(2018, 7, 11, 11, 51, 25, tzinfo=timezone(timedelta(hours=8))),
        ),
        ("'2018-7-1'", datetime(2018, 7, 1, tzinfo=UTC)),
    ],
)
def test_dates_as_blogs_write_them(value: str, expected: datetime) -> None:
    """Dates may have a time and a zone; the default zone is UTC."""
    assert expected == read(f"date: {value}").date


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("/:categories/:title/", "/a/b/x/"),
        ("pretty", "/a/b/2026/01/02/x/"),
        ("date", "/a/b/2026/01/02/x.html"),
        ("ordinal", "/a/b/2026/002/x.html"),
        ("none", "/a/b/x.html"),
        ("/:year/:i_month/:i_day/:title.html", "/2026/1/2/x.html"),
    ],
)
def test_permalinks(pattern: str, expected: str) -> None:
    """Jekyll's styles and placeholders are accepted."""
    site = Site(permalink=pattern)
    assert expected == read("categories: A b", "posts/2026-01-02-x.md", site).url


def test_own_permalink() -> None:
    """A post's own permalink is used unchanged."""
    assert "/about-x/" == read("permalink: /about-x/").url


def test_everything_else() -> None:
    """The other keys become typed values."""
    post = read(
        "image: {vendor: photos, feature: /a.jpg, credit: 某人, creditlink: 'https://c.example'}\n"
        "references: [{id: 1, title: 书, url: 'https://b.example'}]\n"
        "series: {title: 入门, url: /series/x/}\n"
        "redirect_from: /old/\ncomments: true\nexecute: {timeout: 5, seed: 7, env: [TOKEN]}\n"
        f"data: [{{url: 'https://d.example/f.gz', sha256: {SHA}, stand_in: lib/make.py}}]\n"
        "jupyter: {kernelspec: {name: ir, language: R}}\ncolour: green"
    )
    credit = {"credit": "某人", "creditlink": "https://c.example"}
    assert HeroImage("https://photos.example/a.jpg", **credit) == post.image
    assert (Reference("1", "书", "https://b.example"),) == post.references
    assert Series("入门", "/series/x/") == post.series
    assert ("/old/",) == post.redirect_from
    assert (5.0, 7, ("TOKEN",)) == (
        post.execute.timeout,
        post.execute.seed,
        post.execute.env,
    )
    assert (DataFile("f.gz", ("https://d.example/f.gz",), SHA, "lib/make.py"),) == post.data
    assert ("ir", "r") == (post.kernel, post.language)
    assert "green" == post.meta["colour"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("draft: maybe", ":2:8: 'draft' is 'maybe': write true or false"),
        ("date: 2026-13-45", ":2:7: 'date' is '2026-13-45', which is not a valid date"),
        ("title: [a]", ":2:8: 'title' is a list: write a text"),
        ("tags: {a: b}", ":2:7: 'tags' is a mapping: write a list of words"),
        ("references: [1]", ":2:13: 'references' has 1 in it: write a list of mappings"),
        ("execute: {timeout: -1}", ":2:20: 'timeout' is -1: write a number above 0"),
        ("execute: {enabled: 1}", ":2:20: 'enabled' is 1: write true or false"),
        ("execute: {memory: 1.0e+300}", ":2:19: 'memory' is 1e+300: write a smaller number"),
        ("execute: {timeout: .inf}", ":2:20: 'timeout' is inf: write a smaller number"),
        ("execute: {timeout: .nan}", ":2:20: 'timeout' is nan: write a number above 0"),
        ("execute: {max_output: 0}", ":2:23: 'max_output' is 0: write a whole number from 1"),
        ("image: {vendor: nobody, feature: /a.jpg}", "the image's vendor 'nobody' is unknown"),
        (
            "permalink: /../../etc/",
            ":2:12: the URL '/../../etc/' has a part '..': write it as /a/b/",
        ),
        ("data: [{url: 'https://d/x'}]", ":2:8: 'x' has no sha256"),
        ("data: 2017-01-02", ":2:7: 'data' is 2017-01-02: did you mean 'date'?"),
        ("data: 2017-01-02 10:00", ":2:7: 'data' is '2017-01-02 10:00': did you mean 'date'?"),
        (
            f"data: [{{name: ../x, sha256: {SHA}}}]",
            ":2:15: the data file's name '../x' has a part '..'",
        ),
    ],
)
def test_invalid_values_are_reported_at_their_key(head: str, expected: str) -> None:
    """Wrong types and values are refused at their line."""
    assert expected in fault(head)


def test_a_post_without_a_date() -> None:
    """A post needs a date in its name or front matter."""
    assert "posts/x.md:1: the post has no date" in fault("", "posts/x.md")


def test_posts_are_found(tmp_path: Path) -> None:
    """Posts are found by path or name; notes beside posts and hidden files are not posts."""
    found = ["posts/2026-01-01-a.md", "posts/2026-01-03-c/index.md", "posts/b.md"]
    for name in (*found, "posts/lib/README.md", "posts/.#b.md", "posts/.trash/2026-01-01-d.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("---\ntitle: x\n---\n", "utf-8")
    assert found == find_posts(tmp_path)


def test_all_wrong_keys_are_reported_together() -> None:
    """All problems are reported, in the order of their lines."""
    told = fault("title: [a]\ndraft: maybe\ndata: x\ndate: never").splitlines()
    assert [":2:8", ":3:8", ":4:7", ":5:7"] == [
        line.removeprefix("posts/2026-01-02-x.md").partition(": ")[0] for line in told
    ]


def test_a_date_in_the_name_must_exist() -> None:
    """A date that does not exist is an error."""
    said = "posts/2026-13-45-x.md:1: the date in the file's name, 2026-13-45, does not exist"
    assert fault("", "posts/2026-13-45-x.md").startswith(said)
    assert read("date: 2026-01-02", "posts/2026-13-45-x.md").slug == "x"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("某人", "某人"), ("[甲, 乙]", "甲, 乙"), ("{name: 甲, mail: x}", "甲"), ("", "林木")],
)
def test_authors(value: str, expected: str) -> None:
    """An author is a name, several names, or a mapping with a name; the default is the site's."""
    post = read(f"author: {value}", site=Site(author="林木"))
    assert expected == post.author


def test_a_post_may_print_more_than_others() -> None:
    """`max_output` can be raised, as the warning about cut outputs advises."""
    assert 5_000_000 == read("execute: {max_output: 5000000}").execute.max_output
    assert 1_000_000 == read("execute: {timeout: 5}").execute.max_output


def test_quartos_execution_options() -> None:
    """`eval: false` never runs; options of other tools are ignored, misspellings are not."""
    assert not read("execute: {eval: false, echo: false, freeze: auto}").execute.enabled
    assert "2:20: unknown option 'timeuot' of execute: did you mean 'timeout'?" in fault(
        "execute: {timeuot: 5}"
    )


def test_a_part_that_posts_include_is_no_post(tmp_path: Path) -> None:
    """Its name begins with an underscore, as in Quarto and Jekyll."""
    (tmp_path / "posts").mkdir()
    for name in ("_part.md", "2024-01-02-a.md"):
        (tmp_path / "posts" / name).write_text("文\n")
    assert find_posts(tmp_path) == ["posts/2024-01-02-a.md"]


@pytest.mark.parametrize("path", ["posts/list/index.qmd", "posts/list.ipynb"])
def test_a_file_of_another_tool_without_a_date_is_a_page(path: str) -> None:
    """It is in no list and no menu; Quarto's lists have none."""
    source = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}'
    text = source if path.endswith(".ipynb") else "---\ntitle: L\n---\nText\n"
    post = parse_post(path, text.encode(), Site())
    assert (post.url, post.layout, post.meta["nav"]) == ("/list/", "page", False)
    assert [str(each) for each in post.warnings] == [
        f"{path}:1: the post has no date: it is a page, and in no list: "
        "name the file YYYY-MM-DD-slug.md, or give 'date:'"
    ]


def test_an_index_of_all_posts_is_not_the_home_page() -> None:
    """It has the address of its folder."""
    assert "/posts/" == parse_post("posts/index.qmd", b"---\ntitle: L\n---\nText\n", Site()).url


def test_authors_in_different_forms() -> None:
    """Mappings and names in one list, in its order."""
    post = read("authors:\n  - name: 甲\n    roles: [x]\n  - 乙\n  - {name: 丙}")
    assert ("甲", "乙", "丙") == post.authors
