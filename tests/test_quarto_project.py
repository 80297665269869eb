"""Metadata of a Quarto project: `_quarto.yml` and `_metadata.yml`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.parse import parse_content
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import find_posts, parse_post
from evergreen.content.quarto_files import is_shared_file, left_out
from evergreen.content.quarto_project import read_shared
from evergreen.errors import SettingsError
from evergreen.model import Post, Site
from evergreen.settings import read_settings

FILES = {
    "_quarto.yml": "project: {type: website}\nauthor: 甲\nexecute: {echo: false, freeze: auto}\n"
    "format: {html: {code-fold: true}}\n",
    "posts/_metadata.yml": "execute: {warning: false}\ncategories: [一]\n",
    "posts/old/_metadata.yml": "author: 乙\nformat: {html: {number-sections: true}}\n",
}


def write(root: Path, files: dict[str, str]) -> None:
    """Write files of a blog."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def read(root: Path, path: str, head: str = "") -> Post:
    """Read a post with the settings of its blog."""
    source = f"---\ntitle: 一\n{head}---\n\n```{{python}}\n1\n```\n"
    return parse_post(path, source.encode(), read_settings(root))


def test_a_post_has_what_its_folders_say(tmp_path: Path) -> None:
    """The nearest folder counts most, mappings are merged."""
    write(tmp_path, FILES)
    post = read(tmp_path, "posts/old/2024-01-02-a.qmd")
    options = parse_content(post).notebook.cells[0].options
    assert (post.author, post.categories, post.numbers.sections) == ("乙", ("一",), True)
    assert (options.input, options.warnings) == ("remove", False)
    assert read(tmp_path, "posts/2024-01-02-a.qmd").author == "甲"


def test_a_posts_own_keys_go_first(tmp_path: Path) -> None:
    """Also a part of a mapping."""
    write(tmp_path, FILES)
    post = read(tmp_path, "posts/2024-01-02-a.qmd", "author: 丙\nexecute: {warning: true}\n")
    assert post.author == "丙"
    assert post.meta["execute"] == {"echo": False, "warning": True}
    assert post.warnings == ()


@pytest.mark.parametrize(("suffix", "author"), [(".md", ""), (".Rmd", "甲")])
def test_only_posts_that_quarto_reads_have_them(tmp_path: Path, suffix: str, author: str) -> None:
    """Our own posts have the settings of site.toml."""
    write(tmp_path, FILES)
    assert read(tmp_path, f"posts/2024-01-02-a{suffix}").author == author


def test_the_kernel_of_a_project(tmp_path: Path) -> None:
    """Its chunks run."""
    write(tmp_path, {"_quarto.yml": "jupyter: {kernelspec: {name: ir, language: R}}\n"})
    source = b"---\ntitle: a\n---\n\n```{r}\n1\n```\n"
    post = parse_post("posts/2024-01-02-a.qmd", source, read_settings(tmp_path))
    assert [cell.source for cell in parse_content(post).notebook.cells] == ["1"]


def test_a_blog_without_such_files_has_nothing(tmp_path: Path) -> None:
    """Nor is a file below the posts alone looked for."""
    assert read_settings(tmp_path).shared == {}
    write(tmp_path, {"posts/a/_metadata.yml": "author: 甲\n"})
    assert read_settings(tmp_path).shared == {}


def test_a_file_that_is_not_valid_is_reported(tmp_path: Path) -> None:
    """It would change every post."""
    write(tmp_path, {"_quarto.yml": "a: [\n"})
    with pytest.raises(SettingsError, match=r"_quarto\.yml:1"):
        read_settings(tmp_path)


def test_names_of_the_files() -> None:
    """The preview reads the settings again when one changes."""
    assert is_shared_file("_quarto.yml") and is_shared_file("posts/a/_metadata.yaml")
    assert is_shared_file("posts/site/_quarto.yml") and not is_shared_file("posts/quarto.yml")


