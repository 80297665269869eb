"""The engine as other programs use it."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from conftest import Write

import evergreen
from evergreen import Blog, Problem, SettingsError

CODE = "---\ntitle: 数\n---\n\n```python\nimport os\nprint(6 * 7)\n```\n"
PROSE = "---\ntitle: 话\n---\n\n[没有](/nowhere/)\n"


@pytest.fixture
def root(write_blog: Write) -> Path:
    """A blog with code in one post and a broken link in the other."""
    posts = {"posts/2026-01-01-数.md": CODE, "posts/2026-01-02-话.md": PROSE}
    return write_blog({**posts, "site.toml": 'title = "博"\nsearch = false\n'})


def test_a_blog_is_built(root: Path) -> None:
    """The report says what ran; the next one that nothing had to."""
    blog = Blog(root)
    reports = [blog.build(), blog.build()]
    assert [("posts/2026-01-01-数.md",), ()] == [report.ran for report in reports]
    assert "42" in (blog.output / "数/index.html").read_text("utf-8")


def test_without_execution_no_code_runs(root: Path) -> None:
    """The page is published all the same."""
    report = Blog(root).build(execute=False)
    assert ((), 2) == (report.ran, report.posts)


def test_the_output_may_be_elsewhere(root: Path, tmp_path: Path) -> None:
    """As a path or a string."""
    blog = Blog(str(root), str(tmp_path / "站"))
    blog.build(execute=False)
    assert (tmp_path / "站/话/index.html").is_file()


def test_a_check_compares_and_finds_broken_links(root: Path) -> None:
    """The verdict of each post with code, and a finding at the line of the link."""
    blog = Blog(root)
    blog.build()
    report = blog.check()
    assert ["same"] == [post.verdict for post in report.posts]
    assert [("posts/2026-01-02-话.md", 5)] == [(each.path, each.line) for each in report.findings]
    assert list(report.findings) == blog.broken_links()


def test_why_says_what_would_run(root: Path) -> None:
    """Of the named posts only."""
    blog = Blog(root)
    assert [(True, "never run")] == [(post.runs, post.reason) for post in blog.why("数").posts]
    blog.build()
    assert [False, False] == [post.runs for post in blog.why().posts]


def test_errors_are_problems_with_a_place(root: Path) -> None:
    """An unknown post, and a folder that is no blog."""
    for call in (lambda: Blog(root).why("别"), lambda: Blog(root).check("别")):
        with pytest.raises(SettingsError) as caught:
            call()
        assert ("别", "no such post") == (
            caught.value.problems[0].path,
            caught.value.problems[0].message,
        )
    with pytest.raises(SettingsError, match="no posts/"):
        Blog(root / "posts")


def test_what_is_exported_is_there() -> None:
    """Every name of `__all__`, and each is listed by `dir`."""
    found = {name: getattr(evergreen, name) for name in evergreen.__all__}
    assert Problem is found["Problem"]
    assert set(evergreen.__all__) <= set(dir(evergreen))
    with pytest.raises(AttributeError, match="Blag"):
        evergreen.Blag  # noqa: B018


def test_every_method_is_documented_and_typed() -> None:
    """What a method returns can be read from its signature."""
    methods = inspect.getmembers(Blog, inspect.isfunction)
    assert [] == [name for name, method in methods if not method.__doc__]
    assert [] == [name for name, each in methods if "return" not in inspect.get_annotations(each)]
