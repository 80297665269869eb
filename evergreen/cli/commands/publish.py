"""Build the blog and publish the site, or with --dry-run report what that would do."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from evergreen.cli.arguments import add_flag, add_running, read_build
from evergreen.cli.commands.why import run as report_forecast
from evergreen.cli.exit_codes import FAILED, SUCCESS
from evergreen.cli.printing import display_path, print_json, print_lines
from evergreen.cli.reports import annotate
from evergreen.dataclass import replace

if TYPE_CHECKING:
    from evergreen.build.cache.unchanged import SourceStamps
    from evergreen.build.options import BuildOptions
    from evergreen.model import Report

HELP = "build the blog (the default command)"


def add_arguments(parser: argparse.ArgumentParser, *, own: bool = False) -> None:
    """Add the options of publishing; `own`: to the parser without a command."""
    add_flag(parser, "--force", "run all code, even if the records are up to date", own=own)
    add_flag(parser, "--no-execute", "run no code: publish from records", own=own)
    add_flag(parser, "--pdf", "make a PDF of each post too", own=own)
    add_flag(parser, "--dry-run", "only print what would run, and the expected time", own=own)
    add_running(parser, own=own)


def run(options: argparse.Namespace) -> int:
    """Publish; return 1 if a post failed."""
    if options.dry_run:
        return report_forecast(options)
    from evergreen.build.cache.unchanged import take, unchanged
    from evergreen.cli.build_report import report_lines
    from evergreen.content.quarto_files import left_out
    from evergreen.settings import missing_url

    build = read_build(options)
    if options.pdf:
        build = replace(build, site=replace(build.site, pdf=True))
    seen = take(build)
    report = unchanged(build, seen) or _publish(build, options.quiet or options.json, seen)
    if not options.quiet:
        told = (*report.problems, *missing_url(build.site), *left_out(build.root))
        report = replace(report, problems=told)
    if options.json:
        print_json(report)
    else:
        print_lines(report_lines(report, display_path(build.output), options.quiet))
    annotate(report.problems, build.root)
    return FAILED if report.failed else SUCCESS


def _publish(build: BuildOptions, quiet: bool, seen: SourceStamps) -> Report:
    from evergreen.build.pipeline import (
        publish,  # takes 0.3 s, which an unchanged blog saves
    )
    from evergreen.cli.progress import show_progress

    with show_progress(quiet) as progress:
        return publish(build, progress, seen)
