"""Run every post again and compare with its published page; check its links."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from evergreen.cli.arguments import add_flag, add_running, read_build
from evergreen.cli.exit_codes import FAILED, SUCCESS
from evergreen.cli.printing import print_json, print_lines
from evergreen.cli.reports import annotate, check_folder_exists, write_junit, write_sarif
from evergreen.dataclass import replace
from evergreen.errors import Problem, SettingsError
from evergreen.regex import regex

if TYPE_CHECKING:
    from evergreen.build.options import BuildOptions
    from evergreen.execution.environments.overrides import EnvironmentOverride
    from evergreen.execution.progress import Progress

_VERSION = regex(r"[=<>~!]")
"""Part of a requirement, never of a post's name: several may follow one --with."""

HELP = "run the posts again and compare with what is published"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the posts to check, and the options."""
    parser.add_argument("posts", nargs="*", metavar="POST", help="paths or slugs (default: all)")
    text = "accept the new outputs as the published results"
    parser.add_argument("--accept", action="store_true", help=text)
    text = "also check links to other sites"
    parser.add_argument("--online", action="store_true", help=text)
    for name, form in (("--junit", "JUnit XML"), ("--sarif", "SARIF 2.1.0")):
        text = f"also write the report as {form}"
        parser.add_argument(name, type=Path, metavar="FILE", help=text)
    text = "run with this package instead, like numpy~=2.1; may be given several times"
    parser.add_argument("--with", dest="wanted", action="append", metavar="REQ", help=text)
    text = "run with the newest allowed releases of all packages"
    parser.add_argument("--latest", action="store_true", help=text)
    text = "run with the releases that had been uploaded by then: 2024-03-01, 2024-03, 2024, today;"
    text += " several days, separated by commas, give a table"
    parser.add_argument("--as-of", metavar="DAYS", help=text)
    text = "run with the newest releases of all packages, each post in a new environment"
    parser.add_argument("--today", action="store_true", help=text)
    text = "find the release with which a post's outputs change, between its day and today or two"
    text += " days of --as-of; with a name, among the releases of that package"
    parser.add_argument("--bisect", nargs="?", const="", metavar="PACKAGE", help=text)
    text = "run the posts in a sandbox: no network, no other files, with limits (needs bubblewrap)"
    parser.add_argument("--untrusted", action="store_true", help=text)
    text = "do not run a post again that differs, to tell noise from drift"
    parser.add_argument("--once", action="store_true", help=text)
    text = "run nothing: check the links and the rules of plugins only"
    add_flag(parser, "--no-execute", text)
    add_running(parser)


def run(options: argparse.Namespace) -> int:
    """Check and report; return 1 if there are errors."""
    from evergreen.build.verify import check
    from evergreen.cli.check_report import check_lines, plain_values
    from evergreen.cli.days import bisect_post, check_in_days, read_days
    from evergreen.cli.progress import show_progress
    from evergreen.model import CheckReport

    days = read_days(options) if options.as_of or options.today else ()
    if options.bisect is not None:
        return bisect_post(options, days)
    if len(days) > 1:
        return check_in_days(options, days)
    override, build = _override(options, days), read_build(options)
    for file in (options.junit, options.sarif):
        check_folder_exists(file)
    with show_progress(options.quiet or options.json) as progress:
        report = CheckReport()
        if build.execute:
            report = check(
                build,
                options.posts,
                accept=options.accept,
                progress=progress,
                override=override,
                once=options.once,
            )
        broken = _check_links(build, options, progress)
    report = replace(report, findings=tuple(sorted([*report.findings, *broken])))
    if options.junit:
        write_junit(report, options.junit)
    if options.sarif:
        write_sarif(report, options.sarif, build.root)
    annotate(report.findings, build.root)
    if options.json:
        print_json(plain_values(report))
    else:
        print_lines(check_lines(report, options.quiet, get_terminal_size().columns))
    return FAILED if report.failed else SUCCESS


def _override(options: argparse.Namespace, days: Sequence[str] = ()) -> EnvironmentOverride | None:
    """Return the overrides of the environment; None for no overrides. Raises SettingsError."""
    if not (options.wanted or options.latest or options.untrusted or days):
        return None
    from evergreen.execution.environments.overrides import EnvironmentOverride
    from evergreen.model.requirements import RequirementError, normalize

    if options.accept:
        advice = "remove --with, --latest, --as-of, --today and --untrusted"
        raise SettingsError(Problem("--accept", 0, 0, "cannot be used with overrides", advice))
    more = [name for name in options.posts if options.wanted and _VERSION.search(name)]
    options.posts = [name for name in options.posts if name not in more]
    try:
        wanted = normalize([*(options.wanted or ()), *more])
    except RequirementError as error:
        raise SettingsError(Problem("--with", 0, 0, error.message, error.advice)) from None
    return EnvironmentOverride(wanted, options.latest, "".join(days), options.untrusted)


def _find_unrun(build: BuildOptions, options: argparse.Namespace) -> list[Problem]:
    """Return what can be found without running code: posts that cannot be read, broken links, and
    what the rules of plugins find. Raises SettingsError for an unknown post."""
    from evergreen.build.linkcheck import check_addresses

    found, broken = check_addresses(build, options.posts)
    if options.posts and not found.of(options.posts):
        what, advice = "no such post", "write its path or slug"
        raise SettingsError(Problem(options.posts[0], message=what, advice=advice))
    return [*found.unread, *broken]


def _check_links(
    build: BuildOptions, options: argparse.Namespace, progress: Progress
) -> list[Problem]:
    """Return the problems of the links in the posts that are checked."""
    if not build.execute:
        return _find_unrun(build, options)
    other = options.wanted or options.latest or options.as_of or options.today
    if other and not options.online:
        return []  # the question is only whether the code runs with other packages
    from evergreen.build.linkcheck import check_addresses

    found, broken = check_addresses(build, options.posts)
    if not options.online:
        return broken
    from evergreen.check.link_client import RequestLimits, ask, find_dead, leaving

    links = list(leaving(found.of(options.posts)))
    tell = partial(progress.download, "links to other sites")
    private = build.site.check.private_links and not options.untrusted
    limits, cache = RequestLimits(private=private), build.cache / "links.json"
    answers = ask((link.url for _, link in links), cache, limits, tell)
    return [*broken, *find_dead(links, answers)]
