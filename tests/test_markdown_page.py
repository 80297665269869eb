"""Pages as Markdown, llms.txt, and what metadata says of a post's code."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Write
from sample_pages import SITE, png, post, render_site, sample_pages

from evergreen.build.options import BuildOptions
from evergreen.build.parse import parse_content
from evergreen.build.pipeline import publish
from evergreen.content.notebook import outputs_by_cell
from evergreen.content.post import parse_post
from evergreen.model import (
    CellError,
    DataFile,
    Display,
    Download,
    Environment,
    Execution,
    Output,
    Page,
    Site,
    Stream,
)
from evergreen.render.markdown_page import write_markdown
from evergreen.settings import read_settings
from evergreen.site.metadata import structured_data

TEMPLATES = Path(__file__).parent.parent / "templates"
SOURCE = """---
title: 树
date: 2026-01-02
tags: [森林]
---

* TOC
{:toc}

甲。

```python
%s
```

乙。
"""


def markdown(*outputs: Output, source: str = "print(1)") -> str:
    """Return a page of one cell with these outputs, without its front matter."""
    text = (SOURCE % source).encode()
    parsed = parse_content(parse_post("posts/a.md", text, Site()))
    found = outputs_by_cell(parsed.notebook, Execution((outputs,)))
    site = Site(url="https://b.example", baseurl="/文")
    return write_markdown(site, parsed.post, parsed.notebook, found).partition("---\n\n")[2]


def test_prose_code_and_output() -> None:
    """In the order of the page, without what only kramdown understands."""
    text = markdown(Stream("stdout", "\x1b[31m1\x1b[0m\n"))
    assert "# 树\n\n甲。\n\n```python\nprint(1)\n```\n\n```text\n1\n```\n\n乙。\n" == text


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (Display({"text/markdown": "*x*", "text/plain": "x"}), "*x*"),
        (Display({"text/html": "<b>x</b>", "text/plain": "x"}), "```text\nx\n```"),
        (Display({"text/html": "<b>x</b>", "image/png": png(1, 1)}), ""),
        (Display({"text/latex": "$x$", "text/plain": "x"}), "$x$"),
        (CellError("E", "v", "\x1b[31mE\x1b[0m: v"), "```text\nE: v\n```"),
        (Stream("stdout", "```\n"), "````text\n```\n````"),
        (Stream("stdout", "\n"), ""),
    ],
)
def test_outputs(output: Output, expected: str) -> None:
    """Each kind as text that Markdown's readers understand."""
    between = markdown(output).partition("print(1)\n```\n\n")[2].removesuffix("乙。\n")
    assert expected == between.strip()


def test_figures_are_links() -> None:
    """With their complete address and description."""
    source = "#| fig-alt: 一条线\nplot()"
    text = markdown(Display({"image/png": png(2, 2)}), source=source)
    form = r"!\[一条线\]\(https://b\.example/%E6%96%87/assets/figures/[0-9a-f]{20}\.png\)"
    assert re.search(form, text)


@pytest.mark.parametrize("option", ["echo: false", "output: false"])
def test_what_a_page_hides(option: str) -> None:
    """Hidden code and hidden outputs are no part of the text."""
    text = markdown(Stream("stdout", "结果"), source=f"#| {option}\nprint('码')")
    assert ("码" in text, "结果" in text) == (
        option.startswith("output"),
        option.startswith("echo"),
    )


def test_front_matter() -> None:
    """Title, address, dates and tags are YAML."""
    parsed = parse_content(parse_post("posts/a.md", (SOURCE % "1").encode(), Site()))
    head = write_markdown(Site(url="https://b.example"), parsed.post, parsed.notebook, {})
    assert '---\ntitle: "树"\nurl: "https://b.example/a/"\n' in head
    assert 'tags: ["森林"]\n' in head


def test_files_of_a_site(write_blog: Write) -> None:
    """Each page has its Markdown beside it and names it; one setting turns all of it off."""
    posts = {
        "posts/2026-01-01-a.md": "---\ntitle: 甲\nexcerpt: 摘要\n---\n\n文。\n",
        "pages/about.md": "---\ntitle: 关于\n---\n\n我。\n",
    }
    root = write_blog({**posts, "site.toml": 'title = "博"\nurl = "https://b.example"\n'})
    output = root / "_site"
    publish(BuildOptions(root, output, read_settings(root)))
    assert "文。" in (output / "a/index.md").read_text("utf-8")
    page = (output / "a/index.html").read_text("utf-8")
    assert '<link rel="alternate" type="text/markdown" href="/a/index.md">' in page
    assert (
        "# 博\n\n## Posts\n\n- [甲](https://b.example/a/index.md): 摘要\n\n"
        "## Pages\n\n- [关于](https://b.example/about/index.md)\n"
    ) == (output / "llms.txt").read_text("utf-8")
    (root / "site.toml").write_text("for_machines = false\n", "utf-8")
    publish(BuildOptions(root, output, read_settings(root)))
    assert [] == [*output.rglob("*.md"), *output.rglob("llms.txt")]
    assert "text/markdown" not in (output / "a/index.html").read_text("utf-8")


def test_metadata_of_code_and_data() -> None:
    """The code that ran, with its language and file, and each declared data set."""
    data = DataFile("m.gz", ("https://d.example/m.gz",), "0" * 64)
    ran = Page(
        post("a", "树", 1, data=(data,)),
        "",
        ran=1,
        environment=Environment("3.11.4"),
        downloads=(Download("ipynb", "/articles/a/a.ipynb"), Download("py", "/articles/a/a.py")),
    )
    code, found = json.loads(structured_data(SITE, ran))["hasPart"]
    assert ("SoftwareSourceCode", "Python", "https://blog.example.org/articles/a/a.py") == (
        code["@type"],
        code["programmingLanguage"],
        code["url"],
    )
    assert ("Dataset", "m.gz", "sha256:" + "0" * 64) == (
        found["@type"],
        found["name"],
        found["identifier"],
    )
    plain = json.loads(structured_data(replace(SITE, for_machines=False), ran))
    assert "hasPart" not in plain and "encoding" not in plain


def test_drafts_are_not_listed() -> None:
    """llms.txt names what is published."""
    pages = [*sample_pages(), Page(post("d", "草稿", 3, draft=True), "<p>x</p>")]
    made = {one.path: one.content for one in render_site(SITE, pages, [TEMPLATES]).artifacts}
    assert "草稿" not in made["llms.txt"].decode()
