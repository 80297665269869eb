"""Reference of all settings and front-matter keys, from the docstrings of the dataclasses: for the
command `settings` and the documentation.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from functools import cache
from itertools import pairwise
from typing import Any, get_type_hints

from evergreen.content.frontmatter_keys import FIELDS
from evergreen.dataclass import dataclass
from evergreen.model import Post, Site
from evergreen.settings import KINDS, NO_KEYS

_OTHERS: Mapping[str, Mapping[str, str]] = {
    "place": {
        "date": "Date of publication, `2026-11-21` or `2026-11-21 09:30 +0800`; the default is the "
        "date in its file's name.",
        "slug": "Last part of its URL; the default is from the file's name.",
        "permalink": "Its URL, or a pattern; overrides the blog's.",
        "lang": "Its language; overrides the blog's.",
    },
    "title": {"title": "Its title; the default is from the file's name."},
    "jupyter": {"jupyter": "The kernel that runs it: its name, or `kernelspec: {name, language}`."},
}
"""Keys that are not fields of Post, or need another text."""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting, or a front-matter key."""

    name: str
    """`execute.timeout` is `timeout` in the table `[execute]`."""
    takes: str
    """Allowed values, in words; "" if `text` says it."""
    default: str
    """As written in TOML; "" for none."""
    text: str
    """Description, in one line."""


def settings() -> tuple[SettingRow, ...]:
    """Return the settings of site.toml."""
    return tuple(_rows(Site, ""))


def front_matter() -> tuple[SettingRow, ...]:
    """Return the front-matter keys of a post."""
    texts = _docstrings(Post)
    named = ((_OTHERS.get(name) or {name: texts[name]}) for name in ("place", *FIELDS))
    return tuple(SettingRow(key, "", "", text) for each in named for key, text in each.items())


def table(rows: Iterable[SettingRow]) -> str:
    """Format rows as a Markdown table."""
    lines = ["| name | meaning | value | default |", "|---|---|---|---|"]
    for row in rows:
        default = f"`{row.default}`" if row.default else ""
        cells = (f"`{row.name}`", row.text, row.takes, default)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if all(not (row.takes or row.default) for row in rows):
        lines = [
            "| key | meaning |",
            "|---|---|",
            *(f"| `{row.name}` | {row.text} |" for row in rows),
        ]
    return "\n".join(lines) + "\n"


def _rows(kind: Any, prefix: str) -> Iterator[SettingRow]:
    """Yield plain settings first, as TOML requires, then those in tables."""
    hints, texts = get_type_hints(kind), _docstrings(kind)
    for each in sorted(fields(kind), key=lambda field: is_dataclass(hints[field.name])):
        name, hint = f"{prefix}{each.name}", hints[each.name]
        if name in NO_KEYS:
            continue
        if is_dataclass(hint):
            yield from _rows(hint, f"{name}.")
        else:
            yield SettingRow(name, KINDS.get(hint, "a table"), _default(each), texts[each.name])


def _default(each: Field[Any]) -> str:
    """Return a field's default as TOML; "" if it is empty."""
    if isinstance(each.default, bool):
        return str(each.default).lower()
    if isinstance(each.default, str | int | float) and each.default:
        return json.dumps(each.default)
    return ""


@cache
def _docstrings(kind: type) -> Mapping[str, str]:
    """Return the docstring below each field of a dataclass and its bases, in one line."""
    found: dict[str, str] = {}
    for each in filter(is_dataclass, reversed(kind.__mro__)):
        (node,) = ast.parse(inspect.getsource(each)).body
        assert isinstance(node, ast.ClassDef)
        for field, text in pairwise(node.body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                docstring: str = ast.literal_eval(text.value)
                found[ast.unparse(field.target)] = " ".join(docstring.split())
    return found
