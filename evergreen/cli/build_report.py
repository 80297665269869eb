"""Format reports as lines of text: problems, what a build did, what it would do.

Colours are ANSI escapes; they are removed when not printed to a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from evergreen.dataclass import replace
from evergreen.errors import PLUGIN, Problem
from evergreen.regex import regex

if TYPE_CHECKING:
    from evergreen.build.forecast import BuildForecast, PostForecast
    from evergreen.model import HeldBack, Report

_RED, _YELLOW, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[0m"
_WHY = {
    "draft": "as a draft: --drafts includes it",
    "unpublished": "by 'published: false': remove that line to publish it",
    "future": "until {day}, its date: --future includes it",
}
OWN_REASONS = ("it is new", "the post has changed", "its code runs, or has another record")
"""Reasons to make a page again that its author expects (see `build.remade`)."""
FEW = 3
"""Up to this number, paths are named instead of counted."""
_ESCAPE = regex(r"\x1b\[[0-9;]*[A-Za-z]")


def report_lines(report: Report, destination: str, quiet: bool = False) -> Iterator[str]:
    """Format a report: warnings, errors by place; unless quiet, the posts that are held back, what
    was cleaned, and a summary."""
    for problem in once_each(sorted(report.problems, key=_place)):
        yield from problem_lines(problem)
    if not quiet:
        yield from map(held_line, report.held_back)
        if report.cleaned:
            yield cleaned_line(report)
        yield from remade_lines(report)
        yield closing_line(report, destination)


def forecast_lines(forecast: BuildForecast) -> Iterator[str]:
    """Format a dry run: what a build would do with each post, and the expected time."""
    for problem in forecast.problems:
        yield from problem_lines(problem)
    for post in forecast.posts:
        page = f"; page made again: {post.remade}" if post.remade and not post.runs else ""
        yield f"{post.path}: {_decision(post)}{post.reason}{page}"
    if forecast.by_hooks:
        results = counted(forecast.by_hooks, "result")
        yield f"{results}: system calls were not seen, only what Python opens (needs Linux 5.5)"
    yield forecast_summary(forecast)


def once_each(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems; of those of a plugin that are equal, at many posts, the first with the
    number of the others."""
    groups: dict[object, list[Problem]] = {}
    for problem in problems:
        is_of_plugin = problem.rule == PLUGIN and problem.severity == "error"
        key = (problem.message, problem.advice) if is_of_plugin else id(problem)
        groups.setdefault(key, []).append(problem)
    for first, *others in groups.values():
        more = f" (so too at {counted(len(others), 'more post')})" if others else ""
        yield replace(first, message=first.message + more)


def problem_lines(problem: Problem) -> Iterator[str]:
    """Format `path:line:column: what is wrong: what to do`, then the details."""
    is_error = problem.severity == "error"
    yield f"{_RED if is_error else _YELLOW + 'warning: '}{problem}{_PLAIN}"
    if problem.details:
        yield problem.details.rstrip()


def closing_line(report: Report, destination: str) -> str:
    """Format `4 posts: 3 published, 1 failed; 2 run, 1 reused; 7 of 9 blocks have results; 3 files
    written in _site; 81 s`.
    """
    failed, held = len(report.failed), len(report.held_back)
    published = report.posts + report.pages
    pages = report.pages + report.missing_pages
    parts = [f"{_total(published + failed + held - pages, pages)}: {published} published"]
    parts[0] += _listed((failed, "failed"), (held, "held back"), before=", ")
    if code := _listed((len(report.ran), "run"), (len(report.reused), "reused")):
        parts.append(code)
    if report.blocks_run:
        have = "has a result" if report.blocks == 1 else "have results"
        parts.append(f"{report.blocks_run} of {counted(report.blocks, 'block')} {have}")
    if report.stand_ins:
        parts.append(f"{counted(len(report.stand_ins), 'post')} on stand-in data")
    changed = f"{counted(report.written, 'file')} written"
    if report.removed:
        changed += f", {report.removed} removed"
    parts.append(f"{changed} in {destination}")
    return "; ".join(parts) + f"; {report.seconds:.1f} s"


def held_line(held: HeldBack) -> str:
    """Format `posts/a.md: held back until 2031-01-01, its date: --future includes it`."""
    return f"{held.path}: held back {_WHY[held.reason].format(day=held.day)}"


def remade_lines(report: Report) -> Iterator[str]:
    """Format `made again since the include 'a.html' has changed: 7 pages`, for each reason that is
    not in the posts themselves."""
    by_reason: dict[str, list[str]] = {}
    for path, reason in sorted(report.remade.items()):
        by_reason.setdefault(reason, []).append(path)
    for reason, paths in sorted(by_reason.items()):
        if reason not in OWN_REASONS:
            names = ", ".join(paths) if len(paths) <= FEW else counted(len(paths), "page")
            yield f"made again since {reason}: {names}"


def cleaned_line(report: Report) -> str:
    """Format `dropped or replaced in outputs: 12 x framework log line, 3 x path`."""
    found = ", ".join(f"{number} x {kind}" for kind, number in report.cleaned.items())
    return f"dropped or replaced in outputs: {found}"


def forecast_summary(forecast: BuildForecast) -> str:
    """Format `2 of 4 posts would run; about 1.5 min`."""
    running = [post for post in forecast.posts if post.runs]
    parts = [f"{len(running)} of {counted(len(forecast.posts), 'post')} would run"]
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


def _total(posts: int, pages: int) -> str:
    both = [counted(posts, "post")] if posts or not pages else []
    return " and ".join(both + ([counted(pages, "page")] if pages else []))


def _listed(*numbers: tuple[int, str], before: str = "") -> str:
    """Format `, 2 run, 1 reused`, without zero counts."""
    shown = ", ".join(f"{number} {word}" for number, word in numbers if number)
    return f"{before}{shown}" if shown else ""


def _place(problem: Problem) -> tuple[bool, str, int, int]:
    return problem.severity == "error", problem.path, problem.line, problem.column


def _decision(post: PostForecast) -> str:
    if post.runs:
        return "run: "
    return "reuse: " if post.has_code else ""
