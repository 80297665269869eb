"""The reference of settings and front-matter keys."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from evergreen import content
from evergreen.cli.settings_reference import SettingRow, front_matter, settings, table
from evergreen.model import Site
from evergreen.settings import parse_settings

ALIASES = {"category", "tag", "description", "last_modified_at"}
"""Other tools' words for keys that are listed."""


@pytest.mark.parametrize("row", settings(), ids=lambda row: row.name)
def test_every_setting_has_a_description(row: SettingRow) -> None:
    """Each row has a sentence and the allowed values."""
    assert (True, True) == (row.text.endswith("."), bool(row.takes))


def test_defaults_are_the_settings_of_no_file() -> None:
    """Writing the defaults to site.toml changes nothing."""
    lines = [f"{row.name} = {row.default}" for row in settings() if row.default]
    assert Site() == parse_settings("\n".join(lines))
    assert {"title", "execute.timeout"} <= {line.partition(" =")[0] for line in lines}


def test_every_key_that_is_read_is_listed() -> None:
    """Every key that the readers of front matter ask for is in the table."""
    read = set()
    for file in Path(content.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                head, *words = node.args
                if isinstance(head, ast.Name) and head.id in ("head", "front_matter"):
                    read |= {word.value for word in words[:1] if isinstance(word, ast.Constant)}
    listed = {row.name for row in front_matter()}
    assert set() == read - listed - ALIASES
    assert {"title", "permalink", "execute", "jupyter"} <= read


def test_a_row_of_the_table() -> None:
    """Bars in a cell are escaped; an empty default is an empty cell."""
    row = SettingRow("a.b", "a text", "", "`x` | `y`.")
    assert "| `a.b` | `x` \\| `y`. | a text |  |" == table([row]).splitlines()[-1]
