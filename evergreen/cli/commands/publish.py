"""Build the blog and switch the site, or with --dry-run only say what that would do."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from evergreen.cli.arguments import add_flag, add_running, read_build
from evergreen.cli.commands.why import run as tell_why
from evergreen.cli.exit_codes import FAILED, WELL
from evergreen.cli.printing import print_json, say, shown
from evergreen.cli.reports import annotate

if TYPE_CHECKING:
    from evergreen.build.options import BuildOptions
    from evergreen.model import Report

HELP = "build the blog; without a command, this is done"


def add_arguments(parser: argparse.ArgumentParser, *, own: bool = False) -> None:
    """What publishing takes; `own`: without the command's name."""
    add_flag(parser, "--force", "run all code, whatever the records say", own=own)
    add_flag(parser, "--no-execute", "publish from records; a post without says so", own=own)
    add_flag(parser, "--dry-run", "print the plan, with the minutes it may take, and end", own=own)
    add_running(parser, own=own)


def run(options: argparse.Namespace) -> int:
    """Publish; 1 where a post failed."""
    if options.dry_run:
        return tell_why(options)
    from evergreen.build.cache.unchanged import unchanged
    from evergreen.cli.build_report import report_lines

    build = read_build(options)
    report = unchanged(build) or _publish(build, options.quiet or options.json)
    if options.json:
        print_json(report)
    else:
        say(report_lines(report, shown(build.output), options.quiet))
    annotate(report.problems, build.root)
    return FAILED if report.failed else WELL


def _publish(build: BuildOptions, quiet: bool) -> Report:
    from evergreen.build.pipeline import (
        publish,  # a third of a second, which an unchanged blog saves
    )
    from evergreen.cli.progress import showing

    with showing(quiet) as progress:
        return publish(build, progress)
