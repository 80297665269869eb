"""What Jekyll's plugins and themes read from `_config.yml` and from a front matter."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from conftest import Write
from sample_pages import png

from evergreen.build.migrate import migrate
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.content.jekyll.services import read_analytics, read_comments, wants_comments
from evergreen.model import AnalyticsOptions, CommentsOptions
from evergreen.settings import read_settings

CONFIG = """\
title: 博客
url: https://me.example
timezone: UTC
plugins: [jekyll-feed, jekyll-imagemagick]
feed:
  path: /rss/atom.xml
  categories: [随笔]
  tags: {except: [b]}
"""
POSTS = {
    "_posts/2024-01-01-a.md": "title: 甲\ncategories: 随笔\ntags: [A b, b]\nimage: img/a.png",
    "_posts/2024-01-02-b.md": "title: B\nimage: {path: ./img/a.png}\nmedia_subpath: /img",
    "hidden.md": "title: hidden\nsitemap: false",
    "old.md": "title: old\nsitemap: {exclude: 'yes'}",
    "moved.md": "title: 搬走了\nredirect_to: https://other.example/新/\nredirect_from: /before/",
    "inside.md": "title: inside\nredirect_to:\n  - /随笔/2024/01/01/a.html",
    "lost.md": "title: lost\nredirect_to: /nowhere/",
}
PICTURE = """\
<picture><source srcset="/img/a-480.webp 480w,/img/a-800.webp 800w," sizes="95vw">\
<img src="/img/a.png" alt="a" onerror="this.remove()"></picture>

<picture><source srcset="/img/a-480.webp 480w, /img/a.png 800w"><img src="/img/a.png"></picture>

<img src="/img/a.png" srcset="/img/a-480.webp 480w" sizes="9vw" alt="b">
"""

BODIES = {"_posts/2024-01-01-a.md": PICTURE, "_posts/2024-01-02-b.md": "![x](a.png)\n"}


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> BuildOptions:
    """Return the options of a published Jekyll blog."""
    root = tmp_path_factory.mktemp("keys")
    (root / "_config.yml").write_text(CONFIG, "utf-8")
    for path, head in POSTS.items():
        (root / path).parent.mkdir(exist_ok=True)
        body = BODIES.get(path, "")
        (root / path).write_text(f"---\n{head}\n---\n{body}", "utf-8")
    (root / "img").mkdir()
    (root / "img/a.png").write_bytes(png(300, 200))
    options = BuildOptions(root, root / "_site", read_settings(root))
    publish(options)
    return options


def _read(blog: BuildOptions, path: str) -> str:
    return (blog.output / path).read_text("utf-8")


@pytest.mark.parametrize(
    "path", ["rss/atom.xml", "feed/随笔.xml", "feed/by_tag/a-b.xml", "feed.xml"]
)
def test_feeds_are_at_jekylls_addresses(blog: BuildOptions, path: str) -> None:
    """The feeds that jekyll-feed makes are there, and name their own address."""
    text = _read(blog, path)
    assert "<title>甲</title>" in text
    assert re.search(r'rel="self" href="https://me.example/[^"]*\.xml"', text)


def test_a_tag_without_a_feed_has_none_at_jekylls_address(blog: BuildOptions) -> None:
    """A tag in `except` has only our own feed."""
    assert not (blog.output / "feed/by_tag/b.xml").exists()


def test_the_sitemap_leaves_out_what_asks_for_it(blog: BuildOptions) -> None:
    """Pages with `sitemap: false`, and those that have moved, are not named."""
    named = re.findall(r"<loc>https://me.example/([^<]*)</loc>", _read(blog, "sitemap.xml"))
    pages = {"hidden.html", "old.html", "moved.html", "inside.html"}
    assert pages & set(named) == set()
    assert "%E9%9A%8F%E7%AC%94/2024/01/01/a.html" in named


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("moved.html", "https://other.example/%E6%96%B0/"),
        ("before/index.html", "/moved.html"),
        ("inside.html", "/%E9%9A%8F%E7%AC%94/2024/01/01/a.html"),
    ],
)
def test_a_moved_page_redirects(blog: BuildOptions, file: str, target: str) -> None:
    """`redirect_to` makes the page a redirect; its older addresses lead to the page."""
    assert f'content="0; url={target}"' in _read(blog, file)


def test_a_moved_page_keeps_its_title(blog: BuildOptions) -> None:
    """The link for readers whose browser does not follow has the page's title."""
    assert ">搬走了</a>" in _read(blog, "moved.html")


