"""Publishing: artifacts become files, all or none, and foreign files are not changed."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evergreen.errors import EvergreenError
from evergreen.model import Artifact, ExistingContent
from evergreen.publish import Published, inspect, inspect_files, journal, lock, publish, swap
from evergreen.publish.manifest import manifest_bytes

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "index.html": "<p>首頁</p>".encode(),
    "2018/07/手寫數字辨識/index.html": "<p>手寫數字</p>".encode(),
    "2018/07/手寫數字辨識/損失.svg": b"<svg/>",
    "標籤/index.html": b"",
}


@pytest.fixture(params=["trees trade places", "two renames", "in place"])
def put(request, monkeypatch):
    """Return `publish`, in each of its three ways."""
    if request.param == "two renames":
        monkeypatch.setattr("evergreen.publish.swap.exchange", lambda *_: False)
    in_place = request.param == "in place"
    return lambda pages, site: publish(artifacts(pages), site, in_place=in_place)


def artifacts(pages: dict[str, bytes]) -> list[Artifact]:
    return [Artifact(path, content) for path, content in pages.items()]


def files(folder: Path) -> dict[str, bytes]:
    """Return all files except the manifest; a symlink counts as its target."""
    return {path: content for path, content in everything(folder).items() if path != ".evergreen"}


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): str(file.readlink()).encode()
        if file.is_symlink()
        else file.read_bytes()
        for file in folder.rglob("*")
        if file.is_symlink() or not file.is_dir()
    }


def states(folder: Path) -> dict[str, tuple[int, ...]]:
    """Return inode and times of everything, including the folder itself and hidden files."""
    found = {str(path): path.lstat() for path in (folder, *folder.rglob("*"))}
    return {
        p: (s.st_ino, s.st_mode, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for p, s in found.items()
    }


def problems(act) -> list[str]:
    with pytest.raises(EvergreenError) as raised:
        act()
    return [str(problem) for problem in raised.value.problems]


# --- what is written --------------------------------------------------------------------------


def test_site_holds_the_artifacts(tmp_path, put):
    """The site contains exactly the artifacts, byte for byte, and their folders."""
    site = tmp_path / "部落格" / "_site"
    assert put(PAGES, site) == Published(4, 0, 0)
    assert files(site) == PAGES


def test_second_site_replaces_the_first(tmp_path, put):
    """Changed files are written; deleted ones are removed with empty folders; others stay."""
    site = tmp_path / "_site"
    put(PAGES, site)
    later = {"index.html": b"new", "標籤/index.html": b"", "關於/index.html": b"about"}
    assert put(later, site) == Published(2, 2, 1)
    assert files(site) == later
    assert not (site / "2018").exists()
    assert put(PAGES, site) == Published(3, 1, 1)
    assert files(site) == PAGES


def test_nothing_differs_nothing_is_touched(tmp_path, put):
    """Publishing the same again changes no file, time or folder, hidden ones included."""
    site = tmp_path / "_site"
    put(PAGES, site)
    put(PAGES | {"index.html": b"2"}, site)
    before = states(tmp_path)
    assert put(PAGES | {"index.html": b"2"}, site) == Published(0, 0, 4)
    assert states(tmp_path) == before


def test_unchanged_files_keep_their_identity(tmp_path, put):
    """An unchanged file keeps its inode and its modification time."""
    site = tmp_path / "_site"
    put(PAGES, site)
    before = (site / "標籤/index.html").stat()
    put(PAGES | {"index.html": b"2"}, site)
    put(PAGES | {"index.html": b"3"}, site)
    after = (site / "標籤/index.html").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_links_are_never_written_through(tmp_path, put):
    """A hard-linked backup of the site is not changed by later publishes."""
    site, backup = tmp_path / "_site", tmp_path / "backup"
    put(PAGES, site)
    shutil.copytree(site, backup, copy_function=os.link)
    put(dict.fromkeys(PAGES, b"new"), site)
    put(dict.fromkeys(PAGES, b"newer"), site)
    assert files(backup) == PAGES


def test_files_become_folders_and_back(tmp_path, put):
    """A path may be a file in one site and a folder in the next."""
    site = tmp_path / "_site"
    flat, deep = {"about": b"1", "z": b""}, {"about/index.html": b"2", "z": b""}
    for pages in (flat, deep, flat, deep):
        put(pages, site)
        assert files(site) == pages


def test_no_artifacts_leave_an_empty_site(tmp_path, put):
    """A blog without pages empties its site, and the folder stays Evergreen's."""
    site = tmp_path / "_site"
    put(PAGES, site)
    assert put({}, site) == Published(0, 4, 0)
    assert everything(site) == {".evergreen": manifest_bytes({})}


