"""A check's findings as SARIF 2.1.0 (OASIS), for code scanning and editors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from evergreen import __version__
from evergreen.errors import Problem
from evergreen.model.hashing import sha256

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
RULES = {
    "drift": "The code prints or draws something else than the page shows",
    "failed": "The post cannot be read or run",
    "not-comparable": "What the code gives now cannot be compared with the page",
    "not-kept": "What was found could not be remembered",
    "link": "A link that leads nowhere in the site",
    "anchor": "A link to a part of a page that is not there",
    "picture": "A picture that is not in the site",
    "case": "An address that differs in case or Unicode form from what it leads to",
    "dead-link": "A link to a page of another site that is gone",
    "moved-link": "A link to a page of another site that has moved",
    "unknown-link": "A link to another site that did not answer",
    "problem": "Something else that is wrong",
}
"""Each rule in a few words."""


def to_sarif(findings: Sequence[Problem], folder: str = "") -> dict[str, Any]:
    """Return the log. `folder` is the blog's folder in its repository, with a slash at the end."""
    names = list(dict.fromkeys([*RULES, *(each.rule for each in findings if each.rule)]))
    driver = {
        "name": "Evergreen",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [
            {"id": name, "shortDescription": {"text": RULES.get(name, name)}} for name in names
        ],
    }
    seen: Counter[str] = Counter()
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, names, folder, seen) for each in findings],
            }
        ],
    }


def _result(
    finding: Problem, names: Sequence[str], folder: str, seen: Counter[str]
) -> dict[str, Any]:
    rule = finding.rule or "problem"
    text = ": ".join(part for part in (finding.message, finding.advice) if part)
    # Not the line: a finding stays the same while text above it comes and goes.
    identity = "\n".join((rule, finding.path, finding.message))
    seen[identity] += 1
    return {
        "ruleId": rule,
        "ruleIndex": names.index(rule),
        "level": finding.severity,
        "message": {"text": _legal("\n".join(filter(None, (text, finding.details))))},
        "locations": [{"physicalLocation": _place(finding, folder)}],
        "partialFingerprints": {"evergreen/v1": f"{sha256(identity)}:{seen[identity]}"},
    }


def _place(finding: Problem, folder: str) -> dict[str, Any]:
    uri = quote((folder + finding.path).encode("utf-8", "surrogateescape"))
    place: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
        if finding.column:
            place["region"]["startColumn"] = finding.column
    return place


def _legal(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
