"""Checks of a whole blog: verdicts, what they touch, what is accepted, what the site says."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from evergreen.build.cache.unchanged import unchanged
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.build.verify import check
from evergreen.check import history
from evergreen.cli import main
from evergreen.errors import SettingsError
from evergreen.model import CheckReport
from evergreen.publish import lock
from evergreen.settings import read_settings

SHA = sha256(b"x").hexdigest()
VALUE = "import os\nprint(float(os.environ.get('EG_X', '1.5')))"
POSTS = {
    "same": ["print('一', 1 / 3)"],
    "drift": ["x = 1", VALUE],
    "close": ["import os\nprint(1 + float(os.environ.get('EG_SMALL', '0')))"],
    "fails": ["import os\nprint('前')\nassert 'EG_X' not in os.environ, '坏'"],
    "ignored": ["#| check: ignore\nimport random\nprint(random.random())"],
    "tag": [f"#| tags: [check: rtol=0.1]\n{VALUE}"],
    "raises": ["#| tags: [raises-exception]\nraise ValueError('错')"],
    "inline": [],
    "front": [VALUE],
    "substitute": ["print(open('d.txt').read())"],
    "idle": [],
}
"""The cells of each post."""
FRONT = {
    "front": "check: {rtol: 0.5}\n",
    "substitute": f"data: [{{name: d.txt, sha256: {SHA}, stand_in: s.py}}]\n",
}
PROSE = {"inline": "值是 `{python} __import__('os').environ.get('EG_X', '1.5')`。"}


def text_of(name: str) -> str:
    """A post's file."""
    cells = "\n\n".join(f"```python\n{cell}\n```" for cell in POSTS[name])
    return f"---\ntitle: 题 {name}\n{FRONT.get(name, '')}---\n\n{cells}{PROSE.get(name, '')}\n"


def path_of(name: str) -> str:
    """Where a post stands."""
    return f"posts/2026-01-01-{name}.md"


def write_posts(root: Path) -> None:
    """The blog of these tests."""
    (root / "posts").mkdir(parents=True)
    for name in POSTS:
        (root / path_of(name)).write_text(text_of(name), "utf-8")
    (root / "posts/s.py").write_text("import sys\nopen(sys.argv[1], 'w').write('替')\n", "utf-8")


def asked(root: Path) -> BuildOptions:
    """A build of the blog."""
    return BuildOptions(root, root / "_site", read_settings(root))


def files(root: Path) -> dict[str, bytes]:
    """All that is published and kept, but what checks write."""
    found = (path for top in ("_site", ".cache/records") for path in (root / top).rglob("*"))
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in found
        if path.is_file() and path.name != "checks.json"
    }


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published blog."""
    root = tmp_path_factory.mktemp("blog") / "博"
    write_posts(root)
    publish(asked(root))
    return root


@pytest.fixture(scope="module")
def drifted(blog: Path) -> Iterator[tuple[Path, CheckReport, bool]]:
    """What a check of it says where the world has changed, and whether it touched anything."""
    root = blog.with_name("drifted")
    shutil.copytree(blog, root)
    before = files(root)
    with pytest.MonkeyPatch.context() as world:
        world.setenv("EG_X", "1.6001")
        world.setenv("EG_SMALL", "1e-7")
        report = check(asked(root))
    yield root, report, before == files(root)


def verdicts(report: CheckReport) -> dict[str, str]:
    """Post → verdict."""
    return {post.path[17:-3]: post.verdict for post in report.posts}


def test_an_unchanged_world_gives_the_same(blog: Path) -> None:
    """Nothing is found, but that stand-in data say nothing."""
    report = check(asked(blog))
    expected = dict.fromkeys(POSTS, "same") | {"substitute": "not comparable"}
    del expected["idle"]
    assert (expected, False, 1) == (verdicts(report), report.failed, report.idle)
    assert [("warning", "not-comparable")] == [(f.severity, f.rule) for f in report.findings]


def test_each_post_has_its_verdict(drifted: tuple[Path, CheckReport, bool]) -> None:
    """By its own and its cells' tolerances."""
    expected = {
        "same": "same",
        "drift": "drifted",
        "close": "within tolerance",
        "fails": "failed",
        "ignored": "same",
        "tag": "within tolerance",
        "raises": "same",
        "inline": "drifted",
        "front": "within tolerance",
        "substitute": "not comparable",
    }
    assert dict(sorted(expected.items())) == verdicts(drifted[1])


