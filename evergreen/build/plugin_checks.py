"""Look at plugins when they are loaded: fields of a wrong type, names that no post can write, and
two plugins of a blog that have the same thing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from evergreen.content.formats import SUFFIXES
from evergreen.errors import Problem, SettingsError
from evergreen.model import LoadedPlugin, Plugin
from evergreen.model.field_types import find_wrong_field
from evergreen.regex import regex

_NAMES: Mapping[str, tuple[re.Pattern[str], str]] = {
    **dict.fromkeys(
        ("filters", "globals"), (regex(r"[^\W\d]\w*"), "letters, digits and underscores")
    ),
    "shortcodes": (regex(r"[\w.-]+"), "letters, digits, hyphens, dots and underscores"),
    **dict.fromkeys(
        ("liquid_tags", "liquid_blocks", "liquid_filters"),
        (regex(r"[\w-]+"), "letters, digits, hyphens and underscores"),
    ),
    "formats": (regex(r"\.[\w.+-]+"), "the suffix with its dot: .txt"),
    "outputs": (regex(r"[\w.+-]+/[\w.+-]+"), "a MIME type: text/x-graph"),
}
"""By hook: the names that it may have, and what they are."""


def check_plugin(plugin: Plugin, place: str, file: Path | None = None) -> None:
    """Raise SettingsError at the first thing that is wrong with a plugin; `file` declares it."""
    if wrong := _find_wrong(plugin):
        key, message, advice = wrong
        line = _line_of(file, plugin.name, key) if file else 0
        message = f"the plugin '{plugin.name}': {message}"
        raise SettingsError(Problem(place, line, 0, message, advice))


def _find_wrong(plugin: Plugin) -> tuple[str, str, str] | None:
    """Return the field that is wrong, what is wrong with it, and what to do."""
    if wrong := find_wrong_field(plugin):
        return wrong[0].split("'")[1], *wrong
    if not re.fullmatch(r"[\w-]+", plugin.name):
        return "name", f"'name' is {plugin.name!r}", "write letters, digits and hyphens"
    for hook, (valid, what) in _NAMES.items():
        for name in getattr(plugin, hook):
            if not valid.fullmatch(name):
                return hook, f"'{hook}' has the name {name!r}", f"write {what}"
    if own := [name for name in plugin.formats if name in SUFFIXES]:
        known = ", ".join(SUFFIXES)
        message = f"'formats' has the suffix '{own[0]}', which Evergreen reads itself"
        return "formats", message, f"choose another one than {known}"
    if plugin.folder and not plugin.folder.is_dir():
        return "folder", f"there is no folder {plugin.folder}", "correct 'folder'"
    return None


def check_names(own: Iterable[LoadedPlugin], loaded: Iterable[LoadedPlugin]) -> None:
    """Raise SettingsError if two plugins have one name, or two of a blog's `own` one name for a
    hook: nobody could tell which is used."""
    for one, other in _pairs({each.plugin.name: each} for each in loaded):
        _refuse(one, other, f"two plugins have the name '{one.plugin.name}'")
    own = list(own)
    for hook in (*_NAMES, "rules"):
        for one, other in _pairs(dict.fromkeys(getattr(e.plugin, hook), e) for e in own):
            name = min(getattr(one.plugin, hook).keys() & getattr(other.plugin, hook).keys())
            _refuse(one, other, f"two plugins have '{name}' in '{hook}'")


def _refuse(one: LoadedPlugin, other: LoadedPlugin, message: str) -> None:
    message = f"{message}, as one in {other.place}"
    raise SettingsError(Problem(one.place, 0, 0, message, "rename one of them"))


def _pairs(
    groups: Iterable[Mapping[str, LoadedPlugin]],
) -> Iterator[tuple[LoadedPlugin, LoadedPlugin]]:
    """Yield two plugins for each key that a former group has, too: the later one, the former."""
    known: dict[str, LoadedPlugin] = {}
    for group in groups:
        for key in group:
            if key in known:
                yield group[key], known[key]
        known |= group


def _line_of(file: Path, name: str, field: str) -> int:
    """Return the line of a field of a plugin in its file, else that of the plugin; 0 if neither is
    found."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Call) and name in map(_text, [*node.args, *_values(node)]):
            own = (each for each in node.keywords if each.arg == field)
            return next((each.lineno for each in own), node.lineno)
    return 0


def _values(node: ast.Call) -> Iterator[ast.expr]:
    yield from (each.value for each in node.keywords)


def _text(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None
