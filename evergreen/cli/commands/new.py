"""Create a new post."""

from __future__ import annotations

import argparse

from evergreen.cli.exit_codes import SUCCESS
from evergreen.cli.printing import display_path, print_json, print_lines
from evergreen.errors import Problem, SettingsError

HELP = "create the file of a new post"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the title, and a slug to use instead."""
    parser.add_argument("title", metavar="TITLE", help="the post's title, in quotes")
    text = "the last part of the post's URL (default: from the title)"
    parser.add_argument("--slug", default="", metavar="WORD", help=text)


def run(options: argparse.Namespace) -> int:
    """Write the file and print its path. Raises as `settings_here` and `new_post` do."""
    from evergreen.cli.scaffold import new_post
    from evergreen.content.timezones import today
    from evergreen.settings import settings_here

    root = options.root.resolve()
    if not root.is_dir():
        raise SettingsError(Problem(str(options.root), 0, 0, "no such folder", "use --root DIR"))
    day = today(settings_here(root).timezone)
    path = new_post(root, options.title, day, options.slug)
    if options.json:
        print_json({"path": path})
    else:
        print_lines([display_path(root / path)])
    return SUCCESS
