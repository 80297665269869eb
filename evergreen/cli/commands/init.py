"""Create a new blog."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from evergreen.cli.exit_codes import WELL
from evergreen.cli.printing import print_json, say

HELP = "create a new blog in a folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder and the language of the first post."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument(
        "--lang", choices=("en", "zh"), help="of the blog (default: the terminal's)"
    )


def run(options: argparse.Namespace) -> int:
    """Write the blog, and print how to build it. Raises SettingsError if the folder is not
    empty.
    """
    from datetime import date

    from evergreen.cli.scaffold import make_blog

    made = make_blog(options.folder, options.lang or _own_language(), date.today())
    if options.json:
        print_json({"folder": str(options.folder), "files": made})
    elif not options.quiet:
        say([f"{options.folder / path}" for path in made])
        say(["", "Build it and see it in the browser:", "", *_next_steps(options.folder)])
    return WELL


def _own_language() -> str:
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if told.startswith("zh") else "en"


def _next_steps(folder: Path) -> list[str]:
    return [
        f"    cd {folder}",
        "    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
        "    .venv/bin/python build.py serve",
    ]
