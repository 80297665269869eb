"""Writes docs/pages/settings.md: `python -m tools.manual`."""

from __future__ import annotations

from pathlib import Path

from evergreen.cli.settings_reference import front_matter, settings, table

PAGE = Path(__file__).parent.parent / "docs" / "pages" / "settings.md"
HEAD = """---
title: "Settings"
---

`python build.py settings` prints these tables, `python build.py settings execute` the rows that
have the word in their name. A key that does not exist is refused, with the nearest one that does.

## site.toml

Names with a dot are keys of a table: `execute.timeout` is `timeout` below `[execute]`.

"""


def manual() -> str:
    """The page's text."""
    return f"{HEAD}{table(settings())}\n## Front matter\n\n{table(front_matter())}"


if __name__ == "__main__":
    PAGE.write_text(manual(), "utf-8")