def test_a_redirect_to_no_page_is_reported(blog: BuildOptions) -> None:
    """A target that does not exist is a dead link at its line."""
    found = {move.path: move.findings for move in migrate(blog).posts}
    assert [(each.line, "/nowhere/" in each.message) for each in found["lost.md"]] == [(3, True)]


@pytest.mark.parametrize("page", ["随笔/2024/01/01/a.html", "2024/01/02/b.html"])
def test_a_picture_begins_at_the_root_of_the_site(blog: BuildOptions, page: str) -> None:
    """`image: img/a.png` is `/img/a.png`, wherever the page is, and Chirpy's folder comes first."""
    name = "img/img/a.png" if page.endswith("b.html") else "img/a.png"
    assert f'property="og:image" content="https://me.example/{name}"' in _read(blog, page)


def test_chirpys_folder_of_media_is_put_before_pictures(blog: BuildOptions) -> None:
    """`media_subpath` completes the pictures in the text."""
    assert '<img src="/img/a.png" alt="x"' in _read(blog, "2024/01/02/b.html")


def test_copies_that_no_plugin_made_are_left_out(blog: BuildOptions) -> None:
    """Only files that exist are offered; a picture without other files is a plain one."""
    page = _read(blog, "随笔/2024/01/01/a.html")
    assert "a-480.webp" not in page
    assert page.count("<picture>") == 1
    assert '<source srcset="/img/a.png 800w" />' in page
    assert "onerror" not in page


def test_nothing_is_dead_but_what_the_author_misspelt(blog: BuildOptions) -> None:
    """Left out copies are no dead links."""
    dead = [each for move in migrate(blog).posts for each in move.findings if "480" in str(each)]
    assert dead == []


GISCUS = {"repo": "me/me", "repo_id": "R_1", "category": "General", "category_id": "C_1"}
_GISCUS = CommentsOptions("giscus", "me/me", "R_1", "General", "C_1")


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"comments": {"provider": "giscus", "giscus": GISCUS}}, _GISCUS),
        ({"comments": {"active": "giscus", "giscus": GISCUS}}, _GISCUS),
        ({"giscus": GISCUS}, _GISCUS),
        (
            {
                "repository": "me/me",
                "comments": {
                    "provider": "giscus",
                    "giscus": {
                        "repo_id": "R_1",
                        "category_name": "General",
                        "category_id": "C_1",
                    },
                },
            },
            _GISCUS,
        ),
        (
            {"repository": "me/me", "comments": {"provider": "utterances"}},
            CommentsOptions("utterances", "me/me"),
        ),
        ({"utterances": {"repo": "me/me"}}, CommentsOptions("utterances", "me/me")),
        ({"disqus": {"shortname": "me"}}, CommentsOptions("disqus", shortname="me")),
        ({"disqus_username": "me"}, CommentsOptions("disqus", shortname="me")),
        ({"comments": {"provider": False, "giscus": {"repo": "a/b"}}}, CommentsOptions()),
        ({"comments": True, "giscus": {"repo": None}}, CommentsOptions()),
    ],
)
def test_comments_of_themes(config: dict[str, object], found: CommentsOptions) -> None:
    """The service of a theme's settings is taken over if it is complete."""
    assert read_comments(config) == found


@pytest.mark.parametrize(
    ("meta", "config", "wanted"),
    [
        ({}, {"disqus_username": "me"}, None),
        ({}, {"comments": {"provider": "giscus"}}, False),
        ({"comments": True}, {"comments": {"provider": "giscus"}}, True),
        ({"giscus_comments": True}, {"giscus": {}}, True),
        ({"comments": False}, {"disqus": "me"}, False),
    ],
)
def test_posts_with_comments(
    meta: dict[str, object], config: dict[str, object], wanted: bool | None
) -> None:
    """Posts have comments where the theme shows them."""
    assert wants_comments(meta, config) is wanted


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"google_analytics": "G-1"}, AnalyticsOptions("google", "G-1")),
        ({"google_analytics": {"id": "G-1"}}, AnalyticsOptions("google", "G-1")),
        (
            {"analytics": {"provider": "x", "google": {"tracking_id": "G-1"}}},
            AnalyticsOptions("google", "G-1"),
        ),
        ({"analytics": {"goatcounter": {"id": "me"}}}, AnalyticsOptions("goatcounter", "me")),
        ({"google_analytics": "UA-1-1"}, AnalyticsOptions()),
        ({"google_analytics": "G-1", "enable_google_analytics": False}, AnalyticsOptions()),
    ],
)
def test_analytics_of_themes(config: dict[str, object], found: AnalyticsOptions) -> None:
    """The service of a theme's settings is taken over, but for ids that count nothing any more."""
    assert read_analytics(config) == found


