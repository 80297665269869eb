"""Report which posts would run, and why; nothing is run or written."""

from __future__ import annotations

import argparse

from evergreen.cli.arguments import read_build
from evergreen.cli.exit_codes import FAILED, SUCCESS
from evergreen.cli.printing import print_json, print_lines
from evergreen.errors import Problem, SettingsError

HELP = "report which posts would run, and why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the posts to report on."""
    parser.add_argument("posts", nargs="*", metavar="POST", help="paths or slugs (default: all)")


def run(options: argparse.Namespace) -> int:
    """Print the report; return 1 if a post cannot be read. Raises SettingsError for an unknown
    post.
    """
    from evergreen.build.forecast import forecast
    from evergreen.cli.build_report import forecast_lines

    whole = forecast(read_build(options))
    names = getattr(options, "posts", ())
    if unknown := [name for name in names if not whole.about(name)]:
        raise SettingsError(
            Problem(unknown[0], message="no such post", advice="write its path or slug")
        )
    chosen = whole.chosen(names)
    if options.json:
        print_json(chosen)
    else:
        print_lines(forecast_lines(chosen))
    return FAILED if any(problem.severity == "error" for problem in chosen.problems) else SUCCESS
