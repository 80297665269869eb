"""The files of a new blog and of a new post."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

import pytest

from evergreen.cli.engine import Engine
from evergreen.cli.scaffold import LANGUAGES, make_blog, new_post, next_steps, slug_of
from evergreen.content.post import find_posts, parse_post
from evergreen.errors import EvergreenError, SettingsError
from evergreen.model import Site
from evergreen.packaged import packaged
from evergreen.settings import parse_settings, read_settings

TODAY = date(2026, 3, 5)
ENGINE = Engine("./vendor/evergreen_blog-1+2-py3-none-any.whl", b"PK")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_new_blog_has_a_post_of_today(lang: str, tmp_path: Path) -> None:
    """The file name has the date; the post has a title and a date."""
    make_blog(tmp_path / "新", lang, TODAY, engine=ENGINE)
    (path,) = find_posts(tmp_path / "新")
    post = parse_post(path, (tmp_path / "新" / path).read_bytes(), Site(lang=lang))
    assert (TODAY, lang, True) == (post.date.date(), post.lang, bool(post.excerpt))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_new_settings_comment_out_can_be_set(lang: str) -> None:
    """Every commented-out setting is valid."""
    text = (packaged("starter") / lang / "site.toml").read_text("utf-8")
    site = parse_settings(re.sub(r"^# (?=\w+ = |\[)", "", text, flags=re.M))
    given = (site.url, site.baseurl, site.records.path, site.execute.seed)
    assert ("https://me.example", "/blog", "records", 1) == given


def test_it_lists_what_it_has_written(tmp_path: Path) -> None:
    """The returned paths are those on disk, including hidden files."""
    made = make_blog(tmp_path, "en", TODAY, engine=ENGINE)
    there = (path for path in tmp_path.rglob("*") if path.is_file())
    assert made == sorted(path.relative_to(tmp_path).as_posix() for path in there)
    assert {".gitignore", ".github/workflows/publish.yml"} <= set(made)


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    """A folder that is not empty stays unchanged."""
    (tmp_path / "mine").write_text("")
    with pytest.raises(SettingsError, match="is not empty: choose a new folder"):
        make_blog(tmp_path, "en", TODAY, engine=ENGINE)
    with pytest.raises(SettingsError, match="目录不是空的"):
        make_blog(tmp_path, "zh", TODAY, engine=ENGINE)
    assert ["mine"] == [path.name for path in tmp_path.iterdir()]


def test_requirements_name_the_engine_in_the_blog(tmp_path: Path) -> None:
    """The wheel is in the blog, and packages have versions."""
    made = make_blog(tmp_path, "zh", TODAY, engine=ENGINE)
    assert ENGINE.requirement.removeprefix("./") in made
    lines = (tmp_path / "requirements.txt").read_text("utf-8").splitlines()
    assert ENGINE.requirement in lines
    assert any(re.fullmatch(r"numpy==[\d.]+", line) for line in lines)


def test_workflows_run_the_python_that_made_the_blog(tmp_path: Path) -> None:
    """The workflows name the running Python version."""
    make_blog(tmp_path, "en", TODAY, engine=ENGINE)
    workflows = (tmp_path / ".github" / "workflows").iterdir()
    named = {
        word
        for file in workflows
        for word in re.findall(r'python-version: "(.*)"', file.read_text("utf-8"))
    }
    assert {f"{sys.version_info[0]}.{sys.version_info[1]}"} == named


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "+08:00"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_new_blog_has_a_time_zone(lang: str, zone: str, tmp_path: Path) -> None:
    """The zone is that of the machine."""
    make_blog(tmp_path, lang, TODAY, zone, ENGINE)
    assert zone == read_settings(tmp_path).timezone


@pytest.mark.parametrize(("lang", "word"), [("en", "Publish it"), ("zh", "发布")])
def test_the_next_steps_are_in_the_language_of_the_blog(lang: str, word: str) -> None:
    """The steps name the folder and the Python."""
    said = next_steps(lang, "'a b'", "../.venv/bin/python")
    assert word in said
    assert "    cd 'a b'\n    ../.venv/bin/python build.py serve\n" in said


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A title", "a-title"),
        ("最小二乘：为什么？", "最小二乘-为什么"),
        ("What's new in C++?", "what-s-new-in-c"),
        ("हिन्दी में", "हिन्दी-में"),
        ("../../etc/passwd", "etc-passwd"),
        ("?!", ""),
        ("字" * 100, "字" * 40),
        ("word " * 40, "-".join(["word"] * 24)),
    ],
)
def test_slugs(title: str, expected: str) -> None:
    """Letters and digits of any script, at most 120 bytes, cut between words if possible."""
    assert expected == slug_of(title)


@pytest.mark.parametrize(
    "title", ['A "quoted" title: yes', "#1 \\ 反斜杠", "true", "- 列表", "😀 x"]
)
def test_a_new_post_has_its_title(title: str, tmp_path: Path) -> None:
    """Any title can be read back from the front matter."""
    path = new_post(tmp_path, title, TODAY)
    assert title == parse_post(path, (tmp_path / path).read_bytes(), Site()).title


def test_an_existing_post_is_not_overwritten(tmp_path: Path) -> None:
    """An existing file is kept, and the message names it."""
    path = new_post(tmp_path, "同一个", TODAY)
    (tmp_path / path).write_text("mine")
    with pytest.raises(EvergreenError, match=r"同一个\.md: exists already"):
        new_post(tmp_path, "同一个", TODAY)
    assert "mine" == (tmp_path / path).read_text()


def test_a_title_without_a_word_needs_a_slug(tmp_path: Path) -> None:
    """A title without letters or digits needs --slug."""
    with pytest.raises(SettingsError, match="--slug"):
        new_post(tmp_path, "?!", TODAY)
    assert "posts/2026-03-05-why.md" == new_post(tmp_path, "?!", TODAY, "Why?")
