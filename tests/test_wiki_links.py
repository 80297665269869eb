"""Links between notes of a Jekyll blog, `[[title]]`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.model import Report
from evergreen.settings import read_settings

NOTE = """\
---
title: 笔记一
---
See [[Other Note]], [[other-note|another]], [[OTHER NOTE#A heading, here|part]], ![[img.png]],
[[没有]] and `[[Other Note]]`.

| a | b |
|---|---|
| [[Other Note\\|x]] | y |
"""
FILES = {
    "_config.yml": "title: 园\nurl: https://me.example\nbaseurl: /g\nplugins: [jekyll-wikilinks]\n"
    "collections: {notes: {output: true, permalink: '/n/:name/'}}\n",
    "_notes/one.md": NOTE,
    "_notes/other-note.md": "---\ntitle: Other note\n---\n## A heading, here\n\n[[笔记一]]\n",
    "_posts/2024-01-01-a.md": "---\ntitle: 文\n---\n[[笔记一]]\n",
    "img.png": "x",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a blog with notes."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return tmp_path


def _publish(root: Path) -> Report:
    return publish(BuildOptions(root, root / "_site", read_settings(root)))


def _links(root: Path, page: str) -> list[tuple[str, str]]:
    text = (root / "_site" / page).read_text("utf-8").partition("<article")[2]
    return re.findall(r'<a href="([^"]*)">([^<]*)</a>', text.partition("</article>")[0])


def test_links_to_notes(root: Path) -> None:
    """By title and by file name, with a label, with a heading, in a table."""
    _publish(root)
    assert _links(root, "n/one/index.html")[:4] == [
        ("/g/n/other-note/", "Other Note"),
        ("/g/n/other-note/", "another"),
        ("/g/n/other-note/#a-heading-here", "part"),
        ("/g/n/other-note/", "x"),
    ]


def test_a_picture_is_shown(root: Path) -> None:
    """`![[img.png]]` is a picture, code is left alone."""
    _publish(root)
    text = (root / "_site/n/one/index.html").read_text("utf-8")
    assert '<img src="/g/img.png"' in text
    assert "<code>[[Other Note]]</code>" in text


def test_a_note_that_does_not_exist(root: Path) -> None:
    """It is told at its line, and only its name is shown."""
    found = [each for each in _publish(root).problems if "没有" in each.message]
    assert [(each.path, each.line, each.severity) for each in found] == [
        ("_notes/one.md", 5, "warning")
    ]
    assert "[[没有]]" not in (root / "_site/n/one/index.html").read_text("utf-8")


def test_a_new_title_makes_links_stale(root: Path) -> None:
    """A note that gets another title is no longer found by the old one; nothing else changes."""
    _publish(root)
    assert _publish(root).written == 0
    (root / "_notes/one.md").write_text(NOTE.replace("笔记一", "笔记二"), "utf-8")
    problems = _publish(root).problems
    assert {each.path for each in problems if "笔记一" in each.message} == {
        "_notes/other-note.md",
        "_posts/2024-01-01-a.md",
    }


def test_without_a_plugin_brackets_are_text(root: Path) -> None:
    """As in Jekyll."""
    config = FILES["_config.yml"].replace("plugins: [jekyll-wikilinks]\n", "")
    (root / "_config.yml").write_text(config, "utf-8")
    _publish(root)
    assert "[[笔记一]]" in (root / "_site/2024/01/01/a.html").read_text("utf-8")


def test_a_plugin_of_the_blog_is_recognized(root: Path) -> None:
    """The generator of digital gardens is in `_plugins`."""
    config = FILES["_config.yml"].replace("plugins: [jekyll-wikilinks]\n", "")
    (root / "_config.yml").write_text(config, "utf-8")
    (root / "_plugins").mkdir()
    (root / "_plugins/links.rb").write_text(r"content.gsub!(/\[\[([^\]]+)\]\]/i, link)", "utf-8")
    _publish(root)
    assert ("/g/n/one/", "笔记一") in _links(root, "2024/01/01/a.html")