def test_tags_with_one_address_share_a_list(tmp_path: Path) -> None:
    """Two names that the address of a list cannot tell apart are a warning; no post vanishes."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_config.yml").write_text("title: T\n")
    for day, tag in enumerate((".net", "net", "net"), 1):
        post = tmp_path / f"_posts/2024-01-0{day}-p.md"
        post.write_text(f"---\ntitle: P{day}\ntags: ['{tag}']\n---\nHi\n")
    report = publish(BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path)))
    told = [(each.path, each.line, each.severity) for each in report.problems if each.line]
    assert told == [(f"_posts/2024-01-0{day}-p.md", 3, "warning") for day in (2, 3)]
    page = (tmp_path / "_site/tags/net/index.html").read_text()
    assert [f"P{day}" in page for day in (1, 2, 3)] == [True] * 3


@pytest.mark.skipif(sys.platform != "linux", reason="this disk may not tell the names apart")
def test_names_that_differ_in_case_are_published(tmp_path: Path) -> None:
    """As Jekyll does where the author's disk tells them apart; each pair is a warning."""
    (tmp_path / "_config.yml").write_text("title: T\nurl: https://me.example\n")
    for name in ("app", "APP"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(f"<p>{name}</p>")
    (tmp_path / "a.md").write_text("---\ntitle: t\n---\nHi\n")
    report = publish(BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path)))
    told = [each.severity for each in report.problems if "is written as" in each.message]
    assert set(told) == {"warning"}
    assert (tmp_path / "_site/app/index.html").read_text() == "<p>app</p>"
    assert (tmp_path / "_site/APP/index.html").read_text() == "<p>APP</p>"


def test_a_front_matter_without_an_end_is_text(tmp_path: Path) -> None:
    """Jekyll publishes the post under its file's name; a warning says what is shown."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_config.yml").write_text("title: T\nurl: https://me.example\n")
    (tmp_path / "_posts/2024-01-06-f.md").write_text("---\ntitle: 开\n\nText\n", "utf-8")
    (tmp_path / "_posts/2024-01-07-g.md").write_text("---\n\nOnly a rule\n", "utf-8")
    (tmp_path / "_posts/2024-01-08-h.md").write_text("---\ntitle: a: b\n---\nText\n", "utf-8")
    report = publish(BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path)))
    told = [(each.path, each.line, each.severity) for each in report.problems]
    assert sorted(told) == [
        ("_posts/2024-01-06-f.md", 1, "warning"),
        ("_posts/2024-01-08-h.md", 2, "warning"),
    ]
    assert "<p>title: 开</p>" in (tmp_path / "_site/2024/01/06/f.html").read_text("utf-8")
    assert (tmp_path / "_site/2024/01/07/g.html").exists()


def test_of_two_with_one_address_jekylls_last_is_shown(write_blog: Write) -> None:
    """Of posts of one day the last by path, of pages the last by name, as in Jekyll 4.3."""
    files = {
        "_config.yml": "title: T\nurl: https://me.example\n",
        "_posts/甲/2024-01-01-t.md": "---\npermalink: /t/\n---\npost a\n",
        "_posts/乙/2024-01-01-t.md": "---\npermalink: /t/\n---\npost b\n",
        "x.html": "---\n---\n<p>html</p>\n",
        "x.md": "---\n---\nmarkdown\n",
        "p/b.md": "---\npermalink: /other/\n---\npage b\n",
        "q/a.md": "---\npermalink: /other/\n---\npage a\n",
    }
    root = write_blog(files)
    publish(BuildOptions(root, root / "_site", read_settings(root)))
    shown = {path: (root / "_site" / path).read_text() for path in ("t/index.html", "x.html")}
    assert "<p>post a</p>" in shown["t/index.html"]
    assert "<p>markdown</p>" in shown["x.html"]
    assert "<p>page b</p>" in (root / "_site/other/index.html").read_text()
