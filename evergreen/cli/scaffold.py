"""Create files: a new blog for `init`, a new post for `new`."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from datetime import date
from importlib import metadata
from pathlib import Path

from evergreen.cli.engine import REQUIREMENTS, Engine, put_engine, running_engine
from evergreen.errors import EvergreenError, Problem, SettingsError
from evergreen.packaged import THEMES, packaged
from evergreen.regex import regex
from evergreen.site.themes import list_themes

LANGUAGES = ("en", "zh")
"""Languages of the first post."""
_LONGEST = 120
"""Bytes of a slug that is made from a title."""
_PACKAGE = regex(r"^[\w-]+$", re.M)
"""A line of the starter's requirements.txt."""
_DATE = "DATE"
"""Placeholder for the date in names of the starter's files."""


def make_blog(
    folder: Path, lang: str, today: date, timezone: str = "UTC", engine: Engine | None = None
) -> list[str]:
    """Write a blog with one post that runs, and with the engine (by default this one); return the
    paths of its files, relative to it.

    Raises SettingsError if the folder is not empty, EvergreenError if the engine cannot be packed.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(_not_empty(folder, lang))
    engine = engine or running_engine()
    files = dict(_files(packaged("starter") / "all"))
    files |= dict(_files(packaged("starter") / lang))
    files |= {f".github/{name}": _with_python(text) for name, text in _files(packaged(".github"))}
    files["site.toml"] = files["site.toml"].replace('"UTC"', _quoted(timezone))
    files[REQUIREMENTS] = _PACKAGE.sub(_pinned, files[REQUIREMENTS])
    for name, text in files.items():
        path = folder / name.replace(_DATE, today.isoformat())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    names = {name.replace(_DATE, today.isoformat()) for name in files}
    return sorted(names.union(put_engine(folder, engine)))


def next_steps(lang: str, folder: str, python: str) -> str:
    """Return how to go on from a new blog, in its language; `python` is what runs its build.py."""
    text = (packaged("starter") / f"next-steps.{lang}.txt").read_text("utf-8")
    return text.format(folder=folder, python=python)


def new_post(root: Path, title: str, today: date, slug: str = "") -> str:
    """Write the file of a new post; return its path relative to the blog.

    Raises SettingsError for a title without letters and digits, EvergreenError if the file exists.
    """
    name = slug_of(slug or title)
    if not name:
        what = f"no letters or digits in {title!r}"
        raise SettingsError(Problem("new", message=what, advice="add --slug WORD"))
    path = f"posts/{today.isoformat()}-{name}.md"
    file = root / path
    file.parent.mkdir(exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(f"---\ntitle: {_quoted(title)}\ntags: []\n---\n\n")
    except FileExistsError:
        advice = "edit it, or choose another title or --slug"
        raise EvergreenError(Problem(path, message="exists already", advice=advice)) from None
    return path


def new_theme(root: Path, name: str) -> list[str]:
    """Write the files of a new theme; return their paths relative to the blog.

    Raises SettingsError for a name that is not one, or that a theme of the blog has.
    """
    if not re.fullmatch(r"[\w][\w-]*", name):
        what = f"{name!r} is not a theme's name" if name else "the theme has no name"
        raise SettingsError(Problem("theme new", message=what, advice="write theme new NAME"))
    folder = root / THEMES / name
    if folder.exists():
        problem = Problem(f"themes/{name}", message="exists already", advice="choose another name")
        raise SettingsError(problem)
    if name in {theme.name for theme in list_themes(root)}:
        what, advice = "there is a theme of this name already", "choose another name"
        raise SettingsError(Problem(f"theme new {name}", message=what, advice=advice))
    for path, text in _THEME.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return sorted(f"themes/{name}/{path}" for path in _THEME)


_THEME = {
    "theme.toml": """description = "What it looks like, in one line."

[options.gap]
default = ""
doc = "Space at the sides of the page: `1.25rem`."
kind = "length"
css = "--gap"

[options.farewell]
default = "Thank you for reading."
doc = "The line below each post."
""",
    "assets/theme.css": """/* Goes over the built-in style sheet. */
:root {
  --accent: light-dark(#7443a0, #c9abf0);
}
.farewell { color: var(--soft); font-style: italic; }
""",
    "post.html": """{% extends "evergreen/post.html" %}
{% block after %}
{% if theme.farewell %}
<p class="farewell">{{ theme.farewell }}</p>
{% endif %}
{{ super() }}
{% endblock %}
""",
}
"""The files of a new theme, by path."""


def slug_of(title: str) -> str:
    """Join a title's letters and digits of any script with hyphens; "" if there are none."""
    plain = unicodedata.normalize("NFC", title).lower()
    kept = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in plain)
    whole = "-".join(kept.split())
    short = whole.encode()[:_LONGEST].decode(errors="ignore")
    return short if short == whole else short.rpartition("-")[0] or short


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield path and text of each file below a folder; `dot-NAME` means `.NAME`."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            name = re.sub(r"(^|/)dot-", r"\1.", path.relative_to(folder).as_posix())
            yield name, path.read_text("utf-8")


def _with_python(workflow: str) -> str:
    """Return a workflow that uses this version of Python, for which the packages are pinned."""
    major, minor = sys.version_info[:2]
    return re.sub(r'(python-version: )"[^"]*"', rf'\g<1>"{major}.{minor}"', workflow)


def _not_empty(folder: Path, lang: str) -> Problem:
    if lang == "zh":
        return Problem(str(folder), 0, 0, "目录不是空的", "请换一个新目录")
    return Problem(str(folder), 0, 0, "is not empty", "choose a new folder")


def _pinned(package: re.Match[str]) -> str:
    """Return a package with the version that is installed here."""
    try:
        return f"{package[0]}=={metadata.version(package[0])}"
    except metadata.PackageNotFoundError:
        return package[0]


def _quoted(text: str) -> str:
    """Quote a text as YAML and Python read it."""
    return json.dumps(text, ensure_ascii=False)
