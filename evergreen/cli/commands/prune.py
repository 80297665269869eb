"""Remove the records that neither the posts nor those of the named branches need."""

from __future__ import annotations

import argparse
import json

from evergreen.cli.arguments import read_build
from evergreen.cli.exit_codes import WELL

HELP = "remove the records that no post needs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The branches to spare."""
    parser.add_argument(
        "--branch", action="append", default=[], help="keep what its posts need too"
    )


def run(options: argparse.Namespace) -> int:
    """Prune, and say how many records went."""
    from evergreen.build.pipeline import prune

    removed = prune(read_build(options), options.branch)
    print(json.dumps({"removed": removed}) if options.json else f"{removed} records removed")
    return WELL
