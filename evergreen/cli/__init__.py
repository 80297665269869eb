"""The command line: parse arguments, make one call, print its report, return an exit code.

Nothing outside of this package prints or exits. Exit codes: 0 success; 1 a post failed, or a check
has findings; 2 usage or settings; 3 a bug; 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from evergreen.build.gc_tuning import seldom_collecting
from evergreen.cli.arguments import add_common
from evergreen.cli.commands import (
    check,
    completion,
    init,
    migrate,
    new,
    prune,
    publish,
    repair,
    serve,
    settings,
    theme,
    upgrade_engine,
    why,
)
from evergreen.cli.exit_codes import interrupt, run_command

COMMANDS: dict[str, ModuleType] = {
    "publish": publish,
    "serve": serve,
    "check": check,
    "why": why,
    "prune": prune,
    "new": new,
    "init": init,
    "upgrade-engine": upgrade_engine,
    "migrate": migrate,
    "repair": repair,
    "settings": settings,
    "theme": theme,
    "completion": completion,
}
"""In the order of `--help`."""
FORMER_NAMES = {"moving-in": "migrate"}
"""Names that still work, but are not listed."""


def main(arguments: Sequence[str] | None = None, root: Path | None = None) -> int:
    """Run one command and return the exit code; `root` is the blog unless --root is given."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may not be able to show Chinese
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser(root or Path.cwd()).parse_args(_renamed(given))
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup's choice is kept
            signal.signal(number, interrupt)
    name = options.command or "publish"
    with seldom_collecting():
        return run_command(lambda: COMMANDS[name].run(options))


def _renamed(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with a former name of a command replaced by that of today."""
    at = next((n for n, word in enumerate(arguments) if word in (*COMMANDS, *FORMER_NAMES)), 0)
    words = list(arguments)
    words[at : at + 1] = [FORMER_NAMES.get(word, word) for word in words[at : at + 1]]
    return words


def _parser(root: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_program(),
        description="Run the code of the posts and publish the blog.",
        epilog="Exit codes: 0 success, 1 a post failed or a check has findings,"
        " 2 usage or settings, 3 bug, 130 interrupted.",
    )
    add_common(parser, root, own=True)
    publish.add_arguments(parser, own=True)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        _add_command(commands.add_parser(name, help=command.HELP), command, root)
    parser.set_defaults(parser=parser)
    return parser


def _add_command(parser: argparse.ArgumentParser, command: ModuleType, root: Path) -> None:
    add_common(parser, root)
    command.add_arguments(parser)


def _program() -> str:
    """Return the name of this program: `build.py`, `evergreen`, `python -m evergreen`."""
    name = Path(sys.argv[0]).name
    return "python -m evergreen" if name == "__main__.py" else name or "build.py"
