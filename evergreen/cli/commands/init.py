"""Create a new blog."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from pathlib import Path

from evergreen.cli.exit_codes import SUCCESS
from evergreen.cli.printing import print_json, print_lines

HELP = "create a new blog in a folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder and the language of the first post."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument(
        "--lang", choices=("en", "zh"), help="of the blog (default: the terminal's)"
    )


def run(options: argparse.Namespace) -> int:
    """Write the blog, and print how to build and publish it.

    Raises SettingsError if the folder is not empty, EvergreenError if no wheel of the engine can be
    made.
    """
    from evergreen.cli.scaffold import make_blog, next_steps
    from evergreen.content.timezones import machine_zone, today

    lang, zone = options.lang or _own_language(), machine_zone()
    made = make_blog(options.folder, lang, today(zone), zone)
    if options.json:
        print_json({"folder": str(options.folder), "files": made})
    elif not options.quiet:
        print_lines([f"{options.folder / path}" for path in made])
        print_lines([next_steps(lang, shlex.quote(str(options.folder)), _python(options.folder))])
    return SUCCESS


def _own_language() -> str:
    locale = (
        os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    )
    return "zh" if locale.startswith("zh") else "en"


def _python(folder: Path) -> str:
    """Return the command of the running Python, as typed in the blog's folder."""
    for name in ("python", "python3"):
        if shutil.which(name) == sys.executable:
            return name
    return shlex.quote(min(sys.executable, os.path.relpath(sys.executable, folder), key=len))
