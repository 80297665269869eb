"""Drawing of diagrams by the optional packages `mmdr` (Mermaid) and `graphviz-pure` (Graphviz).

A drawing is kept among the records, `diagrams/<source>.svg`, and used as long as its source and the
package that drew it are the same; without the package a kept one is used as it is.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width
from xml.etree import ElementTree

from evergreen.dataclass import dataclass
from evergreen.errors import last_line
from evergreen.model.diagrams import DiagramKind, DrawDiagram, Drawing
from evergreen.model.hashing import sha256
from evergreen.paths import atomic_write, find_program, read_file
from evergreen.regex import regex

FOLDER = "diagrams"
SECONDS = 30
"""How long a program may take for one diagram."""
_FORMAT = 2
"""Raised when drawings are made in another way."""
_PACKAGES: Mapping[DiagramKind, str] = {"mermaid": "mmdr", "dot": "graphviz-pure"}
_METRICS = "Arial"
"""The font whose widths both programs know."""
_FONT = f"{_METRICS}, Liberation Sans, sans-serif"
_SIZE = 14
"""Of the text in diagrams, in pixels."""
_WIDE = 1.2
"""Graphviz takes East Asian letters for this much narrower than they are."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of diagrams, those of the built-in theme."""

    ink: str
    paper: str
    fill: str
    edge: str
    line: str
    second: str
    third: str
    scale: tuple[str, ...]
    """For the parts of pies, branches and the like."""
    is_dark: bool = False


LIGHT = Palette(
    *("#1e2421", "#fdfdfb", "#e9f3ec", "#1b6a46", "#59635d", "#e8eef6", "#fbf1e2"),
    ("#a9d3bb", "#a9c6e8", "#ecd2a4", "#d5bfe9", "#eeb9b3", "#a5d5dc"),
)
DARK = Palette(
    *("#dde3de", "#141817", "#1f3429", "#82cfa4", "#9ba69f", "#1f2b3a", "#3a2f1e"),
    ("#2f5f47", "#2d4d74", "#6b5222", "#523a70", "#733834", "#1f565f"),
    is_dark=True,
)

_MERMAID = """
import json, sys, mmdr
print(json.dumps([mmdr.render(source).svg() for source in json.load(sys.stdin)]))
"""
_HEADER = regex(r"---[ \t]*\n.*?\n---[ \t]*\n", re.S)
_SKIPPED = regex(r"(?:[ \t]*(?:%%[^\n]*)?\n)*[ \t]*")
_OWN_COLORS = {
    "mermaid": regex(r"\b(?:fill|stroke|color|background)\s*:|\btheme\b|^\s*(?:rect|box)\b", re.M),
    "dot": regex(r"\b(?:fill|font|bg|pen)?color(?:scheme)?\s*=", re.I),
}
"""What an author writes who chooses colours."""
_ROOT = regex(rb"<svg\b[^>]*>")
_LENGTHS = regex(rb'\s(?:width|height)="[^"]*"')
_BOX = regex(rb'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')
_LABEL_GROUND = (".edgeLabel rect{opacity:0.5;", ".edgeLabel rect{opacity:1;")
"""What is behind the label of an arrow; Mermaid lets the arrow be seen through it."""
_LINE = regex(r"\bline:? (\d+)")
_NOISE = regex(r"^Warning: .*\n?", re.M)


def open_draw(store: Path) -> DrawDiagram:
    """Return a function that draws diagrams, and keeps the drawings below `store`."""
    return partial(_draw, store)


def is_installed(kind: DiagramKind) -> bool:
    """True if diagrams of this kind can be drawn."""
    return bool(_version(_PACKAGES[kind]))


def kept_files(store: Path) -> list[Path]:
    """Return the files of all kept drawings."""
    return sorted(store.glob(f"{FOLDER}/*.svg"))


