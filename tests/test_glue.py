"""MyST-NB's `glue`: values of the run in the text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evergreen.build.parse import parse_content
from evergreen.content.post import parse_post
from evergreen.errors import Problem
from evergreen.model import Display, Execution, Page, Site
from evergreen.render.languages import find_language, read_languages
from evergreen.render.outputs import HIDDEN
from evergreen.render.page import render_page

TEMPLATES = Path(__file__).parent.parent / "templates"
HEAD = "---\ntitle: 一\njupytext: {text_representation: {format_name: myst}}\n---\n"
CELL = "```{code-cell}\nglue()\n```\n\n"
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def glued(name: str, data: dict[str, str], prefix: str = "") -> Display:
    """Return what `glue` displays."""
    metadata = json.dumps({"scrapbook": {"name": name, "mime_prefix": prefix}})
    return Display({prefix + mime: value for mime, value in data.items()}, metadata)


VALUES = (
    glued("数", {"text/plain": "3.14159"}),
    glued("名", {"text/plain": "'甲 & 乙'"}, HIDDEN),
    glued("table", {"text/plain": "T", "text/html": "<table></table>"}, HIDDEN),
    glued("fig", {"text/plain": "F", "image/png": PNG}, HIDDEN),
    Display({"text/plain": "1"}, '{"scrapbook": "of another library"}'),
)


def page(text: str, ran: bool = True) -> tuple[Page, tuple[Problem, ...]]:
    """Render a post whose cell glued the values."""
    made = parse_content(parse_post("posts/2026-02-03-a.md", (HEAD + CELL + text).encode(), Site()))
    execution = Execution((VALUES,)) if ran else None
    language = find_language(read_languages([TEMPLATES]), "en")
    return render_page(Site(), made.post, made.notebook, made.document, execution, language)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("{glue:text}`数:.2f`", '<span class="glue">3.14</span>'),
        ("{glue}`名`", '<span class="glue">甲 &amp; 乙</span>'),
        ("{glue:}`数`", '<span class="glue">3.14159</span>'),
        ("```{glue} table\n```", "<table></table>"),
        ("```{glue:} table\n```", "<table></table>"),
    ],
)
def test_a_value_takes_the_place_of_its_name(written: str, shown: str) -> None:
    """In the text and as a block."""
    assert shown in page(written)[0].content


def test_a_glued_figure_has_a_number() -> None:
    """With its caption, and its picture once: what is not displayed is not shown at its cell."""
    made, _ = page("```{glue:figure} fig\n:name: fig-a\n\n图 *一*\n```\n\n{numref}`fig-a`\n")
    assert made.content.count("<img") == 1
    assert '<span class="number">Figure 1:</span> 图 <em>一</em></figcaption>' in made.content
    assert [each.path.endswith(".png") for each in made.artifacts][:1] == [True]


def test_a_name_that_nothing_glues_is_shown_with_a_warning() -> None:
    """At its line."""
    made, problems = page("文\n\n{glue:text}`nam`\n")
    assert ">nam</span>" in made.content
    found = [each for each in problems if "glues" in each.message]
    assert [(each.line, each.message) for each in found] == [
        (11, "no code of the post glues 'nam'")
    ]


def test_names_stay_where_no_code_ran() -> None:
    """Without a warning."""
    made, problems = page("{glue:text}`数`\n", ran=False)
    assert ">数</span>" in made.content
    assert not [each for each in problems if "glues" in each.message]
