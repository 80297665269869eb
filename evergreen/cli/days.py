"""The parts of `check` that use the releases of several days."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence

from evergreen.build import check_days
from evergreen.build.bisect import Estimate, bisect
from evergreen.cli.arguments import read_build
from evergreen.cli.bisect_report import bisect_lines, estimate_line, plain_values
from evergreen.cli.exit_codes import FAILED, SUCCESS
from evergreen.cli.printing import print_json, print_lines
from evergreen.cli.progress import show_progress
from evergreen.cli.tables import day_lines
from evergreen.errors import Problem, SettingsError

_UNUSED = ("accept", "online", "once", "junit", "sarif", "wanted", "latest")
"""Options that have no meaning for several days."""


def read_days(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the days whose releases are to be used. Raises SettingsError."""
    if options.wanted or options.latest:
        advice = "remove --with and --latest, or check without a day"
        raise SettingsError(Problem("--as-of", 0, 0, "cannot be used with --with", advice))
    today = check_days.TODAY if options.today else ""
    return check_days.read_days(",".join(filter(None, (options.as_of, today))))


def check_in_days(options: argparse.Namespace, days: Sequence[str]) -> int:
    """Check with the releases of several days and print a table; return 1 if a post differs."""
    _refuse_unused(options, "--as-of with several days")
    build = read_build(options)
    with show_progress(options.quiet or options.json) as progress:
        report = check_days.check_days(build, options.posts, days, progress, options.untrusted)
    if options.json:
        print_json(report)
    else:
        print_lines(day_lines(report))
    return FAILED if report.failed else SUCCESS


def bisect_post(options: argparse.Namespace, days: Sequence[str]) -> int:
    """Find the release with which a post's outputs change; return 1 if there is one."""
    _refuse_unused(options, "--bisect")
    posts, package = options.posts, options.bisect
    if re.search(r"[/.]", package) or (package and not posts):
        posts, package = [package, *posts], ""  # it is the post
    if len(posts) != 1 or len(days) > 2:
        advice = "check POST --bisect, or check POST --as-of 2023,today --bisect"
        message = "needs one post and at most two days"
        raise SettingsError(Problem("--bisect", 0, 0, message, advice))
    ends = (days[0] if len(days) > 1 else "", days[-1] if days else check_days.today())

    def tell(estimate: Estimate) -> None:
        if not options.quiet:
            print(estimate_line(estimate), file=sys.stderr)

    build = read_build(options)
    with show_progress(options.quiet or options.json) as progress:
        found = bisect(build, posts[0], ends, progress, package, options.untrusted, tell)
    if options.json:
        print_json(plain_values(found))
    else:
        print_lines(bisect_lines(found))
    return FAILED if found.turn or not found.after.holds else SUCCESS


def _refuse_unused(options: argparse.Namespace, used: str) -> None:
    names = {"wanted": "with"}
    for name in _UNUSED:
        if getattr(options, name):
            option = f"--{names.get(name, name)}"
            advice = f"remove {option}, or check without {used}"
            raise SettingsError(Problem(option, 0, 0, f"cannot be used with {used}", advice))
