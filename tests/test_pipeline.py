"""Whole builds: what runs, what is kept, what a failure leaves alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.cache import database
from evergreen.build.forecast import forecast
from evergreen.build.pipeline import BuildOptions, publish
from evergreen.model import HeldBack, Report
from evergreen.settings import read_settings

POST = "---\ntitle: 题\n---\n\n```python\nprint('一', 1 + 1)\n```\n"
PAGE = "_site/a/index.html"


def build(root: Path, **options: bool) -> Report:
    """Publish a blog into its _site."""
    return publish(replace(BuildOptions(root, root / "_site", read_settings(root)), **options))  # type: ignore[arg-type]


def files(root: Path) -> Mapping[str, tuple[bytes, int]]:
    """Every file of the site with its content and time."""
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in (root / "_site").rglob("*")
        if path.is_file()
    }


def test_an_unchanged_blog_runs_nothing_and_writes_nothing(write_blog: Write) -> None:
    """The second build leaves every file's bytes and times."""
    root = write_blog({"posts/2026-01-01-a.md": POST})
    first = build(root)
    before = files(root)
    second = build(root)
    assert (("posts/2026-01-01-a.md",), ()) == (first.ran, first.reused)
    assert ((), ("posts/2026-01-01-a.md",), 0, 0) == (
        second.ran,
        second.reused,
        second.written,
        second.removed,
    )
    assert before == files(root)


def test_prose_never_runs_code(write_blog: Write) -> None:
    """The page changes, the execution stays."""
    root = write_blog({"posts/2026-01-01-a.md": POST})
    build(root)
    write_blog({"posts/2026-01-01-a.md": POST + "\n新的一段。\n"})
    assert () == build(root).ran
    assert "新的一段。" in (root / PAGE).read_text("utf-8")


def test_force_runs_again(write_blog: Write) -> None:
    """Whatever the records say."""
    root = write_blog({"posts/2026-01-01-a.md": POST})
    build(root)
    assert ("posts/2026-01-01-a.md",) == build(root, force=True).ran


def test_a_failing_post_keeps_its_last_good_page(write_blog: Write) -> None:
    """The others publish; the report names the line; exit code 1 follows from `failed`."""
    root = write_blog({"posts/2026-01-01-a.md": POST, "posts/2026-01-02-b.md": POST})
    build(root)
    good = (root / PAGE).read_bytes()
    write_blog(
        {
            "posts/2026-01-01-a.md": POST.replace("1 + 1", "1 / 0"),
            "posts/2026-01-02-b.md": POST + "改",
        }
    )
    report = build(root)
    assert ("posts/2026-01-01-a.md",) == report.failed
    mend = "fix the code, or tag the cell 'raises-exception'"
    assert [f"posts/2026-01-01-a.md:6: ZeroDivisionError: division by zero: {mend}"] == [
        str(problem) for problem in report.problems
    ]
    assert good == (root / PAGE).read_bytes()
    assert "改" in (root / "_site/b/index.html").read_text("utf-8")
    home = (root / "_site/index.html").read_text("utf-8")
    assert 'href="/a/"' in home


def test_a_broken_post_keeps_its_last_good_page(write_blog: Write) -> None:
    """Also where its front matter cannot be read any more."""
    root = write_blog({"posts/2026-01-01-a.md": POST})
    build(root)
    good = (root / PAGE).read_bytes()
    write_blog({"posts/2026-01-01-a.md": "---\ntitle: [\n---\n"})
    assert ("posts/2026-01-01-a.md",) == build(root).failed
    assert good == (root / PAGE).read_bytes()


def test_a_post_that_never_ran_well_is_not_on_the_site(write_blog: Write) -> None:
    """Neither its page nor a link to it."""
    root = write_blog(
        {"posts/2026-01-01-a.md": POST.replace("1 + 1", "x"), "posts/2026-01-02-b.md": POST}
    )
    build(root)
    assert not (root / PAGE).exists()
    assert 'href="/a/"' not in (root / "_site/index.html").read_text("utf-8")


