"""Checks of posts → what is to be told, as problems at lines of the posts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evergreen.errors import Problem
from evergreen.model.check import Difference, PostCheck

DRIFT, FAILED, UNKNOWN, UNKEPT = "drift", "failed", "not-comparable", "not-kept"
"""The rules that these findings break."""


def find(check: PostCheck) -> Iterator[Problem]:
    """What a post's check found: a finding a difference that matters, or why it is not known."""
    if check.accepted:
        return
    if check.verdict == "drifted":
        for difference in check.differences:
            if difference.matters:
                yield _drift(check.path, difference)
    elif check.verdict == "not comparable":
        message = f"not compared: {check.reason}"
        yield Problem(check.path, 0, 0, message, "", "warning", rule=UNKNOWN)


def failure(problem: Problem) -> Problem:
    """The finding about a post that cannot be read or run."""
    return replace(problem, rule=problem.rule or FAILED)


def _drift(path: str, difference: Difference) -> Problem:
    advice = f"mend it, or take it as it is: build.py check --accept {path}"
    details = "\n".join(f"- {then}\n+ {now}" for then, now in difference.lines)
    if difference.picture:
        details = "\n".join(part for part in (details, f"see {difference.picture}") if part)
    message = difference.message
    return Problem(path, difference.line, 0, message, advice, details=details, rule=DRIFT)
