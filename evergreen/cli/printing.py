"""Print to standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evergreen.cli.build_report import without_colour


def print_lines(lines: Iterable[str]) -> None:
    """Print lines, with colours on a terminal unless NO_COLOR is set (no-color.org)."""
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines:
        print(line if colours else without_colour(line))


def print_json(value: Any) -> None:
    """Print a dataclass or plain values as JSON, without the colours in texts."""
    from dataclasses import asdict, is_dataclass

    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    print(json.dumps(_colourless(plain), ensure_ascii=False, indent=2))


def _colourless(value: Any) -> Any:
    if isinstance(value, str):
        return without_colour(value)
    if isinstance(value, dict):
        return {key: _colourless(each) for key, each in value.items()}
    return [_colourless(each) for each in value] if isinstance(value, (list, tuple)) else value


def display_path(path: Path) -> str:
    """Return a path as the user would type it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
