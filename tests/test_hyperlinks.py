"""URLs in HTML, as browsers see them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from evergreen.dataclass import replace
from evergreen.model import Hyperlink, Post, Site
from evergreen.model.urls import Target, follow
from evergreen.render.hyperlinks import anchors, find_hyperlinks, find_urls, locate_urls

SITE = Site(url="https://me.example", baseurl="/blog")
POST = Post("posts/a.md", "a", "题", datetime(2026, 1, 1, tzinfo=UTC), "/文/a/", "一\n", 4, "zh")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="/a/">x</a>', [("a", "/a/")]),
        ("<A HREF='/a/?b&amp;c'>x</A>", [("a", "/a/?b&c")]),
        ("<img src=a.png alt=b>", [("img", "a.png")]),
        (
            '<img srcset="a.png, b.png 2x,c.png 3x">',
            [("img", "a.png"), ("img", "b.png"), ("img", "c.png")],
        ),
        (
            '<source srcset="data:image/gif;base64,R0 1x, b,c.png 100w">',
            [("source", "data:image/gif;base64,R0"), ("source", "b,c.png")],
        ),
        ('<video src="a.mp4" poster="b.png"></video>', [("video", "a.mp4"), ("img", "b.png")]),
        ('<object data="a.svg"></object><div data="b">', [("object", "a.svg")]),
        ('<script src="a.js">"<a href=\'b\'>"</script>', [("script", "a.js")]),
        ('<!-- <a href="a"> --><style>a[href="b"]{}</style><a>x</a>', []),
        ('<svg><image xlink:href="a.png"/></svg>', [("image", "a.png")]),
        ("<a href=''>x</a>", [("a", "")]),
    ],
)
def test_urls_are_found_with_their_elements(html: str, expected: list[tuple[str, str]]) -> None:
    """Each URL has the name of its element; comments, scripts and style sheets have none."""
    assert expected == list(find_urls(html))


def test_anchors_are_ids_and_old_names() -> None:
    """Ids and `a name` are anchors, but not in code that is shown."""
    code = 'id="no" &lt;b id="no"&gt;<!-- <p id="no"> -->'
    assert "甲 乙" == anchors(f'<h2 class="x" id="甲">1</h2>{code}<a name=\'乙\'></a>')


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/a/", Target("a/")),
        ("/blog/a/#b", Target("a/", "b")),
        ("../b/", Target("文/b/")),
        ("?q=1#%E7%94%B2", Target("文/a/", "甲")),
        ("#", Target("文/a/")),
        ("%E4%B8%AD.png", Target("文/a/中.png")),
        ("img\\a.png", Target("文/a/img/a.png")),
        ("https://me.example/blog/a/", Target("a/")),
        ("//ME.example/blog", Target("")),
        ("https://me.example/other/", Target()),
        ("https://example.com/", Target()),
        ("mailto:a@b.c", Target()),
        ("", Target(flaw="is empty")),
        ("../../../../x", Target(flaw="points outside the blog")),
        ("C:\\a.png", Target(flaw="points to a file on your own disk")),
        ("htpp://a.b", Target(flaw="begins with 'htpp:'")),
        ("http:///a", Target(flaw="names no host")),
        ("javascript:alert('你好')", Target(flaw="runs a script: the page has '#' in its place")),
        ("JavaScript: void(0);", Target()),
        ("data:text/csv,甲,1", Target(flaw="contains a text: the page has '#' in its place")),
        ("data:image/png;base64,iVBORw==", Target()),
        ("javascript:;", Target()),
        ("javascript:", Target()),
        ("http://[a", Target(flaw="is not a valid URL")),
    ],
)
def test_urls_are_resolved(url: str, target: Target) -> None:
    """URLs are resolved from a page of a blog below `/blog`."""
    assert target == follow(SITE, POST.url, url)


def test_links_to_own_anchors_are_omitted() -> None:
    """Links to parts of the page are omitted; each other URL appears once per line."""
    body = '<h2 id="甲">x</h2><a href="#甲">1</a><a href="#乙">2</a>' + '<a href="/b/">3</a>' * 2
    places = locate_urls(POST, [(3, "#乙"), (5, "/b/"), (9, "/b/")])
    assert (
        Hyperlink(6, "#乙", path="文/a/", fragment="乙"),
        Hyperlink(8, "/b/", path="b/"),
        Hyperlink(12, "/b/", path="b/"),
    ) == find_hyperlinks(SITE, POST, body, anchors(body), places)


def test_the_column_of_a_url() -> None:
    """Where it is written as a whole; 0 where the file has other lines than the body, and where the
    line has it in another form."""
    text = "[甲](/b/c) [乙](/b/) <a href='图 1.png'>丙</a> ![丁](%E5%9B%BE.png)"
    post = replace(POST, body=f"\n{text}\n", body_line=7)
    line, urls = 8, ("/b/", "/b/c", "图 1.png", "图.png", "/无/")
    body = "".join(f'<a href="{url}">x</a>' for url in urls)
    for origin, columns in (((), [15, 5, 29, 0, 0]), ((7, 8), [0] * 5)):
        moved = replace(post, origin=origin)
        found = find_hyperlinks(SITE, moved, body, "", {url: [line] for url in urls})
        assert columns == [link.column for link in found]


@pytest.mark.parametrize(
    "piece", ["<a '", '<a href="', "<!-- ", "<script>", "<a id", "<p " + " " * 50, "<img srcset=',"]
)
def test_broken_markup_takes_linear_time(piece: str) -> None:
    """A megabyte of broken markup is scanned once."""
    html = piece * (1_000_000 // len(piece))
    assert len(list(find_urls(html))) <= len(html)
    assert len(anchors(html)) <= len(html)


def test_a_list_of_commas_takes_linear_time() -> None:
    """A `srcset` of commas is scanned once."""
    commas = "," * 300_000
    assert [("img", f"a{commas}b")] == list(find_urls(f'<img srcset="a{commas}b">'))
