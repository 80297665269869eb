"""Pictures of a blog: their copies, their tags, and that they are never stale."""

from __future__ import annotations

import re
import shutil
import warnings
from io import BytesIO
from pathlib import Path

import pytest
from conftest import Write
from PIL import Image, ImageChops, ImageStat

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.build.prune import prune
from evergreen.model.picture import Picture
from evergreen.render.picture_tags import show_pictures
from evergreen.render.pictures import make_copies, read_picture
from evergreen.settings import read_settings


def photo(width: int = 1200, height: int = 800, seed: int = 1, **options: object) -> bytes:
    """Return a JPEG with many colours."""
    small = Image.effect_noise((64, 48), 90).convert("RGB").point(lambda v: (v * seed) % 256)
    out = BytesIO()
    small.resize((width, height)).save(out, "JPEG", quality=80, **options)
    return out.getvalue()


def drawing() -> bytes:
    """Return a PNG with few colours and many lines."""
    noise = Image.effect_noise((100, 70), 90).point(lambda v: v // 64 * 64)
    image = noise.resize((1000, 700), resample=0).convert("RGB")
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_copies_of_a_photograph() -> None:
    """WebP in the widths of the layouts, and a smaller JPEG for programs that do not choose."""
    content = photo(2000, 1000)
    found = read_picture("a.jpg", content, "posts/a.jpg", "1" * 64)
    assert found
    assert [(480, 240), (960, 480), (1440, 720)] == [(c.width, c.height) for c in found.copies]
    made = make_copies(content, found.files)
    forms = {path: Image.open(BytesIO(each)) for path, each in made.items()}
    assert [("WEBP", (480, 240)), ("JPEG", (960, 480))] == [
        (forms[copy.path].format, forms[copy.path].size)
        for copy in (found.copies[0], found.fallback)
        if copy
    ]


def test_a_copy_of_a_copy_looks_like_the_picture() -> None:
    """Each copy is made of the next wider one: the narrowest differs from one that is made of the
    picture itself by less than what WebP loses.
    """
    content = photo(2000, 1000)
    found = read_picture("a.jpg", content, "posts/a.jpg", "1" * 64)
    assert found
    small = found.copies[0]
    together, alone = (
        Image.open(BytesIO(make_copies(content, copies)[small.path])).convert("RGB")
        for copies in (found.files, [small])
    )
    differences = ImageChops.difference(together, alone).convert("L")
    assert ImageStat.Stat(differences).rms[0] < 3


def test_a_drawing_keeps_every_pixel() -> None:
    """Its copy is lossless, and smaller."""
    content = drawing()
    found = read_picture("a.png", content, "posts/a.png", "1" * 64)
    assert found
    (copy,) = found.copies
    made = make_copies(content, found.copies)[copy.path]
    before, after = (Image.open(BytesIO(each)).convert("RGB") for each in (content, made))
    assert before.tobytes() == after.tobytes()
    assert len(made) < len(content)


def test_copies_stand_upright() -> None:
    """A picture that a camera turned is turned in its copies; its sizes are as it is shown."""
    exif = Image.Exif()
    exif[0x0112] = 6
    content = photo(1200, 800, exif=exif)
    found = read_picture("a.jpg", content, "a.jpg", "1" * 64)
    assert found
    assert (800, 1200) == (found.width, found.height)
    made = make_copies(content, found.copies)
    assert (480, 720) == Image.open(BytesIO(made[found.copies[0].path])).size


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", photo()[:500]])
def test_what_is_no_picture(content: bytes) -> None:
    """A file that cannot be read has no copies, and refuses no post."""
    found = read_picture("a.jpg", content, "a.jpg", "1" * 64)
    assert found is None or isinstance(found, Picture)


def test_tags() -> None:
    """What the author wrote stays; the first picture loads at once; links are not nested."""
    content = photo(1200, 800)
    picture = read_picture("a.jpg", content, "a.jpg", "1" * 64)
    html = (
        '<p><img src="a.jpg" alt="甲"></p><a href="/x"><img src="a.jpg" width="300"></a>'
        '<picture><img src="a.jpg"></picture><img src="b.jpg" loading="eager">'
    )
    found = show_pictures(html, lambda url: picture if url == "a.jpg" else None, "/文")
    first, second, third, fourth = re.findall(r"<img[^>]*>", found)
    assert 'width="1200" height="800"' in first
    assert 'fetchpriority="high"' in first and "loading" not in first
    assert 'width="300"' in second and 'height="200"' in second and 'loading="lazy"' in second
    assert "srcset" not in third
    assert '<img src="b.jpg" loading="eager" decoding="async">' == fourth
    assert 1 == found.count('<a class="enlarge" href="a.jpg">')
    assert "/文/assets/pictures/" in first


BLOG = {
    "site.toml": 'title = "博"\nurl = "https://b.example"\nsearch = false\n',
    "posts/2026-01-01-a.md": "---\ntitle: 甲\n---\n\n文。\n\n![山](山.jpg)\n",
    "posts/2026-01-02-b.md": "---\ntitle: 乙\nimage: /b.jpg\n---\n\n文。\n",
    "posts/2026-01-03-c.md": "---\ntitle: 丙\n---\n\n文。\n",
}


def build(root: Path, output: Path) -> dict[str, bytes]:
    """Publish; every file of the site."""
    publish(BuildOptions(root, output, read_settings(root)))
    files = (path for path in output.rglob("*") if path.is_file() and path.name != ".evergreen")
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def blog(write_blog: Write) -> Path:
    """A blog with a picture next to a post, and one in `static/`; both have their place."""
    root = write_blog(BLOG)
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    (root / "posts/山.jpg").write_bytes(photo(exif=exif))
    (root / "static").mkdir()
    (root / "static/b.jpg").write_bytes(photo(seed=3, exif=exif))
    return root


def test_a_changed_picture_makes_what_shows_it(blog: Path) -> None:
    """Its post, lists and feeds that show it, its copies; nothing else; as a clean build does."""
    before = build(blog, blog / "_site")
    (blog / "posts/山.jpg").write_bytes(photo(seed=7))
    after = build(blog, blog / "_site")
    assert after == build(blog, blog / "_clean")
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    pictures = {path for path in changed if path.startswith("assets/pictures/")}
    assert {"a/index.html", "a/山.jpg", "feed.json", "feed.xml", "index.html"} == changed - pictures
    assert 8 == len(pictures)


def test_no_place_is_published(blog: Path) -> None:
    """Neither in pictures next to posts nor in those of `static/`; the blog's own are untouched."""
    found = build(blog, blog / "_site")
    pictures = [content for path, content in found.items() if path.endswith(".jpg")]
    assert [{}] * len(pictures) == [
        dict(Image.open(BytesIO(each)).getexif().get_ifd(0x8825)) for each in pictures
    ]
    with Image.open(blog / "posts/山.jpg") as own:
        assert own.getexif().get_ifd(0x8825)


def test_copies_are_kept_by_content(blog: Path) -> None:
    """A lost site is published again without decoding a picture, and without the cache alike."""
    first = build(blog, blog / "_site")
    kept = {path: path.stat().st_mtime_ns for path in (blog / ".cache/pictures").iterdir()}
    shutil.rmtree(blog / "_site")
    assert first == build(blog, blog / "_site")
    assert kept == {path: path.stat().st_mtime_ns for path in (blog / ".cache/pictures").iterdir()}
    shutil.rmtree(blog / ".cache")
    assert first == build(blog, blog / "_site")


def test_pictures_in_lists(blog: Path) -> None:
    """The home page shows a post's picture in the sizes that browsers choose from."""
    home = build(blog, blog / "_site")["index.html"].decode()
    assert 2 == home.count('class="cover"')
    assert 2 == home.count("srcset=")


def test_prune_keeps_what_is_published(blog: Path) -> None:
    """Copies that no page shows any more are removed, the others are kept."""
    build(blog, blog / "_site")
    options = BuildOptions(blog, blog / "_site", read_settings(blog))
    kept = sorted(path.name for path in options.pictures.iterdir())
    (options.pictures / "0123.webp").write_bytes(b"old")
    prune(options)
    assert kept == sorted(path.name for path in options.pictures.iterdir())


def test_a_very_large_picture_is_read_without_a_word() -> None:
    """Pillow's warning would be printed among the messages of the build."""
    out = BytesIO()
    Image.new("1", (10_000, 9_000)).save(out, "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_picture("大.png", out.getvalue(), "posts/大.png", "0" * 64)
    assert found and (10_000, 9_000) == (found.width, found.height)