def test_findings_stand_at_their_lines(drifted: tuple[Path, CheckReport, bool]) -> None:
    """Of the cell, of the failing line, of the inline expression."""
    found = {(f.path[17:-3], f.line, f.rule) for f in drifted[1].findings if f.severity == "error"}
    assert {("drift", 10, "drift"), ("fails", 8, "failed"), ("inline", 5, "drift")} == found
    by_path = {f.path[17:-3]: f for f in drifted[1].findings}
    assert "'1.5' is '1.6001' now" == by_path["drift"].message
    assert "前" in by_path["fails"].details


def test_nothing_published_is_touched(drifted: tuple[Path, CheckReport, bool]) -> None:
    """Neither the site nor the records."""
    assert drifted[2]


def test_ignored_cells_are_counted(drifted: tuple[Path, CheckReport, bool]) -> None:
    """They are no silent hole."""
    assert 1 == sum(post.ignored for post in drifted[1].posts)


def test_the_site_says_what_the_check_found(drifted: tuple[Path, CheckReport, bool]) -> None:
    """At the next publish, which runs nothing: each page its verdict, the status page all."""
    root = drifted[0]
    report = publish(asked(root))
    page = (root / "_site/drift/index.html").read_text("utf-8")
    status = (root / "_site/_status/index.html").read_text("utf-8")
    summary = re.search(r"<summary>(Run on.*)</summary>", page)
    assert path_of("drift") not in report.ran
    assert summary and "results have changed" in summary[1]
    assert 'href="/_status/"' in page
    assert "within tolerance" in status and "failed" in status


def test_what_is_accepted_is_published(blog: Path, tmp_path: Path) -> None:
    """The next build shows it, and runs nothing."""
    root = tmp_path / "博"
    shutil.copytree(blog, root)
    with pytest.MonkeyPatch.context() as world:
        world.setenv("EG_X", "7.25")
        report = check(asked(root), ["drift"], accept=True)
        built = publish(asked(root))  # with the same variable: it is a fact of the run
    assert ([True], (), False) == (
        [post.accepted for post in report.posts],
        report.findings,
        report.failed,
    )
    assert path_of("drift") not in built.ran
    page = (root / "_site/drift/index.html").read_text("utf-8")
    assert '<pre class="output stdout">7.25' in page


def test_a_failure_is_not_accepted(blog: Path, tmp_path: Path) -> None:
    """What is published stays."""
    root = tmp_path / "博"
    shutil.copytree(blog, root)
    with pytest.MonkeyPatch.context() as world:
        world.setenv("EG_X", "7.25")
        report = check(asked(root), ["fails"], accept=True)
    assert (["failed"], [False]) == (
        [post.verdict for post in report.posts],
        [post.accepted for post in report.posts],
    )
    assert path_of("fails") not in publish(asked(root)).ran


def test_code_that_was_not_published_is_not_compared(blog: Path, tmp_path: Path) -> None:
    """Its page shows the results of other code."""
    root = tmp_path / "博"
    shutil.copytree(blog, root)
    place = root / path_of("same")
    place.write_text(place.read_text("utf-8").replace("1 / 3", "2 / 3"), "utf-8")
    (root / path_of("new")).write_text("---\ntitle: 新\n---\n\n```python\n1\n```\n", "utf-8")
    report = check(asked(root), ["same", "new"])
    assert {
        "same": "its code has changed since it was published",
        "new": "nothing is published yet",
    } == {post.path[17:-3]: post.reason for post in report.posts}
    assert not report.failed


