"""Files of ours that something has damaged: the next build is right, or says in a line why not."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.errors import EvergreenError
from evergreen.model import Report
from evergreen.paths import SET_ASIDE
from evergreen.settings import read_settings

POST = "---\ntitle: 题\ntags: [甲]\n---\n\n词 {n} $x^2$\n\n```python\nprint({n})\n```\n"
BLOG = {
    "site.toml": 'url = "https://example.org"\nsearch = false\n',
    "posts/2026-01-01-一.md": POST.format(n=1),
    "posts/2026-01-02-二.md": POST.format(n=2),
    "posts/2026-01-03-三.md": "---\ntitle: 字\n---\n\n只有字。\n",
}
_TIME = re.compile(r"\d\d:\d\d(:\d\d)?|\d+\.\d+ s")
EDITED = "posts/2026-01-03-三.md"


def truncate(file: Path) -> None:
    """Keep the first half."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip(file: Path) -> None:
    """Change one bit, always the same of a file."""
    content = bytearray(file.read_bytes() or b"\0")
    chance = random.Random(file.name)
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(content)


def zero(file: Path) -> None:
    """Write zeros, as some filesystems do after a crash."""
    file.write_bytes(bytes(file.stat().st_size))


def folder(file: Path) -> None:
    """Put a folder in its place."""
    file.unlink()
    (file / "里").mkdir(parents=True)


def pipe(file: Path) -> None:
    """Put a named pipe in its place, which nobody writes to."""
    file.unlink()
    os.mkfifo(file)


def link(file: Path) -> None:
    """Put a symlink to nothing in its place."""
    file.unlink()
    file.symlink_to("/nowhere/无")


def loop(file: Path) -> None:
    """Put a symlink to itself in its place."""
    file.unlink()
    file.symlink_to(file.name)


DAMAGE: dict[str, Callable[[Path], None]] = {
    each.__name__: each for each in (truncate, flip, zero, folder, pipe, link, loop)
}


def build(root: Path, execute: bool = True) -> Report:
    """Publish a blog."""
    options = BuildOptions(root, root / "_site", read_settings(root), execute=execute)
    return publish(options)


def site(root: Path) -> dict[str, str]:
    """Return the text of the published files by path, without times."""
    files = (path for path in (root / "_site").rglob("*") if path.is_file())
    found = {
        str(path.relative_to(root)): path.read_bytes().decode("utf-8", "replace")
        for path in files
        if not path.name.startswith(".evergreen")
    }
    return {
        path: re.sub(r"\d\d:\d\d(:\d\d)?|\d+\.\d+ s", "·", text) for path, text in found.items()
    }


def edit(root: Path) -> None:
    """Change a word of a post, so that the next build has something to do."""
    file = root / EDITED
    file.write_text(file.read_text("utf-8") + "\n新的一句。\n", "utf-8")


def own_files(root: Path) -> list[Path]:
    """Return the files that the engine keeps for itself, relative to the blog, one of a kind."""
    kinds: dict[str, Path] = {}
    places = [*(root / ".cache").rglob("*"), *(root / "_site").glob(".evergreen*")]
    for path in sorted(path for path in places if path.is_file()):
        relative = path.relative_to(root)
        kind = f"{'/'.join(relative.parts[:2])} {len(relative.parts)} {path.suffix}"
        kinds.setdefault(kind, relative)
    return list(kinds.values())


@pytest.fixture
def blog(write_blog: Write) -> Path:
    """A published blog."""
    root = write_blog(BLOG)
    build(root)
    return root


@pytest.mark.slow
@pytest.mark.parametrize("kind", DAMAGE)
def test_each_kind_of_file_is_made_anew(blog: Path, tmp_path: Path, kind: str) -> None:
    """The build after the damage gives the site that a clean one gives, or ends with one line."""
    clean = tmp_path / "clean"
    shutil.copytree(blog, clean, symlinks=True)
    edit(clean)
    build(clean)
    expected = site(clean)
    wrong = {}
    for number, file in enumerate(own_files(blog)):
        work = tmp_path / str(number)
        shutil.copytree(blog, work, symlinks=True)
        DAMAGE[kind](work / file)
        edit(work)
        try:
            build(work)
        except EvergreenError as error:
            if len(error.problems) != 1 or file.name != ".evergreen":
                wrong[str(file)] = str(error)
        else:
            found = site(work)
            if found != expected:
                wrong[str(file)] = str(
                    {name for name in expected if found.get(name) != expected[name]}
                )
    assert {} == wrong


def test_what_is_in_the_way_is_renamed_with_a_warning(blog: Path) -> None:
    """Nothing is deleted that Evergreen did not write."""
    SET_ASIDE.clear()
    (blog / ".cache/lock").unlink()
    (blog / ".cache/lock").mkdir()
    (blog / ".cache/lock/我的").write_text("x")
    edit(blog)
    warnings = [each for each in build(blog).problems if each.path.endswith("/.cache/lock")]
    assert ["warning"] == [each.severity for each in warnings]
    (aside,) = (blog / ".cache").glob("lock.aside-*")
    assert ["我的"] == [path.name for path in aside.iterdir()]


def test_a_damaged_compiled_template_is_compiled_again(blog: Path) -> None:
    """A flipped byte of it would be wrong on every page."""
    for file in (blog / ".cache/templates").glob("*.cache"):
        file.write_bytes(file.read_bytes().replace(b"<main", b"<mbin"))
    edit(blog)
    build(blog)
    assert [] == [path for path, text in site(blog).items() if "<mbin" in text]


def test_a_damaged_manifest_is_one_line(blog: Path) -> None:
    """Which files are ours is not known then, so none is touched."""
    before = site(blog)
    flip(blog / "_site/.evergreen")
    edit(blog)
    with pytest.raises(EvergreenError) as raised:
        build(blog)
    assert (1, before) == (len(raised.value.problems), site(blog))


def test_a_cache_that_cannot_be_written_is_a_warning(
    blog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new site is published by then, and the warning says so."""
    shutil.rmtree(blog / ".cache/pages", ignore_errors=True)
    for file in (blog / ".cache").glob("pages*"):
        file.unlink()
    (blog / ".cache/pages").write_text("a file where the folder should be")
    edit(blog)
    problems = build(blog).problems
    assert "新的一句" in site(blog)["_site/三/index.html"]
    said = [each.message for each in problems if "the site is published" in each.message]
    assert 1 == len(said)


def test_a_damaged_record_keeps_the_last_good_page(blog: Path) -> None:
    """Where no code may run; the page would have lost its outputs."""
    for record in (blog / ".cache/records").glob("*/*.json"):
        zero(record)
    before = site(blog)
    report = build(blog, execute=False)
    messages = {each.message for each in report.problems if each.severity == "error"}
    assert ({"the record of its results is damaged"}, before) == (messages, site(blog))


def test_a_lost_manifest_is_one_line(blog: Path) -> None:
    """An empty file gives a folder to Evergreen; here every file of the old site is in the way."""
    (blog / "_site/.evergreen").write_bytes(b"")
    edit(blog)
    with pytest.raises(EvergreenError) as raised:
        build(blog)
    assert 1 == len(raised.value.problems)
