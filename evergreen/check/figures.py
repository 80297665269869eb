"""Pictures: by their bytes, then their pixels, then by how many pixels differ by more than the
smoothing of edges explains.

Two renderings of one drawing differ at edges, by fractions of a pixel, and by a shift of one or
two. So a pixel of a drawing counts as changed only if (a) it and its neighbours are of one colour
in both pictures, and not the same one; (b) the mean of its neighbourhood has changed by more than
an edge does that moves by a third of a pixel; (c) it has changed much while almost all other edges
are as they were, which smoothing never does; or (d) it has ink, however pale, where the other
picture is blank.
Measures of likeness over the whole picture (SSIM, hashes) miss a letter in a title.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen.check.result import SAME, Change, ComparisonResult, DifferenceLevel, single
from evergreen.dataclass import replace
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
SHIFT = 2
"""Pixels by which a picture may be moved, and its canvas larger or smaller."""
SMALL = 48
"""Pixels of the longer side of a picture whose pixels are data, as of a written digit."""
THUMBNAIL = 900
"""Pixels of the longer side of a picture on the status page."""
INK = 2
"""Least difference of ink from a blank ground."""


def compare_figures(then: bytes, now: bytes, exact: bool = False) -> ComparisonResult:
    """Compare two pictures; if they differ, the result has both as PNG."""
    if then == now:
        return SAME
    try:
        before, after = _frames(then), _frames(now)
    except Exception:  # a damaged picture can fail in any way
        return single("other", "picture", "picture", "the figure's file is no longer a picture")
    sizes = ["{} × {}".format(*frames[0].size) for frames in (before, after)]
    pairs = zip(before[0].size, after[0].size, strict=True)
    if max(abs(one - other) for one, other in pairs) > (0 if exact else SHIFT):
        message = f"the figure has {sizes[1]} pixels, it had {sizes[0]}"
    elif len(before) != len(after):
        message = f"the figure has {len(after)} frames, it had {len(before)}"
    else:
        return _compare_frames(before, after, exact)
    result = single("other", "picture", "picture", message)
    return replace(result, pictures=_pictures(before[0], after[0]))


def _is_small(picture: Image) -> bool:
    """True if a picture is too small for a drawing with smoothed edges: its pixels are data."""
    return max(picture.size) <= SMALL


def _compare_frames(then: Sequence[Image], now: Sequence[Image], exact: bool) -> ComparisonResult:
    result = SAME
    for before, after in zip(then, now, strict=True):
        if before.size == after.size and before.tobytes() == after.tobytes():
            continue
        least = 0 if exact else COLOUR
        by_pixel = exact or (before.size == after.size and _is_small(before))
        changed = _differing(before, after, least) if by_pixel else _least_changed(before, after)
        if changed:
            share = 100 * changed / (before.width * before.height)
            message = f"{changed:,} pixels of the figure have changed ({share:.2g} %)"
            found = single("other", "picture", "picture", message)
            return replace(found, pictures=_pictures(before, after))
        message = "pixels of the figure differ at edges alone"
        change = Change(DifferenceLevel.CLOSE, "other", "picture", "picture", message)
        result = ComparisonResult((change,))
    return result


def _least_changed(then: Image, now: Image) -> int:
    """Count the changed pixels after the shift by which the pictures match best."""
    changed = _changed(then, _shifted(now, then.size, 0, 0))
    if not changed:
        return 0
    small = range(-SHIFT, SHIFT + 1)
    shifts = sorted((_distance(then, now, x, y), x, y) for x in small for y in small)
    _, x, y = shifts[0]
    return (
        min(changed, _changed(then, _shifted(now, then.size, x, y)))
        if (x, y) != (0, 0)
        else changed
    )


def _distance(then: Image, now: Image, x: int, y: int) -> float:
    from PIL import ImageChops, ImageStat

    difference = ImageChops.difference(then, _shifted(now, then.size, x, y))
    return float(sum(ImageStat.Stat(difference).sum))


def _shifted(picture: Image, size: tuple[int, int], x: int, y: int) -> Image:
    """Return the picture moved on a ground of its first pixel, at a size."""
    from PIL import Image as Images

    if picture.size == size and (x, y) == (0, 0):
        return picture
    ground = Images.new("RGB", size, picture.getpixel((0, 0)))
    ground.paste(picture, (x, y))
    return ground


def beside(then: bytes, now: bytes) -> bytes:
    """Draw one PNG of three: as published, as it is now, and the changes in red."""
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
    """Decode each frame on white."""
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


def _differing(then: Image, now: Image, least: int) -> int:
    """Count the pixels of which a channel differs by more."""
    from PIL import ImageChops

    return _count(_above(_any_channel(ImageChops.difference(then, now)), least))


def _changed(then: Image, now: Image) -> int:
    """Count the pixels that smoothed edges do not explain; 0 for hardly any."""
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
    ink = _count(
        ImageChops.darker(_above(difference, INK), ImageChops.lighter(_blank(then), _blank(now)))
    )
    return max(changed if changed > SPARE else 0, spots, ink if ink > SPARE else 0)


def _blank(picture: Image) -> Image:
    """Mark each pixel that is far from any ink: its surroundings have one colour."""
    from PIL import ImageChops, ImageFilter

    size = 2 * SHIFT + 3
    most, least = (picture.filter(f(size)) for f in (ImageFilter.MaxFilter, ImageFilter.MinFilter))
    return ImageChops.invert(_above(_any_channel(ImageChops.subtract(most, least)), 0))


def _edges(picture: Image) -> int:
    """Count the pixels that have another colour than the one above or beside them."""
    from PIL import ImageChops

    steps = (ImageChops.offset(picture, 1, 0), ImageChops.offset(picture, 0, 1))
    across, down = (_any_channel(ImageChops.difference(picture, step)) for step in steps)
    return _count(_above(ImageChops.lighter(across, down), FLAT))


def _flat(picture: Image) -> Image:
    """Mark each pixel that has the colour of its neighbours."""
    from PIL import ImageChops, ImageFilter

    most, least = (picture.filter(f(3)) for f in (ImageFilter.MaxFilter, ImageFilter.MinFilter))
    spread = _any_channel(ImageChops.subtract(most, least))
    return ImageChops.invert(_above(spread, FLAT))


def _above(channel: Image, least: int) -> Image:
    """Mark each pixel whose value is greater."""
    return channel.point([255 * (value > least) for value in range(256)])


def _any_channel(picture: Image) -> Image:
    """Return the greatest of the three channels of each pixel."""
    from PIL import ImageChops

    red, green, blue = picture.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _count(mask: Image) -> int:
    return mask.histogram()[255]


def draw(folder: Path, root: Path, post: PostCheck) -> PostCheck:
    """Write the file of each figure that drifted, and remove those of the post's last check.

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
            atomic_write(place, drawn := beside(*each.pictures))
            picture, small = place.relative_to(root).as_posix(), _thumbnail(drawn)
            each = replace(each, picture=picture, thumbnail=small)
        differences.append(each)
    return replace(post, differences=tuple(differences))


def _thumbnail(picture: bytes) -> str:
    """Return a picture, small and of few colours, as a data URI."""
    from PIL import Image

    with Image.open(BytesIO(picture)) as whole:
        whole.thumbnail((THUMBNAIL, THUMBNAIL))
        out = BytesIO()
        whole.quantize(48).save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