def test_without_running(write_blog: Write) -> None:
    """--no-execute shows the code and says that it was not run."""
    root = write_blog({"posts/2026-01-01-a.md": POST, "site.toml": 'lang = "en"\n'})
    report = build(root, execute=False)
    page = (root / PAGE).read_text("utf-8")
    assert ((), ()) == (report.ran, report.failed)
    assert 'class="output' not in page
    assert "not run" in page


def test_a_deleted_post_leaves_the_site(write_blog: Write) -> None:
    """Its page and its links go."""
    root = write_blog({"posts/2026-01-01-a.md": POST, "posts/2026-01-02-b.md": POST})
    build(root)
    (root / "posts/2026-01-01-a.md").unlink()
    build(root)
    assert not (root / PAGE).exists()


def test_translations_share_one_run(write_blog: Write) -> None:
    """Equal code in two languages runs once; both pages show what it gave."""
    root = write_blog(
        {
            "posts/2026-01-01-a.md": POST,
            "posts/2026-01-01-a.en.md": POST.replace("---\n\n", "lang: en\n---\n\nEnglish.\n\n", 1),
        }
    )
    report = build(root)
    assert 1 == len(list((root / ".cache/records").glob("*/*.json")))
    assert 2 == len(report.ran)
    for page in (PAGE, "_site/en/a/index.html"):
        assert "一 2" in (root / page).read_text("utf-8")


def test_a_stand_in_is_said(write_blog: Write) -> None:
    """Nothing reachable: the post runs on what the script wrote, and page and report say so."""
    script = "import sys\nfor name in sys.argv[1:]:\n    open(name, 'w').write('替')\n"
    head = (
        "---\ntitle: x\ndata:\n  - name: d/f.txt\n    url: http://127.0.0.1:9/f.txt\n"
        f"    sha256: {sha256('真'.encode()).hexdigest()}\n    stand_in: lib/make.py\n---\n\n"
    )
    code = "```python\nprint(open('d/f.txt', encoding='utf-8').read())\n```\n"
    files = {"posts/2026-01-01-a.md": head + code, "posts/lib/make.py": script}
    root = write_blog({**files, "site.toml": 'lang = "en"\n'})
    report = build(root)
    assert ("posts/2026-01-01-a.md",) == report.stand_ins
    page = (root / PAGE).read_text("utf-8")
    assert "替" in page
    assert "stand-in" in page
    assert () == build(root).ran


def test_data_that_nobody_has(write_blog: Write) -> None:
    """Without a stand-in the post fails, with the reason and the way out."""
    head = (
        "---\ntitle: x\ndata:\n  - url: http://127.0.0.1:9/f.txt\n"
        f"    sha256: {'ab' * 32}\n---\n\n```python\n1\n```\n"
    )
    report = build(write_blog({"posts/2026-01-01-a.md": head}))
    assert [
        "posts/2026-01-01-a.md:3: the data file 'f.txt' is missing: http://127.0.0.1:9/f.txt: "
        "cannot be reached: set EVERGREEN_DATA to a folder that has it, or declare a stand_in"
    ] == [str(problem) for problem in report.problems]


def test_drafts_and_posts_of_the_future_are_held_back(write_blog: Write) -> None:
    """Unless they are asked for; the report says why, in this build and while nothing changes."""
    root = write_blog(
        {
            "posts/2026-01-01-a.md": POST,
            "posts/2026-01-02-b.md": "---\ntitle: b\ndraft: true\n---\n",
            "posts/2999-01-02-c.md": "---\ntitle: c\n---\n",
            "posts/2026-01-04-d.md": "---\ntitle: d\npublished: false\n---\n",
        }
    )
    held_back = (
        HeldBack("posts/2026-01-02-b.md", "draft"),
        HeldBack("posts/2026-01-04-d.md", "unpublished"),
        HeldBack("posts/2999-01-02-c.md", "future", "2999-01-02"),
    )
    assert (1, held_back) == ((report := build(root)).posts, report.held_back)
    assert (4, ()) == ((report := build(root, drafts=True, future=True)).posts, report.held_back)