def _draw(store: Path, kind: DiagramKind, source: str) -> Drawing:
    package = _PACKAGES[kind]
    renderer = f"{package} {version}" if (version := _version(package)) else ""
    place = store / FOLDER / sha256(json.dumps([_FORMAT, kind, source]))[:32]
    kept = _kept(place, renderer)
    if kept:
        return kept
    if not renderer:
        advice = f"python -m pip install {package}"
        return Drawing(fault="the diagram is shown as its source", advice=advice)
    try:
        drawing = _well_formed(_DRAW[kind](source))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return _failure(error, source)
    with suppress(OSError):  # it is drawn again the next time
        _keep(place, renderer, drawing)
    return drawing


def _well_formed(drawing: Drawing) -> Drawing:
    """Return a drawing that is XML; a program may write characters that XML forbids.

    Raises ValueError.
    """
    for svg in filter(None, (drawing.light, drawing.dark)):
        try:
            ElementTree.fromstring(svg)
        except ElementTree.ParseError as error:
            message = "the drawing is not XML, as of a source with control characters"
            raise ValueError(message) from error
    return drawing


def _kept(place: Path, renderer: str) -> Drawing | None:
    """Return a kept drawing; None without one, if it is damaged, or of another renderer."""
    try:
        about = json.loads(read_file(place.with_suffix(".drawing")))
        files = (place.with_suffix(".svg"), place.with_suffix(".dark.svg"))
        light, dark = (read_file(file) if file.is_file() else b"" for file in files)
        if [sha256(light), sha256(dark)] != about["files"]:
            return None
        return Drawing(light, dark) if renderer in ("", about["renderer"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(place: Path, renderer: str, drawing: Drawing) -> None:
    about = {"renderer": renderer, "files": [sha256(drawing.light), sha256(drawing.dark)]}
    atomic_write(place.with_suffix(".svg"), drawing.light)
    if drawing.dark:
        atomic_write(place.with_suffix(".dark.svg"), drawing.dark)
    atomic_write(place.with_suffix(".drawing"), json.dumps(about).encode())


def _failure(error: Exception, source: str) -> Drawing:
    """Return why nothing was drawn, with the line of the source if the program names one."""
    if isinstance(error, subprocess.TimeoutExpired):
        return Drawing(
            fault=f"the diagram takes more than {SECONDS} seconds", advice="make it smaller"
        )
    message = last_line(error)
    message = (message.partition("Error: ")[2] or message).strip().split("\n")[0]
    named = _LINE.search(message)
    line = min(int(named[1]), len(source.rstrip().splitlines())) if named else 0
    message = message.removeprefix("<stdin>: ")
    return Drawing(fault=f"the diagram is not valid: {message}", line=line, advice="fix its source")


# --- Mermaid --------------------------------------------------------------------------------------


def _mermaid(source: str) -> Drawing:
    """Draw by mmdr, in a process of its own, which may crash or hang."""
    palettes = (LIGHT,) if _OWN_COLORS["mermaid"].search(source) else (LIGHT, DARK)
    texts = [_configured(source, palette) for palette in palettes]
    done = _run([sys.executable, "-c", _MERMAID], json.dumps(texts).encode())
    drawn = [_sized(svg.replace(*_LABEL_GROUND).encode()) for svg in json.loads(done)]
    return Drawing(drawn[0], b"".join(drawn[1:]))


def _configured(source: str, palette: Palette) -> str:
    """Return the source with our colours; what the author configures holds."""
    header = match[0] if (match := _HEADER.match(source)) else ""
    body = source[len(header) :]
    start = _SKIPPED.match(body)
    words = body[start.end() if start else 0 :].split(None, 1)
    config: dict[str, Any] = {"theme": "base", "look": "classic", "themeVariables": _theme(palette)}
    if words and words[0] in ("graph", "flowchart", "flowchart-elk"):
        config |= {"htmlLabels": False, "flowchart": {"htmlLabels": False}}
    return f"{header}%%{{init: {json.dumps(config)}}}%%\n{body}"


@cache
def _theme(palette: Palette) -> dict[str, Any]:
    """Return Mermaid's variables for a palette."""
    ink, line = palette.ink, palette.line
    found: dict[str, Any] = {
        "darkMode": palette.is_dark,
        "fontFamily": _FONT,
        "fontSize": f"{_SIZE}px",
        "background": palette.paper,
        "primaryColor": palette.fill,
        "primaryBorderColor": palette.edge,
        "secondaryColor": palette.second,
        "tertiaryColor": palette.third,
        "edgeLabelBackground": palette.paper,
        "noteBkgColor": palette.third,
        "sectionBkgColor": palette.second,
        "altSectionBkgColor": palette.paper,
        "quadrantPointFill": palette.edge,
        "xyChart": {"plotColorPalette": ",".join((palette.edge, *palette.scale[1:]))},
    }
    inks = "primaryTextColor textColor titleColor noteTextColor taskTextColor taskTextOutsideColor"
    lines = "lineColor noteBorderColor pieStrokeColor pieOuterStrokeColor gridColor"
    found |= dict.fromkeys(inks.split(), ink) | dict.fromkeys(lines.split(), line)
    for number, color in enumerate(palette.scale * 2):
        names = (f"cScale{number}", f"git{number}", f"pie{number + 1}", f"fillType{number}")
        found |= dict.fromkeys(names, color)
        found |= dict.fromkeys((f"cScaleLabel{number}", f"gitBranchLabel{number}"), ink)
        found[f"cScalePeer{number}"] = palette.edge
    return found


# --- Graphviz -------------------------------------------------------------------------------------


def _dot(source: str) -> Drawing:
    palettes = (LIGHT,) if _OWN_COLORS["dot"].search(source) else (LIGHT, DARK)
    is_wide = any(east_asian_width(sign) in "WF" for sign in source)
    drawn = [_graphviz(source, palette, is_wide) for palette in palettes]
    return Drawing(drawn[0], b"".join(drawn[1:]))


def _graphviz(source: str, palette: Palette, is_wide: bool) -> bytes:
    size = f"{_SIZE * _WIDE:.2f}" if is_wide else f"{_SIZE:.2f}"
    both = {"fontname": _METRICS, "fontsize": size, "fontcolor": palette.ink}
    options = {
        "G": both | {"bgcolor": "transparent", "color": palette.line},
        "N": both | {"color": palette.edge},
        "E": both | {"color": palette.line},
    }
    arguments = [
        f"-{of}{key}={value}" for of, some in options.items() for key, value in some.items()
    ]
    drawn = _run([_program(), "-Tsvg", *arguments], source.encode("utf-8", "replace"))
    shown = (f'font-size="{size}"', f'font-size="{_SIZE}"'), (f'"{_METRICS}"', f'"{_FONT}"')
    for layout, page in shown:
        drawn = drawn.replace(layout.encode(), page.encode())
    return _sized(drawn)


def _program() -> str:
    """Return the path of graphviz-pure. Raises OSError."""
    if found := find_program("graphviz-pure"):
        return found
    raise FileNotFoundError("the program graphviz-pure is missing: install the package again")


# --- both -----------------------------------------------------------------------------------------


def _run(command: list[str], given: bytes) -> bytes:
    """Return what a program prints. Raises ValueError with its last line if it fails."""
    done = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS)
    if done.returncode:
        text = _NOISE.sub("", done.stderr.decode("utf-8", "replace")).strip()
        raise ValueError(text or f"the program ended with {done.returncode}")
    return done.stdout


def _sized(svg: bytes) -> bytes:
    """Return an SVG whose width and height are those of its view box, in pixels."""
    root = _ROOT.search(svg)
    box = _BOX.search(root[0]) if root else None
    if not root or not box:
        return svg
    lengths = b' width="%s" height="%s">' % (box[1], box[2])
    start = _LENGTHS.sub(b"", root[0]).removesuffix(b">") + lengths
    return svg[: root.start()] + start + svg[root.end() :]


@cache
def _version(package: str) -> str:
    """Return the version of an installed package; "" without it."""
    from importlib import metadata  # takes longer to import than most posts to make

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


_DRAW: Mapping[DiagramKind, Callable[[str], Drawing]] = {"mermaid": _mermaid, "dot": _dot}