def test_equal_sites_have_equal_manifests(tmp_path, put):
    """The manifest contains no times and no history."""
    put(PAGES | {"x": b""}, tmp_path / "_site")
    put(PAGES, tmp_path / "_site")
    publish(artifacts(dict(reversed(PAGES.items()))), tmp_path / "clean")
    assert everything(tmp_path / "_site") == everything(tmp_path / "clean")


def test_modes_follow_the_umask(tmp_path, put):
    """Files are 0644 and folders 0755 under the usual umask, in every publish."""
    before = os.umask(0o022)
    try:
        for number in (b"1", b"2", b"3"):
            put(PAGES | {"index.html": number}, tmp_path / "_site")
            paths = [tmp_path / "_site", *(tmp_path / "_site").rglob("*")]
            modes = {stat.S_IMODE(p.stat().st_mode) for p in paths if p.is_file()}
            assert modes == {0o644}
            assert {stat.S_IMODE(p.stat().st_mode) for p in paths if p.is_dir()} == {0o755}
    finally:
        os.umask(before)


def test_modes_of_folders_that_were_changed_stay(tmp_path, put):
    """A changed mode of the site or of a folder in it is kept."""
    site = tmp_path / "_site"
    put(PAGES, site)
    site.chmod(0o775)
    (site / "標籤").chmod(0o770)
    for number in (b"1", b"2"):
        put(PAGES | {"index.html": number}, site)
        assert [stat.S_IMODE(p.stat().st_mode) for p in (site, site / "標籤")] == [0o775, 0o770]


# --- edits by hand ----------------------------------------------------------------------------


def test_edited_files_are_written_again(tmp_path, put):
    """A file that was edited, replaced by a link, or deleted is restored."""
    site = tmp_path / "_site"
    put(PAGES, site)
    (site / "index.html").write_bytes(b"longer than it was before")
    (site / "標籤/index.html").unlink()
    (site / "標籤/index.html").symlink_to(tmp_path / "elsewhere")
    (site / "2018/07/手寫數字辨識/損失.svg").unlink()
    assert put(PAGES, site) == Published(3, 0, 1)
    assert files(site) == PAGES
    assert not (tmp_path / "elsewhere").exists()


