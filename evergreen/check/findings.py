"""Checks of posts → problems at lines of the posts."""

from __future__ import annotations

from collections.abc import Iterator

from evergreen.dataclass import replace
from evergreen.errors import Problem
from evergreen.model.check import Difference, PostCheck

DRIFT, FAILED, UNKNOWN, UNKEPT = "drift", "failed", "not-comparable", "not-kept"
"""The rules that these findings break."""
UNMEASURED = "; not known whether that is noise"


def find(check: PostCheck) -> Iterator[Problem]:
    """Yield a finding for each difference that matters, or why there is no comparison."""
    if check.accepted:
        return
    if check.verdict in ("drifted", "differs"):
        for difference in check.differences:
            if difference.matters:
                yield _drift(check.path, difference, check.verdict == "differs")
    elif check.verdict == "not comparable":
        message = f"not compared: {check.reason}"
        yield Problem(check.path, 0, 0, message, "", "warning", rule=UNKNOWN)


def failure(problem: Problem) -> Problem:
    """Return the finding for a post that cannot be read or run."""
    return replace(problem, rule=problem.rule or FAILED)


def _drift(path: str, difference: Difference, unmeasured: bool) -> Problem:
    advice = f"fix it, or accept the new outputs: build.py check --accept {path}"
    pairs = "\n".join(f"- {then}\n+ {now}" for then, now in difference.lines)
    details = "\n".join(filter(None, (*difference.notes, pairs)))
    if difference.picture:
        details = "\n".join(part for part in (details, f"see {difference.picture}") if part)
    message = difference.message + (UNMEASURED if unmeasured else "")
    return Problem(path, difference.line, 0, message, advice, details=details, rule=DRIFT)
