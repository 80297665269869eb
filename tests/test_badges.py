"""What a page says of its run under the title, and the badges of posts and of the blog."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sample_pages import SITE, post, render_site

from evergreen.model import Environment, LastCheck, Page, Verdict
from evergreen.site.badges import draw_badge, tone
from evergreen.site.status import main_package

TEMPLATES = Path(__file__).parent.parent / "templates"
SVG = "{http://www.w3.org/2000/svg}"


def checked(verdict: Verdict, package: str = "tensorflow", version: str = "2.22.0") -> LastCheck:
    """Return a check of the 28th of November."""
    environment = Environment("3.12.1", "Linux", ((package, version),))
    time = datetime(2026, 11, 28, tzinfo=UTC)
    return LastCheck(verdict, time, "1", environment=environment, since=time)


def page(slug: str, check: LastCheck | None, day: int = 1) -> Page:
    """Return a post that ran on the 20th with TensorFlow 2.21."""
    environment = Environment("3.11.4", "Linux", (("numpy", "2.4.6"), ("tensorflow", "2.21.0")))
    time = datetime(2026, 11, 20, tzinfo=UTC)
    ran = Page(post(slug, slug, day), "<p>文。</p>", "文。", blocks=2, ran=2, executed=True)
    return replace(ran, environment=environment, finished=time, check=check)


def made(*pages: Page) -> dict[str, str]:
    """Return the pages and badges of a site."""
    found = render_site(SITE, pages, [TEMPLATES]).artifacts
    return {f.path: f.content.decode() for f in found if f.path.endswith((".html", ".svg"))}


def test_the_line_under_the_title() -> None:
    """When and with what the code ran, and when and with what that was confirmed."""
    text = made(page("a", checked("same")))["articles/a/index.html"]
    head = text.partition('class="status-line"')[2].partition("</p>")[0]
    assert "2026 年 11 月 20 日用 TensorFlow 2.21" in head
    assert "2026 年 11 月 28 日用 TensorFlow 2.22 确认" in head


def test_a_changed_result_is_said() -> None:
    """A check that found other results confirms nothing."""
    text = made(page("a", checked("drifted")))["articles/a/index.html"]
    head = text.partition('class="status-line"')[2].partition("</p>")[0]
    assert "确认" not in head
    assert "结果有变" in head


def test_unchecked_posts_have_no_badge() -> None:
    """Without a check there is neither a badge nor a page of verdicts."""
    assert [] == [path for path in made(page("a", None)) if path.startswith("_status/")]


def test_badges() -> None:
    """Each post that was checked has one, and the blog has one that counts them."""
    found = made(
        page("a", checked("same"), 1), page("b", checked("drifted"), 2), page("c", None, 3)
    )
    texts = {
        path: [each.text for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]
        for path, svg in found.items()
        if path.endswith(".svg")
    }
    assert {
        "_status/badge.svg": ["结果", "2 篇中 1 篇一致"],
        "_status/articles/a.svg": ["结果", "2026 年 11 月 28 日确认"],
        "_status/articles/b.svg": ["结果", "2026 年 11 月 28 日有变"],
    } == texts


def test_changed_posts_come_first_on_the_page_of_verdicts() -> None:
    """It begins with a summary, and shows how to embed the badge."""
    text = made(page("a", checked("drifted"), 1), page("b", checked("same"), 2))[
        "_status/index.html"
    ]
    assert text.index("/articles/a/") < text.index("/articles/b/")
    assert "2 篇中 1 篇结果一致" in text
    assert "https://blog.example.org/_status/badge.svg" in text


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [("same", "good"), ("within tolerance", "good"), ("drifted", "bad"), ("differs", "open")],
)
def test_tones(verdict: Verdict, expected: str) -> None:
    """Noise is no change."""
    assert expected == tone(checked(verdict))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (Environment("3.11.4", "", (("numpy", "2.4.6"), ("torch", "2.9.1"))), "PyTorch 2.9"),
        (Environment("3.11.4", "", (("zlib-ng", "1"),)), "Python 3.11"),
        (Environment(), ""),
    ],
)
def test_main_package(environment: Environment, expected: str) -> None:
    """A framework says more than a library of arrays, and that more than Python."""
    assert expected == main_package(environment)


def test_markup_in_a_badge_is_text() -> None:
    """A badge is a document of its own."""
    svg = draw_badge("a.svg", "<a>", '"&', "good").content
    assert isinstance(svg, bytes)
    assert '<a>: "&' == ElementTree.fromstring(svg).get("aria-label")
