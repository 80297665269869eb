"""Pictures as files, named by the hash of their content, and their sizes on the page."""

from __future__ import annotations

import json

from evergreen.content.picture_metadata import open_picture
from evergreen.model import Artifact, Display
from evergreen.model.hashing import sha256
from evergreen.regex import regex
from evergreen.render.svg import svg_size, without_scripts

SVG = "image/svg+xml"
FIGURES = "assets/figures"
_SUFFIXES = {SVG: "svg", "image/jpeg": "jpg"}
_LENGTH = regex(r"(\d{1,5})(?:\.\d*)?(?:px)?")


def figure_file(mime: str, data: str | bytes) -> Artifact:
    """Return the file of a picture; an SVG loses its scripts, as a reader may open the file."""
    content = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if mime == SVG:
        content = without_scripts(content)
    suffix = _SUFFIXES.get(mime, mime.partition("/")[2])
    return Artifact(f"{FIGURES}/{sha256(content)[:20]}.{suffix}", content)


def figure_size(output: Display, mime: str, content: bytes) -> tuple[int, int] | None:
    """Return width and height in CSS pixels, or None if unknown.

    They come from the metadata of the output, with a missing one in proportion, else from the file.
    """
    metadata = json.loads(output.metadata).get(mime)
    width, height = (_pixels(metadata, key) for key in ("width", "height"))
    if width and height:
        return width, height
    own = svg_size(content) if mime == SVG else _picture_size(content)
    if own is None or 0 in own or not (width or height):
        return own
    scale = width / own[0] if width else height / own[1]
    return round(own[0] * scale), round(own[1] * scale)


def _pixels(values: object, key: str) -> int:
    """Return a number of pixels, or 0 if the value is missing or in other units, as in `50%`."""
    value = values.get(key) if isinstance(values, dict) else None
    found = _LENGTH.fullmatch(str(value))
    return int(found[1]) if found else 0


def _picture_size(content: bytes) -> tuple[int, int] | None:
    from PIL import Image, UnidentifiedImageError

    try:
        width, height = open_picture(content).size
        return width, height
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
        return None
