"""Arguments → one call → report → exit code. Nothing else prints or exits.

Exit codes: 0 well; 1 a post failed; 2 wrong usage or settings; 3 a bug of ours; 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evergreen.errors import EvergreenError, Problem, SettingsError
from evergreen.summary import without_colour

if TYPE_CHECKING:
    from evergreen.build import Build
    from evergreen.model import Report

WELL, FAILED, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None, root: Path | None = None) -> int:
    """Run one command; `root` is the blog where no --root is given. Returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal need not know Chinese
    options = _parser(root or Path.cwd()).parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _COMMANDS[options.command or "publish"](options)
    except EvergreenError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return USAGE if isinstance(error, SettingsError) else FAILED
    except KeyboardInterrupt:
        print("interrupted: the site is as it was", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return _trouble(error)
    except Exception as error:
        return _bug(error)


# --- arguments ------------------------------------------------------------------------------------


def _parser(root: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="build.py",
        description="Run the code of the posts and publish the blog.",
        epilog="Exit codes: 0 well, 1 a post failed, 2 usage or settings, 3 bug, 130 interrupted.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    publish = commands.add_parser("publish", help="build the blog; without a command, this is done")
    why = commands.add_parser("why", help="say which posts would run, and why")
    why.add_argument("posts", nargs="*", metavar="POST", help="paths or slugs (default: all)")
    prune = commands.add_parser("prune", help="remove the records that no post needs")
    prune.add_argument("--branch", action="append", default=[], help="keep what its posts need too")
    for each in (parser, publish, why, prune):
        _add_common(each, root, own=each is parser)
    for each in (parser, publish):
        _add_publish(each, own=each is parser)
    return parser


def _add_common(parser: argparse.ArgumentParser, root: Path, *, own: bool) -> None:
    """Options of every command; behind a command's name they do not undo those before it."""
    _value(parser, own, "--root", Path, root, "the blog's folder (default: where build.py stands)")
    _value(parser, own, "--output", Path, None, "the site's folder (default: _site in the blog)")
    _flag(parser, own, "--drafts", "include drafts")
    _flag(parser, own, "--future", "include posts of the future")
    _flag(parser, own, "--quiet", "say nothing but what is wrong")
    _flag(parser, own, "--json", "print the report as JSON")


def _add_publish(parser: argparse.ArgumentParser, *, own: bool) -> None:
    _flag(parser, own, "--force", "run all code, whatever the records say")
    _flag(parser, own, "--no-execute", "publish from records; a post without says so")
    _flag(parser, own, "--dry-run", "print the plan, with the minutes it may take, and end")
    _value(parser, own, "--jobs", _positive, 0, "posts that run at once (default: one a core)")
    _value(parser, own, "--executor", str, "", "where posts run: a Dask scheduler's address")
    _flag(parser, own, "--no-prewarm", "start each kernel as a new process, never by a fork")


def _flag(parser: argparse.ArgumentParser, own: bool, name: str, text: str) -> None:
    default = False if own else argparse.SUPPRESS
    parser.add_argument(name, action="store_true", default=default, help=text)


def _value(
    parser: argparse.ArgumentParser, own: bool, name: str, kind: Any, default: Any, text: str
) -> None:
    default = default if own else argparse.SUPPRESS
    label = name.strip("-").upper()
    parser.add_argument(name, type=kind, default=default, metavar=label, help=text)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _build(options: argparse.Namespace) -> Build:
    from evergreen.build import Build  # late, like all imports here: --help needs none
    from evergreen.settings import read_settings

    root = options.root.resolve()
    site = read_settings(root)
    if not any((root / folder).is_dir() for folder in ("posts", "pages")):
        advice = "go to the blog's folder, or give --root DIR"
        raise SettingsError(Problem(str(options.root), 0, 0, "no posts/ and no pages/", advice))
    return Build(
        root=root,
        output=options.output or root / "_site",
        site=site,
        force=options.force,
        execute=not options.no_execute,
        drafts=options.drafts,
        future=options.future,
        jobs=options.jobs,
        executor=options.executor,
        prewarm=not options.no_prewarm,
    )


# --- commands -------------------------------------------------------------------------------------


def _publish(options: argparse.Namespace) -> int:
    if options.dry_run:
        return _why(options)
    from evergreen.snapshot import unchanged
    from evergreen.summary import report_lines

    build = _build(options)
    report = unchanged(build) or _run_publish(build, options.quiet or options.json)
    if options.json:
        _print_json(report)
    else:
        _say(report_lines(report, _shown(build.output), options.quiet))
    return FAILED if report.failed else WELL


def _run_publish(build: Build, quiet: bool) -> Report:
    from evergreen.pipeline import publish  # a third of a second, which an unchanged blog saves
    from evergreen.terminal import Terminal

    with Terminal(quiet) as terminal:
        return publish(build, terminal)


def _why(options: argparse.Namespace) -> int:
    from evergreen.pipeline import preview_plans
    from evergreen.summary import outlook_lines

    outlook = preview_plans(_build(options))
    if unknown := [name for name in getattr(options, "posts", ()) if not outlook.about(name)]:
        raise SettingsError(Problem(unknown[0], message="no such post", advice="give its path"))
    chosen = outlook.chosen(getattr(options, "posts", ()))
    if options.json:
        _print_json(chosen)
    else:
        _say(outlook_lines(chosen))
    return FAILED if any(problem.severity == "error" for problem in chosen.problems) else WELL


def _prune(options: argparse.Namespace) -> int:
    from evergreen.pipeline import prune

    removed = prune(_build(options), options.branch)
    print(json.dumps({"removed": removed}) if options.json else f"{removed} records removed")
    return WELL


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "publish": _publish,
    "why": _why,
    "prune": _prune,
}


# --- ends -----------------------------------------------------------------------------------------


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _say(lines: Iterable[str]) -> None:
    """Print, with colours on a terminal whose owner does not object (no-color.org)."""
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines:
        print(line if colours else without_colour(line))


def _print_json(value: Any) -> None:
    from dataclasses import asdict

    print(json.dumps(asdict(value), ensure_ascii=False, indent=2))


def _shown(path: Path) -> str:
    """A path as its reader would type it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _trouble(error: OSError) -> int:
    """A full disk, a missing right: the system's word for it, and for which file."""
    if os.environ.get("EVERGREEN_DEBUG"):
        raise error
    where = os.fsdecode(error.filename) if error.filename else "this machine"
    print(f"{where}: {error.strerror or error}: the site is as it was", file=sys.stderr)
    return FAILED


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
