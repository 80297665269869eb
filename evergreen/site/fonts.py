"""Fonts that a blog serves itself: files in `templates/assets/fonts`, or a package of Fontsource in
`node_modules` (https://fontsource.org).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.regex import regex

_URL = regex(r"url\(\./files/([\w.-]+\.woff2)\)[^,;}]*")
_FACE = regex(r"@font-face\s*\{[^}]*\}")
_NAME = regex(r"-(?P<weight>[A-Za-z]*?)(?P<italic>Italic)?\.woff2$")
WEIGHTS = {"Light": 300, "Regular": 400, "": 400, "Medium": 500, "SemiBold": 600, "Bold": 700}
"""Weights by the words in names of font files."""
_SHEETS = ("index.css", "400-italic.css", "700.css", "wght-italic.css")


@dataclass(frozen=True, slots=True)
class FontFaces:
    """The faces of a font family."""

    css: str
    """Rules; each file is `fonts/NAME`."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Name below `assets` → path of the file, of those that are not in the blog's `assets`."""


def find_font(root: Path, family: str) -> FontFaces | None:
    """Return the faces of a family that the blog has; None if readers must have it installed."""
    return _in_assets(root, family) or _in_fontsource(root, family)


def face(family: str, name: str) -> str:
    """Return the rule for a file in `assets/fonts`, named like `Name-BoldItalic.woff2`."""
    found = _NAME.search(name)
    weight = WEIGHTS.get(found["weight"], 400) if found else 400
    style = "italic" if found and found["italic"] else "normal"
    return (
        f'@font-face{{font-family:"{family}";src:url("{name}") format("woff2");'
        f"font-weight:{weight};font-style:{style};font-display:swap}}\n"
    )


def _in_assets(root: Path, family: str) -> FontFaces | None:
    folder, plain = root / "templates/assets/fonts", family.replace(" ", "")
    names = [path.name for path in sorted(folder.glob("*.woff2"))]
    own = [name for name in names if name.replace(" ", "").partition("-")[0] == plain]
    own += [name for name in names if name.replace(" ", "") == f"{plain}.woff2"]
    return FontFaces("".join(face(family, f"fonts/{name}") for name in own)) if own else None


def _in_fontsource(root: Path, family: str) -> FontFaces | None:
    slug = re.sub(r"[^a-z0-9]+", "-", family.lower()).strip("-")
    for scope in ("@fontsource-variable", "@fontsource"):
        folder = root / "node_modules" / scope / slug
        if (folder / "index.css").is_file():
            return _faces(folder, family)
    return None


def _faces(folder: Path, family: str) -> FontFaces:
    rules: list[str] = []
    files: dict[str, str] = {}
    for sheet in (folder / name for name in _SHEETS):
        if not sheet.is_file():
            continue
        for rule in _FACE.findall(sheet.read_text("utf-8")):
            for name in _URL.findall(rule):
                files[f"fonts/{name}"] = str(folder / "files" / name)
            rules.append(_own(rule, family))
    return FontFaces("\n".join(dict.fromkeys(rules)), files)


def _own(rule: str, family: str) -> str:
    """Return a rule of Fontsource with our name of the family and our addresses, of woff2 only."""
    sources = ", ".join(
        f'url("fonts/{name}") format("woff2")' for name in dict.fromkeys(_URL.findall(rule))
    )
    rule = re.sub(r"src:[^;}]*", f"src: {sources}", rule)
    return re.sub(r"font-family:[^;}]*", f'font-family: "{family}"', rule)
