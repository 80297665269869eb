"""What a blog's settings mean for the text of its posts."""

from __future__ import annotations

import pytest

from evergreen.content.markdown_options import markdown_options
from evergreen.content.post import parse_post
from evergreen.markdown import parse
from evergreen.model import Site
from evergreen.model.jekyll import JekyllConfig


@pytest.mark.parametrize(
    ("site", "html"),
    [
        (Site(), "<p>最小。我们</p>\n"),
        (Site(kramdown={"remove_line_breaks_for_cjk": False}), "<p>最小。\n我们</p>\n"),
        (Site(jekyll=JekyllConfig()), "<p>最小。\n我们</p>\n"),
    ],
)
def test_line_breaks_in_chinese(site: Site, html: str) -> None:
    """They are removed, as browsers would show them as blanks; not in a Jekyll blog."""
    path = "posts/2026-02-03-笔记.md"
    post = parse_post(path, "---\ntitle: 闰\n---\n最小。\n我们\n".encode(), site)
    assert html == parse(post.body, markdown_options(post, site)).render().html
