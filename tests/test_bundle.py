"""The files beside a post: copied unchanged, and observed when they are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.execution.bundle_copy import (
    BundleCopy,
    copy_bundle,
    files_touched,
    folders_listed,
    is_changed,
    reset_access_times,
)
from evergreen.records.bundle import excluded_in, is_excluded, names_in


def fill(folder: Path, *names: str) -> Path:
    """Make a folder with some files, whose content is their name."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, "utf-8", "surrogateescape")
    return folder


def copied(tmp_path: Path, *excluded: str) -> BundleCopy:
    """Copy the folder `源`."""
    (tmp_path / "ws/run").mkdir(parents=True)
    return copy_bundle(tmp_path / "源", excluded, tmp_path / "ws/run")


def test_all_files_are_copied_except_posts(tmp_path: Path) -> None:
    """Posts, folders of posts and caches are left out; names use slashes."""
    fill(tmp_path / "源", "数.csv", "甲.md", "夹/深/一.txt", "夹/乙.md", "丙/index.md", "丙/图.png")
    fill(tmp_path / "源", "lib/__pycache__/x.pyc", ".git/config", "lib/a.py")
    copy = copied(tmp_path, "甲.md", "夹/乙.md", "丙")
    assert ["lib/a.py", "夹/深/一.txt", "数.csv"] == sorted(copy.files)
    assert {
        ".": ("lib", "夹", "数.csv"),
        "lib": ("a.py",),
        "夹": ("深",),
        "夹/深": ("一.txt",),
    } == copy.folders
    assert "夹/深/一.txt" == (copy.folder / "夹/深/一.txt").read_text("utf-8")


def test_permissions_and_times_are_copied(tmp_path: Path) -> None:
    """A script can be run, and its modification time is the original's."""
    source = fill(tmp_path / "源", "工具.sh") / "工具.sh"
    source.chmod(0o750)
    os.utime(source, (1, 2))
    status = (copied(tmp_path).folder / "工具.sh").stat()
    assert (0o100750, 2) == (status.st_mode, status.st_mtime)


def test_links_are_followed_but_never_in_circles(tmp_path: Path) -> None:
    """A link is replaced by its target, except to a parent folder or a missing file."""
    source = fill(tmp_path / "源", "真/一.txt")
    fill(tmp_path / "别处", "二.txt")
    (source / "近").symlink_to("真/一.txt")
    (source / "远").symlink_to(tmp_path / "别处")
    (source / "真/圈").symlink_to("..")
    (source / "断").symlink_to("无")
    (tmp_path / "别处/回").symlink_to(source / "真")
    copy = copied(tmp_path)
    names = ["真/一.txt", "近", "远/二.txt", "远/回/一.txt"]
    assert sorted(names) == sorted(copy.files)
    assert not (copy.folder / "近").is_symlink()
    assert ("断", "真", "近", "远") == copy.folders["."]


def test_special_files_are_left_out(tmp_path: Path) -> None:
    """Reading a pipe would block forever."""
    os.mkfifo(fill(tmp_path / "源", "一.txt") / "管")
    assert ["一.txt"] == list(copied(tmp_path).files)


def test_a_missing_folder_is_empty(tmp_path: Path) -> None:
    """A post may have no files beside it."""
    assert ({}, {}) == (copied(tmp_path).files, copied_folders(tmp_path))


def copied_folders(tmp_path: Path) -> dict[str, tuple[str, ...]]:
    """Return the folders in the copy of a bundle that does not exist."""
    return copy_bundle(tmp_path / "无", (), tmp_path / "ws/run").folders


ODD = ["a\nb.txt", "空 格.txt", "'引\".csv", "-rf", "\udcff.bin", "é.txt", "名=值.py", "*?[x]"]


def test_names_may_have_any_characters(tmp_path: Path) -> None:
    """Line breaks, quotes and bytes that are not valid text are kept."""
    fill(tmp_path / "源", *ODD)
    copy = copied(tmp_path)
    assert sorted(ODD) == sorted(copy.files)
    (copy.folder / ODD[0]).read_bytes()
    (copy.folder / ODD[4]).read_bytes()
    assert sorted([ODD[0], ODD[4]]) == files_touched(copy)


def test_reads_by_any_program_are_observed(tmp_path: Path) -> None:
    """Opened, rewritten and removed files are known; `stat` does not count as a read."""
    names = ["看.txt", "读.txt", "改.txt", "删.txt", "闲.txt"]
    fill(tmp_path / "源", *names)
    copy = copied(tmp_path)
    assert [] == files_touched(copy)
    (copy.folder / "看.txt").stat()
    os.system(f"cat '{copy.folder / '读.txt'}' > /dev/null")
    (copy.folder / "改.txt").write_text("长一点的内容", "utf-8")
    (copy.folder / "删.txt").unlink()
    assert sorted(["读.txt", "改.txt", "删.txt"]) == files_touched(copy)
    assert sorted(["改.txt", "删.txt"]) == sorted(n for n in names if is_changed(copy, n))


def test_listings_are_observed(tmp_path: Path) -> None:
    """A listed folder is known; one that was only traversed is not."""
    fill(tmp_path / "源", "一/a.txt", "二/b.txt")
    copy = copied(tmp_path)
    assert [] == folders_listed(copy)
    (copy.folder / "一/a.txt").read_bytes()
    os.listdir(copy.folder / "二")
    assert ["二"] == folders_listed(copy)
    reset_access_times(copy)
    assert ([], []) == (files_touched(copy), folders_listed(copy))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("甲.md", True),
        ("丙/图.png", True),
        ("丙", True),
        ("夹/乙.md", True),
        ("夹/乙", False),
        ("lib/__pycache__/x.pyc", True),
        ("甲.md.txt", False),
    ],
)
def test_excluded_names(name: str, expected: bool) -> None:
    """A name, everything below it, and caches anywhere are excluded."""
    assert expected == is_excluded(name, {"甲.md", "丙", "夹/乙.md"})


PATHS = st.lists(st.sampled_from("甲乙丙"), min_size=1, max_size=3).map("/".join)


@given(PATHS, st.sets(PATHS))
def test_excluded_paths_and_folders_agree(name: str, excluded: set[str]) -> None:
    """Checking a whole path gives the same result as checking each folder on the way."""
    parts = name.split("/")
    steps = [("/".join(parts[:end]) or ".", parts[end]) for end in range(len(parts))]
    ends = any(part in excluded_in(folder, excluded) for folder, part in steps)
    assert ends == is_excluded(name, excluded)


def test_the_backup_of_a_post_is_no_name_beside_it(tmp_path: Path) -> None:
    """The post itself is excluded; what an editor saves before it is written anew is not seen."""
    fill(tmp_path, "甲.md", "甲.md~", "._甲.md", "乙~")
    assert ("乙~",) == names_in(tmp_path, {"甲.md"})