def test_records_alone_can_be_checked(blog: Path, tmp_path: Path) -> None:
    """As in a fresh clone of a blog that keeps them."""
    root = tmp_path / "博"
    ignored = shutil.ignore_patterns("_site", "pages", "snapshot.json")
    shutil.copytree(blog, root, ignore=ignored)
    assert {"same": "same"} == verdicts(check(asked(root), ["same"]))


def test_a_build_after_a_check_equals_a_clean_one(
    drifted: tuple[Path, CheckReport, bool], tmp_path: Path
) -> None:
    """Verdicts are a part of what pages depend on; an unchanged blog is seen as such."""
    root = drifted[0]
    publish(asked(root))
    clean = tmp_path / "clean"
    shutil.copytree(root, clean, ignore=shutil.ignore_patterns("_site*", "._site*", "pages"))
    publish(asked(clean))
    ours, theirs = (
        {k: v for k, v in files(r).items() if "/.evergreen" not in k} for r in (root, clean)
    )
    assert ours == theirs


def test_a_check_makes_the_next_build_look(blog: Path, tmp_path: Path) -> None:
    """Without stand-ins a build that changes nothing is known as one, until there is a verdict."""
    root = tmp_path / "博"
    (root / "posts").mkdir(parents=True)
    (root / path_of("same")).write_text(text_of("same"), "utf-8")
    publish(asked(root))
    check(asked(root))
    for _ in range(20):  # what changed a moment before a build is not trusted
        publish(asked(root))
        if unchanged(asked(root)):
            break
        time.sleep(0.5)
    assert unchanged(asked(root)) is not None
    check(asked(root))
    assert unchanged(asked(root)) is None


def test_a_build_that_does_not_end_hides_nothing(
    blog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found is told; that it is not remembered is a warning, or an error where it was to
    be accepted."""
    monkeypatch.setattr("evergreen.build.verify.LOCKED", 0.1)
    with lock(asked(blog).cache):
        reports = [check(asked(blog), ["same"], accept=accept) for accept in (False, True)]
    assert [{"same": "same"}] * 2 == [verdicts(report) for report in reports]
    assert ["warning", "error"] == [report.findings[0].severity for report in reports]
    assert ["locked by" in report.findings[0].message for report in reports] == [True, True]


def test_history_is_kept(blog: Path) -> None:
    """The newest first, with what it ran."""
    before = history.read(asked(blog).verdicts).get(path_of("same"))
    check(asked(blog), ["same"])
    found = history.read(asked(blog).verdicts)[path_of("same")]
    assert len(before.history if before else ()) + 1 == len(found.history)
    assert ("same", True) == (found.verdict, found.environment.python.startswith("3."))


def test_a_post_that_is_not_there_is_wrong_usage(blog: Path) -> None:
    """Nothing runs."""
    with pytest.raises(SettingsError, match="nobody"):
        check(asked(blog), ["nobody"])
    assert 2 == main(["check", "--root", str(blog), "nobody"])


def test_the_command_says_it_all(
    blog: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1, the verdict, both lines; the same as JSON."""
    monkeypatch.setenv("EG_X", "1.75")
    arguments = ["check", "--root", str(blog), "drift", "same"]
    assert 1 == main(arguments)
    said = capsys.readouterr().out
    assert f"{path_of('drift')}: drifted" in said and f"{path_of('same')}: same" in said
    assert f"{path_of('drift')}:10: '1.5' is '1.75' now" in said
    assert 1 == main([*arguments, "--json"])
    report = json.loads(capsys.readouterr().out)
    assert {"same": 1, "drifted": 1} == {k: v for k, v in report["counts"].items() if v}
    assert [["1.5", "1.75"]] == report["posts"][0]["differences"][0]["lines"]
