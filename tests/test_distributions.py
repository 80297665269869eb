"""The installed distributions to which modules belong."""

from __future__ import annotations

from pathlib import Path

from reuse_blog import install, put

from evergreen.records.distributions import (
    Imported,
    file_list,
    find_imported,
    find_unowned,
    version,
)


def record(folder: Path, name: str, number: str, *files: str) -> None:
    """Install a distribution with some files."""
    install(folder, name, number)
    (folder / f"{name}.py").unlink()
    for file in files:
        put(folder / file, "")
    lines = "".join(f"{file},sha256=x,0\n" for file in files)
    put(folder / f"{name}-{number}.dist-info/RECORD", lines)


def require(folder: Path, name: str, number: str, *lines: str) -> None:
    """Add requirements to a distribution."""
    place = folder / f"{name}-{number}.dist-info/METADATA"
    text = place.read_text("utf-8") + "".join(f"Requires-Dist: {line}\n" for line in lines)
    place.write_text(text, "utf-8")


def test_versions(tmp_path: Path) -> None:
    """Any spelling of the name is found; "" means not installed; a new one is found at once."""
    path = [str(tmp_path)]
    install(tmp_path, "Eg_Name", "1.0")
    assert ("1.0", "1.0", "") == tuple(version(n, path) for n in ("Eg_Name", "eg-name", "eg"))
    install(tmp_path, "Eg_Name", "1.1")
    assert "1.1" == version("eg-name", path)


def test_modules_with_other_names(tmp_path: Path) -> None:
    """RECORD lists a package, a single file, an extension and a hidden helper module."""
    record(tmp_path, "eg_pillow", "1", "PIL/__init__.py", "PIL/deep/x.so")
    record(tmp_path, "eg_ext", "2", "_ext.cpython-312-x86_64-linux-gnu.so", "one.py")
    files = {"PIL": "PIL/__init__.py", "_x": "PIL/deep/x.so", "one": "one.py"}
    placed = {name: str(tmp_path / file) for name, file in files.items()}
    assert [Imported("eg_ext", "2", False, ""), Imported("eg_pillow", "1", True, "")] == (
        find_imported([str(tmp_path)], placed, {"PIL"})
    )


def test_a_shared_namespace(tmp_path: Path) -> None:
    """If two distributions share a namespace, the imported file decides."""
    record(tmp_path, "eg_a", "1", "space/a/__init__.py")
    record(tmp_path, "eg_b", "1", "space/b/__init__.py")
    files = {"space.b": str(tmp_path / "space/b/__init__.py")}
    found = find_imported([str(tmp_path)], files, {"space"})
    assert [("eg_b", True)] == [(each.name, each.named) for each in found]


def test_what_is_the_kernels_own_counts_where_it_is_required(tmp_path: Path) -> None:
    """A package of the kernel counts if a counted package requires it."""
    for name in ("eg_top", "eg_mid", "eg_low", "eg_idle", "eg_kernel", "eg_lazy"):
        install(tmp_path, name, "1")
    require(tmp_path, "eg_top", "1", "Eg.Mid>=1; python_version > '3'", "eg_idle; extra == 'all'")
    require(tmp_path, "eg_mid", "1", "eg_low[x] (>0)")
    require(tmp_path, "eg_kernel", "1", "eg_mid", "eg_lazy")
    files = {name: str(tmp_path / f"{name}.py") for name in ("eg_top", "eg_lazy")}
    found = find_imported([str(tmp_path)], files, {"eg_top"}, ["eg_kernel", "eg_low", "eg_idle"])
    assert ["eg_low", "eg_mid", "eg_top"] == [each.name for each in found]
    assert ["eg_top"] == [each.name for each in found if each.named]
    named = find_imported([str(tmp_path)], files, {"eg_lazy"}, ["eg_kernel"])
    assert ["eg_lazy"] == [each.name for each in named if each.named]


def test_local_distributions_have_their_files(tmp_path: Path) -> None:
    """A distribution that came from no index can change without a new version."""
    install(tmp_path, "eg_local", "1")
    assert "" == file_list("eg_local", [str(tmp_path)])
    put(tmp_path / "eg_local-1.dist-info/direct_url.json", "{}")
    listed = file_list("eg_local", [str(tmp_path)])
    assert listed.startswith("eg_local.py,sha256=")
    files = {"eg_local": str(tmp_path / "eg_local.py")}
    assert [listed] == [each.files for each in find_imported([str(tmp_path)], files, ())]


def test_unowned_files(tmp_path: Path) -> None:
    """A file that was placed among the packages belongs to no distribution."""
    folder = tmp_path / "site-packages"
    install(folder, "eg_known", "1")
    put(folder / "stray.py", "")
    files = {name: str(folder / f"{name}.py") for name in ("eg_known", "stray")}
    assert [files["stray"]] == find_unowned([str(folder)], files)
