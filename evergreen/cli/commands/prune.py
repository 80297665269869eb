"""Remove the records that no post of the blog or of the given branches needs."""

from __future__ import annotations

import argparse
import json

from evergreen.cli.arguments import read_build
from evergreen.cli.exit_codes import SUCCESS

HELP = "remove the records that no post needs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the branches whose records are kept."""
    parser.add_argument(
        "--branch", action="append", default=[], help="also keep the records of this branch's posts"
    )


def run(options: argparse.Namespace) -> int:
    """Remove records, and print how many."""
    from evergreen.build.prune import prune

    removed = prune(read_build(options), options.branch)
    print(json.dumps({"removed": removed}) if options.json else f"{removed} records removed")
    return SUCCESS
