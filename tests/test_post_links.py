"""Links from one source file to another."""

from __future__ import annotations

from conftest import Write

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.settings import read_settings

MYST = "jupytext: {text_representation: {format_name: myst}}"
TEXT = """{doc}`other` {doc}`文 <other>` {doc}`notes/2026-01-03-b` {doc}`gone` {doc}`词 <gone>`

[](other.md) [](other.md#sec) [文](other.md) [](notes/2026-01-03-b.md)
"""


def test_links_to_files_are_links_to_pages_with_their_titles(write_blog: Write) -> None:
    """A document that is not there leaves its words, without a warning of a dead link."""
    root = write_blog(
        {
            "site.toml": 'title = "T"\nurl = "https://a.example"\n',
            "posts/2026-01-01-a.md": f"---\ntitle: 甲\n{MYST}\n---\n{TEXT}",
            "posts/other.md": f"---\ntitle: 乙 & 丙\ndate: 2026-01-02\n{MYST}\n---\n## sec\n",
            "posts/notes/2026-01-03-b.md": f"---\ntitle: 丁\n{MYST}\n---\n文\n",
        }
    )
    report = publish(BuildOptions(root, root / "_site", read_settings(root), execute=False))
    made = (root / "_site/a/index.html").read_text()
    for shown in (
        '<a class="document" href="/other/">乙 &amp; 丙</a>',
        '<a class="document" href="/other/">文</a>',
        '<a class="document" href="/b/">丁</a> gone 词</p>',
        '<a href="/other/">乙 &amp; 丙</a> <a href="/other/#sec">sec</a>',
    ):
        assert shown in made
    assert [str(each) for each in report.problems if "nothing at" in each.message] == []
