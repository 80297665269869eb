"""Imports before the command is known: `--help` must answer at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("asyncio", "evergreen.model", "jinja2", "nbformat", "rich", "tornado", "yaml")


@pytest.mark.parametrize("name", ["evergreen", "evergreen.cli"])
def test_no_library_is_imported_before_it_is_needed(name: str) -> None:
    """`bench.startup` measures the time; this names the library."""
    code = f"import sys, {name}; print(*sorted(sys.modules.keys() & {set(HEAVY)}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "" == done.stdout.strip()
