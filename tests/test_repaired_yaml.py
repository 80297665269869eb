"""Front matter of Jekyll blogs that is not valid YAML."""

from __future__ import annotations

import pytest
from conftest import Write
from hypothesis import given
from hypothesis import strategies as st

from evergreen.build.options import read_options
from evergreen.build.pipeline import publish
from evergreen.content.jekyll.repaired_yaml import repair
from evergreen.content.yaml_mapping import read_mapping

CASES = {
    "title: 长青: 一个博客\ntags: [a, b]\n": {"title": "长青: 一个博客", "tags": ["a", "b"]},
    'layout: post\ntitle: "引号" 之后\n': {"layout": "post", "title": '"引号" 之后'},
    "title: @某人\ndate: 2020-01-02\n": {"title": "@某人"},
    'title: "没有结束\ntags: 一\n': {"title": "没有结束", "tags": "一"},
    "tags:\n\t- 一\n\t- 二\ntitle: 题\n": {"tags": ["一", "二"], "title": "题"},
    "layout: post\ntitle 没有冒号\nauthor: 我\n": {"layout": "post", "author": "我"},
    "title: [一, 二\npublished: false\n": {"title": "[一, 二", "published": False},
    "title: `code` 题\n": {"title": "`code` 题"},
    "只是文字\n": {},
    "- 一\n- 二\n": {},
}


@pytest.mark.parametrize("text", CASES)
def test_what_can_be_read_is_read(text: str) -> None:
    """Other keys do not suffer, and lines stay where they are."""
    repaired = repair(text)
    values, _ = read_mapping(repaired)
    assert {key: values[key] for key in CASES[text]} == CASES[text]
    assert repaired.count("\n") == text.count("\n")


@given(st.text(alphabet="ab:\n-[]{}\"'#&*!|>@` \t题", max_size=60))
def test_any_text_becomes_valid_yaml(text: str) -> None:
    """With as many lines."""
    text = f"{text}\n"
    repaired = repair(text)
    read_mapping(repaired, allow_duplicates=True)
    assert repaired.count("\n") == text.count("\n")


def test_such_posts_and_pages_are_published(write_blog: Write) -> None:
    """With a warning at the line; the rest of the blog, too."""
    root = write_blog(
        {
            "_config.yml": "title: 博客\n",
            "_posts/2020-01-01-a.md": "---\nlayout: post\ntitle: 一: 二\n---\n正文。\n",
            "about.md": '---\ntitle: "关"于\npermalink: /关于/\n---\n我。\n',
        }
    )
    report = publish(read_options(root))
    found = [(each.path, each.line, each.severity) for each in report.problems if each.line]
    assert found == [("_posts/2020-01-01-a.md", 3, "warning"), ("about.md", 2, "warning")]
    assert "一: 二</h1>" in (root / "_site/2020/01/01/a.html").read_text("utf-8")
    assert (root / "_site/关于/index.html").exists()


def test_an_unpublished_post_stays_so(write_blog: Write) -> None:
    """A fault in another line does not show it."""
    root = write_blog(
        {
            "_config.yml": "title: 博客\n",
            "_posts/2020-01-01-a.md": "---\ntitle: 一: 二\npublished: false\n---\n正文。\n",
            "_posts/2020-01-02-b.md": "---\ntitle: 文\n---\n正文。\n",
        }
    )
    publish(read_options(root))
    assert not (root / "_site/2020/01/01/a.html").exists()


def test_a_date_that_is_none_is_a_warning(write_blog: Write) -> None:
    """The post has that of its file's name; a page needs none."""
    root = write_blog(
        {
            "_config.yml": "title: 博客\n",
            "_posts/2020-01-01-a.md": "---\ntitle: 文\ndate: 某天\n---\n正文。\n",
            "talk.md": "---\ntitle: 讲\ndate: '`r Sys.Date()`'\n---\n正文。\n",
        }
    )
    report = publish(read_options(root))
    found = [(each.path, each.line, each.severity) for each in report.problems if each.line]
    assert sorted(found) == [("_posts/2020-01-01-a.md", 3, "warning"), ("talk.md", 3, "warning")]
    assert (root / "_site/2020/01/01/a.html").exists()
    assert (root / "_site/talk.html").exists()
