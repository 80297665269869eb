"""Format a check's report as lines of text: verdicts, differences, a summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from evergreen.check.findings import UNMEASURED
from evergreen.check.link_client import BROKEN
from evergreen.cli.build_report import counted, once_each, problem_lines
from evergreen.cli.side_by_side import side_by_side
from evergreen.dataclass import replace
from evergreen.model import CheckReport, PostCheck

UNFOLDED = 8
"""Lines of one difference that are shown."""


def check_lines(report: CheckReport, quiet: bool = False, width: int = 100) -> Iterator[str]:
    """Format all findings, with differences of outputs side by side; unless quiet, also each post's
    verdict and a summary.
    """
    if report.overrides and not quiet:
        yield f"with {', '.join(report.overrides)}"
    for post in report.posts if not quiet else ():
        yield verdict_line(post)
    pairs = {
        (post.path, each.line, each.message + mark): each
        for post in report.posts
        for each in post.differences
        for mark in ("", UNMEASURED)
    }
    findings = sorted(report.findings, key=lambda finding: finding.severity == "error")
    for finding in once_each(findings):
        difference = pairs.get((finding.path, finding.line, finding.message))
        if difference is None:
            yield from problem_lines(finding)
            continue
        yield from problem_lines(replace(finding, details=""))
        yield from folded([f"  {note}" for note in difference.notes], "changes")
        yield from side_by_side(difference.lines[:UNFOLDED], width)
        if (more := len(difference.lines) - UNFOLDED) > 0:
            yield f"  … {counted(more, 'more line')}"
        if difference.picture:
            yield f"  side by side: {difference.picture}"
    if not quiet:
        yield closing_line(report)


def folded(lines: Sequence[str], what: str) -> Iterator[str]:
    """Yield the first of many lines, and how many more there are."""
    yield from lines[:UNFOLDED]
    if len(lines) > UNFOLDED:
        yield f"  … {len(lines) - UNFOLDED} more {what}"


def plain_values(report: CheckReport) -> dict[str, Any]:
    """Convert the report to values for JSON: without executions and pictures, times as text."""
    posts = []
    for post in report.posts:
        differences = tuple(replace(each, pictures=()) for each in post.differences)
        values = asdict(replace(post, execution=None, differences=differences, noise=()))
        del values["execution"]
        for difference in values["differences"]:
            del difference["pictures"], difference["thumbnail"]
        values["noise"] = [[n.step, n.output, n.place, n.kind] for n in post.noise]
        values["published"] = post.published.isoformat() if post.published else None
        values["finished"] = post.finished.isoformat() if post.finished else None
        posts.append(values)
    findings = [asdict(finding) for finding in report.findings]
    counts = dict(report.counts)
    return {
        "counts": counts,
        "overrides": list(report.overrides),
        "posts": posts,
        "findings": findings,
        "idle": report.idle,
        "seconds": report.seconds,
    }


def verdict_line(post: PostCheck) -> str:
    """Format `posts/a.md: same: 12 outputs compared, 3.2 s`."""
    parts = [post.path, post.verdict + (", accepted" if post.accepted else "")]
    if post.verdict in ("failed", "not comparable"):
        return ": ".join([*parts, post.reason])
    counts = [f"{counted(post.compared, 'output')} compared"]
    if post.ignored:
        counts.append(f"{counted(post.ignored, 'cell')} ignored")
    if changed := sum(each.matters for each in post.differences):
        counts.append(f"{changed} changed")
    if post.redrawn:
        counts.append(f"{counted(post.redrawn, 'figure')} redrawn")
    if places := {(each.step, each.output) for each in post.noise}:
        counts.append(f"noise in {counted(len(places), 'output')}")
    if post.dated:
        counts.append(f"the date in {counted(post.dated, 'output')}")
    return ": ".join([*parts, ", ".join([*counts, f"{post.seconds:.1f} s"])])


def closing_line(report: CheckReport) -> str:
    """Format `4 posts: 3 same, 1 drifted; 2 cells ignored; 3 broken links; 81 s`."""
    found = [f"{number} {verdict}" for verdict, number in report.counts.items() if number]
    parts = [f"{counted(len(report.posts), 'post')}: {', '.join(found)}" if found else "no posts"]
    if ignored := sum(post.ignored for post in report.posts):
        parts.append(f"{counted(ignored, 'cell')} ignored")
    if broken := sum(finding.rule in BROKEN for finding in report.findings):
        parts.append(counted(broken, "broken link"))
    return "; ".join(parts) + f"; {report.seconds:.1f} s"
