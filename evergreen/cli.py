"""Arguments → one call → report → exit code. Nothing else prints or exits.

Exit codes: 0 well; 1 a post failed; 2 wrong usage or settings; 3 a bug of ours; 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evergreen.errors import EvergreenError, SettingsError

WELL, FAILED, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None, root: Path | None = None) -> int:
    """Run one command; `root` is the blog where no --root is given. Returns the exit code."""
    options = _parser(root or Path.cwd()).parse_args(arguments)
    try:
        return _publish(options)
    except EvergreenError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return USAGE if isinstance(error, SettingsError) else FAILED
    except KeyboardInterrupt:
        print("interrupted: the site is as it was", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        return _bug(error)


def _parser(root: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="build.py",
        description="Run the code of the posts and publish the blog.",
        epilog="Exit codes: 0 well, 1 a post failed, 2 usage or settings, 3 bug, 130 interrupted.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("publish", help="build the blog into the output folder (the default)")
    for each in (parser, commands.choices["publish"]):
        _add_options(each, root, own=each is parser)
    return parser


def _add_options(parser: argparse.ArgumentParser, root: Path, *, own: bool) -> None:
    """The options of `publish`; behind the command's name they do not undo those before it."""

    def default(value: object) -> object:
        return value if own else argparse.SUPPRESS

    def flag(name: str, text: str) -> None:
        parser.add_argument(name, action="store_true", default=default(False), help=text)

    def value(name: str, kind: type, start: object, text: str) -> None:
        label = name.strip("-").upper()
        parser.add_argument(name, type=kind, default=default(start), metavar=label, help=text)

    flag("--force", "run all code, whatever the records say")
    flag("--no-execute", "publish from records; a post with none says that it was not run")
    value("--jobs", _positive, 0, "posts that run at once (default: one a core)")
    value("--root", Path, root, "the blog's folder (default: where build.py stands)")
    value("--output", Path, None, "where the site is written (default: _site in the blog's folder)")
    flag("--drafts", "publish drafts as well")
    flag("--future", "publish posts of the future as well")
    flag("--quiet", "say nothing but what is wrong")
    flag("--json", "print the report as JSON")


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _publish(options: argparse.Namespace) -> int:
    # The pipeline's libraries take half a second to import, which --help and a wrong option save.
    from evergreen.pipeline import Build, publish
    from evergreen.settings import read_settings
    from evergreen.terminal import Terminal, show_report

    root = options.root.resolve()
    build = Build(
        root=root,
        output=options.output or root / "_site",
        site=read_settings(root),
        force=options.force,
        execute=not options.no_execute,
        drafts=options.drafts,
        future=options.future,
        jobs=options.jobs,
    )
    with Terminal(options.quiet or options.json) as terminal:
        report = publish(build, terminal)
    if options.json:
        print(json.dumps(asdict(report), ensure_ascii=False, indent=2))
    else:
        show_report(report, _shown(build.output), options.quiet)
    return FAILED if report.failed else WELL


def _shown(path: Path) -> str:
    """A path as its reader would type it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _bug(error: Exception) -> int:
    """One line for the author, and the traceback in a file for those who mend it."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="evergreen-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        traceback.print_exception(error, file=log)
    name = type(error).__name__
    print(f"a bug in Evergreen: {name}: {error}: please report {log.name}", file=sys.stderr)
    if os.environ.get("EVERGREEN_DEBUG"):
        raise error
    return BUG
