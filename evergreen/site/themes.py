"""Themes: folders like a blog's `templates`, with a `theme.toml` that names their options.

A theme is a folder of the blog's `themes/`, one that Evergreen brings, or one that an installed
package names in the entry point group `evergreen.themes`. Its templates go over the built-in ones,
and the blog's own over both. `evergreen/post.html` names the built-in template, `theme/post.html`
the one below the blog's own, so that templates may extend what they replace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, field
from pathlib import Path
from typing import Any

from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem, SettingsError, nearest
from evergreen.model import Look, Site
from evergreen.packaged import THEMES, packaged
from evergreen.paths import flaw
from evergreen.regex import regex
from evergreen.site.fonts import find_font
from evergreen.toml import TomlError, read_toml

GROUP, FILE = "evergreen.themes", "theme.toml"
DEFAULT = "quiet"
"""The theme whose templates are the built-in ones."""
_VALUE = regex(r"[^;{}<>\\]*")
_HEX = regex(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", re.I)
_CALL, _FUNCTION = regex(r"(?:-?[a-z][\w-]*)?\([^()]*\)", re.I), "\0"
_UNITS = "px rem em ch rch ex rex ic cap lh rlh vw vh vi vb vmin vmax cm mm q in pt pc"
_LENGTH = regex(
    rf"0|[-+]?(?:\d+\.?\d*|\.\d+)(?:%|[sld]v[whib]|cq[whib]|{'|'.join(_UNITS.split())})", re.I
)
_VARIABLE = regex(r"--[\w-]+")
_KINDS = ("text", "color", "font", "length", "number")


@dataclass(frozen=True, slots=True)
class ThemeOption:
    """An option of a theme."""

    default: Any
    doc: str
    css: str = ""
    """The variable of the style sheet that it sets: `--accent`; "" for none."""
    kind: str = "text"
    """`color`, `font`, `length`, `number` for the value of a style sheet; else `text`."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme, as its `theme.toml` describes it."""

    name: str
    folder: Path
    description: str = ""
    preview: str = ""
    """File name of its picture; "" for none."""
    options: Mapping[str, ThemeOption] = field(default_factory=dict)


COMMON: Mapping[str, ThemeOption] = {
    "accent": ThemeOption(
        "",
        "Color of links: one, or one for light pages and one for dark pages.",
        "--accent",
        "color",
    ),
    "paper": ThemeOption("", "Color of the page, like `accent`.", "--paper", "color"),
    "ink": ThemeOption("", "Color of the text, like `accent`.", "--ink", "color"),
    "text_font": ThemeOption("", "Font of the text.", "--text", "font"),
    "heading_font": ThemeOption("", "Font of titles and headings.", "--display", "font"),
    "code_font": ThemeOption("", "Font of code.", "--mono", "font"),
    "width": ThemeOption("", "Width of the text: `42rem`.", "--measure", "length"),
    "size": ThemeOption("", "Size of the text: `1.125rem`.", "--size", "length"),
}
"""Options that every theme has."""


LATE = 10_000
"""Bytes of the rules of a font family from which on pages do not wait for them: Chinese families
have about 100 files for each weight."""

_TAKES: Mapping[str, tuple[Callable[[str], object], str]] = {
    "text": (lambda value: True, ""),
    "color": (lambda value: _is_color(value), "write one color or two: #7443a0 #c9abf0"),
    "font": (regex(r"[^\",]+").fullmatch, "write the name of one font: Source Serif 4"),
    "length": (lambda value: _is_length(value), "write a number with its unit: 42rem"),
    "number": (regex(r"\d*\.?\d+").fullmatch, "write a number in quotes"),
}
"""By kind: whether a value is one, and what to do about another."""


def find_theme(root: Path, name: str) -> Path | None:
    """Return the folder of a theme; None for the built-in one.

    Raises SettingsError if there is no such theme.
    """
    own = root / THEMES / DEFAULT
    is_own = (
        name == DEFAULT and own.is_dir() and own.resolve() != (packaged(THEMES) / DEFAULT).resolve()
    )
    if name in ("", DEFAULT) and not is_own:
        return None
    if not flaw(name) and "/" not in name:
        for folder in (root / THEMES / name, packaged(THEMES) / name):
            if folder.is_dir():
                return folder
    installed = _installed()
    if name in installed:
        return installed[name]
    known = {theme.name for theme in list_themes(root)}
    message = f"there is no theme '{name}'"
    raise SettingsError(Problem("site.toml", 0, 0, message, nearest(name, known)))


