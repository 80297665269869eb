"""Columns of warnings about a text."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.model import Site


def places(root: Path) -> list[str]:
    """Return line and column of what a build reports, with the beginning of each message."""
    found = publish(BuildOptions(root, root / "_site", Site(lang="zh"))).problems
    return [f"{each.line}:{each.column} {each.message[:12].strip()}" for each in found]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("公式 $\\foo x$ 与 $y$", "4:5 the formula"),
        ("文\n\n$$\n\\foo\n$$", "6:1 the formula"),
        ("See $$x = 1 there", "4:5 '$$' has no"),
        ("文 [甲][无] 与 [无](#)", "4:6 the link [无]"),
        ("文[^无]", "4:2 the footnote"),
        ("[^一]: 注", "4:1 nothing refe"),
        ("文\n\n<div>\n文", "6:1 <div> has no"),
    ],
)
def test_the_column_of_what_is_at_fault(write_blog: Write, text: str, place: str) -> None:
    """If the lines of the file are those of the text."""
    path = "posts/2026-01-01-a.md"
    assert [place] == places(write_blog({path: f"---\ntitle: 题\n---\n{text}\n"}))


def test_lines_that_liquid_has_made_have_no_columns(write_blog: Write) -> None:
    """They may have another text than those of the file."""
    text = "---\ntitle: 题\n---\n{{ '长长长' | size }} $\\foo$\n"
    assert ["4:0 the formula"] == places(write_blog({"posts/2026-01-01-a.md": text}))