def test_a_damaged_cache_is_made_anew(write_blog: Write) -> None:
    """A kept page that cannot be read costs time and nothing else."""
    root = write_blog({"posts/2026-01-01-a.md": POST, "posts/2026-01-02-b.md": POST})
    build(root)
    good = (root / PAGE).read_bytes()
    (root / ".cache/pages" / database.FILE).write_bytes(b"damaged")
    (root / PAGE).unlink()
    report = build(root)
    assert ((), ()) == (report.failed, report.problems)
    assert good == (root / PAGE).read_bytes()


def test_a_damaged_page_in_the_cache_is_made_anew(write_blog: Write) -> None:
    """It is missed when another post's title is to be told on it."""
    root = write_blog({"posts/2026-01-01-a.md": POST, "posts/2026-01-02-b.md": POST})
    build(root)
    with closing(sqlite3.connect(root / ".cache/pages" / database.FILE)) as file, file:
        file.execute("UPDATE outlines SET page = x'00' WHERE path LIKE '%-a.md'")
    write_blog({"posts/2026-01-02-b.md": POST.replace("题", "新题")})
    report = build(root)
    assert ((), ()) == (report.failed, report.problems)
    assert "新题" in (root / PAGE).read_text("utf-8")


def test_the_plan_says_what_would_run(write_blog: Write) -> None:
    """Nothing is written by asking."""
    root = write_blog({"posts/2026-01-01-a.md": POST, "posts/2026-01-02-b.md": "---\na: b\n---\n"})
    asked = BuildOptions(root, root / "_site", read_settings(root))
    assert [(True, "never run"), (False, "no code to run")] == [
        (post.runs, post.reason) for post in forecast(asked).posts
    ]
    assert not (root / ".cache").exists()


def test_a_post_without_template_keeps_its_last_good_page(write_blog: Write) -> None:
    """It counts as failed in each build until it is mended; the others publish."""
    root = write_blog({"posts/2026-01-01-a.md": POST, "posts/2026-01-02-b.md": POST})
    build(root)
    good = (root / PAGE).read_bytes()
    write_blog(
        {
            "posts/2026-01-01-a.md": POST.replace("title: 题", "title: 新题\nlayout: talk"),
            "posts/2026-01-02-b.md": POST + "\n改\n",
        }
    )
    for _ in range(2):
        report = build(root)
        assert ("posts/2026-01-01-a.md",) == report.failed
        assert "there is no template for the layout 'talk'" == report.problems[0].message
        assert good == (root / PAGE).read_bytes()
        assert "改" in (root / "_site/b/index.html").read_text("utf-8")
    write_blog({"posts/2026-01-01-a.md": POST.replace("题", "新题")})
    assert () == build(root).failed
    assert "新题" in (root / PAGE).read_text("utf-8")


@pytest.mark.parametrize(
    ("head", "line"),
    [("layout: 没有\n", 3), ("jupyter: nokernel\n", 3), ("tags: [甲]\njupyter: nokernel\n", 4)],
)
def test_a_wrong_layout_or_kernel_is_told_at_its_line(
    write_blog: Write, head: str, line: int
) -> None:
    """The line of the front matter that names it, not the first."""
    other = "posts/2026-01-02-b.md"
    text = POST.replace("title: 题\n", f"title: 题\n{head}")
    report = build(write_blog({"posts/2026-01-01-a.md": text, other: "---\ntitle: b\n---\n\nb\n"}))
    (problem,) = [each for each in report.problems if each.severity == "error"]
    assert ("posts/2026-01-01-a.md", line) == (problem.path, problem.line)


def test_a_static_page_runs_too(write_blog: Write) -> None:
    """pages/about.md has its code run and a place in the menu, not in lists."""
    root = write_blog({"posts/2026-01-01-a.md": POST, "pages/about.md": POST.replace("题", "关于")})
    report = build(root)
    assert {"pages/about.md", "posts/2026-01-01-a.md"} == set(report.ran)
    assert '<pre class="output stdout">一 2' in (root / "_site/about/index.html").read_text("utf-8")
    assert '<a href="/about/">关于</a>' in (root / "_site/index.html").read_text("utf-8")
    assert "关于" not in (root / "_site/feed.json").read_text("utf-8")
