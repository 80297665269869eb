"""Format reports as lines of text: problems, what a build did, what it would do.

Colours are ANSI escapes; they are removed when not printed to a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evergreen.errors import Problem

if TYPE_CHECKING:
    from evergreen.build.planning.forecast import BuildForecast, PostForecast
    from evergreen.model import Report

_RED, _YELLOW, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[0m"
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def report_lines(report: Report, destination: str, quiet: bool = False) -> Iterator[str]:
    """Format a report: warnings, errors by place; unless quiet, what was cleaned and a summary."""
    for problem in sorted(report.problems, key=_place):
        yield from problem_lines(problem)
    if not quiet:
        if report.cleaned:
            yield cleaned_line(report)
        yield closing_line(report, destination)


def outlook_lines(outlook: BuildForecast) -> Iterator[str]:
    """Format a dry run: what a build would do with each post, and the expected time."""
    for problem in outlook.problems:
        yield from problem_lines(problem)
    for post in outlook.posts:
        yield f"{post.path}: {_decision(post)}{post.reason}"
    yield outlook_line(outlook)


def problem_lines(problem: Problem) -> Iterator[str]:
    """Format `path:line:column: what is wrong: what to do`, then the details."""
    is_error = problem.severity == "error"
    yield f"{_RED if is_error else _YELLOW + 'warning: '}{problem}{_PLAIN}"
    if problem.details:
        yield problem.details.rstrip()


def closing_line(report: Report, destination: str) -> str:
    """Format `4 posts: 3 run, 1 reused, 0 failed; 27 of 29 blocks run; 31 files written; 81 s`."""
    done = [
        f"{len(report.ran)} run",
        f"{len(report.reused)} reused",
        f"{len(report.failed)} failed",
    ]
    if report.held_back:
        done.append(f"{report.held_back} held back")
    pages = f" and {counted(report.pages, 'page')}" if report.pages else ""
    parts = [f"{counted(report.posts, 'post')}{pages}: {', '.join(done)}"]
    if report.blocks:
        parts.append(f"{report.blocks_run} of {counted(report.blocks, 'block')} run")
    if report.stand_ins:
        parts.append(f"{counted(len(report.stand_ins), 'post')} on stand-in data")
    changed = f"{counted(report.written, 'file')} written"
    if report.removed:
        changed += f", {report.removed} removed"
    parts.append(f"{changed} in {destination}")
    return "; ".join(parts) + f"; {report.seconds:.1f} s"


def cleaned_line(report: Report) -> str:
    """Format `dropped or replaced in outputs: 12 x framework log line, 3 x path`."""
    found = ", ".join(f"{number} x {kind}" for kind, number in report.cleaned.items())
    return f"dropped or replaced in outputs: {found}"


def outlook_line(outlook: BuildForecast) -> str:
    """Format `2 of 4 posts would run; about 1.5 min`."""
    running = [post for post in outlook.posts if post.runs]
    parts = [f"{len(running)} of {counted(len(outlook.posts), 'post')} would run"]
    if known := sum(post.seconds for post in running):
        parts.append(f"about {known / 60:.1f} min" if known >= 60 else f"about {known:.0f} s")
    if unknown := sum(not post.seconds and "shares" not in post.reason for post in running):
        parts.append(f"{counted(unknown, 'post')} never timed")
    return "; ".join(parts)


def counted(number: int, noun: str) -> str:
    """Format `1 post`, `2 posts`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def without_colour(text: str) -> str:
    """Remove ANSI escapes."""
    return _ESCAPE.sub("", text)


def _place(problem: Problem) -> tuple[bool, str, int, int]:
    return problem.severity == "error", problem.path, problem.line, problem.column


def _decision(post: PostForecast) -> str:
    if post.runs:
        return "run: "
    return "reuse: " if post.has_code else ""
