"""The folders of the site are remembered between publishes, and each change in one is seen."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from evergreen.model import Artifact
from evergreen.paths import TICK
from evergreen.publish import (
    folders,
    inspect,
    inspect_packed,
    inspection,
    list_files,
    publish,
    reinspect,
    state,
    swap,
)
from evergreen.publish.folders import FILE
from evergreen.publish.inspection import pack, unpack

NAMES = ("index.html", "a/index.html", "b/c/index.html", "文/index.html")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a site whose folders are remembered; on a busy machine that takes more publishes."""
    monkeypatch.setattr(folders, "_MANY", 1)
    for number in range(30):
        put(tmp_path / "_site", f"第 {number} 次")
        time.sleep(2 * TICK / 1e9)
        if number >= 2 and (tmp_path / "._site.evergreen" / FILE).exists():
            break
    assert (tmp_path / "._site.evergreen" / FILE).exists()
    return tmp_path / "_site"


def put(site: Path, text: str) -> None:
    pages = [Artifact(name, b"") for name in NAMES[1:]]
    publish([Artifact(NAMES[0], text.encode()), *pages], site)


def found(site: Path) -> set[str]:
    return {
        str(path.relative_to(site))
        for path in site.rglob("*")
        if path.is_file() and path.name != ".evergreen"
    }


