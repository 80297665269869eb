"""The tags of Octopress."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.options import read_options
from evergreen.build.pipeline import publish
from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.markdown import parse
from evergreen.model import Site


def shown(body: str) -> str:
    """The HTML of a text with Liquid."""
    site = Site(liquid="all", baseurl="/b")
    post = parse_post("posts/2024-03-05-题.md", f"---\ntitle: 题\n---\n{body}".encode(), site)
    return parse(expand(post, BlogContext(Path("/nowhere"), site)).body).render().html


QUOTES = {
    "": "",
    "鲁迅": "<footer><strong>鲁迅</strong></footer>",
    "鲁迅, 故乡": "<footer><strong>鲁迅</strong> <cite>故乡</cite></footer>",
    "@a https://a.example/s 原文": '<footer><strong>@a</strong> <cite><a href="https://a.example/s">'
    "原文</a></cite></footer>",
    "D, Book http://www.a.example/s": '<footer><strong>D</strong> <cite><a href="http://www.a.example'
    '/s">Book</a></cite></footer>',
}


@pytest.mark.parametrize("given", QUOTES)
def test_a_quote_has_its_author_and_source(given: str) -> None:
    """Below its text, which is Markdown."""
    html = shown(f"{{% blockquote {given} %}}\n希望是*本无*所谓有。\n{{% endblockquote %}}\n")
    assert "<blockquote>" in html
    assert "<p>希望是<em>本无</em>所谓有。</p>" in html
    assert (QUOTES[given] or "</blockquote>") in html
    assert ("<footer>" in html) == bool(given)


def test_a_pull_quote_is_its_text() -> None:
    """The marks around what is repeated go."""
    html = shown('{% pullquote %}\n甲。{" 乙 "}丙。\n{% endpullquote %}\n')
    assert "<p>甲。乙丙。</p>" in html


def test_a_video_plays_its_files() -> None:
    """Sizes, and a picture before it plays; files of the blog are below its root."""
    assert shown("{% video /a.mp4 http://x.example/b.webm 640 320 /p.png %}\n").strip() == (
        '<video controls="" preload="metadata" width="640" height="320" poster="/b/p.png">'
        '<source src="/b/a.mp4" /><source src="http://x.example/b.webm" /></video>'
    )


BLOG = {
    "_config.yml": "title: 博客\nsource: source\ncode_dir: 代码\n",
    "source/_posts/2012-01-01-a.md": "---\ntitle: 文\n---\n\n"
    "{% include_code 例子 lang:c a/b.txt %}\n\n{% include_code none.c %}\n",
    "source/代码/a/b.txt": "int 数 = 1;\n",
}


def test_code_of_a_file_is_shown_and_its_edit_too(write_blog: Write) -> None:
    """A file that does not exist is a warning at the tag."""
    root = write_blog(BLOG)
    report = publish(read_options(root))
    page = root / "_site/2012/01/01/a.html"
    assert '<p class="code-title">例子</p>' in page.read_text("utf-8")
    assert 'class="language-c"' in page.read_text("utf-8")
    found = [each for each in report.problems if "none.c" in each.message]
    assert [(each.line, each.severity) for each in found] == [(7, "warning")]
    (root / "source/代码/a/b.txt").write_text("int 别的;\n", "utf-8")
    (root / "source/代码/none.c").write_text("void 新;\n", "utf-8")
    publish(read_options(root))
    assert "别的" in page.read_text("utf-8")
    assert "新" in page.read_text("utf-8")
