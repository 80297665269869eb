"""Options of the command line, and the build options that they give."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evergreen.build.options import BuildOptions


def add_common(parser: argparse.ArgumentParser, root: Path, *, own: bool = False) -> None:
    """Add the options of every command; they may be before or after the command's name."""
    add_value(parser, "--root", Path, root, "the blog's folder (default: this one)", own=own)
    add_value(
        parser, "--output", Path, None, "the site's folder (default: _site in the blog)", own=own
    )
    add_flag(parser, "--drafts", "include drafts", own=own)
    add_flag(parser, "--future", "include posts with a date in the future", own=own)
    add_flag(parser, "--quiet", "print only problems", own=own)
    add_flag(parser, "--json", "print the report as JSON", own=own)


def add_running(parser: argparse.ArgumentParser, *, own: bool = False) -> None:
    """Add the options of the commands that may run code."""
    add_value(
        parser,
        "--jobs",
        _positive,
        0,
        "number of posts that run at once (default: one per core)",
        own=own,
    )
    add_value(
        parser,
        "--executor",
        str,
        "",
        "run the posts on a Dask cluster: its scheduler's address",
        own=own,
    )
    add_value(
        parser,
        "--max-time",
        duration,
        0.0,
        "stop all runs after this time: 90s, 45m, 2h; a later build goes on from checkpoints",
        own=own,
    )
    add_flag(
        parser, "--no-prewarm", "start each kernel as a new process instead of forking", own=own
    )


def add_flag(parser: argparse.ArgumentParser, name: str, text: str, *, own: bool = False) -> None:
    """Add an option without a value; `own`: to the parser without a command."""
    default = False if own else argparse.SUPPRESS
    parser.add_argument(name, action="store_true", default=default, help=text)


def add_value(
    parser: argparse.ArgumentParser,
    name: str,
    kind: Any,
    default: Any,
    text: str,
    *,
    own: bool = False,
) -> None:
    """Add an option with a value; `own`: to the parser without a command."""
    default = default if own else argparse.SUPPRESS
    label = name.strip("-").upper()
    parser.add_argument(name, type=kind, default=default, metavar=label, help=text)


def read_build(options: argparse.Namespace) -> BuildOptions:
    """Return the build options of the arguments and the blog's settings. Raises SettingsError."""
    from evergreen.build.options import read_options  # late: --help needs none of it

    return replace(
        read_options(options.root, options.output),
        force=options.force,
        execute=not options.no_execute,
        drafts=options.drafts,
        future=options.future,
        jobs=options.jobs,
        executor=options.executor,
        prewarm=not options.no_prewarm,
        max_time=options.max_time,
    )


def duration(text: str) -> float:
    """Parse a span of time as seconds: `90s`, `45m`, `2h`, `1.5h`. Raises ArgumentTypeError."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smh])", text.strip().lower())
    seconds = float(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]] if found else 0.0
    if not seconds:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time: write it as 90s, 45m or 2h")
    return seconds


def port(text: str) -> int:
    """Parse a port number. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text[:6]) > 65_535:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a valid port: write a number below 65536"
        )
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text[:9]) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)