def read_folders(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the folders that are read from now on."""
    read: list[str] = []
    scandir = os.scandir

    def noting(folder: str) -> object:
        read.append(folder)
        return scandir(folder)

    monkeypatch.setattr(folders.os, "scandir", noting)
    return read


def test_folders_that_did_not_change_are_not_read(site: Path, monkeypatch) -> None:
    """Only the folder in which a file was added is read again, besides the tops of both trees."""
    (site / "b/CNAME").write_text("example.org")
    read = read_folders(monkeypatch)
    inspect(site)
    spare = site.with_name("._site.evergreen") / "tree"
    assert {str(site), str(site / "b"), str(spare)} == set(read)


@pytest.mark.parametrize("place", ["b/CNAME", "CNAME", "文/新/CNAME", "b/c/.hidden"])
def test_files_that_were_added_are_kept(site: Path, place: str) -> None:
    """A file that Evergreen did not write is in the next site, wherever it was put."""
    (site / place).parent.mkdir(exist_ok=True)
    (site / place).write_text("example.org")
    put(site, "4")
    put(site, "5")
    assert {*NAMES, place} == found(site)


def test_files_that_were_removed_are_made_again(site: Path) -> None:
    """A file that was deleted, or whose folder was moved, is written again."""
    (site / "a/index.html").unlink()
    (site / "b").rename(site / "moved")
    put(site, "4")
    assert {*NAMES, "moved/c/index.html"} == found(site)


def test_files_added_to_the_old_site_are_kept(site: Path) -> None:
    """A file that a program adds to the folder that was the site before the last publish is moved
    to the site."""
    (site.parent / "._site.evergreen/tree/b/late").write_text("late")
    put(site, "4")
    assert {*NAMES, "b/late"} == found(site)


def test_edits_in_remembered_folders_are_seen(site: Path) -> None:
    """A file that was edited in place, which changes no folder, is written again."""
    (site / "b/c/index.html").write_text("x")
    put(site, "4")
    assert (site / "b/c/index.html").read_bytes() == b""


@pytest.mark.parametrize("content", [b"", b"evergreen folders 1 ", b"\xff" * 64])
def test_a_damaged_memory_is_ignored(site: Path, content: bytes) -> None:
    """Without its memory a publish reads all folders."""
    (site.parent / "._site.evergreen" / FILE).write_bytes(content)
    (site / "b/CNAME").write_text("example.org")
    put(site, "4")
    assert {*NAMES, "b/CNAME"} == found(site)


@pytest.mark.parametrize("place", ["CNAME", "b/c/CNAME", "a/新/CNAME", "文/图.svg"])
def test_files_added_during_a_publish_are_kept(site: Path, place: str, monkeypatch) -> None:
    """A file that is added after the site was inspected, before it is exchanged, is in the next
    site."""
    update = swap.update_spare

    def adding(*args: object) -> bool:
        (site / place).parent.mkdir(exist_ok=True)
        (site / place).write_text("late")
        return update(*args)

    monkeypatch.setattr(swap, "update_spare", adding)
    put(site, "4")
    assert {*NAMES, place} == found(site)


def test_foreign_files_do_not_return(site: Path) -> None:
    """A file of someone else's that was in both trees is gone when it is deleted in the site."""
    (site / "b/CNAME").write_text("example.org")
    put(site, "4")
    (site / "b/CNAME").unlink()
    put(site, "5")
    put(site, "6")
    assert set(NAMES) == found(site)


def test_an_inspection_goes_to_another_process(site: Path) -> None:
    """An inspection that was packed is the same after unpacking, of an edited site too."""
    (site / "b/CNAME").write_text("example.org")
    (site / "a/index.html").write_text("x")
    (site / "文/index.html").unlink()
    seen = inspect(site)
    again = unpack(pack(seen), seen.tree.listing)
    assert replace(seen, tree=replace(seen.tree, memory=again.tree.memory)) == again


def test_an_inspection_that_was_overtaken_is_made_anew(site: Path) -> None:
    """A publish between an inspection and its use makes it worthless."""
    listing = list_files(site)
    packed = inspect_packed(site, listing)
    put(site, "4")
    assert reinspect(site, listing, packed).files == inspect(site).files


def test_an_old_list_of_files_is_read_again(site: Path) -> None:
    """A publish between the list and the inspection does not count as edits."""
    listing = list_files(site)
    put(site, "4")
    seen = inspect(site)
    assert seen.tree == replace(inspect(site, listing).tree, memory=seen.tree.memory)
    assert seen.files == reinspect(site, listing, inspect_packed(site, listing)).files
    assert seen.files != listing.files


def test_edits_during_a_build_are_undone_by_the_next(site: Path) -> None:
    """An edit that keeps the size, after the site was inspected, is noticed by its time."""
    publish([Artifact("旧.html", b"old"), Artifact("new.html", b"1")], site)
    seen = inspect(site)
    (site / "旧.html").write_bytes(b"odd")
    publish([Artifact("旧.html", b"old"), Artifact("new.html", b"2")], site, seen=seen)
    publish([Artifact("旧.html", b"old"), Artifact("new.html", b"2")], site)
    assert (site / "旧.html").read_bytes() == b"old"


def test_files_lost_from_the_spare_during_a_build_are_linked_again(site: Path) -> None:
    """A folder of the spare tree that disappears after the inspection is no loss to the site."""
    seen = inspect(site)
    shutil.rmtree(site.parent / "._site.evergreen/tree/b")
    publish([Artifact("index.html", b"4"), *(Artifact(n, b"") for n in NAMES[1:])], site, seen=seen)
    assert set(NAMES) == found(site)


def test_a_spare_that_is_gone_is_made_again(site: Path) -> None:
    """The whole spare tree may disappear after the inspection."""
    seen = inspect(site)
    shutil.rmtree(site.parent / "._site.evergreen/tree")
    publish([Artifact("index.html", b"4"), *(Artifact(n, b"") for n in NAMES[1:])], site, seen=seen)
    assert set(NAMES) == found(site)


def test_a_large_publish_is_not_hashed_by_the_next_build(tmp_path: Path, monkeypatch) -> None:
    """Many files that were just written are not newer than their list, however long it took."""
    monkeypatch.setattr(inspection, "FRESH", 0)
    site = tmp_path / "_site"
    publish([Artifact(f"页/{n}.html", b"%d" % n) for n in range(inspection.FEW + 1)], site)
    changed = max(path.stat().st_ctime_ns for path in site.glob("页/*"))
    assert changed <= (site / ".evergreen").stat().st_mtime_ns


def test_newcomers_are_found_in_linear_time(site: Path) -> None:
    """Folders that may have changed cost a look at their own names, not at all those before."""
    compared: list[str] = []

    class Counted(dict[str, str]):
        def __iter__(self):
            compared.extend(super().__iter__())
            return super().__iter__()

    seen = inspect(site).tree
    listing = replace(seen.listing, files=Counted(seen.listing.files))
    (site / "b/CNAME").write_text("example.org")
    assert list(state.find_newcomers(site, replace(seen, listing=listing))) == ["b/CNAME"]
    assert not compared
