"""Pictures without what a camera notes in them: place, time, owner, serial numbers.

The pixels are not touched: blocks of metadata are left out of the file. Colour profiles stay, and
the orientation, the artist and the copyright, if a picture has them. In a container that is not
known here (HEIF, AVIF, TIFF), the place is overwritten where it is.
"""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from evergreen.regex import regex

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff")
"""Names of files that may have such data."""
_ORIENTATION, _ARTIST, _COPYRIGHT, _GPS = 0x0112, 0x013B, 0x8298, 0x8825
_PNG = b"\x89PNG\r\n\x1a\n"
_EXIF = b"Exif\x00\x00"
_XMP_PLACE = regex(rb"(exif:GPS\w+\s*(?:=\s*[\"']|>))([^\"'<]*)")
_MARKER = regex(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""A marker in the coded data of JPEG: neither a stuffed zero nor a restart."""
_KEPT = frozenset({0xE0, 0xE2, 0xEE})
"""APP0 (JFIF), APP2 (colour profiles), APP14 (Adobe's transform): without them colours change."""


def open_picture(content: bytes) -> Any:
    """Open a picture with Pillow, which would print a warning about a very large one.

    Raises OSError, ValueError, SyntaxError or Pillow's DecompressionBombError.
    """
    from PIL import Image  # late: most posts have no pictures

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(BytesIO(content))


def without_metadata(content: bytes) -> bytes:
    """Return the file of a picture without metadata; the same bytes if there is none to remove.

    A file that is not what its beginning says is returned as it is, but for the place.
    """
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg(content)
        if content.startswith(_PNG):
            return _png(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except (struct.error, IndexError, ValueError):
        pass
    return _without_place(content)


def published_content(name: str, content: bytes) -> bytes:
    """Return a file as it is published, by its name: a picture has no metadata."""
    return without_metadata(content) if name.lower().endswith(SUFFIXES) else content


def _jpeg(content: bytes) -> bytes:
    """Leave out the segments of JPEG (ITU T.81, annex B) that hold metadata, and what follows the
    picture: cameras append others, with metadata of their own.
    """
    parts = list(_segments(content))
    kept = [part for kind, part in parts if _is_kept(kind, part)]
    if len(kept) == len(parts) and sum(map(len, kept)) == len(content):
        return content
    exif = _small_exif(content)
    head = struct.pack(">2sH", b"\xff\xe1", len(exif) + 2) + exif if exif else b""
    first = 2 if len(kept) > 1 and kept[1][:2] == b"\xff\xe0" else 1
    return b"".join([*kept[:first], head, *kept[first:]])


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and bytes of each segment, up to the end of the picture."""
    yield 0xD8, content[:2]
    at = 2
    while True:
        if content[at] != 0xFF:
            raise ValueError("no marker")
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == 0xD9:
            yield marker, content[at : at + 2]
            return
        end = at + 2 + int(struct.unpack_from(">H", content, at + 2)[0])
        if marker == 0xDA:
            end = _end_of_scan(content, end)
        yield marker, content[at:end]
        at = end


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the next marker is after the coded data of a scan."""
    found = _MARKER.search(content, at)
    if not found:
        raise ValueError("no end")
    return found.start()


def _is_kept(kind: int, part: bytes) -> bool:
    if kind == 0xE2:
        return part[4:15] == b"ICC_PROFILE"
    return kind in _KEPT or not (0xE0 <= kind <= 0xEF or kind == 0xFE)


def _png(content: bytes) -> bytes:
    """Leave out the chunks of PNG (W3C, section 11) that hold Exif or XMP."""
    parts, at = [content[:8]], 8
    is_same = True
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, end = content[at + 4 : at + 8], at + 12 + length
        if kind == b"eXIf" or (kind in (b"tEXt", b"zTXt", b"iTXt") and _is_profile(content, at)):
            is_same = False
        else:
            parts.append(content[at:end])
        at = end
    if is_same:
        return content
    exif = _small_exif(content).removeprefix(_EXIF)
    return b"".join([*parts[:2], _chunk(b"eXIf", exif) if exif else b"", *parts[2:]])


def _is_profile(content: bytes, at: int) -> bool:
    return content[at + 8 :].startswith((b"XML:com.adobe.xmp", b"Raw profile type"))


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def _webp(content: bytes) -> bytes:
    """Leave out the chunks of WebP (RFC 9649) that hold Exif or XMP."""
    parts, at, is_same = [], 12, True
    while at + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        end = at + 8 + length + length % 2
        if kind in (b"EXIF", b"XMP "):
            is_same = False
        else:
            parts.append(bytearray(content[at:end]))
        at = end
    if is_same:
        return content
    exif = _small_exif(content).removeprefix(_EXIF)
    if parts[0][:4] == b"VP8X":
        parts[0][8] = parts[0][8] & ~0x0C | (0x08 if exif else 0)
    if exif:
        padding = b"\0" * (len(exif) % 2)
        parts.append(bytearray(struct.pack("<4sI", b"EXIF", len(exif)) + exif + padding))
    body = b"WEBP" + b"".join(map(bytes, parts))
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _small_exif(content: bytes) -> bytes:
    """Return an Exif block with the orientation, the artist and the copyright of a picture; b""
    without them.
    """
    from PIL import Image  # late: few builds have new pictures

    try:
        with open_picture(content) as image:
            found = image.getexif()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return b""
    small = Image.Exif()
    for tag in (_ORIENTATION, _ARTIST, _COPYRIGHT):
        if (value := found.get(tag)) and (tag, value) != (_ORIENTATION, 1):
            # Pillow reads bytes as Latin-1 and writes ASCII: as bytes, every encoding survives.
            small[tag] = value.encode("latin-1", "replace") if isinstance(value, str) else value
    return _EXIF + small.tobytes().removeprefix(_EXIF) if len(small) else b""


def _without_place(content: bytes) -> bytes:
    """Overwrite the place in Exif and XMP blocks, whatever container they are in."""
    changed = bytearray(content)
    for found in re.finditer(rb"II\*\x00|MM\x00\*", content):
        if found.start() == 0 or content[: found.start()].endswith(_EXIF):
            _erase_place(changed, found.start())
    for found in _XMP_PLACE.finditer(content):
        changed[found.start(2) : found.end(2)] = b" " * len(found[2])
    return bytes(changed) if changed != content else content


def _erase_place(content: bytearray, start: int) -> None:
    """Empty the directory of the place in a TIFF structure (TIFF 6.0, section 2)."""
    order = "<" if content[start : start + 2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(f"{order}I", content, start + 4)
        (count,) = struct.unpack_from(f"{order}H", content, start + at)
        for entry in range(start + at + 2, start + at + 2 + 12 * count, 12):
            tag, _, _, value = struct.unpack_from(f"{order}HHII", content, entry)
            if tag == _GPS:
                _erase_directory(content, order, start, start + value)
    except struct.error:  # it is no such structure
        return


def _erase_directory(content: bytearray, order: str, start: int, at: int) -> None:
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
    (count,) = struct.unpack_from(f"{order}H", content, at)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        _, kind, number, value = struct.unpack_from(f"{order}HHII", content, entry)
        size = sizes.get(kind, 1) * number
        place = entry + 8 if size <= 4 else start + value
        if place + size <= len(content):
            content[place : place + size] = b"\0" * size
    struct.pack_into(f"{order}H", content, at, 0)
