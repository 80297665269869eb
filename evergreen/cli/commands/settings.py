"""Print the settings of site.toml and the front-matter keys of a post."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from evergreen.cli.exit_codes import FAILED, SUCCESS
from evergreen.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from evergreen.cli.settings_reference import SettingRow

HELP = "list all settings and front-matter keys"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words to search for, and the format."""
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="list only those whose name contains it"
    )
    parser.add_argument("--markdown", action="store_true", help="print tables in Markdown")


def run(options: argparse.Namespace) -> int:
    """Print the settings; return 1 if no name contains one of the words."""
    from evergreen.cli.settings_reference import front_matter, settings, table

    every = {"site.toml": settings(), "Front matter": front_matter()}
    found = {title: _chosen(rows, options.words) for title, rows in every.items()}
    if options.json:
        print_json({title: [asdict(row) for row in rows] for title, rows in found.items()})
    else:
        shown = table if options.markdown else _plain
        print_lines(f"## {title}\n\n{shown(rows)}" for title, rows in found.items() if rows)
    return SUCCESS if any(found.values()) else FAILED


def _chosen(rows: Sequence[SettingRow], words: Sequence[str]) -> list[SettingRow]:
    return [row for row in rows if not words or any(word in row.name for word in words)]


def _plain(rows: Iterable[SettingRow]) -> str:
    return "".join(f"{_heading(row)}\n    {row.text}\n" for row in rows)


def _heading(row: SettingRow) -> str:
    """Format `execute.timeout: a number above 0 (600.0)`."""
    takes = f": {row.takes}" if row.takes else ""
    return f"{row.name}{takes}" + (f" ({row.default})" if row.default else "")
