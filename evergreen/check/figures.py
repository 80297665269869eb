"""Pictures: by their bytes, then their pixels, then by how many pixels differ by more than the
smoothing of edges explains.

Two renderings of one drawing differ at edges, by fractions of a pixel. So a pixel counts as changed
only if (a) it and its neighbours are of one colour in both pictures, and not the same one; (b) the
mean of its neighbourhood has changed by more than an edge does that moves by a third of a pixel; or
(c) it has changed much while almost all other edges are as they were, which smoothing never does.
Measures of likeness over the whole picture (SSIM, hashes) miss a letter in a title.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen.check.result import SAME, ComparisonResult, DifferenceLevel
from evergreen.model import PostCheck
from evergreen.model.hashing import sha256
from evergreen.paths import atomic_write

if TYPE_CHECKING:
    from PIL.Image import Image

FLAT = 10
"""How much the channels of one colour may vary, of 255."""
COLOUR = 5
"""By how much two colours differ that are not the same."""
EDGE = 40
"""By how much the mean of nine pixels changes where an edge moves by a third of a pixel."""
LONELY, MUCH = 50, 64
"""One edge pixel in so many, and by how much it has changed."""
SPARE = 4
"""Changed pixels that are no change."""


def compare_figures(then: bytes, now: bytes, exact: bool = False) -> ComparisonResult:
    """How far two pictures are apart, with both as PNG where they are."""
    if then == now:
        return SAME
    try:
        before, after = _frames(then), _frames(now)
    except Exception:  # a damaged picture can fail in any way
        return ComparisonResult(
            DifferenceLevel.DIFFERENT, "the figure's file has changed, and is no picture"
        )
    if before[0].size != after[0].size:
        sizes = ["{} × {}".format(*frames[0].size) for frames in (before, after)]
        message = f"the figure has {sizes[1]} pixels, it had {sizes[0]}"
        return ComparisonResult(
            DifferenceLevel.DIFFERENT, message, pictures=_pictures(before[0], after[0])
        )
    if len(before) != len(after):
        message = f"the figure has {len(after)} frames, it had {len(before)}"
        return ComparisonResult(
            DifferenceLevel.DIFFERENT, message, pictures=_pictures(before[0], after[0])
        )
    return _compare_frames(before, after, exact)


def _compare_frames(then: Sequence[Image], now: Sequence[Image], exact: bool) -> ComparisonResult:
    result = SAME
    for before, after in zip(then, now, strict=True):
        if before.tobytes() == after.tobytes():
            continue
        changed = _differing(before, after) if exact else _changed(before, after)
        if changed:
            share = 100 * changed / (before.width * before.height)
            message = f"{changed:,} pixels of the figure have changed ({share:.2g} %)"
            return ComparisonResult(
                DifferenceLevel.DIFFERENT, message, pictures=_pictures(before, after)
            )
        result = ComparisonResult(
            DifferenceLevel.CLOSE, "pixels of the figure differ at edges alone"
        )
    return result


def beside(then: bytes, now: bytes) -> bytes:
    """One PNG of three: as published, as it is now, and what has changed, marked in red."""
    from PIL import Image, ImageChops

    before, after = (_frames(each)[0] for each in (then, now))
    width, height = (max(sizes) for sizes in zip(before.size, after.size, strict=True))
    canvas = Image.new("RGB", (3 * width + 40, height + 20), (128, 128, 128))
    canvas.paste(before, (10, 10))
    canvas.paste(after, (width + 20, 10))
    pale = Image.new("RGB", (width, height), "white")
    pale.paste(Image.blend(after, Image.new("RGB", after.size, "white"), 0.7), (0, 0))
    padded = [Image.new("RGB", (width, height), "white") for _ in range(2)]
    for target, source in zip(padded, (before, after), strict=True):
        target.paste(source, (0, 0))
    apart = _above(_any_channel(ImageChops.difference(*padded)), COLOUR)
    pale.paste(Image.new("RGB", (width, height), (220, 0, 0)), (0, 0), apart)
    canvas.paste(pale, (2 * width + 30, 10))
    out = BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def _frames(content: bytes) -> list[Image]:
    """Each frame, on white."""
    from PIL import Image, ImageSequence

    frames = []
    with Image.open(BytesIO(content)) as picture:
        for frame in ImageSequence.Iterator(picture):
            whole = frame.convert("RGBA")
            ground = Image.new("RGBA", whole.size, "white")
            frames.append(Image.alpha_composite(ground, whole).convert("RGB"))
    return frames


def _pictures(then: Image, now: Image) -> tuple[bytes, bytes]:
    return _png(then), _png(now)


def _png(picture: Image) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _differing(then: Image, now: Image) -> int:
    from PIL import ImageChops

    return _count(_above(_any_channel(ImageChops.difference(then, now)), 0))


def _changed(then: Image, now: Image) -> int:
    """How many pixels differ by more than the smoothing of edges explains; 0 for hardly any."""
    from PIL import ImageChops, ImageFilter

    all_edges = _edges(then)
    box = ImageChops.difference(then, now).getbbox() or (0, 0, 0, 0)
    wide = (max(box[0] - 3, 0), max(box[1] - 3, 0), box[2] + 3, box[3] + 3)
    wide = (*wide[:2], min(wide[2], then.width), min(wide[3], then.height))
    then, now = then.crop(wide), now.crop(wide)
    difference = _any_channel(ImageChops.difference(then, now))
    other = _above(difference, COLOUR)
    flat = ImageChops.darker(_flat(then), _flat(now))
    means = [picture.filter(ImageFilter.BoxBlur(1)) for picture in (then, now)]
    moved = _above(_any_channel(ImageChops.difference(*means)), EDGE)
    changed = _count(ImageChops.lighter(ImageChops.darker(other, flat), moved))
    spots = _count(_above(difference, MUCH)) if LONELY * _count(other) < all_edges else 0
    return max(changed if changed > SPARE else 0, spots)


def _edges(picture: Image) -> int:
    """How many pixels have another colour than the one above or beside them."""
    from PIL import ImageChops

    steps = (ImageChops.offset(picture, 1, 0), ImageChops.offset(picture, 0, 1))
    across, down = (_any_channel(ImageChops.difference(picture, step)) for step in steps)
    return _count(_above(ImageChops.lighter(across, down), FLAT))


def _flat(picture: Image) -> Image:
    """Where a pixel and its neighbours are of one colour."""
    from PIL import ImageChops, ImageFilter

    most, least = (picture.filter(f(3)) for f in (ImageFilter.MaxFilter, ImageFilter.MinFilter))
    spread = _any_channel(ImageChops.subtract(most, least))
    return ImageChops.invert(_above(spread, FLAT))


def _above(channel: Image, least: int) -> Image:
    """White where a channel is greater, black elsewhere."""
    return channel.point([255 * (value > least) for value in range(256)])


def _any_channel(picture: Image) -> Image:
    """The greatest of the three channels of each pixel."""
    from PIL import ImageChops

    red, green, blue = picture.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _count(mask: Image) -> int:
    return mask.histogram()[255]


def draw(folder: Path, root: Path, post: PostCheck) -> PostCheck:
    """The check with the file of each figure that drifted; those of its last check are removed.

    Files are named by the post: `2026-01-01-slug-1a2b-3-1.png` is the first of its third cell.
    """
    mark = sha256(post.path)[:4]
    name = f"{post.path.rpartition('/')[2].removesuffix('.md')}-{mark}"
    for old in folder.glob("*.png"):
        if old.name.startswith(f"{name}-"):
            old.unlink(missing_ok=True)
    differences = []
    for number, each in enumerate(post.differences, 1):
        if len(each.pictures) == 2 and each.matters:
            place = folder / f"{name}-{each.cell}-{number}.png"
            atomic_write(place, beside(*each.pictures))
            each = replace(each, picture=place.relative_to(root).as_posix())
        differences.append(each)
    return replace(post, differences=tuple(differences))
