"""A check's report in the forms that machines read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from evergreen.check.reports.github import to_annotations
from evergreen.check.reports.junit import to_junit
from evergreen.check.reports.sarif import to_sarif
from evergreen.cli.reports import annotate, check_folder_exists, write_sarif
from evergreen.errors import Problem, SettingsError
from evergreen.model import CheckReport, PostCheck

SCHEMAS = Path(__file__).parent / "schemas"
NOW = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
DRIFT = Problem(
    "posts/甲.md", 12, 0, "3.14 is 3.15 now", "mend it", details="- a\n+ b", rule="drift"
)
LINK = Problem("posts/甲.md", 7, 3, "there is nothing at '/a,b:%c/'", "", rule="link")
MOVED = Problem("posts/乙.md", 0, 0, "it has moved", "", "warning", rule="moved-link")
REPORT = CheckReport(
    posts=(
        PostCheck("posts/甲.md", "甲", "drifted", seconds=1.25),
        PostCheck("posts/乙.md", "乙", "same", seconds=2.0),
        PostCheck("posts/丙.md", "丙", "failed", "ZeroDivisionError: division by zero"),
        PostCheck("posts/丁.md", "丁", "not comparable", "nothing is published yet"),
    ),
    findings=(DRIFT, LINK, MOVED, Problem("posts/丙.md", 5, 0, "除零", "", rule="failed")),
)
TEXT = st.text(max_size=20)
PROBLEMS = st.builds(
    Problem,
    st.text(min_size=1, max_size=20),
    st.integers(0, 9),
    st.integers(0, 9),
    st.text(min_size=1, max_size=20),
    TEXT,
    st.sampled_from(["error", "warning"]),
    TEXT,
    st.sampled_from(["", "drift", "link", "failed", "另外"]),
)
CHECKS = st.builds(
    PostCheck,
    st.text(min_size=1, max_size=20),
    TEXT,
    st.sampled_from(["same", "within tolerance", "drifted", "failed", "not comparable"]),
    TEXT,
)


def junit_is_valid(document: bytes) -> bool:
    """By our schema of the form."""
    return xmlschema.XMLSchema(SCHEMAS / "junit.xsd").is_valid(ElementTree.fromstring(document))


def sarif_is_valid(log: object) -> bool:
    """By our schema of the parts that we write."""
    schema = json.loads((SCHEMAS / "sarif.json").read_text("utf-8"))
    return jsonschema.Draft7Validator(schema).is_valid(log)


def test_junit_has_a_test_a_post_and_one_for_its_links() -> None:
    """A drifted post fails, a broken one is an error, an incomparable one is skipped."""
    document = to_junit(REPORT, NOW)
    assert junit_is_valid(document)
    root = ElementTree.fromstring(document)
    ends = [(case.get("name"), *(end.tag for end in case)) for case in root.iter("testcase")]
    assert [
        ("posts/甲.md", "failure"),
        ("posts/乙.md",),
        ("posts/丙.md", "error"),
        ("posts/丁.md", "skipped"),
        ("posts/甲.md", "failure"),
    ] == ends
    first = root.find("testsuite")
    assert first is not None
    assert ("4", "1", "1", "1", "3.250", "2026-11-01T08:30:00") == tuple(
        first.get(key) for key in ("tests", "failures", "errors", "skipped", "time", "timestamp")
    )
    failure = root.find(".//failure")
    assert failure is not None
    assert ("drift", "3.14 is 3.15 now") == (failure.get("type"), failure.get("message"))
    assert "posts/甲.md:12: 3.14 is 3.15 now: mend it\n- a\n+ b" == failure.text
    assert "warning: posts/乙.md: it has moved" == root.findtext("testsuite[2]/system-out")


def test_sarif_has_a_result_a_finding() -> None:
    """With its rule, its place in the repository, and what to do."""
    log = to_sarif(REPORT.findings, "blog/")
    assert sarif_is_valid(log)
    run = log["runs"][0]
    drift, link, moved, _ = run["results"]
    assert "drift" == run["tool"]["driver"]["rules"][drift["ruleIndex"]]["id"]
    assert ("error", "3.14 is 3.15 now: mend it\n- a\n+ b") == (
        drift["level"],
        drift["message"]["text"],
    )
    place = link["locations"][0]["physicalLocation"]
    assert "blog/posts/%E7%94%B2.md" == place["artifactLocation"]["uri"]
    assert {"startLine": 7, "startColumn": 3} == place["region"]
    assert "region" not in moved["locations"][0]["physicalLocation"]


def test_a_finding_is_known_again_when_lines_move() -> None:
    """And two alike are told apart."""
    moved = Problem(LINK.path, 90, 1, LINK.message, rule="link")
    prints = [
        each["partialFingerprints"]["evergreen/v1"]
        for findings in ([LINK], [moved, moved])
        for each in to_sarif(findings)["runs"][0]["results"]
    ]
    assert prints[0] == prints[1] != prints[2]


@given(st.lists(PROBLEMS, max_size=5), st.lists(CHECKS, max_size=3))
def test_whatever_is_found_is_valid(problems: list[Problem], checks: list[PostCheck]) -> None:
    """Characters that neither form can hold included."""
    report = CheckReport(tuple(checks), tuple(problems))
    assert junit_is_valid(to_junit(report, NOW))
    log = json.loads(json.dumps(to_sarif(problems)).encode())
    assert sarif_is_valid(log)


def test_annotations_are_escaped() -> None:
    """Nothing in a message or a path can end its line or its value."""
    problem = Problem(
        "posts/a,b:c%.md", 3, 4, "100% ::error::", "一\r\n二", details="三\n四", rule="link"
    )
    assert [
        "::error file=blog/posts/a%2Cb%3Ac%25.md,line=3,col=4,title=link"
        "::100%25 ::error::: 一 二%0A三%0A四"
    ] == list(to_annotations([problem], "blog/"))


def test_the_worst_come_first_and_ten_are_shown() -> None:
    """The others are counted."""
    links = [Problem("posts/a.md", line, 0, "x", rule="link") for line in range(1, 12)]
    lines = list(to_annotations([MOVED, *links, DRIFT, Problem("posts/z.md", message="no YAML")]))
    assert "::error file=posts/z.md::no YAML" == lines[0]
    assert lines[1].startswith("::error file=posts/甲.md,line=12,title=drift::")
    assert "::error::4 more errors: see the log" == lines[9]
    assert ["::warning file=posts/乙.md,title=moved-link::it has moved"] == lines[10:]


def test_annotations_appear_in_actions_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the path from the repository's top."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    annotate([MOVED], tmp_path / "blog")
    assert ("", "") == capsys.readouterr()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    annotate([MOVED], tmp_path / "blog")
    said = "::warning file=blog/posts/乙.md,title=moved-link::it has moved\n"
    assert ("", said) == capsys.readouterr()


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    """Is a sentence."""
    with pytest.raises(SettingsError, match="cannot be written: No such file"):
        write_sarif(REPORT, tmp_path / "none" / "a.sarif", tmp_path)
    with pytest.raises(SettingsError, match="no such folder"):
        check_folder_exists(tmp_path / "none" / "a.xml")
