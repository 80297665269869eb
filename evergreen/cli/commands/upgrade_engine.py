"""Replace the engine in a blog that `init` made."""

from __future__ import annotations

import argparse

from evergreen.cli.exit_codes import SUCCESS
from evergreen.cli.printing import display_path, print_json, print_lines
from evergreen.errors import Problem, SettingsError

HELP = "replace the blog's engine with another version"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the engine; the default is the engine that runs."""
    text = "a wheel, a folder with the sources, or evergreen-blog==1.2 (default: what runs now)"
    parser.add_argument("engine", nargs="?", metavar="WHEEL|REQUIREMENT", help=text)


def run(options: argparse.Namespace) -> int:
    """Write the engine, and print how to install it.

    Raises SettingsError if there is no blog, or the engine that runs is the blog's own.
    """
    from evergreen.cli.engine import REQUIREMENTS, named_engine, put_engine, running_engine
    from evergreen.packaged import PACKAGE

    root = options.root.resolve()
    if not (root / REQUIREMENTS).is_file():
        message, advice = f"has no {REQUIREMENTS}", "go to the blog's folder, or use --root DIR"
        raise SettingsError(Problem(str(options.root), 0, 0, message, advice))
    if not options.engine and PACKAGE.is_relative_to(root):
        advice = "name a wheel, a folder with Evergreen's sources, or evergreen-blog==VERSION"
        raise SettingsError(Problem("upgrade-engine", 0, 0, "the blog has this engine", advice))
    engine = named_engine(options.engine) if options.engine else running_engine()
    written = put_engine(root, engine)
    if options.json:
        print_json({"engine": engine.requirement, "files": written})
    elif not options.quiet:
        print_lines([display_path(root / path) for path in written])
        print_lines(
            ["", "Install what it needs:", "", f"    python -m pip install -r {REQUIREMENTS}"]
        )
    return SUCCESS
