"""Projects of MyST: `myst.yml`, and `_config.yml` of Jupyter Book."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.pipeline import BuildOptions, publish
from evergreen.content.jekyll.detect import is_jekyll
from evergreen.content.markdown_options import markdown_options
from evergreen.content.post import find_posts, parse_post
from evergreen.content.quarto_files import is_book, is_shared_file, matches
from evergreen.model import Post
from evergreen.settings import read_settings

CONFIG = """title: Book
bibtex_bibfiles: [refs.bib]
exclude_patterns: ["old/*"]
execute:
  execute_notebooks: cache
  timeout: 30
  exclude_patterns: ["*-slow.md"]
parse:
  myst_substitutions: {version: "3.1"}
  myst_enable_extensions: [substitution, colon_fence]
sphinx:
  config:
    mathjax3_config: {tex: {macros: {"RR": "\\\\mathbb{R}"}}}
"""
TEXT = "---\ntitle: T\n---\n\nVersion {{ version }}, {cite}`a`.\n"
NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}'


def read(root: Path, path: str, text: str = TEXT) -> Post:
    """Read a post with the settings of its blog."""
    return parse_post(path, text.encode(), read_settings(root))


@pytest.mark.parametrize("folder", ["", "posts/", "posts/book/"])
def test_a_book_gives_substitutions(write_blog: Write, folder: str) -> None:
    """Its file is in the blog's folder, in that of posts, or below a project of one of these."""
    above = {"posts/myst.yml": "version: 1\n"} if folder == "posts/book/" else {}
    root = write_blog({f"{folder}_config.yml": CONFIG, "posts/x.md": TEXT, **above})
    assert "Version 3.1" in read(root, "posts/book/2024-01-02-a.md").body


def test_a_book_gives_references(write_blog: Write) -> None:
    """The files are named from the book's folder."""
    root = write_blog(
        {
            "site.toml": "",
            "posts/_config.yml": CONFIG,
            "posts/refs.bib": "@misc{a, title={Of the book}}\n",
            "posts/deep/2024-01-02-a.md": TEXT,
        }
    )
    assert () == publish(BuildOptions(root, root / "_site", read_settings(root))).problems
    assert "Of the book" in (root / "_site/a/index.html").read_text("utf-8")


def test_a_book_gives_options_of_running(write_blog: Write) -> None:
    """The time limit, and what is left out."""
    root = write_blog({"_config.yml": CONFIG, "site.toml": "", "posts/x.md": TEXT})
    quick, slow = (read(root, f"posts/2024-01-02-{each}.md").execute for each in ("a", "a-slow"))
    assert (True, 30, False) == (quick.enabled, quick.timeout, slow.enabled)


@pytest.mark.parametrize("mode", ["off", '"off"'])
def test_a_book_that_runs_nothing_shows_saved_results(write_blog: Write, mode: str) -> None:
    """In YAML `off` is false; a text has no saved results."""
    config = CONFIG.replace("cache", mode)
    root = write_blog({"_config.yml": config, "site.toml": "", "posts/x.md": TEXT})
    text, notebook = (
        read(root, "posts/2024-01-02-a.md").execute,
        read(root, "posts/2024-01-02-a.ipynb", NOTEBOOK).execute,
    )
    assert (False, True) == (text.enabled, notebook.stored)


def test_a_book_gives_macros_and_extensions(write_blog: Write) -> None:
    """Without `dollarmath`, dollars are dollars."""
    root = write_blog({"_config.yml": CONFIG, "site.toml": "", "posts/x.md": TEXT})
    post = read(root, "posts/2024-01-02-a.md")
    options = markdown_options(post, read_settings(root))
    assert (False, False) == (options.mathjax, options.single_dollars)
    assert {"RR": "\\mathbb{R}"} == post.meta["math"]


