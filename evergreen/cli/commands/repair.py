"""Run a post that fails, and report what could be done; nothing is changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evergreen.cli.arguments import add_running, read_build
from evergreen.cli.build_report import problem_lines
from evergreen.cli.exit_codes import FAILED, SUCCESS
from evergreen.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from evergreen.build.repair import Repair

HELP = "report how a post that fails could be repaired"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the post."""
    parser.add_argument("post", metavar="POST", help="its path or slug")
    add_running(parser)


def run(options: argparse.Namespace) -> int:
    """Print the report; return 1 if the post fails."""
    from evergreen.build.repair import repair
    from evergreen.cli.progress import show_progress

    with show_progress(options.quiet or options.json) as progress:
        found = repair(read_build(options), options.post, progress)
    if options.json:
        print_json(found)
    else:
        print_lines(repair_lines(found))
    return FAILED if found.problem else SUCCESS


def repair_lines(found: Repair) -> Iterator[str]:
    """Format why a post fails, the name that is gone, and the two ways out."""
    if found.problem is None:
        yield f"{found.path}: {found.verdict}: its code runs"
        return
    yield from problem_lines(found.problem)
    if found.removed and found.removed.replacement:
        yield f"{found.removed.name} was removed: {found.removed.replacement} replaces it"
    elif found.removed:
        yield f"{found.removed.name} was removed, and nothing replaces it"
    yield from found.diff
    for each in found.suggestions:
        yield f"{each.tool} suggests:"
        yield from (f"  {note}" for note in each.notes)
        yield from each.diff
    yield "change the code, and check the post again"
    if found.day:
        yield f"or run it with the releases of its day: execute: {{as_of: {found.day}}}"