def list_themes(root: Path) -> list[Theme]:
    """Return all themes that the blog can use, by name. Raises SettingsError for a broken one."""
    folders = _installed() | {
        path.parent.name: path.parent
        for place in (packaged(THEMES), root / THEMES)
        for path in sorted(place.glob(f"*/{FILE}"))
    }
    return [read_theme(folder, name) for name, folder in sorted(folders.items())]


def read_theme(folder: Path, name: str = "") -> Theme:
    """Read a theme's description. Raises SettingsError at what is wrong in its `theme.toml`."""
    file, name = folder / FILE, name or folder.name
    try:
        values = read_toml(file)
    except FileNotFoundError:
        return Theme(name, folder, options=COMMON)
    except TomlError as error:
        raise _broken(folder, error.message, error.advice, error.line) from None
    if unknown := values.keys() - {"description", "options"}:
        key = min(unknown)
        raise _broken(folder, f"unknown key '{key}'", nearest(key, ("description", "options")))
    for key, kind, advice in (("description", str, "a text"), ("options", dict, "tables")):
        if not isinstance(values.get(key, kind()), kind):
            raise _broken(folder, f"'{key}' is {values[key]!r}", f"write {advice}")
    options = dict(COMMON)
    for key, each in values.get("options", {}).items():
        options[key] = _option(folder, key, each)
    picture = next((path.name for path in sorted(folder.glob("preview.*"))), "")
    return Theme(name, folder, str(values.get("description", "")), picture, options)


def open_look(root: Path, site: Site) -> Look:
    """Return the options of the blog's theme, and what they add to its style sheet.

    Raises SettingsError for an option that the theme does not have, or a value that is not valid.
    """
    folder = find_theme(root, site.theme)
    if folder is None and not site.theme_options:
        return Look({key: option.default for key, option in COMMON.items()})
    theme = read_theme(folder) if folder else Theme(DEFAULT, root, options=COMMON)
    values = {key: option.default for key, option in theme.options.items()}
    for key, value in site.theme_options.items():
        if key not in theme.options:
            what = f"unknown option 'theme_options.{key}' of the theme '{theme.name}'"
            raise _wrong(what, nearest(key, theme.options))
        option = theme.options[key]
        if wrong := _what_is_wrong(value, option):
            raise _wrong(f"'theme_options.{key}' is {value!r}", wrong)
        values[key] = value
    return _styled(root, theme, Look(values))


def _styled(root: Path, theme: Theme, look: Look) -> Look:
    """Return the look with the rules that its values add to the style sheet."""
    rules: list[str] = []
    late: list[str] = []
    fonts: dict[str, str] = {}
    for key, option in theme.options.items():
        value = look.options[key]
        if not value or not option.css:
            continue
        if option.kind != "font":
            shown = _color(value) if option.kind == "color" else value
            rules.append(f":root,:lang(zh){{{option.css}:{shown}}}")
            continue
        if found := find_font(root, value):
            (late if len(found.css) > LATE else rules).append(found.css)
            fonts |= found.files
        generic = "mono" if option.css == "--mono" else "sans"
        rules.append(f':root{{{option.css}:"{value}",var(--{generic})}}')
        if generic == "sans":
            rules.append(f':lang(zh){{{option.css}:"{value}",var(--sans-zh)}}')
    faces = [rule for rule in rules if rule.startswith("@")]
    rest = [rule for rule in rules if not rule.startswith("@")]
    return replace(look, css="\n".join([*faces, *rest]), faces="\n".join(late), fonts=fonts)


