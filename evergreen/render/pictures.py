"""Pictures → the copies that a page offers, and the copies → their bytes.

Photographs become WebP in the widths of the layouts, up to twice the width of the text; of a large
JPEG there is a smaller one, too, for programs that do not choose. Drawings, such as plots, have few
colours: their copy is lossless and as large as they are. Which copies there are follows from the
picture alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import Any

from evergreen.content.picture_metadata import open_picture
from evergreen.model.hashing import digest
from evergreen.model.picture import CopyFormat, Picture, PictureCopy

FOLDER = "assets/pictures"
WIDTHS = (480, 960, 1440)
"""Of covers, of phones and plain screens, and of screens with two pixels per CSS pixel."""
_FALLBACK = 960
"""Width of the copy for feed readers and the like."""
_JPEG = b"\xff\xd8\xff"
_LEAST_BYTES = 4_000
"""A smaller picture has no copies."""
_MOST_COLORS = 4_000
"""More colours in a sample are those of a photograph."""
_SAMPLE = 256
_QUALITY = {"webp": 80, "jpeg": 82}
_EFFORT, _PHOTO_EFFORT = 2, 1
"""Of WebP's encoder, 0 to 6. Photographs become no smaller by 2, which takes 1.5 times as long, and
5 % smaller by 4, which takes three times as long; what was drawn becomes 15 % smaller by 2.
"""
_TRANSPOSED = (5, 6, 7, 8)
"""Values of Exif's orientation that swap width and height."""
_VERSION = "3"
"""Part of the names of copies: raise it when they are made otherwise."""


def read_picture(
    path: str, content: bytes, source: str, sha256: str, post: str = ""
) -> Picture | None:
    """Return a picture of the blog, or a figure of a post, with its copies; None for one that
    cannot be read, is animated, or is not PNG, JPEG or WebP.
    """
    from PIL import Image  # late: most posts have no pictures

    try:
        with open_picture(content) as image:
            if image.format not in ("PNG", "JPEG", "WEBP") or getattr(image, "n_frames", 1) > 1:
                return None
            width, height = image.size
            if image.getexif().get(0x0112) in _TRANSPOSED:
                width, height = height, width
            form: CopyFormat = "lossless" if _is_drawing(image) else "webp"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    if len(content) < _LEAST_BYTES:
        return Picture(path, width, height)

    def copy(to: int, form: CopyFormat) -> PictureCopy:
        name = digest(_VERSION, sha256, str(to), form)[:20]
        file = f"{FOLDER}/{name}.{'jpg' if form == 'jpeg' else 'webp'}"
        tall = max(1, round(height * to / width))
        return PictureCopy(file, source, sha256, to, tall, form, post)

    if form == "lossless":
        return Picture(path, width, height, (copy(min(width, 2 * WIDTHS[-1]), form),))
    widths = [each for each in WIDTHS if each < width]
    widths += [width] if width <= WIDTHS[-1] else []
    is_large = width > _FALLBACK and not content.startswith(b"\x89PNG")
    fallback = copy(_FALLBACK, "jpeg") if is_large else None
    return Picture(path, width, height, tuple(copy(to, form) for to in widths), fallback)


def make_copies(content: bytes, copies: Iterable[PictureCopy]) -> dict[str, bytes]:
    """Return the bytes of copies of one picture, by path; the picture is decoded once, and each
    copy is made of the next wider one.

    Raises OSError for a picture that cannot be decoded.
    """
    copies = sorted(copies, key=lambda copy: -copy.width)
    image = _decoded(content, copies[0].width)
    effort = _PHOTO_EFFORT if content.startswith(_JPEG) else _EFFORT
    made: dict[str, bytes] = {}
    for copy in copies:
        image = _resized(image, (copy.width, copy.height))
        made[copy.path] = _encoded(image, copy.form, effort)
    return made


def _is_drawing(image: Any) -> bool:
    """True for a PNG or lossless picture with few colours, such as a plot."""
    if image.format != "PNG":
        return False
    if image.mode in ("P", "1", "L", "LA"):
        return True
    sample = image.resize(
        (min(image.width, _SAMPLE), min(image.height, _SAMPLE)), resample=0
    )  # nearest: it keeps the colours
    return len(sample.convert("RGBA").getcolors(_SAMPLE * _SAMPLE) or ()) <= _MOST_COLORS


def _decoded(content: bytes, width: int) -> Any:
    """Return a picture in the right orientation, in sRGB; JPEG is decoded at a fraction of its size
    if that is still enough for the width.
    """
    from PIL import ImageOps

    image = open_picture(content)
    image.draft(None, (width, width))
    if image.getexif().get(0x0112, 1) != 1:
        image = ImageOps.exif_transpose(image)  # it copies what is upright, too
    return _in_srgb(image)


def _in_srgb(image: Any) -> Any:
    """Convert the colours of a picture with another profile, as its copies have none."""
    profile = image.info.get("icc_profile")
    alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    plain = "RGBA" if alpha else "RGB"
    if not profile or b"sRGB" in profile:
        return image if image.mode in ("RGB", "RGBA") else image.convert(plain)
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = _srgb()
        if image.mode not in ("RGB", "RGBA", "CMYK", "L"):
            image = image.convert(plain)
        return ImageCms.profileToProfile(image, source, target, outputMode=plain)
    except (ImageCms.PyCMSError, OSError, ValueError):  # a profile that is damaged
        return image.convert(plain)


@lru_cache(maxsize=1)
def _srgb() -> Any:
    from PIL import ImageCms

    return ImageCms.createProfile("sRGB")


def _resized(image: Any, size: tuple[int, int]) -> Any:
    """Return a picture in a size, by Hamming's filter: to make one smaller it is nearly as good as
    the bicubic one (50 dB instead of 52), in half the time.
    """
    return image if image.size == size else image.resize(size, resample=5, reducing_gap=2.0)


def _encoded(image: Any, form: CopyFormat, effort: int) -> bytes:
    out = BytesIO()
    if form == "jpeg":
        quality = _QUALITY["jpeg"]
        image.convert("RGB").save(out, "JPEG", quality=quality, progressive=True, optimize=True)
    elif form == "lossless":
        image.save(out, "WEBP", lossless=True, quality=60, method=_EFFORT, exact=True)
    else:
        image.save(out, "WEBP", quality=_QUALITY["webp"], method=effort)
    return out.getvalue()
