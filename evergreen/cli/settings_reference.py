"""Every setting and every key of a front matter, with what the dataclasses that hold them say: one
source for the program, its command `settings` and the documentation.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from functools import cache
from itertools import pairwise
from typing import Any, get_type_hints

from evergreen.content.post import FIELDS
from evergreen.model import Post, Site
from evergreen.settings import KINDS, NO_KEYS

_OTHERS: Mapping[str, Mapping[str, str]] = {
    "place": {
        "date": "When it was published, `2026-11-21` or `2026-11-21 09:30 +0800`; without it, the "
        "date in its file's name.",
        "slug": "Its part of the address; without it, its file's name.",
        "permalink": "Its address, or a pattern of one, in the place of the blog's.",
        "lang": "Its language, in the place of the blog's.",
    },
    "title": {"title": "Its title; without it, its file's name."},
    "jupyter": {"jupyter": "The kernel that runs it: its name, or `kernelspec: {name, language}`."},
}
"""What stands for fields that are no keys, or says more than they do."""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting, or a key of a front matter."""

    name: str
    """`execute.timeout` is `timeout` in the table `[execute]`."""
    takes: str
    """What may stand there, in words; "" where `text` says it."""
    default: str
    """As it would be written; "" for none."""
    text: str
    """One line."""


def settings() -> tuple[SettingRow, ...]:
    """The settings of site.toml."""
    return tuple(_rows(Site, ""))


def front_matter() -> tuple[SettingRow, ...]:
    """The keys of a post's front matter that mean something here."""
    texts = _docstrings(Post)
    named = ((_OTHERS.get(name) or {name: texts[name]}) for name in FIELDS)
    return tuple(SettingRow(key, "", "", text) for each in named for key, text in each.items())


def table(rows: Iterable[SettingRow]) -> str:
    """Rows as a Markdown table."""
    lines = ["| name | what it takes | default | |", "|---|---|---|---|"]
    for row in rows:
        default = f"`{row.default}`" if row.default else ""
        cells = (f"`{row.name}`", row.takes, default, row.text)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if all(not (row.takes or row.default) for row in rows):
        lines = ["| key | |", "|---|---|", *(f"| `{row.name}` | {row.text} |" for row in rows)]
    return "\n".join(lines) + "\n"


def _rows(kind: Any, prefix: str) -> Iterator[SettingRow]:
    """Plain settings first, as TOML wants them, then the tables."""
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
    """A field's default as TOML; "" where it is empty."""
    if isinstance(each.default, bool):
        return str(each.default).lower()
    if isinstance(each.default, str | int | float) and each.default:
        return json.dumps(each.default)
    return ""


@cache
def _docstrings(kind: type) -> Mapping[str, str]:
    """What stands below each field of a dataclass, or of those that it extends, in one line."""
    found: dict[str, str] = {}
    for each in filter(is_dataclass, reversed(kind.__mro__)):
        (node,) = ast.parse(inspect.getsource(each)).body
        assert isinstance(node, ast.ClassDef)
        for field, text in pairwise(node.body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                said: str = ast.literal_eval(text.value)
                found[ast.unparse(field.target)] = " ".join(said.split())
    return found
