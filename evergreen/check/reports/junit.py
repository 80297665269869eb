"""A check's report as JUnit XML in the form of Apache Ant, which all test viewers read.

A test case is a post's run, or all links of a post; it has at most one failure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal
from xml.etree import ElementTree

from evergreen.check.findings import DRIFT, FAILED, UNKNOWN
from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.model import CheckReport, PostCheck
from evergreen.render.xml_text import legal, write_xml

_OF_RUNS = {DRIFT, FAILED, UNKNOWN}


@dataclass(frozen=True, slots=True)
class _Case:
    """A test and how it ended."""

    name: str
    seconds: float = 0.0
    result: Literal["", "failure", "error", "skipped"] = ""
    kind: str = ""
    """The rule that is broken."""
    message: str = ""
    text: str = ""


def to_junit(report: CheckReport, now: datetime | None = None) -> bytes:
    """Return the document; `now` is the end of the check."""
    posts = [_run(post, _of_its_run(report.findings, post.path)) for post in report.posts]
    known = {post.path for post in report.posts}
    others = [each for each in report.findings if each.path not in known or not _of_run(each)]
    root = ElementTree.Element("testsuites")
    stamp = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for number, (name, cases, notes) in enumerate(
        (("posts", posts, ()), ("links", _linked(others), _warnings(others)))
    ):
        _write(ElementTree.SubElement(root, "testsuite"), number, name, cases, notes, stamp)
    ElementTree.indent(root)
    return write_xml(root)


def _run(post: PostCheck, findings: Sequence[Problem]) -> _Case:
    text = _text(findings)
    if post.verdict == "failed":
        return _Case(post.path, post.seconds, "error", FAILED, post.reason, text)
    if post.verdict == "not comparable":
        return _Case(post.path, post.seconds, "skipped", UNKNOWN, post.reason)
    if errors := [each for each in findings if each.severity == "error"]:
        return _Case(post.path, post.seconds, "failure", DRIFT, _first(errors), text)
    return _Case(post.path, post.seconds)


def _linked(findings: Iterable[Problem]) -> list[_Case]:
    by_path: dict[str, list[Problem]] = defaultdict(list)
    for finding in findings:
        if finding.severity == "error":
            by_path[finding.path].append(finding)
    return [
        _Case(path, 0.0, "failure", found[0].rule or "problem", _first(found), _text(found))
        for path, found in sorted(by_path.items())
    ]


def _warnings(findings: Iterable[Problem]) -> Sequence[str]:
    return [f"warning: {each}" for each in findings if each.severity == "warning"]


def _of_its_run(findings: Iterable[Problem], path: str) -> list[Problem]:
    return [each for each in findings if each.path == path and _of_run(each)]


def _of_run(finding: Problem) -> bool:
    return finding.rule in _OF_RUNS


def _first(findings: Sequence[Problem]) -> str:
    more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    return findings[0].message + more


def _text(findings: Iterable[Problem]) -> str:
    return "\n".join("\n".join(filter(None, (str(each), each.details))) for each in findings)


def _write(
    node: ElementTree.Element,
    number: int,
    name: str,
    cases: Sequence[_Case],
    notes: Sequence[str],
    stamp: str,
) -> None:
    counts = {
        kind: str(sum(case.result == result for case in cases))
        for kind, result in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    seconds = sum(case.seconds for case in cases)
    node.attrib |= {"name": name, "package": "evergreen", "id": f"{number}", "timestamp": stamp}
    node.attrib |= {"hostname": "localhost", "tests": str(len(cases)), "time": f"{seconds:.3f}"}
    node.attrib |= counts
    ElementTree.SubElement(node, "properties")
    for case in cases:
        _write_case(node, name, case)
    ElementTree.SubElement(node, "system-out").text = legal("\n".join(notes))
    ElementTree.SubElement(node, "system-err")


def _write_case(suite: ElementTree.Element, name: str, case: _Case) -> None:
    about = {"name": legal(case.name), "classname": name, "time": f"{case.seconds:.3f}"}
    node = ElementTree.SubElement(suite, "testcase", about)
    if case.result:
        # Ant's form knows no attribute of a skipped test, and all readers take a text.
        said = {} if case.result == "skipped" else {"type": case.kind, "message": case.message}
        values = {key: legal(value) for key, value in said.items()}
        end = ElementTree.SubElement(node, case.result, values)
        end.text = legal(case.text or case.message)
