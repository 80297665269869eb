"""Print what makes a shell complete our commands and options."""

from __future__ import annotations

import argparse

from evergreen.cli.exit_codes import WELL
from evergreen.cli.printing import say

HELP = "print the completion of a shell: bash, zsh, fish"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="it reads what is printed")


def run(options: argparse.Namespace) -> int:
    """Print the script for the console command `evergreen`."""
    import shtab

    options.parser.prog = "evergreen"
    say([shtab.complete(options.parser, options.shell)])
    return WELL
