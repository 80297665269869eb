"""Liquid that reads other posts: their content and their beginning, with their own Liquid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.settings import read_settings

FILES = {
    "_config.yml": "title: 站\nurl: https://me.example\ntimezone: UTC\n",
    "_includes/note.html": "<em>{{ include.text }}</em>",
    "_posts/2024-01-01-a.md": (
        "---\ntitle: 甲\n---\nIntro {% include note.html text='你好' %} of {{ page.title }}.\n\n"
        "Second {% if true %}**yes**{% endif %} {{ site.title }}.\n"
    ),
    "_posts/2024-01-02-b.md": (
        "---\ntitle: all\n---\n{% for p in site.posts %}{{ p.content | strip_html }}{% endfor %}\n"
    ),
    "_posts/2024-01-03-bad.md": "---\ntitle: bad\n---\nA {% include gone.html %} B\n",
    "list.html": (
        "---\n---\n{% assign found = site.posts | where: 'title', '甲' %}<div>{% for p in found %}"
        "[{{ p.excerpt }}|{{ p.content }}]{% endfor %}</div>"
        "{% for p in site.posts %}<i>{{ p.content | size }}</i>{% endfor %}\n"
    ),
}
EXCERPT = "<p>Intro <em>你好</em> of 甲.</p>\n"
"""As Jekyll 4.3 renders it, like the content, which has blank lines there."""
CONTENT = f"{EXCERPT}<p>Second <strong>yes</strong> 站.</p>\n"


@pytest.fixture
def blog(tmp_path: Path) -> BuildOptions:
    """Return the options of a Jekyll blog."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))


def _shown(blog: BuildOptions) -> str:
    text = (blog.output / "list.html").read_text("utf-8")
    found = re.search(r"<div>(\[.*?\])</div>", text, re.DOTALL)
    return found[1] if found else text


def test_a_list_shows_posts_as_jekyll_does(blog: BuildOptions) -> None:
    """Includes, variables and blocks of the other post are expanded, for the other post."""
    publish(blog)
    assert _shown(blog) == f"[{EXCERPT}|{CONTENT}]"


def test_a_post_with_an_error_is_only_reported_itself(blog: BuildOptions) -> None:
    """The post whose include is missing fails; lists that read it do not."""
    report = publish(blog)
    errors = [(each.path, each.line) for each in report.problems if each.severity == "error"]
    assert errors == [("_posts/2024-01-03-bad.md", 4)]


def test_posts_that_show_all_posts_end(blog: BuildOptions) -> None:
    """A post that shows itself among others is not expanded again in itself."""
    publish(blog)
    page = (blog.output / "2024/01/02/b.html").read_text("utf-8")
    shown = page.partition("e-content")[2].partition("</article>")[0]
    assert shown.count("Intro 你好 of 甲.") == 1


def test_what_the_other_post_includes_makes_the_list_stale(blog: BuildOptions) -> None:
    """An edit of the include is shown, and a second build writes nothing."""
    publish(blog)
    again = publish(blog)
    (blog.root / "_includes/note.html").write_text("<b>{{ include.text }}</b>", "utf-8")
    changed = publish(blog)
    assert (again.written, changed.written > 0) == (0, True)
    assert "Intro <b>你好</b> of 甲." in _shown(blog)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("人.yml", "- 名: 甲\n- 名: [\n", "in _data/人.yml:2:"),
        ("人.json", '[\n  {"名": 甲}\n]\n', "in _data/人.json:2:9: not JSON"),
        ("人/一.yml", "a: 'b\n", "in _data/人/一.yml:1:"),
    ],
)
def test_data_that_cannot_be_read_stops_the_post(
    blog: BuildOptions, name: str, text: str, says: str
) -> None:
    """As in Jekyll: the page would lack it without a word."""
    (blog.root / "_data" / name).parent.mkdir(parents=True)
    (blog.root / "_data" / name).write_text(text, "utf-8")
    post = "---\ntitle: 丙\n---\n{% for p in site.data.人 %}{{ p.名 }}{% endfor %}\n"
    (blog.root / "_posts/2024-01-04-c.md").write_text(post, "utf-8")
    found = [each.message for each in publish(blog).problems if "-c.md" in each.path]
    assert [True] == [message.startswith(says) for message in found]
