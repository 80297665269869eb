"""Print a shell's completion script."""

from __future__ import annotations

import argparse

from evergreen.cli.exit_codes import SUCCESS
from evergreen.cli.printing import print_lines

HELP = "print a completion script for a shell: bash, zsh, fish"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the shell."""
    parser.add_argument(
        "shell", choices=("bash", "zsh", "fish"), help="the shell that reads the script"
    )


def run(options: argparse.Namespace) -> int:
    """Print the script for the command `evergreen`."""
    import shtab

    options.parser.prog = "evergreen"
    print_lines([shtab.complete(options.parser, options.shell)])
    return SUCCESS
