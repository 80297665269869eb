"""Posts that are named like translations, in a language that the blog does not declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.build.options import BuildOptions
from evergreen.build.parse import complete
from evergreen.build.pipeline import publish
from evergreen.content.liquid.expand import find_outdated
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.model import JekyllConfig, Post, Site

DAY = "2026-01-01-"
TEXT = "---\ntitle: 题\n---\n\n文。\n"


def read(root: Path, site: Site, *names: str, text: str = TEXT) -> Post:
    """Write empty files beside a post; return the post, the first of them."""
    (root / "posts").mkdir(exist_ok=True)
    for name in names:
        (root / "posts" / f"{DAY}{name}").touch()
    path = f"posts/{DAY}{names[0]}"
    return complete(parse_post(path, text.encode(), site), BlogContext(root, site))


@pytest.mark.parametrize(
    ("names", "languages", "twin", "advice"),
    [
        (("树.fr.md", "树.md"), (), "树.md", "write 'languages = [\"fr\"]' in site.toml"),
        (("a.zh.md", "a.en.md"), (), "a.en.md", "write 'languages = [\"zh\"]' in site.toml"),
        (("a.fr.ipynb", "a.md"), ("en",), "a.md", 'write \'languages = ["en", "fr"]\' in site'),
        (("a.pt-BR.md", "a.md"), (), "a.md", "write 'languages = [\"pt-BR\"]' in site.toml"),
        (("a.zh_CN.md", "a.md"), (), "a.md", f"name it '{DAY}a.zh-CN.md' and write 'languages = "),
        (("a.zh-cn.md", "a.md"), ("zh-CN",), "a.md", f"name it '{DAY}a.zh-CN.md'"),
        (("a.en.md", "a.md"), (), "a.md", "write 'languages = [\"en\"]' in site.toml"),
    ],
)
def test_what_would_make_it_a_translation_is_told(
    tmp_path: Path, names: tuple[str, ...], languages: tuple[str, ...], twin: str, advice: str
) -> None:
    """If there is a post that it could be a translation of."""
    text = '{"cells": [], "metadata": {"title": "题"}, "nbformat": 4, "nbformat_minor": 4}'
    given = {"text": text} if names[0].endswith(".ipynb") else {}
    post = read(tmp_path, Site(lang="en", languages=languages), *names, **given)
    (problem,) = post.warnings
    assert (f"posts/{DAY}{names[0]}", 1, "warning") == (
        problem.path,
        problem.line,
        problem.severity,
    )
    assert problem.message.endswith(f"but this is not a translation of '{DAY}{twin}'")
    assert problem.advice.startswith(advice)


@pytest.mark.parametrize(
    "names",
    [
        ("a.fr.md",),
        ("a.md", "a.fr.md"),
        ("post.v2.md", "post.md"),
        ("node.js.md", "node.md"),
        ("a.io.md", "a.md"),
        ("a.ts.md", "a.md", "a.js.md"),
        ("a.fr.md", "a.png", "a.fr.png", "b.md", "a.v2.md", "a.de"),
    ],
)
def test_other_names_say_nothing(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Without a twin, or with a suffix that is not that of a language."""
    assert () == read(tmp_path, Site(lang="en"), *names).warnings


def test_a_declared_language_says_nothing(tmp_path: Path) -> None:
    """In the settings, or in the post; nor does a blog of Jekyll, which has no translations."""
    names = ("a.fr.md", "a.md")
    assert () == read(tmp_path, Site(lang="en", languages=("fr",)), *names).warnings
    declared = read(tmp_path, Site(lang="en"), *names, text=f"---\nlang: fr\n{TEXT[4:]}")
    assert () == declared.warnings
    assert () == read(tmp_path, Site(lang="en", jekyll=JekyllConfig()), *names).warnings


def test_the_page_depends_on_the_twin(tmp_path: Path) -> None:
    """The warning comes and goes with it."""
    site = Site(lang="en")
    blog = BlogContext(tmp_path, site)
    uses = read(tmp_path, site, "a.fr.md").uses
    assert "" == find_outdated(uses, blog)
    (tmp_path / f"posts/{DAY}a.md").touch()
    assert f"twin posts/{DAY}a.fr.md" == find_outdated(uses, blog)


def test_builds_tell_it(tmp_path: Path) -> None:
    """Also those that make no page anew, until the twin is removed."""
    options = BuildOptions(tmp_path, tmp_path / "_site", Site(lang="en"))
    (tmp_path / "posts").mkdir()
    for name in ("a.md", "a.fr.md"):
        (tmp_path / f"posts/{DAY}{name}").write_text(TEXT)
    for _ in range(2):
        (problem,) = publish(options).problems
        assert problem.message.endswith(f"translation of '{DAY}a.md'")
    (tmp_path / f"posts/{DAY}a.md").unlink()
    assert () == publish(options).problems
