"""Comments: what a page asks for, and when."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import chromium, needs_chromium, serve, visit, write
from sample_pages import SITE, post, render_site

from evergreen.model import CommentsOptions, Page
from evergreen.site.comments import check_comments, find_comments

TEMPLATES = Path(__file__).parent.parent / "templates"
GISCUS = replace(
    SITE, comments=CommentsOptions("giscus", "林木/blog", "R_1", "Announcements", "DIC_2")
)
UTTERANCES = replace(SITE, comments=CommentsOptions("utterances", "a/blog", label="💬"))
POST = post("talk", "说说", 3, comments=True)


def parts(address: str) -> dict[str, str]:
    """The values of an address."""
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}


def test_giscus():
    """The frame is in the post's language; the discussion is found by the post's address."""
    found = find_comments(replace(GISCUS, baseurl="/blog"), POST)
    assert "https://giscus.app/zh-CN/widget" == found.frame.partition("?")[0]
    assert "https://github.com/林木/blog/discussions" == found.forum
    assert {
        "repo": "林木/blog",
        "repoId": "R_1",
        "category": "Announcements",
        "categoryId": "DIC_2",
        "term": "blog/articles/talk/",
    }.items() <= parts(found.frame).items()


def test_utterances():
    """Issues are found by the address too, and carry the label."""
    found = find_comments(UTTERANCES, POST)
    assert "https://utteranc.es/utterances.html" == found.frame.partition("?")[0]
    assert {"repo": "a/blog", "label": "💬", "pathname": "articles/talk/"}.items() <= parts(
        found.frame
    ).items()


@pytest.mark.parametrize(
    ("layout", "wish", "expected"),
    [
        ("post", None, True),
        ("post", True, True),
        ("post", False, False),
        ("page", None, False),
        ("page", True, True),
    ],
)
def test_posts_have_comments_by_default(layout: str, wish: bool | None, expected: bool):
    """Once the blog names a service; static pages have them where they ask for them."""
    found = find_comments(GISCUS, replace(POST, layout=layout, comments=wish))
    assert expected == (found is not None)


@needs_chromium
def test_disqus(tmp_path: Path):
    """Its script is loaded at the click, under the page's policy, and knows the post."""
    site = replace(SITE, comments=CommentsOptions("disqus", shortname="me"))
    write(tmp_path, render_site(site, [Page(POST, "<p>x</p>")], [TEMPLATES]).artifacts)
    stub = """
        const values = { page: {} };
        window.disqus_config.call(values);
        const text = `${values.page.identifier} ${values.page.url}`;
        document.querySelector("#disqus_thread").textContent = text;
    """
    with (
        serve(tmp_path) as base,
        chromium() as browser,
        visit(browser, f"{base}/articles/talk/") as page,
    ):
        assert all(url.startswith((base, "data:")) for url in page.asked)
        page.context.route(
            "https://me.disqus.com/embed.js",
            lambda route: route.fulfill(body=stub, content_type="text/javascript"),
        )
        page.locator(".load-comments").click()
        page.locator("#disqus_thread", has_text="articles/talk").wait_for()
        shown = page.locator("#disqus_thread").text_content()
        assert "articles/talk/ https://blog.example.org/articles/talk/" == shown
        assert [] == page.said


def test_no_comments_unless_asked_for():
    """By the post and by the settings."""
    assert find_comments(GISCUS, replace(POST, comments=False)) is None
    assert find_comments(SITE, POST) is None
    silent = Page(replace(POST, comments=False), "x")
    made = render_site(GISCUS, [silent], [TEMPLATES]).artifacts
    page = {one.path: one.content for one in made}
    assert b"giscus" not in page["articles/talk/index.html"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            CommentsOptions("isso", "a/b"),
            ["site.toml: 'comments.service' is 'isso': known: giscus, utterances, disqus"],
        ),
        (
            CommentsOptions("disqus"),
            ["site.toml: 'comments.shortname' is '': write the short name that Disqus shows"],
        ),
        (
            CommentsOptions("giscus", "b"),
            ["site.toml: 'comments.repository' is 'b': write \"owner/name\""],
        ),
        (CommentsOptions("giscus", "a/b"), []),
        (CommentsOptions(), []),
    ],
)
def test_wrong_settings_are_told(options: CommentsOptions, expected: list[str]):
    """With what they may be."""
    problems = check_comments(replace(SITE, comments=options))
    assert expected == [str(problem) for problem in problems]


STUB = """<script>
parent.postMessage({ giscus: { resizeHeight: 432 } }, "*");
parent.postMessage({ type: "resize", height: 432 }, "*");
</script>"""


@needs_chromium
@pytest.mark.parametrize("site", [GISCUS, UTTERANCES], ids=["giscus", "utterances"])
def test_comments_come_when_a_reader_asks(tmp_path: Path, site):
    """Nobody is asked before the click; then the frame alone, under the page's policy, as high as
    it says; a session from signing in is handed on and leaves the address.
    """
    write(tmp_path, render_site(site, [Page(POST, "<p>x</p>")], [TEMPLATES]).artifacts)
    origin = find_comments(site, POST).origin
    with (
        serve(tmp_path) as base,
        chromium() as browser,
        visit(browser, f"{base}/articles/talk/") as page,
    ):
        assert all(url.startswith((base, "data:")) for url in page.asked)
        page.context.route(
            f"{origin}/**", lambda route: route.fulfill(body=STUB, content_type="text/html")
        )
        page.locator(".load-comments").click()
        page.locator("iframe[height='432']").wait_for()
        asked = [url for url in page.asked if not url.startswith((base, "data:"))]
        assert [origin] == [f"https://{urlsplit(url).netloc}" for url in asked]
        assert "theme" in parts(asked[0])
        page.goto(f"{base}/articles/talk/?{site.comments.service}=geheim")
        page.locator("iframe[height='432']").wait_for()
        assert "geheim" == parts(page.asked[-1])["session"]
        assert f"{base}/articles/talk/" == page.url
        assert [] == page.said


@needs_chromium
def test_a_page_without_scripts_leads_to_the_comments(tmp_path: Path):
    """They stand on GitHub."""
    write(tmp_path, render_site(GISCUS, [Page(POST, "<p>x</p>")], [TEMPLATES]).artifacts)
    with (
        serve(tmp_path) as base,
        chromium() as browser,
        visit(browser, f"{base}/articles/talk/", java_script_enabled=False) as page,
    ):
        assert page.locator(".comments a").is_visible()
        assert not page.locator(".load-comments").is_visible()


def test_share_links_are_plain_links():
    """They hold the post's address and title, and nothing of anybody else is in the page."""
    made = render_site(SITE, [Page(replace(POST, share=True, title="说 & 说"), "x")], [TEMPLATES])
    text = {one.path: one.content for one in made.artifacts}["articles/talk/index.html"].decode()
    url = "https%3A//blog.example.org/articles/talk/"
    assert f"https://service.weibo.com/share/share.php?url={url}&amp;title=%E8%AF%B4%20%26" in text
    assert f'href="mailto:?subject=%E8%AF%B4%20%26%20%E8%AF%B4&amp;body={url}"' in text
    assert 1 == text.count("<script src=")
    plain = render_site(SITE, [Page(POST, "x")], [TEMPLATES]).artifacts
    assert b"weibo" not in {one.path: one.content for one in plain}["articles/talk/index.html"]
