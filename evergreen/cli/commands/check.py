"""Run every post anew and say whether it still gives what its page shows, and whether all that it
links to is there.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from evergreen.cli.arguments import add_running, read_build
from evergreen.cli.exits import FAILED, WELL
from evergreen.cli.printing import print_json, say

HELP = "run the posts anew and compare with what is published"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The posts to check, and what to do with what they give."""
    parser.add_argument("posts", nargs="*", metavar="POST", help="paths or slugs (default: all)")
    text = "what the posts give now becomes the published result"
    parser.add_argument("--accept", action="store_true", help=text)
    add_running(parser)


def run(options: argparse.Namespace) -> int:
    """Check, and report; 1 where there is something to mend."""
    from evergreen.checkup import check
    from evergreen.cli.differences import check_lines, plain_values
    from evergreen.cli.terminal import Terminal
    from evergreen.survey import check_addresses

    build = read_build(options)
    with Terminal(options.quiet or options.json) as terminal:
        report = check(build, options.posts, accept=options.accept, progress=terminal)
        _, broken = check_addresses(build, options.posts)
    report = replace(report, findings=tuple(sorted([*report.findings, *broken])))
    if options.json:
        print_json(plain_values(report))
    else:
        say(check_lines(report, options.quiet))
    return FAILED if report.failed else WELL