def test_a_book_leaves_files_out(write_blog: Write) -> None:
    """By Sphinx's patterns."""
    root = write_blog(
        {
            "posts/_config.yml": CONFIG,
            "posts/old/2024-01-02-a.md": TEXT,
            "posts/new/2024-01-02-b.md": TEXT,
        }
    )
    assert ["posts/new/2024-01-02-b.md"] == find_posts(root, read_settings(root))


def test_a_project_of_mystmd(write_blog: Write) -> None:
    """It has the same keys, in its own form."""
    project = (
        "version: 1\nproject:\n  bibliography: [a.bib, 'https://x.org/b.bib']\n  exclude: b/**\n"
    )
    root = write_blog({"posts/myst.yml": project, "posts/b/2024-01-02-b.md": TEXT})
    assert ("posts/a.bib",) == read(root, "posts/2024-01-02-a.md").bibliography[:1]
    assert [] == find_posts(root, read_settings(root))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CONFIG, True),
        ("title: Book\nexecute:\n  execute_notebooks: off\n", True),
        ("title: Blog\nplugins: [jekyll-feed]\nkramdown: {parse: x}\n", False),
    ],
)
def test_a_book_is_no_jekyll_blog(tmp_path: Path, text: str, expected: bool) -> None:
    """Both have a `_config.yml`."""
    (tmp_path / "_config.yml").write_text(text)
    assert (expected, not expected) == (is_book(tmp_path / "_config.yml"), is_jekyll(tmp_path))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("a/*", True), ("a", True), ("**/b.md", True), ("*.md", False), ("a/?.md", True)],
)
def test_patterns(pattern: str, expected: bool) -> None:
    """An asterisk does not match a slash; a folder stands for all in it."""
    assert expected == matches("posts/a/b.md", "posts", [pattern])


@pytest.mark.parametrize("path", ["_config.yml", "posts/a/myst.yml"])
def test_the_preview_reads_settings_again(path: str) -> None:
    """When a project's file changes."""
    assert is_shared_file(path)


def test_a_configuration_of_sphinx(write_blog: Write) -> None:
    """Its values are read where they are written, it does not run."""
    config = (
        'import none\nextensions = ["myst_nb"]\nmyst_substitutions = {"version": "3.1"}\n'
        'bibtex_bibfiles = ["refs.bib"]\nrelease = none.version\n'
    )
    root = write_blog({"posts/conf.py": config})
    post = read(root, "posts/2024-01-02-a.md")
    assert ("Version 3.1" in post.body, post.bibliography) == (True, ("posts/refs.bib",))


def test_a_script_named_conf_is_none(write_blog: Write) -> None:
    """It has no parser of MyST."""
    root = write_blog({"posts/conf.py": "x = 1\n"})
    assert {} == read_settings(root).shared


def test_all_documents_of_a_project_are_pages(write_blog: Write) -> None:
    """In any folder, but for those with an underscore; also below pages/."""
    files = ["posts/a/b.md", "posts/a/c.ipynb", "posts/_build/d.md", "posts/a/e.rst"]
    root = write_blog({"posts/myst.yml": "version: 1\n", **dict.fromkeys(files, "# T\n")})
    assert files[:2] == find_posts(root, read_settings(root))
    root = write_blog({"pages/_config.yml": CONFIG, "pages/a/b.md": TEXT, "pages/old/c.md": TEXT})
    assert ["pages/a/b.md"] == [
        each for each in find_posts(root, read_settings(root)) if each.startswith("pages")
    ]
    assert "Version 3.1" in read(root, "pages/a/b.md").body


def test_front_matter_that_is_not_valid(write_blog: Write) -> None:
    """It is a warning in a project, at its line, as in Sphinx; what is below is published."""
    root = write_blog({"posts/myst.yml": "version: 1\n"})
    post = read(root, "posts/a.md", "---\ntitle: a : b\n---\n\n# 题\n\n文\n")
    assert ("题", "文") == (post.title, post.body.strip())
    assert [("warning", 2)] == [
        (each.severity, each.line) for each in post.warnings if "second ':'" in each.message
    ]
