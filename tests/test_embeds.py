"""Cells of a notebook that another file shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.parse import parse_content
from evergreen.build.pipeline import BuildOptions, publish
from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.model import Page, Post, Site
from evergreen.render.languages import find_language, read_languages
from evergreen.render.page import render_page

TEMPLATES = Path(__file__).parent.parent / "templates"
HEADS = {
    ".qmd": "---\ntitle: 一\n---\n",
    ".md": "---\ntitle: 一\nkernelspec: {name: python3}\n---\n",
}
FIGURE = "#| label: fig-a\n#| fig-cap: 图 *甲*\nplot()"


def cell(source: str, shown: str = "", **more: object) -> dict[str, object]:
    """Return a code cell with what it printed."""
    printed = [{"output_type": "stream", "name": "stdout", "text": shown}] if shown else []
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "source": source,
        "outputs": printed,
        **more,
    }


NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {"cell_type": "markdown", "id": "head", "metadata": {}, "source": "# 笔记 *本*"},
        cell(FIGURE, "一\n", id="a"),
        cell("1 + 1", "二\n", id="b", metadata={"tags": ["sum"]}),
    ],
}


@pytest.fixture
def blog(write_blog: Write) -> BlogContext:
    """Return a blog with a notebook beside a post."""
    files = {"posts/甲/笔记.ipynb": json.dumps(NOTEBOOK), "posts/甲/b.qmd": "文", "x.ipynb": "{}"}
    return BlogContext(write_blog(files), Site())


def read(blog: BlogContext, body: str, suffix: str = ".qmd") -> Post:
    """Read a post and expand it."""
    source = (HEADS[suffix] + body).encode()
    return expand(parse_post(f"posts/甲/2026-02-03-文{suffix}", source, Site()), blog)


def page(blog: BlogContext, body: str, suffix: str = ".qmd") -> Page:
    """Render a post."""
    made = parse_content(read(blog, body, suffix))
    language = find_language(read_languages([TEMPLATES]), "en")
    return render_page(Site(), made.post, made.notebook, made.document, None, language)[0]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("笔记.ipynb#fig-a", ["一\n"]),
        ("笔记.ipynb#b", ["二\n"]),
        ("笔记.ipynb#sum", ["二\n"]),
        ("笔记.ipynb#sum,fig-a", ["二\n", "一\n"]),
        ("笔记.ipynb[2]", ["一\n"]),
        ("笔记.ipynb[2-9]", ["一\n", "二\n"]),
        ("/posts/甲/笔记.ipynb", ["一\n", "二\n"]),
    ],
)
def test_a_cell_is_named_by_label_id_tag_or_number(
    blog: BlogContext, address: str, shown: list[str]
) -> None:
    """As in Quarto 1.4: numbers count all cells, from 1; a notebook without them is shown whole."""
    post = read(blog, f"上\n\n{{{{< embed {address} >}}}}\n")
    outputs = [output for each in post.embedded.values() for output in each.outputs]
    assert [getattr(output, "text", "") for output in outputs] == shown
    assert not post.warnings
    assert "file posts/甲/笔记.ipynb" in post.uses


def test_an_embedded_figure_has_its_label_and_says_where_it_is_from(blog: BlogContext) -> None:
    """Its results are those that the notebook saves."""
    made = page(blog, "@fig-a\n\n{{< embed 笔记.ipynb#fig-a >}}\n").content
    assert '<pre class="output stdout">一\n</pre>' in made
    assert '<figcaption><span class="number">Figure 1:</span> 图 <em>甲</em></figcaption>' in made
    source = '<a href="%E7%AC%94%E8%AE%B0.ipynb">笔记 本</a>, with the results saved there'
    assert f'<p class="embed-source">Source: {source}</p>' in made
    assert "plot()" not in made


def test_the_code_of_an_embedded_cell_is_shown_and_does_not_run(blog: BlogContext) -> None:
    """With `echo=true`."""
    parsed = parse_content(read(blog, "{{< embed 笔记.ipynb#sum echo=true >}}\n"))
    assert parsed.notebook.cells == ()
    assert parsed.document.code_blocks[0].source == "1 + 1"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("笔记.ipynb#fig-b", "no cell has this label"),
        ("b.qmd#fig-a", "it is not a notebook or a post"),
        ("没有.ipynb", "it is not a notebook that can be read"),
        ("/x.ipynb#a", "it is not a notebook that can be read"),
        ("../../../x.ipynb", "it is not a notebook of the blog"),
    ],
)
def test_what_is_not_there_is_a_link_and_a_warning(
    blog: BlogContext, address: str, reason: str
) -> None:
    """At its line."""
    post = read(blog, f"上\n\n{{{{< embed {address} >}}}}\n")
    name = address.partition("#")[0]
    assert [(each.line, each.message) for each in post.warnings] == [
        (6, f"'{name}' is not embedded: {reason}")
    ]
    assert f"]({address})" in post.body


SOURCE = (
    "---\ntitle: 源\n---\n\n```{python}\nx = 6\n```\n\n"
    "```{python}\n#| label: t\nprint(x * 7)\n```\n"
)
SHOWN = "---\ntitle: 文\n---\n\n{{< embed 2024-01-02-b.qmd#t echo=true >}}\n"


def test_a_cell_of_a_post_has_the_results_of_its_run(write_blog: Write) -> None:
    """Also where it runs in the same build, after the other one was read."""
    root = write_blog({"posts/2024-01-01-a.qmd": SHOWN, "posts/2024-01-02-b.qmd": SOURCE})
    build = BuildOptions(root, root / "_site", Site(search=False))
    report = publish(build)
    assert (("posts/2024-01-02-b.qmd",), ()) == (report.ran, report.failed)
    page = (root / "_site/a/index.html").read_text("utf-8")
    assert '<pre class="output stdout">42\n</pre>' in page
    assert 'Source: <a href="/b/">源</a>, with the results of its last run' in page
    assert not any("embedded" in each.message for each in report.problems)


def test_a_cell_of_a_post_that_runs_again(write_blog: Write) -> None:
    """The page that shows it is made anew, and only then."""
    root = write_blog({"posts/2024-01-01-a.qmd": SHOWN, "posts/2024-01-02-b.qmd": SOURCE})
    build = BuildOptions(root, root / "_site", Site(search=False))
    publish(build)
    assert {} == publish(build).remade
    write_blog({"posts/2024-01-02-b.qmd": SOURCE.replace("6", "7")})
    publish(build)
    assert "49\n</pre>" in (root / "_site/a/index.html").read_text("utf-8")


def test_a_cell_of_a_post_that_has_not_run(write_blog: Write) -> None:
    """It is a link and a warning."""
    root = write_blog({"posts/2024-01-01-a.qmd": SHOWN, "posts/2024-01-02-b.qmd": SOURCE})
    report = publish(BuildOptions(root, root / "_site", Site(search=False), execute=False))
    message = "'2024-01-02-b.qmd' is not embedded: it has not run"
    assert message in [each.message for each in report.problems]


def test_posts_that_show_each_other(write_blog: Write) -> None:
    """Reading them ends."""
    second = SOURCE + "\n{{< embed 2024-01-01-a.qmd >}}\n"
    root = write_blog({"posts/2024-01-01-a.qmd": SHOWN, "posts/2024-01-02-b.qmd": second})
    assert () == publish(BuildOptions(root, root / "_site", Site(search=False))).failed


def test_code_shows_the_shortcode(blog: BlogContext) -> None:
    """It is only shown there."""
    assert "{{< embed a.ipynb >}}" in read(blog, "```\n{{< embed a.ipynb >}}\n```\n").body


@pytest.mark.parametrize(
    "written",
    [
        "```{embed} #fig-a\n```\n",
        "```{embed} fig-a\n:remove-input: true\n```\n",
        "![](#fig-a)\n",
    ],
)
def test_myst_embeds_a_cell_of_a_notebook_beside_the_post(blog: BlogContext, written: str) -> None:
    """By its label alone, as in mystmd."""
    post = read(blog, f"```{{code-cell}}\n1\n```\n\n{written}", ".md")
    assert [each.path for each in post.embedded.values()] == ["posts/甲/笔记.ipynb"]
    assert ("plot()" in post.body) == (written == "```{embed} #fig-a\n```\n")


def test_a_figure_of_myst_can_be_a_cell(blog: BlogContext) -> None:
    """It has the label and the caption of the figure."""
    text = "```{code-cell}\n1\n```\n\n```{figure} #sum\n:name: fig-x\n说明\n```\n\n{ref}`fig-x`\n"
    made = page(blog, text, ".md").content
    assert '<pre class="output stdout">二\n</pre>' in made
    assert '<span class="number">Figure 1:</span> 说明</figcaption>' in made