def test_edit_of_equal_size_and_time_is_seen(tmp_path, put):
    """An edit with equal size and modification time is found by the content."""
    site = tmp_path / "_site"
    put(PAGES, site)
    put(PAGES | {"z": b""}, site)
    page = site / "2018/07/手寫數字辨識/損失.svg"
    times = page.stat()
    page.write_bytes(b"<gvs/>")
    os.utime(page, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert "2018/07/手寫數字辨識/損失.svg" not in inspect(site).files
    assert put(PAGES, site) == Published(1, 1, 3)
    assert files(site) == PAGES


def test_touched_files_are_read_and_left(tmp_path, put):
    """A changed time alone is not a change: nothing is written."""
    site = tmp_path / "_site"
    put(PAGES, site)
    (site / "index.html").touch()
    (site / ".evergreen").touch()
    os.utime(site / "標籤/index.html", ns=(0, 0))
    before = states(tmp_path)
    assert put(PAGES, site) == Published(0, 0, 4)
    assert states(tmp_path) == before


def test_manifest_of_the_future_hides_no_edit(tmp_path):
    """A manifest with a future time does not hide an edit."""
    site = tmp_path / "_site"
    publish(artifacts(PAGES), site)
    os.utime(site / ".evergreen", (2**33, 2**33))
    (site / "index.html").write_bytes("<p>百頁</p>".encode())
    assert "index.html" not in inspect(site).files


# --- kept artifacts ---------------------------------------------------------------------------


def test_kept_artifacts_stay_without_their_bytes(tmp_path, put):
    """An artifact given by its hash is kept without its content."""
    site = tmp_path / "_site"
    put(PAGES, site)
    kept = {path: ExistingContent(sha256) for path, sha256 in inspect(site).files.items()}
    assert put(kept | {"index.html": b"2"}, site) == Published(1, 0, 3)
    assert files(site) == PAGES | {"index.html": b"2"}


def test_missing_kept_artifacts_are_refused(tmp_path, put):
    """If the file was edited, deleted or never existed, an error names it and nothing changes."""
    site = tmp_path / "_site"
    put(PAGES, site)
    kept = {path: ExistingContent(sha256) for path, sha256 in inspect(site).files.items()}
    (site / "index.html").write_bytes(b"edited")
    before = everything(site)
    assert problems(lambda: put(kept | {"新.html": ExistingContent("0" * 64)}, site)) == [
        f"{site}/index.html: was changed or deleted while the site was being built: build again",
        f"{site}/新.html: was changed or deleted while the site was being built: build again",
    ]
    assert everything(site) == before


def test_inspect_returns_the_hashes(tmp_path):
    """`inspect` returns the hash of each published file, and nothing if there is no site."""
    site = tmp_path / "_site"
    assert inspect(site).files == {}
    assert not tmp_path.joinpath("_site").exists()
    publish([Artifact("空", b"")], site)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert inspect(site).files == {"空": empty}


# --- foreign files ----------------------------------------------------------------------------


def test_foreign_files_are_kept(tmp_path, put):
    """CNAME, .nojekyll, and a repository with empty folders, links and modes are kept."""
    site = tmp_path / "_site"
    put(PAGES, site)
    (site / "CNAME").write_text("blog.example")
    (site / ".git/refs/heads").mkdir(parents=True)
    (site / ".git").chmod(0o700)
    (site / ".git/HEAD").write_text("ref: refs/heads/主")
    (site / "標籤/筆記.txt").write_text("mine")
    (site / "latest").symlink_to("2018")
    before = (site / "CNAME").stat().st_ino
    for pages in ({"index.html": b"1"}, PAGES, {"index.html": b"2"}):
        put(pages, site)
        assert files(site) == pages | {
            "CNAME": b"blog.example",
            ".git/HEAD": "ref: refs/heads/主".encode(),
            "標籤/筆記.txt": b"mine",
            "latest": b"2018",
        }
        assert (site / ".git/refs/heads").is_dir()
        assert stat.S_IMODE((site / ".git").stat().st_mode) == 0o700
        assert (site / "CNAME").stat().st_ino == before
    (site / "CNAME").unlink()
    put({}, site)
    put(PAGES, site)
    assert not (site / "CNAME").exists()


def test_files_that_come_during_a_publish_are_not_lost(tmp_path, monkeypatch):
    """A file added to the site at the last moment is in the next one; the newer version wins."""
    site = tmp_path / "_site"
    publish(artifacts(PAGES), site)
    (site / "CNAME").write_text("old.example")

    def late(one, other):
        (site / "遲到/檔案").parent.mkdir()
        (site / "遲到/檔案").write_text("late")
        (site / "CNAME.new").write_text("new.example")
        (site / "CNAME.new").rename(site / "CNAME")
        return journal.exchange(one, other)

    monkeypatch.setattr(swap, "exchange", late)
    publish(artifacts({"index.html": b"2"}), site)
    assert files(site) == {"index.html": b"2", "遲到/檔案": b"late", "CNAME": b"new.example"}


def test_foreign_folder_is_refused(tmp_path, put):
    """A folder with files and no manifest is refused; the advice in the message works."""
    site = tmp_path / "文件"
    site.mkdir()
    (site / "論文.txt").write_text("mine")
    expected = [
        f"{site}: holds files that Evergreen did not write: choose another folder or empty this "
        "one; an empty file .evergreen in it hands it over, with what is there kept"
    ]
    assert problems(lambda: put(PAGES, site)) == expected
    assert problems(lambda: inspect(site).files) == expected
    assert everything(tmp_path) == {"文件/論文.txt": b"mine"}
    (site / ".evergreen").touch()
    put(PAGES, site)
    assert files(site) == PAGES | {"論文.txt": b"mine"}


def test_empty_folder_is_taken(tmp_path, put):
    """An empty folder may become the site."""
    (tmp_path / "_site").mkdir()
    put(PAGES, tmp_path / "_site")
    assert files(tmp_path / "_site") == PAGES


@pytest.mark.parametrize(
    ("theirs", "ours", "named"),
    [
        ("CNAME", "CNAME", "CNAME"),
        ("關於", "關於/index.html", "關於"),
        ("關於/我.txt", "關於", "關於"),
        ("a/b/c/d.txt", "a/b", "a/b"),
    ],
)
def test_artifact_at_a_foreign_path_is_refused(tmp_path, put, theirs, ours, named):
    """An artifact with the path of a foreign file or folder is an error, and nothing changes."""
    site = tmp_path / "_site"
    put(PAGES, site)
    (site / theirs).parent.mkdir(parents=True, exist_ok=True)
    (site / theirs).write_text("mine")
    before = everything(site)
    assert problems(lambda: put(PAGES | {ours: b"x"}, site)) == [
        f"{site}/{named}: is in the way of '{ours}' and was not written by Evergreen: move it, "
        "or give the page another address"
    ]
    assert everything(site) == before


def test_foreign_links_are_not_followed(tmp_path, put):
    """A symlink that replaced one of our folders is refused."""
    site, outside = tmp_path / "_site", tmp_path / "outside"
    put(PAGES, site)
    outside.mkdir()
    (outside / "index.html").write_text("mine")
    shutil.rmtree(site / "標籤")
    (site / "標籤").symlink_to(outside)
    told = problems(lambda: put(PAGES | {"標籤/index.html": b"x"}, site))
    assert told[0].startswith(f"{site}/標籤: is in the way of '標籤/index.html'")
    assert everything(outside) == {"index.html": b"mine"}


def test_forged_manifest_reaches_no_other_file(tmp_path, put):
    """Paths in a manifest that leave the folder have no effect."""
    site = tmp_path / "_site"
    site.mkdir()
    (tmp_path / "論文.txt").write_text("mine")
    forged = dict.fromkeys(
        ["../論文.txt", str(tmp_path / "論文.txt"), "a/../../論文.txt"], ("0", 4)
    )
    (site / ".evergreen").write_bytes(manifest_bytes(forged))
    put(PAGES, site)
    assert (tmp_path / "論文.txt").read_text() == "mine"
    assert files(site) == PAGES


@pytest.mark.parametrize(
    "content", [b"\xff", b"{}", b"evergreen manifest 1\nabc", b"evergreen manifest 9\n"]
)
def test_unreadable_manifest_is_an_error(tmp_path, content):
    """A manifest of another format stops the publish before anything changes."""
    (tmp_path / ".evergreen").write_bytes(content)
    assert problems(lambda: publish(artifacts(PAGES), tmp_path)) == [
        f"{tmp_path}/.evergreen: is not a list of files that this version of Evergreen wrote: "
        "delete the folder if all of it was generated, else choose another"
    ]
    assert everything(tmp_path) == {".evergreen": content}


# --- the destination --------------------------------------------------------------------------


def test_destination_through_a_link(tmp_path, put):
    """A symlink to the site is kept, whether its target exists or not."""
    (tmp_path / "碟").mkdir()
    link = tmp_path / "_site"
    link.symlink_to("碟/www")
    for number in (b"1", b"2"):
        put(PAGES | {"index.html": number}, link)
        assert link.readlink() == Path("碟/www")
        assert files(tmp_path / "碟/www") == PAGES | {"index.html": number}


def test_impossible_destinations(tmp_path):
    """A file, or a link to itself, gives one line."""
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    assert problems(lambda: publish([], tmp_path / "file")) == [
        f"{tmp_path}/file: is not a folder: remove it, or choose another destination"
    ]
    assert problems(lambda: publish([], tmp_path / "loop")) == [
        f"{tmp_path}/loop: is a symbolic link to itself: remove it, or choose another folder"
    ]


@pytest.mark.parametrize("below", [".", "標籤"])
def test_current_directory_stays(tmp_path, monkeypatch, below):
    """A site that is the caller's current directory is not replaced."""
    site = tmp_path / "_site"
    publish(artifacts(PAGES), site)
    monkeypatch.chdir(site / below)
    publish(artifacts(PAGES | {"index.html": b"2"}), site)
    assert Path.cwd() == site / below
    assert files(site) == PAGES | {"index.html": b"2"}


def test_no_old_page_returns_from_a_spare_tree_with_a_damaged_list(tmp_path):
    """Without its list the spare's files are not taken for another tool's."""
    site, spare = tmp_path / "_site", tmp_path / "._site.evergreen/tree"
    publish([Artifact("旧.html", b"1"), Artifact("a.html", b"1")], site)
    publish([Artifact("a.html", b"2")], site)
    assert (spare / "旧.html").exists()
    (spare / ".evergreen").write_bytes((spare / ".evergreen").read_bytes()[:-3])
    publish([Artifact("a.html", b"3")], site)
    assert {"a.html", ".evergreen"} == {path.name for path in site.iterdir()}


def test_the_spare_tree_is_repaired(tmp_path):
    """A spare tree that was changed or is incomplete has no effect on the site."""
    site, spare = tmp_path / "_site", tmp_path / "._site.evergreen/tree"
    publish(artifacts(PAGES), site)
    (spare / "標籤/index.html").unlink()
    (spare / "標籤/index.html").write_text("tampered")
    shutil.rmtree(spare / "2018")
    (spare / "x/y").mkdir(parents=True)
    publish(artifacts(PAGES | {"index.html": b"2"}), site)
    assert files(site) == PAGES | {"index.html": b"2"}
    assert not (site / "x").exists()
    shutil.rmtree(spare.parent)
    publish(artifacts(PAGES), site)
    assert files(site) == PAGES


def test_full_disk_is_reported(tmp_path):
    """A refused write gives one line with the file's name; the old site is unchanged."""
    site = tmp_path / "_site"
    publish(artifacts(PAGES), site)
    before = everything(site)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from evergreen.publish import publish; from evergreen.model import Artifact\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try: publish([Artifact('大.bin', bytes(100_000))], Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    told = python(code, str(site))
    assert told == (
        f"EvergreenError {site}: cannot be published: File too large: the last site is unchanged\n"
    )
    assert everything(site) == before


def python(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout


# --- paths ------------------------------------------------------------------------------------

ESCAPES = [
    *("", "/", ".", "..", "../x", "/etc/passwd", "//server/share", "a/../../x", "a/..", "./x"),
    *("a//b", "a/", "a/./b", "..\\x", "a\\b", "\\\\server\\share", "C:/x", "c:x", "C:\\x"),
    *("a\0b", "\0", "a\nb", "a\rb", "a\tb", "a\x7fb", "a\x1bb", "\ud800", "標籤/\udcff"),
    *("%2e%2e/x", "a/%2E%2e/x", "..%2fx", "%2fetc", "a%5cb", "%252e%252e/x", "a%00b", "%2e"),
    *(
        ".evergreen",
        ".Evergreen",
        ".evergreen/x",
        ".evergreen-staging/lock",
        ".EVERGREEN-staging",
    ),
    *("字" * 86, "a/" + "b" * 256, "../_site2/x", "..;/../x/../../y"),
]


@pytest.mark.parametrize("path", ESCAPES)
def test_paths_that_leave_the_site_are_refused(tmp_path, put, path):
    """Such a path is never written, and the error names its page."""
    (tmp_path / "_site2").mkdir()
    page = Artifact(path, b"x", "posts/惡意.md")
    told = problems(lambda: publish([Artifact("index.html", b""), page], tmp_path / "_site"))
    assert [line.startswith("posts/惡意.md: its address '") for line in told] == [True]
    assert told[0].endswith(": choose another")
    assert everything(tmp_path) == {}


@pytest.mark.parametrize(
    "path",
    [
        "...",
        "..a/b..",
        "a%20b",
        "100%/x",
        "%/x",
        "é.html",
        "字" * 85,
        "甲:b/c",
        ".nojekyll",
        "👩‍👩‍👧/x",
    ],
)
def test_odd_paths_that_stay_in_the_site_are_written(tmp_path, put, path):
    """Paths with dots, quotes, colons, spaces and long names are valid."""
    put({path: b"x"}, tmp_path / "_site")
    assert files(tmp_path / "_site") == {path: b"x"}


CLASHES = [
    ("關於/index.html", "關於/index.html", "another file has the address '關於/index.html'"),
    ("About.html", "about.html", "on some systems the same address has 'About.html'"),
    ("caf\u00e9.html", "cafe\u0301.html", "on some systems the same address has 'caf\u00e9.html'"),
    ("STRASSE", "straße", "on some systems the same address has 'STRASSE'"),
    ("a", "a/index.html", "its folder 'a' is also 'a'"),
    ("A", "a/b/index.html", "its folder 'a' is also 'A'"),
    ("Tags/x", "tags/y", "its folder 'tags' is also 'Tags/x'"),
]


@pytest.mark.parametrize(("one", "other", "why"), CLASHES)
def test_two_artifacts_for_one_file_are_refused(tmp_path, one, other, why):
    """The error names both, even if only some systems treat their paths as one."""
    pages = [Artifact(one, b"1", "posts/甲.md"), Artifact(other, b"2", "posts/乙.md")]
    assert problems(lambda: publish(pages, tmp_path / "_site")) == [
        f"posts/乙.md: cannot be written as '{other}': {why} (from posts/甲.md): "
        "give one of them another address"
    ]
    assert everything(tmp_path) == {}


def test_all_bad_paths_are_reported_together(tmp_path):
    """One publish reports every error."""
    pages = [Artifact(path, b"%d" % n) for n, path in enumerate(["../a", "b", "B", "/c"])]
    assert len(problems(lambda: publish(pages, tmp_path / "_site"))) == 3


def test_equal_artifacts_are_one(tmp_path, put):
    """The same bytes at the same path are written once."""
    figure = Artifact("圖/1.svg", b"<svg/>")
    assert publish([figure, figure], tmp_path / "_site") == Published(1, 0, 0)


# --- the history does not matter --------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c/a", "c/b", "c/d/a", "標籤/甲", "標籤/乙/頁.html", "e/f/g/h"])
SITES = st.dictionaries(NAMES, st.sampled_from([b"", b"1", b"2", "字".encode(), b"x" * 70_000]))
WAYS = st.sampled_from(["trade", "renames", "in place", "edit", "delete"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SITES, WAYS), min_size=1, max_size=6))
def test_any_history_ends_like_a_clean_publish(tmp_path_factory, history):
    """After any sites, manual edits and ways to publish, the site equals a new one."""
    folder = tmp_path_factory.mktemp("歷史")
    site = folder / "_site"
    for pages, way in history:
        follow(pages, way, site)
    pages = history[-1][0]
    publish(artifacts(pages), site)
    publish(artifacts(pages), folder / "clean")
    assert everything(site) == everything(folder / "clean")
    assert sorted(p.name for p in site.rglob("*")) == sorted(
        p.name for p in (folder / "clean").rglob("*")
    )


def follow(pages: dict[str, bytes], way: str, site: Path) -> None:
    ours = [p for p in site.rglob("*") if p.is_file() and p.name != ".evergreen"]
    if way in ("edit", "delete") and ours:
        ours[0].write_bytes(b"edited") if way == "edit" else ours[-1].unlink()
        return
    with pytest.MonkeyPatch.context() as patch:
        if way == "renames":
            patch.setattr("evergreen.publish.swap.exchange", lambda *_: False)
        publish(artifacts(pages), site, in_place=way == "in place")


# --- the lock ---------------------------------------------------------------------------------

HOLDER = (
    "import os, sys, time; from pathlib import Path; from evergreen.publish import lock\n"
    "with lock(Path(sys.argv[1])):\n"
    "    child = os.fork() if sys.argv[2:] else 1\n"
    "    print(os.getpid(), flush=True) if child else None\n"
    "    time.sleep(60)\n"
)


@pytest.fixture
def holder(tmp_path):
    """Start a process that locks `tmp_path/.cache` and has a child process."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / ".cache"), "fork"]
    process = subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline().strip() == b"%d" % process.pid
    yield process
    os.killpg(process.pid, 9)
    process.wait()
    process.stdout.close()


def test_second_build_says_who_holds_the_lock(tmp_path, holder):
    """The message has the process and the time since which it holds the lock."""
    (line,) = problems(lambda: lock(tmp_path / ".cache", wait=0.1).__enter__())
    assert line.startswith(
        f"{tmp_path}/.cache: locked by another build, process {holder.pid} since 20"
    )
    assert line.endswith(": wait until it ends, or stop it")


def test_second_build_waits_a_little(tmp_path, holder):
    """A lock that is released in time is acquired."""
    threading.Timer(0.2, holder.kill).start()
    with lock(tmp_path / ".cache", wait=30):
        assert holder.wait() == -9


def test_dead_build_holds_nothing(tmp_path, holder):
    """Kill -9 releases the lock, although a child of the dead build is still running."""
    holder.kill()
    holder.wait()
    with lock(tmp_path / ".cache", wait=0):
        assert (tmp_path / ".cache/lock").read_text().startswith(f"process {os.getpid()} since")


def test_threads_of_one_process_exclude_each_other(tmp_path):
    """A thread waits for another's lock, and the attempt does not release it."""
    told = []
    with lock(tmp_path):
        thread = threading.Thread(
            target=lambda: told.extend(problems(lambda: lock(tmp_path, wait=0.1).__enter__()))
        )
        thread.start()
        thread.join()
        code = (
            "import sys; from pathlib import Path; from evergreen.publish import lock\n"
            "try: lock(Path(sys.argv[1]), wait=0).__enter__()\n"
            "except Exception as error: print(type(error).__name__)\n"
        )
        assert python(code, str(tmp_path)) == "EvergreenError\n"
    holder = "locked by another build, a thread of this process"
    assert told == [f"{tmp_path}: {holder}: wait until it ends, or stop it"]


def test_a_lock_that_fails_is_reported(tmp_path):
    """A folder that cannot be created gives one line, not a traceback."""
    (tmp_path / "file").touch()
    told = problems(lambda: lock(tmp_path / "file/x").__enter__())
    assert told == [
        f"{tmp_path}/file/x: cannot be locked: Not a directory: check its permissions and space"
    ]


def test_the_quick_look_sees_what_the_full_one_sees(tmp_path: Path) -> None:
    """Files that were edited, deleted, replaced or moved behind a symlink are not intact."""
    site = tmp_path / "site"
    names = ("same", "edited", "gone", "folder", "moved/a", "moved/b/c", "中文/页")
    publish([Artifact(name, name.encode()) for name in names], site)
    assert inspect(site).files == inspect_files(site)
    (site / "edited").write_text("EDITED", "utf-8")
    (site / "gone").unlink()
    (site / "folder").unlink()
    (site / "folder").mkdir()
    (site / "moved").rename(tmp_path / "elsewhere")
    (site / "moved").symlink_to(tmp_path / "elsewhere")
    assert {"same", "中文/页"} == inspect_files(site).keys() == inspect(site).files.keys()
    assert {} == inspect_files(tmp_path / "missing")
