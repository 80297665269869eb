"""Files that have the name of a picture and are none: empty ones, web pages, Git LFS' pointers."""

from __future__ import annotations

import re

from evergreen.regex import regex

HEAD = 1_024
"""Bytes from the beginning of a file that tell what it is."""
_AGAIN = "save the picture again"


def find_flaw(name: str, head: bytes) -> tuple[str, str]:
    """Return what is wrong with the file of a picture, by its first `HEAD` bytes, and what to do;
    ("", "") for a picture, and for a file whose name is not that of one."""
    if not is_picture_name(name):
        return "", ""
    if not head.strip(b"\0 \t\r\n"):
        return "is empty", _AGAIN
    if head.startswith(b"version https://git-lfs."):
        return "is a pointer of Git LFS, not the file", "run 'git lfs pull'"
    if _HTML.match(head):
        return "is a web page", "download the picture that the page shows"
    if name.lower().endswith(".svg") or _PICTURE.match(head):
        return "", ""
    if b"<svg" in head:
        return "is an SVG", "name it .svg"
    return "is not a picture", _AGAIN


def is_picture_name(name: str) -> bool:
    """True for the name of a file that a browser shows as a picture."""
    _, dot, suffix = name.lower().rpartition(".")
    return dot != "" and suffix in _SUFFIXES


_SUFFIXES = frozenset("png apng jpg jpeg jfif gif webp avif bmp ico tif tiff svg".split())
_HTML = regex(rb"(?i:(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)\b)")
_PICTURE = regex(
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|....ftyp|BM|\0\0[\1\2]\0|II\*\0|MM\0\*|\xff\x0a"
    rb"|\0\0\0\x0cJXL",
    re.DOTALL,
)
"""Beginnings of PNG, JPEG, GIF, WebP, AVIF, BMP, ICO, TIFF and JPEG XL: a browser shows each under
the name of any other."""
