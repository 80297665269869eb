"""Pictures as files of the site, named by their content, and the sizes at which pages show them."""

from __future__ import annotations

import json
import re
from io import BytesIO

from evergreen.model import Artifact, Display
from evergreen.model.hashing import sha256
from evergreen.render.svg import svg_size, without_scripts

SVG = "image/svg+xml"
FIGURES = "assets/figures"
_SUFFIXES = {SVG: "svg", "image/jpeg": "jpg"}
_PIXELS = re.compile(r"(\d{1,5})(?:\.\d*)?(?:px)?")


def figure_file(mime: str, data: str | bytes) -> Artifact:
    """The file of a picture, which runs nothing when it is opened."""
    content = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if mime == SVG:
        content = without_scripts(content)
    suffix = _SUFFIXES.get(mime, mime.partition("/")[2])
    return Artifact(f"{FIGURES}/{sha256(content)[:20]}.{suffix}", content)


def figure_size(output: Display, mime: str, content: bytes) -> tuple[int, int] | None:
    """Width and height in CSS pixels: what the output says, the other one in proportion where it
    says one of them, else what the file says; None where nothing does.
    """
    told = json.loads(output.metadata).get(mime)
    width, height = (_told(told, key) for key in ("width", "height"))
    if width and height:
        return width, height
    own = svg_size(content) if mime == SVG else _picture_size(content)
    if own is None or 0 in own or not (width or height):
        return own
    scale = width / own[0] if width else height / own[1]
    return round(own[0] * scale), round(own[1] * scale)


def _told(values: object, key: str) -> int:
    """A number of pixels; 0 where there is none, as in `50%`."""
    value = values.get(key) if isinstance(values, dict) else None
    found = _PIXELS.fullmatch(str(value))
    return int(found[1]) if found else 0


def _picture_size(content: bytes) -> tuple[int, int] | None:
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(BytesIO(content)).size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
        return None