def _option(folder: Path, key: str, value: Any) -> ThemeOption:
    """Read an option; one that every theme has keeps what it sets, and may have no doc."""
    common = COMMON.get(key, ThemeOption("", ""))
    given = asdict(common) | value if isinstance(value, dict) else {}
    if "default" not in value or not given.get("doc"):
        message = f"the option '{key}' has no default or no doc"
        raise _broken(folder, message, 'write default = "" and doc = "…"')
    if unknown := given.keys() - asdict(common).keys():
        message = f"the option '{key}' has an unknown key '{min(unknown)}'"
        raise _broken(folder, message, nearest(min(unknown), asdict(common)))
    for name in ("doc", "css", "kind"):
        if not isinstance(given[name], str):
            message = f"'{name}' of the option '{key}' is {given[name]!r}"
            raise _broken(folder, message, "write a text in quotes")
    option = ThemeOption(**given)
    if option.kind not in _KINDS:
        what = f"the kind of '{key}' is '{option.kind}'"
        raise _broken(folder, what, nearest(option.kind, _KINDS))
    if option.css and not _VARIABLE.fullmatch(option.css):
        what = f"'css' of the option '{key}' is {option.css!r}"
        raise _broken(folder, what, "write the name of a variable: --card")
    if key in COMMON and (option.css, option.kind) != (common.css, common.kind):
        what = f"the option '{key}', which every theme has, is {common.kind} and sets {common.css}"
        raise _broken(folder, what, "leave 'css' and 'kind' out, or give the option another name")
    if not isinstance(option.default, str | int | float | list):
        what = f"the default of '{key}' is {option.default!r}"
        raise _broken(folder, what, "write a text, a number, true, false or a list")
    if wrong := _what_is_wrong(option.default, option):
        raise _broken(folder, f"the default of '{key}' is {option.default!r}", wrong)
    return option


def _what_is_wrong(value: Any, option: ThemeOption) -> str:
    """Return advice for a value that the option does not take; "" if it takes it."""
    if type(value) is not type(option.default):
        return f"write a value like {option.default!r}"
    if not option.css and option.kind == "text":
        return ""
    if isinstance(value, bool | list) or (not isinstance(value, str) and option.kind != "text"):
        return f"write a text, as options of the kind '{option.kind}' are"
    if not _VALUE.fullmatch(str(value)):
        return "write the value of a style sheet, without ; { } < > and \\"
    takes, advice = _TAKES[option.kind]
    return "" if not value or takes(str(value)) else advice


def _is_color(value: str) -> bool:
    """True for a color of CSS, or two (CSS Color 4)."""
    colors = _without_functions(value).split()
    return 0 < len(colors) < 3 and all(_HEX.fullmatch(each) or _is_named(each) for each in colors)


def _is_named(word: str) -> bool:
    if word == _FUNCTION or word.lower() in ("transparent", "currentcolor"):
        return True
    from PIL.ImageColor import colormap  # late: it has the names, and few blogs set one

    return word.lower() in colormap


def _is_length(value: str) -> bool:
    """True for a length, a percentage, a number or a function (CSS Values 4)."""
    return bool(_LENGTH.fullmatch(value)) or _without_functions(value) == _FUNCTION


def _without_functions(value: str) -> str:
    """Return a value with each call of a function, `rgb(0 0 0)`, as a word without blanks."""
    before = ""
    while before != value:
        before, value = value, _CALL.sub(_FUNCTION, value)
    return value


def _color(value: str) -> str:
    """Return a color for light and dark pages; of one color, a lighter one for dark pages."""
    light, _, dark = re.sub(r"\s*,\s*", ",", value.strip()).partition(" ")
    return f"light-dark({light},{dark or f'color-mix(in oklab,{light},#fff 45%)'})"


def _broken(folder: Path, message: str, advice: str, line: int = 0) -> SettingsError:
    """Return the error of a theme whose description is not valid."""
    return SettingsError(Problem(f"{THEMES}/{folder.name}/{FILE}", line, 0, message, advice))


def _wrong(message: str, advice: str) -> SettingsError:
    return SettingsError(Problem("site.toml", 0, 0, message, advice))


def _installed() -> dict[str, Path]:
    """Return the themes of installed packages; an entry point names a module that is a folder."""
    return dict(_folders())


def _folders() -> Iterator[tuple[str, Path]]:
    from importlib.metadata import entry_points  # late: a blog without a theme needs neither
    from importlib.resources import files

    for entry in entry_points(group=GROUP):
        try:
            yield entry.name, Path(str(files(entry.module)))
        except (ImportError, TypeError):
            continue  # half removed; a blog that names its theme gets an error
