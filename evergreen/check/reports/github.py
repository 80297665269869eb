"""Problems as GitHub's workflow commands, which show them at their lines in a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evergreen.errors import Problem

SHOWN = 10
"""Annotations of each severity that GitHub shows of one step."""
_WORST = ("", "failed", "drift", "link", "picture", "anchor", "case", "dead-link")
"""Rules of errors, the worst first; an error without a rule means that a post has no page."""


def to_annotations(problems: Iterable[Problem], folder: str = "") -> Iterator[str]:
    """Return a line for each shown problem, the worst first, and one that counts the others.

    `folder` is the blog's folder in its repository, with a slash at the end.
    """
    ordered = sorted(problems, key=_badness)
    for severity in ("error", "warning"):
        found = [each for each in ordered if each.severity == severity]
        # The last place is for the count, where there are more than fit.
        room = SHOWN if len(found) <= SHOWN else SHOWN - 1
        yield from (_annotation(each, folder) for each in found[:room])
        if rest := len(found) - len(found[:room]):
            noun = severity if rest == 1 else f"{severity}s"
            yield f"::{severity}::{rest} more {noun}: see the log"


def _badness(problem: Problem) -> tuple[bool, int, str, int]:
    known = problem.rule in _WORST
    rank = _WORST.index(problem.rule) if known else len(_WORST)
    return problem.severity != "error", rank, problem.path, problem.line


def _annotation(problem: Problem, folder: str) -> str:
    values = {
        "file": folder + problem.path,
        "line": str(problem.line or ""),
        "col": str(problem.column or ""),
        "title": problem.rule,
    }
    given = ",".join(f"{key}={_value(value)}" for key, value in values.items() if value)
    said = ": ".join(part for part in (problem.message, problem.advice) if part)
    text = "\n".join(filter(None, (said, problem.details)))
    return f"::{problem.severity} {given}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
