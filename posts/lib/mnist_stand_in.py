"""Draws a small substitute for MNIST: `python mnist_stand_in.py NAME…` writes those files.

The digits come from the fonts that Matplotlib ships, each one thickened, turned, slanted, scaled
and shifted at random, on 28 × 28 pixels, white on black, as MNIST has them. The seed depends on the
set alone, so a file has the same bytes whichever other files are asked for.
"""

import re
import sys
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from idx import write_idx
from PIL import Image, ImageDraw, ImageFont

NAME = re.compile(r"(train|t10k)-(images-idx3|labels-idx1)-ubyte\.gz")
EXAMPLE = "train-images-idx3-ubyte.gz"

SIZES = {"train": 6000, "t10k": 1000}
SEEDS = {"train": 1, "t10k": 2}
SIDE = 28
FINE = 2 * SIDE
"""Digits are drawn at twice the size; halving it at the end smooths the edges."""

FONTS = (
    "DejaVuSans",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralItalic",
    "cmr10",
    "cmss10",
    "cmti10",
    "cmtt10",
)
STROKES = (0, 1, 2)
"""Thickening, in fine pixels on each side of the outline."""


def main(names: list[str]) -> None:
    """Writes the files named, in their folders; a name that MNIST does not have ends it."""
    for name in names:
        match = NAME.fullmatch(Path(name).name)
        if not match:
            sys.exit(
                f"{name}: not a file of MNIST: ask for {EXAMPLE} or the like"
            )
        images, labels = draw(match[1])
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write_idx(name, images if match[2].startswith("images") else labels)


@cache
def draw(subset: str) -> tuple[np.ndarray, np.ndarray]:
    """Images, uint8 of shape (count, 28, 28), and labels, uint8 of shape (count,)."""
    rng = np.random.default_rng(SEEDS[subset])
    labels = rng.permutation(np.arange(SIZES[subset]) % 10).astype(np.uint8)
    return np.stack([draw_digit(int(label), rng) for label in labels]), labels


def draw_digit(digit: int, rng: np.random.Generator) -> np.ndarray:
    """One digit in a random hand, uint8 of shape (28, 28)."""
    master = glyph(digit, str(rng.choice(FONTS)), int(rng.choice(STROKES)))
    moved = master.transform(
        (FINE, FINE),
        Image.Transform.AFFINE,
        random_affine(rng),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(moved.reduce(FINE // SIDE))


@cache
def glyph(digit: int, font: str, stroke: int) -> Image.Image:
    """A digit in the middle of a fine square, white on black."""
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")
    image = Image.new("L", (FINE, FINE))
    ImageDraw.Draw(image).text(
        (FINE / 2, FINE / 2),
        str(digit),
        fill=255,
        font=ImageFont.truetype(path, 48),
        anchor="mm",
        stroke_width=stroke,
    )
    return image


def random_affine(rng: np.random.Generator) -> tuple[float, ...]:
    """The six coefficients by which Pillow finds, for each new pixel, the old one."""
    angle, slant = rng.normal(0, 0.12, 2)
    width, height = rng.uniform(0.85, 1.15, 2)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    shear = np.array([[1, slant], [0, 1]])
    inverse = np.linalg.inv(turn @ shear @ np.diag([width, height]))
    middle = np.full(2, FINE / 2)
    offset = middle - inverse @ (middle + rng.normal(0, 1.6, 2))
    return (*inverse[0], offset[0], *inverse[1], offset[1])


if __name__ == "__main__":
    main(sys.argv[1:])
