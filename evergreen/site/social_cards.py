"""Social cards: the picture of a post that has none, its title on growth rings.

A card is named by what it shows, so its address is known before it is drawn. It is drawn in one
channel, and a palette between two greens gives it colour: smooth letters in a small file.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from evergreen.model import Artifact
from evergreen.model.hashing import sha256

WIDTH, HEIGHT = 1200, 630
"""Pixels; the shape that Open Graph readers crop to."""
FOLDER = "assets/cards"
_VERSION = "1"
_MARGIN = 88
_LINES = 4
_DARK, _LIGHT = (16, 42, 31), (240, 247, 241)
_RING = 26
_QUIET = 150
_WORD = r"[^\s\u2e80-\uffff]+\s*|\S[，。、；：？！）》」』】…]*\s*"
"""Compiled where a card is drawn, which few builds do."""
_PLACES = ("/System/Library/Fonts/PingFang.ttc", "C:/Windows/Fonts/msyhbd.ttc")


def card_path(title: str, site_title: str) -> str:
    """Return the path of a post's card."""
    name = sha256("\0".join((_VERSION, title, site_title)))
    return f"{FOLDER}/{name[:20]}.png"


def draw_card(title: str, site_title: str) -> Artifact:
    """Draw a PNG of 1200 × 630 pixels; characters that no font has are left out."""
    from PIL import Image, ImageDraw  # late: a build whose posts have pictures needs none of it

    image = Image.new("L", (WIDTH, HEIGHT), 0)
    draw = ImageDraw.Draw(image)
    path = card_path(title, site_title)
    _draw_rings(draw, int(Path(path).stem[:6], 16))
    font = _font(title, 68)
    lines = _wrap(title, font) if font else []
    for number, line in enumerate(lines[:_LINES]):
        draw.text((_MARGIN, _MARGIN + number * 96), line, 255, font)
    if small := _font(site_title, 36):
        draw.text((_MARGIN + 46, HEIGHT - _MARGIN - 40), site_title, _QUIET, small)
    top = HEIGHT - _MARGIN - 32
    draw.polygon([(_MARGIN + 14, top), (_MARGIN + 28, top + 30), (_MARGIN, top + 30)], _QUIET)
    image.putpalette(bytes(_shade(level, part) for level in range(256) for part in range(3)))
    out = BytesIO()
    image.save(out, "PNG", compress_level=6)
    return Artifact(path, out.getvalue())


def _draw_rings(draw: Any, seed: int) -> None:
    """Draw growth rings around a point near the right edge; they differ from title to title."""
    x, y = WIDTH - 60 - seed % 120, HEIGHT - 40 - seed // 128 % 160
    radius = 24
    while radius < 620:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=_RING, width=3)
        seed = (seed * 1103515245 + 12345) % 2**31
        radius += 16 + seed // 65536 % 34


def _shade(level: int, part: int) -> int:
    return _DARK[part] + (_LIGHT[part] - _DARK[part]) * level // 255


def _wrap(text: str, font: Any) -> list[str]:
    """Break the text into lines: Latin at spaces, Chinese anywhere but before a closing mark."""
    lines = [""]
    for word in re.findall(_WORD, text):
        if lines[-1] and font.getlength((lines[-1] + word).rstrip()) > WIDTH - 2 * _MARGIN:
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines]


def _font(text: str, size: int) -> Any:
    """Return a font for the text: Pillow's own for Latin, else the system's, or None."""
    from PIL import ImageFont

    if max(text, default="") < "\u0250":
        return ImageFont.load_default(size)
    file, index = _east_asian_font()
    return ImageFont.truetype(file, size, index) if file else None


@cache
def _east_asian_font() -> tuple[str, int]:
    """Return file and index of the system's bold Chinese font, by fontconfig; "" without one."""
    command = ["fc-match", "-f", "%{file}\n%{index}\n%{lang}", "sans:bold:lang=zh-cn"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        places = [place for place in _PLACES if Path(place).is_file()]
        return (places or [""])[0], 0
    file, index, languages = (*found.stdout.split("\n"), "", "", "")[:3]
    return (file, int(index or 0)) if "zh-cn" in languages.split("|") else ("", 0)
