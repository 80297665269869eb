"""Files that are called pictures and are none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from conftest import Write
from PIL import Image

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.render.picture_flaws import HEAD, find_flaw
from evergreen.settings import read_settings

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
PAGE = "\n<!DOCTYPE html>\n<html><title>找不到</title></html>".encode()
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'


def picture(form: str) -> bytes:
    """Return a picture of two pixels in a format."""
    out = io.BytesIO()
    Image.new("RGB", (2, 1)).save(out, form)
    return out.getvalue()


def add(root: Path, files: dict[str, bytes]) -> None:
    """Write the files of a blog."""
    for path, content in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "flaw"),
    [
        ("图.png", b"", "is empty"),
        ("a.svg", b"\n", "is empty"),
        ("a.png", bytes(100), "is empty"),
        ("a.JPG", PAGE, "is a web page"),
        ("a.svg", PAGE, "is a web page"),
        ("a.webp", POINTER, "is a pointer of Git LFS, not the file"),
        ("a.svg", POINTER, "is a pointer of Git LFS, not the file"),
        ("a.gif", "没有\n".encode(), "is not a picture"),
        ("a.png", b"%PDF-1.4", "is not a picture"),
        ("a.png", SVG, "is an SVG"),
    ],
)
def test_what_is_wrong_with_a_file(name: str, content: bytes, flaw: str) -> None:
    """Each has advice."""
    found, advice = find_flaw(name, content[:HEAD])
    assert flaw == found and advice


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "AVIF"])
def test_pictures_are_pictures(form: str) -> None:
    """Whatever their suffix is, as browsers look at the content."""
    try:
        content = picture(form)
    except (KeyError, OSError):
        pytest.skip(f"this Pillow writes no {form}")
    assert {("", "")} == {find_flaw(name, content) for name in ("图.png", "a.jpeg", "a.avif")}


def test_other_files_are_not_looked_at() -> None:
    """Nor are SVGs, beyond what they obviously are not."""
    assert {("", "")} == {find_flaw("a.mp4", b""), find_flaw("a.svg", SVG), find_flaw("png", b"")}


def test_builds_warn_at_the_lines_of_pictures(write_blog: Write) -> None:
    """Of those beside the post, elsewhere, and in static/; also when no page is made anew."""
    text = "---\ntitle: 题\n---\n\n![图](空.png) ![好](好.png)\n\n![b](/b.png)\n\n[a](空.png)\n"
    files = {"posts/空.png": b"", "posts/好.png": picture("PNG"), "static/b.png": PAGE}
    root = write_blog({"posts/2026-01-01-a.md": text})
    add(root, files)
    options = BuildOptions(root, root / "_site", read_settings(root))
    expected = [
        "posts/2026-01-01-a.md:5:6: the picture '空.png' is empty: save the picture again",
        "posts/2026-01-01-a.md:7:6: the picture '/b.png' is a web page: download the picture that"
        " the page shows",
    ]
    for _ in range(2):
        report = publish(options)
        assert () == report.failed
        assert expected == [str(each) for each in report.problems]
    (root / "posts/空.png").write_bytes(picture("JPEG"))
    assert expected[1:] == [str(each) for each in publish(options).problems]


def test_pictures_of_a_jekyll_blog(write_blog: Write) -> None:
    """They are where Jekyll copies them from."""
    post = "---\ntitle: 题\n---\n![图](/images/a.gif)\n"
    root = write_blog({"_posts/2026-01-01-a.md": post, "_config.yml": "title: 博客\n"})
    add(root, {"images/a.gif": POINTER})
    options = BuildOptions(root, root / "_site", read_settings(root))
    expected = "_posts/2026-01-01-a.md:4:6: the picture '/images/a.gif' is a pointer of Git LFS"
    (problem,) = publish(options).problems
    assert str(problem).startswith(expected) and problem.advice == "run 'git lfs pull'"
    (root / "images/a.gif").write_bytes(picture("GIF"))
    assert () == publish(options).problems
