"""Emoji by GitHub's names, where a Jekyll blog names jemoji."""

from __future__ import annotations

import pytest
from conftest import Write

from evergreen.build.migrate import migrate
from evergreen.build.options import read_options
from evergreen.build.pipeline import publish
from evergreen.content.jekyll.emoji import emojify, with_emoji

POST = """\
---
title: 文
---

## 好 :tada: 的

很好 :+1:，`:smile:` 12:30:45 std::cout :没有: :none_such:
"""
CONFIG = "title: 博客\nlang: zh\nplugins: [jemoji]\n"


def page(config: str, write_blog: Write) -> str:
    """The page of a post of a blog with these settings."""
    root = write_blog({"_config.yml": config, "_posts/2020-01-01-a.md": POST})
    publish(read_options(root))
    return (root / "_site/2020/01/01/a.html").read_text("utf-8")


def test_names_are_characters_where_the_plugin_is_named(write_blog: Write) -> None:
    """Code and what is not a name stay; the id of a heading is that of its text."""
    html = page(CONFIG, write_blog)
    assert '<h2 id="好-tada-的">好 🎉 的' in html
    assert "很好 👍，" in html
    assert ":smile:</code> 12:30:45 std::cout :没有: :none_such:" in html
    assert html.count("🎉") == 2, "the heading, and the table of contents"


def test_names_are_text_in_other_blogs(write_blog: Write) -> None:
    """As in Jekyll."""
    assert "很好 :+1:，" in page("title: 博客\nlang: zh\n", write_blog)


@pytest.mark.parametrize(
    "html",
    [
        "<pre><code>:smile:</code></pre>",
        '<a href="/:smile:/" title=":smile:">a</a>',
        "<script>x ? y:smile:z</script>",
        "<math><mo>:smile:</mo></math>",
        "<!-- :smile: -->",
        "<p>a : smile : :Smile:</p>",
    ],
)
def test_what_is_no_text_stays(html: str) -> None:
    """Code, attributes, scripts, formulas, comments."""
    assert with_emoji(html) == html


@pytest.mark.parametrize(
    "name", ["thinking", "shrug", "rocket", "cn", "us", "hugs", "-1", "man_technologist"]
)
def test_the_names_are_githubs(name: str) -> None:
    """Old ones, flags, and those of several characters."""
    assert not emojify(f":{name}:").isascii()


def test_the_filter_gives_characters() -> None:
    """`emojify` is jemoji's filter."""
    assert emojify("a :smile: b") == "a 😄 b"


def test_the_report_of_a_move_knows_the_plugin(write_blog: Write) -> None:
    """It is not one that does not run."""
    root = write_blog({"_config.yml": CONFIG, "_posts/2020-01-01-a.md": POST})
    assert "the plugin jemoji: `:smile:` as its character here" in migrate(read_options(root)).notes
