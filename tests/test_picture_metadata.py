"""Pictures are published without what cameras note in them."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from evergreen.content.picture_metadata import without_metadata

_GPS = 0x8825
_XMP = b'<x:xmpmeta xmlns:exif="e"><a exif:GPSLatitude="59,20.5N"/></x:xmpmeta>'


def picture(form: str, orientation: int = 6, **options: object) -> bytes:
    """Return a picture of a camera: with its place, its owner and an orientation."""
    image = Image.new("RGB", (40, 24))
    image.putdata([(x * 6, x * y % 256, y * 10) for y in range(24) for x in range(40)])
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Camera 9000"
    exif[0x8298] = "林木".encode()
    exif.get_ifd(_GPS)[1], exif.get_ifd(_GPS)[2] = "N", (59.0, 20.0, 30.5)
    out = BytesIO()
    image.save(out, form, exif=exif, **options)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    """Return a picture from its bytes."""
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_place_and_camera_are_gone(form: str) -> None:
    """The pixels, the orientation and the copyright stay."""
    before = picture(form)
    after = without_metadata(before)
    assert dict(opened(before).getexif().get_ifd(_GPS))
    assert {} == dict(opened(after).getexif().get_ifd(_GPS))
    assert b"Camera" not in after
    assert 6 == opened(after).getexif()[0x0112]
    assert "林木".encode() in after
    assert opened(before).tobytes() == opened(after).tobytes()
    assert (24, 40) == ImageOps.exif_transpose(opened(after)).size


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_twice_is_once(form: str) -> None:
    """A picture without metadata is published as it is."""
    image = Image.new("RGB", (8, 8), "green")
    out = BytesIO()
    image.save(out, form)
    assert out.getvalue() == without_metadata(out.getvalue())
    if form != "GIF":
        once = without_metadata(picture(form))
        assert once == without_metadata(once)


def test_profiles_and_progressive_scans_stay() -> None:
    """A colour profile is no metadata of a camera; scans are copied whole."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    before = picture("JPEG", icc_profile=profile, progressive=True, quality=95)
    after = opened(without_metadata(before))
    assert profile == after.info["icc_profile"]
    assert opened(before).tobytes() == after.tobytes()


def test_a_second_picture_behind_the_first() -> None:
    """Cameras append previews and depth maps, with metadata of their own."""
    after = without_metadata(picture("JPEG") + picture("JPEG"))
    assert b"Camera" not in after
    assert after.endswith(b"\xff\xd9")


def test_xmp() -> None:
    """XMP may have the place, too."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", _XMP.decode())
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=info)
    assert b"GPSLatitude" not in without_metadata(out.getvalue())


def test_containers_that_are_not_taken_apart() -> None:
    """In TIFF and HEIF the place is overwritten; the rest of the file stays where it is."""
    before = picture("TIFF")
    after = without_metadata(before)
    assert {} == dict(opened(after).getexif().get_ifd(_GPS))
    assert len(before) == len(after)
    boxed = b"....ftypheic" + b"Exif\0\0" + before + _XMP
    assert b"59,20.5N" not in without_metadata(boxed)
    assert without_metadata(boxed) != boxed


@given(st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF"]), st.data())
def test_broken_files(form: str, data: st.DataObject) -> None:
    """Whatever a file holds, a result comes back."""
    content = bytearray(picture(form))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(2, len(content)))
    assert isinstance(without_metadata(bytes(content[:cut])), bytes)
