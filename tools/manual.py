"""Writes docs/pages/settings.md: `python -m tools.manual`."""

from __future__ import annotations

from pathlib import Path

from evergreen.cli.settings_reference import front_matter, settings, table

PAGE = Path(__file__).parent.parent / "docs" / "pages" / "settings.md"
HEAD = """---
title: "Settings"
---

`python build.py settings` prints these tables, `python build.py settings execute` only the rows
with that word in their name. An unknown setting is an error that suggests the most similar known
one, an unknown key of a front matter a warning.

## site.toml

A name with a dot is a key in a table: `execute.timeout` is `timeout` in `[execute]`.

"""


def manual() -> str:
    """Return the text of the page."""
    return f"{HEAD}{table(settings())}\n## Front matter\n\n{table(front_matter())}"


if __name__ == "__main__":
    PAGE.write_text(manual(), "utf-8")