def test_the_markdown_of_a_myst_project_is_myst(tmp_path: Path) -> None:
    """Without a front matter too; its file is watched."""
    write(tmp_path, {"myst.yml": "version: 1\n"})
    post = parse_post("posts/2024-01-02-a.md", "# 题\n\n文\n".encode(), read_settings(tmp_path))
    assert (post.title, post.cell_form) == ("题", "directive")
    assert is_shared_file("myst.yml")


def test_a_myst_project_has_macros_and_substitutions(tmp_path: Path) -> None:
    """For its Markdown and its notebooks; a document's own go first."""
    (tmp_path / "myst.yml").write_text(
        "project:\n  math: {'\\R': '\\mathbb{R}', '\\pair': {macro: '(#1, #2)'}}\n"
        "  substitutions: {甲: 一, 乙: 二}\n",
        "utf-8",
    )
    site = replace(Site(), shared=read_shared(tmp_path))
    head = "---\ntitle: 题\nmyst: {substitutions: {乙: 三}}\n---\n"
    text = "{{ 甲 }}{{ 乙 }} $\\pair{a}{\\R}$"
    cell = {"cell_type": "markdown", "metadata": {}, "source": text}
    notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {"title": "题"}, "cells": [cell]}
    for name, source, shown in (
        ("a.md", f"{head}{text}\n", "一三"),
        ("a.ipynb", json.dumps(notebook), "一二"),
    ):
        post = parse_post(f"posts/2026-02-03-{name}", source.encode(), site)
        made = parse_content(post, "", BlogContext(tmp_path, site))
        assert shown in made.document.render().html
        assert not made.document.problems


def test_all_documents_of_a_project_are_pages(write_blog: Write) -> None:
    """In any folder, but for those that Quarto leaves out."""
    files = [
        "posts/a/b.qmd",
        "posts/a/c.Rmd",
        "posts/a/README.qmd",
        "posts/_a/d.qmd",
        "posts/a/e.md",
    ]
    root = write_blog({"posts/_quarto.yml": "toc: true\n", **dict.fromkeys(files, "# T\n")})
    assert files[:2] == find_posts(root, read_settings(root))


def test_a_bibliography_is_named_from_its_project(write_blog: Write) -> None:
    """From the folder of the file that names it; of a bookdown book, that of the first chapter."""
    root = write_blog(
        {
            "posts/a/_metadata.yml": "bibliography: [../r.bib]\n",
            "posts/b/_bookdown.yml": "book_filename: b\n",
            "posts/b/index.Rmd": "---\ntitle: T\nbibliography: s.bib\n---\n",
            "posts/_quarto.yml": "toc: true\n",
        }
    )
    site = read_settings(root)
    found = [
        parse_post(path, b"---\ntitle: T\n---\n", site).bibliography
        for path in ("posts/a/deep/x.qmd", "posts/b/y.Rmd")
    ]
    assert "posts/r.bib" in str(found[0]) and "posts/b/s.bib" in str(found[1])


def test_an_absolute_bibliography_of_another_machine(write_blog: Write) -> None:
    """Its name counts, so that the post is not refused."""
    text = b"---\ntitle: T\nbibliography: /Users/x/r.bib\n---\n"
    post = parse_post("posts/2024-01-02-a.qmd", text, read_settings(write_blog({})))
    assert ("posts/r.bib",) == post.bibliography


def test_a_document_beside_the_folders_of_sources_is_told(tmp_path: Path) -> None:
    """A website of Quarto that was copied as it is; without a project a file there is anything."""
    for name in ("关于.qmd", "数.ipynb", "_part.qmd", "notes.md"):
        (tmp_path / name).write_text("文\n", "utf-8")
    assert [] == list(left_out(tmp_path))
    (tmp_path / "_quarto.yml").write_text("project: {type: website}\n", "utf-8")
    told = [(each.path, each.severity, each.advice) for each in left_out(tmp_path)]
    assert told == [(name, "warning", "move it to pages/") for name in ("关于.qmd", "数.ipynb")]
