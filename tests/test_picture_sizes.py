"""Sizes of pictures as HackMD and markdown-it-imsize write them: `![alt](a.png =100x150)`."""

from __future__ import annotations

import pytest

from evergreen.content.markdown_options import markdown_options
from evergreen.content.post import parse_post
from evergreen.markdown import MarkdownOptions, parse
from evergreen.model import JekyllConfig, Site

KRAMDOWN = MarkdownOptions()
POST = MarkdownOptions(technical=True, native=True)


def shown(text: str, options: MarkdownOptions = POST) -> str:
    """Return a paragraph without its tag."""
    return parse(text, options).render().html.strip().removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize(
    ("target", "attributes"),
    [
        ("a.png =100x150", 'src="a.png" alt="图" width="100" height="150"'),
        ("图.png =100x", 'src="图.png" alt="图" width="100"'),
        ("a.png  =x150 ", 'src="a.png" alt="图" height="150"'),
        ("https://e.org/a?b=1 =50%x", 'src="https://e.org/a?b=1" alt="图" class="width-50"'),
        ('a.png "题" =9x8', 'src="a.png" alt="图" width="9" height="8" title="题"'),
        ("a.png '题'   =9x", 'src="a.png" alt="图" width="9" title="题"'),
        ("<a b.png> =10x20", 'src="a b.png" alt="图" width="10" height="20"'),
        ("a(1).png =10x20", 'src="a(1).png" alt="图" width="10" height="20"'),
    ],
)
def test_a_size_behind_the_address(target: str, attributes: str) -> None:
    """In pixels or in percent of the text's width, also behind a title; in a Jekyll blog too."""
    text = f"![图]({target})"
    assert f"<img {attributes} />" == shown(text)
    source = f"---\ntitle: 题\ndate: 2026-01-01\n---\n{text}\n".encode()
    jekyll = Site(jekyll=JekyllConfig())
    post = parse_post("_posts/2026-01-01-a.md", source, jekyll)
    assert f"<img {attributes} />" == shown(post.body, markdown_options(post, jekyll))


@pytest.mark.parametrize(
    "text",
    [
        "![图](a.png =x)",
        "![图](a.png =宽)",
        "![图](a.png=10x10)",
        "![图](a.png 10x10)",
        '![图](a.png "=10x10")',
        "[文](a.png =10x10)",
        '[文](a.png "题" =10x10)',
        "[文](<a.png> =10x10)",
        "![图][a] =10x10\n\n[a]: a.png",
    ],
)
def test_what_has_another_meaning_is_as_in_kramdown(text: str) -> None:
    """Links, addresses, titles."""
    assert shown(text, KRAMDOWN) == shown(text)


def test_the_address_is_found_without_the_size() -> None:
    """So that a missing picture is told as such, and a large one is made smaller."""
    document = parse("[![图](a.png =9x8)](图.html)\n\n![图](b.png '题' =9x8)", POST)
    assert {(1, "a.png"), (1, "图.html"), (3, "b.png")} == document.urls
