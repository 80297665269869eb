"""The reuse table: a change, whether code must run again because of it, and the reason in `why`.

Every case builds a copy of one blog whose posts have run (`reuse_blog`).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
import reuse_blog
from filelock import FileLock
from reuse_blog import CODE, DATA, LATER, install, post_path, put

from evergreen.build.forecast import forecast
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.settings import read_settings


@dataclass(frozen=True)
class Blog:
    """A copy of the blog, and of the files outside it."""

    root: Path
    outside: Path
    packages: Path
    set: Callable[[str, str], None]
    """Sets an environment variable for this case."""
    after: Callable[[Callable[[], object]], None]
    """Registers a function that is called when the case is over."""


Change = Callable[[Blog], None]


@dataclass(frozen=True)
class Case:
    """A row of the table."""

    name: str
    post: str
    change: Change
    runs: bool
    says: str
    """Words in the reason."""
    options: tuple[tuple[str, bool], ...] = ()
    settles: bool = True
    """True if the build after the next has nothing to run."""


def edit(name: str, old: str, new: str) -> Change:
    """Replace a text in a file of the blog, or in a post."""

    def change(blog: Blog) -> None:
        path = blog.root / (name if "/" in name else post_path(name))
        before = path.read_text("utf-8")
        assert old in before
        path.write_text(before.replace(old, new), "utf-8")

    return change


def add(name: str, text: str = "新\n") -> Change:
    """Write a file of the blog."""
    return lambda blog: put(blog.root / name, text)


def remove(name: str) -> Change:
    """Remove a file of the blog."""
    return lambda blog: (blog.root / name).unlink()


def rename(name: str, new: str) -> Change:
    """Rename a file of the blog."""
    return lambda blog: (blog.root / name).rename(blog.root / new)


def binary(name: str, content: bytes) -> Change:
    """Replace a file of the blog."""
    return lambda blog: (blog.root / name).write_bytes(content) and None


def outside(name: str, text: str | None = "别的\n") -> Change:
    """Write or remove a file outside the blog during the case."""

    def change(blog: Blog) -> None:
        path = blog.outside / name
        before = path.read_bytes() if path.exists() else None
        blog.after(lambda: path.unlink() if before is None else path.write_bytes(before))
        path.unlink() if text is None else put(path, text)

    return change


def version(name: str, number: str) -> Change:
    """Install another version of a package."""
    return lambda blog: install(blog.packages, name, number)


def version_of_kernel(blog: Blog) -> None:
    """Install another version of a package for a separate kernel."""
    install(blog.outside / "kernel", "eg_used", "1.2")
    blog.after(lambda: install(blog.outside / "kernel", "eg_used", "1.0"))


def uninstall(name: str) -> Change:
    """Remove a package."""

    def change(blog: Blog) -> None:
        (blog.packages / f"{name}.py").unlink()
        shutil.rmtree(next(blog.packages.glob(f"{name}-*.dist-info")))

    return change


def variable(name: str, value: str) -> Change:
    """Set an environment variable."""
    return lambda blog: blog.set(name, value)


def recorded(fact: str, value: str) -> Change:
    """Change a fact about the machine in the records."""

    def change(blog: Blog) -> None:
        for place in records(blog):
            _, line, rest = place.read_bytes().split(b"\n", 2)
            head = json.loads(line)
            head["facts"] |= {fact: value} if fact in head["facts"] else {}
            line = json.dumps(head, ensure_ascii=False).encode()
            check = sha256(line).hexdigest().encode()
            place.write_bytes(b"\n".join((check, line, rest)))

    return change


def records(blog: Blog) -> list[Path]:
    """Return the files of all records."""
    return list((blog.root / ".cache/records").glob("*/*.json"))


def spoil(part: str, change: Callable[[bytes], bytes]) -> Change:
    """Damage the records or their blobs, and delete the cached pages."""

    def damage(blog: Blog) -> None:
        shutil.rmtree(blog.root / ".cache/pages")
        store = blog.root / ".cache/records"
        for place in store.glob("blobs/*") if part == "blob" else records(blog):
            place.write_bytes(change(place.read_bytes()))

    return damage


def flip(at: int) -> Callable[[bytes], bytes]:
    """Change one bit of a byte."""
    return lambda content: content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def flip_body(content: bytes) -> bytes:
    """Change one bit of the outputs."""
    return flip(content.index(b"outputs") + 2)(content)


def crlf(name: str) -> Change:
    """Give a file the line endings of another system."""

    def change(blog: Blog) -> None:
        path = blog.root / (name if "/" in name else post_path(name))
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    return change


def crlf_records(blog: Blog) -> None:
    """Give the records the line endings of another system."""
    shutil.rmtree(blog.root / ".cache/pages")
    for place in records(blog):
        place.write_bytes(place.read_bytes().replace(b"\n", b"\r\n"))


def move_records(blog: Blog) -> None:
    """Move the records to another folder of the blog."""
    shutil.rmtree(blog.root / ".cache/pages")
    (blog.root / ".cache/records").rename(blog.root / "记录")
    put(blog.root / "site.toml", 'lang = "zh"\n[records]\npath = "记录"\n')


def remove_blobs(blog: Blog) -> None:
    """Delete the pictures and the cached pages."""
    shutil.rmtree(blog.root / ".cache/pages")
    shutil.rmtree(blog.root / ".cache/records/blobs")


def move_post(blog: Blog) -> None:
    """Move a post into its own folder, with the files that it reads."""
    (blog.root / "posts/别处").mkdir()
    shutil.move(blog.root / post_path("open"), blog.root / "posts/别处/2026-01-01-open.md")
    shutil.copytree(blog.root / "posts/资料", blog.root / "posts/别处/资料")


def all_of(*changes: Change) -> Change:
    """Combine several changes."""

    def change(blog: Blog) -> None:
        for each in changes:
            each(blog)

    return change


def nothing(blog: Blog) -> None:
    """Change nothing."""


RUN, REUSE = True, False
CUT, TOP = ("execute", False), "posts/"

TABLE = [
    Case("nothing", "plain", nothing, REUSE, "record of 20"),
    # the code and the text around it
    Case("code", "plain", edit("plain", "'乙'", "'己'"), RUN, "cell 2, line 13 changed"),
    Case("a comment", "plain", edit("plain", "print('甲')", "print('甲')  # 注"), RUN, "cell 1"),
    Case("second line", "plain", edit("plain", "'丙'", "'戊'"), RUN, "cell 2, line 14 changed"),
    Case(
        "a new cell",
        "plain",
        edit("plain", "```python\nprint('乙')", "```python\n0\n```\n\n```python\nprint('乙')"),
        RUN,
        "cell 2, line 13 changed",
    ),
    Case(
        "a removed cell",
        "plain",
        edit("plain", "```python\nprint('乙')\nprint('丙')\n```\n", ""),
        RUN,
        "cell 2 was removed",
    ),
    Case("prose", "plain", edit("plain", "说明。", "另一段说明。\n\n还有。"), REUSE, "record"),
    Case("title", "plain", edit("plain", "title: plain", "title: 题目"), REUSE, "record"),
    Case(
        "a tag that hides",
        "plain",
        edit("plain", "```python\nprint('甲')", "```python\n#| tags: [hide-input]\nprint('甲')"),
        REUSE,
        "record",
    ),
    Case(
        "a caption",
        "plain",
        edit("plain", "```python\nprint('甲')", "```python\n#| fig-cap: 图\nprint('甲')"),
        REUSE,
        "record",
    ),
    Case(
        "a block that does not run",
        "plain",
        edit("plain", "说明。", "```sh\npip install numpy\n```"),
        REUSE,
        "record",
    ),
    Case(
        "a cell that runs no more",
        "plain",
        edit("plain", "```python\nprint('乙')", "```python {.noeval}\nprint('乙')"),
        RUN,
        "cell 2 was removed",
    ),
    Case("line ends", "plain", crlf("plain"), REUSE, "record"),
    Case("another name", "plain", rename(post_path("plain"), post_path("改名")), REUSE, "record"),
    Case("another folder", "open", move_post, REUSE, "record"),
    Case("a translation's prose", "pair", edit("pair.en", "Words.", "More."), REUSE, "record"),
    Case("a translation's code", "pair.en", edit("pair.en", "双语", "two"), RUN, "cell 1, line 7"),
    Case("the other's code", "pair", edit("pair.en", "双语", "two"), REUSE, "record"),
    Case(
        "order of inline values",
        "inline",
        edit(
            "inline",
            "一共 `{python} n + 1` 个，两倍是 `{python} n * 2`。",
            "`{python} n * 2` 是两倍，一共 `{python} n + 1` 个。",
        ),
        REUSE,
        "record",
    ),
    Case("an inline value", "inline", edit("inline", "n + 1", "n + 3"), RUN, "an inline value"),
    # options of the run
    Case("seed", "seeded", edit("seeded", "seed: 7", "seed: 8"), RUN, "seed 7 → 8"),
    Case(
        "a first seed",
        "plain",
        edit("plain", "title: plain", "title: a\nexecute: {seed: 1}"),
        RUN,
        "seed None → 1",
    ),
    Case(
        "allow_errors",
        "plain",
        edit("plain", "title: plain", "title: a\nexecute: {allow_errors: true}"),
        RUN,
        "allow_errors False → True",
    ),
    Case(
        "time limit",
        "plain",
        edit("plain", "title: plain", "title: a\nexecute: {timeout: 9}"),
        REUSE,
        "record",
    ),
    Case(
        "memory limit",
        "plain",
        edit("plain", "title: plain", "title: a\nexecute: {memory: 1}"),
        REUSE,
        "record",
    ),
    Case(
        "raises-exception",
        "raises",
        edit("raises", "#| tags: [raises-exception]\n", ""),
        RUN,
        "raises-exception tag of cell 1",
        settles=False,
    ),
    Case(
        "kernel",
        "plain",
        edit("plain", "title: plain", "title: a\njupyter: eg-python"),
        RUN,
        "kernel python3 → eg-python",
    ),
    Case("force", "plain", nothing, RUN, "forced", (("force", True),), settles=False),
    # modules
    Case(
        "local module",
        "module",
        edit("posts/lib/plots.py", "x + ", "x * 2 + "),
        RUN,
        "lib/plots.py changed",
    ),
    Case(
        "module of a module",
        "module",
        edit("posts/lib/words.py", "！", "？"),
        RUN,
        "lib/words.py changed",
    ),
    Case(
        "module of another post",
        "module",
        edit("posts/lib/idle.py", "pass", "..."),
        REUSE,
        "record",
    ),
    Case(
        "package in a folder",
        "package",
        edit("posts/deep/inner/leaf.py", "5", "6"),
        RUN,
        "deep/inner/leaf.py changed",
    ),
    Case(
        "a package's __init__",
        "package",
        add("posts/deep/inner/__init__.py", "x = 1\n"),
        RUN,
        "deep/inner/__init__.py changed",
    ),
    Case(
        "a module that hides a package",
        "used",
        add("posts/eg_used.py", "VALUE = '近'\n"),
        RUN,
        "eg_used.py is next to the post",
    ),
    Case(
        "a module that hides one below",
        "used",
        add("posts/eg_below.py", "VALUE = '近'\n"),
        RUN,
        "eg_below.py is next to the post",
    ),
    Case(
        "a folder that hides a module",
        "module",
        add("posts/lib/words/__init__.py", "END = ''"),
        RUN,
        "lib/words/words.py is next to the post",
    ),
    Case(
        "a module that hides nothing",
        "used",
        add("posts/eg_nobody.py", "VALUE = 0\n"),
        REUSE,
        "record",
    ),
    Case(
        "a module of the library's name",
        "seeded",
        add("posts/random.py", "random = print\n"),
        REUSE,
        "record",
    ),
    # files
    Case(
        "a file, read by open",
        "open",
        edit("posts/资料/列.csv", "1,2", "3,4"),
        RUN,
        "资料/列.csv changed",
    ),
    Case(
        "a file, removed",
        "open",
        remove("posts/资料/列.csv"),
        RUN,
        "资料/列.csv removed",
        settles=False,
    ),
    Case(
        "a file that is not read", "open", edit("posts/资料/闲.csv", "1,2", "3,4"), REUSE, "record"
    ),
    Case("a new file", "open", add("posts/资料/新.csv"), REUSE, "record"),
    Case(
        "a file with another time",
        "open",
        lambda blog: os.utime(blog.root / "posts/资料/列.csv", (1, 1)),
        REUSE,
        "record",
    ),
    Case(
        "a file, read by NumPy",
        "numpy",
        lambda blog: (
            shutil.copy(blog.root / "posts/读/数.npy", blog.root / "posts/读/原.bin") and None
        ),
        RUN,
        "读/原.bin changed",
    ),
    Case(
        "another, by np.load",
        "numpy",
        lambda blog: binary(
            "posts/读/数.npy", (blog.root / "posts/读/数.npy").read_bytes().replace(b"\2", b"\7")
        )(blog),
        RUN,
        "读/数.npy changed",
    ),
    Case(
        "a file, read by pandas",
        "pandas",
        edit("posts/读/表.csv", "1,2", "3,4"),
        RUN,
        "读/表.csv changed",
    ),
    Case(
        "a file in memory",
        "mmap",
        edit("posts/读/映.bin", "内容", "别的"),
        RUN,
        "读/映.bin changed",
    ),
    Case(
        "a database",
        "sqlite",
        lambda blog: binary("posts/读/库.db", (blog.root / "posts/读/库.db").read_bytes() + b"\0")(
            blog
        ),
        RUN,
        "读/库.db changed",
    ),
    Case(
        "a file, read by a child process",
        "child",
        edit("posts/读/子.txt", "内容", "别的"),
        RUN,
        "读/子.txt changed",
    ),
    Case(
        "a file, read by pathlib",
        "path",
        edit("posts/读/径.json", "内容", "别的"),
        RUN,
        "读/径.json changed",
    ),
    Case(
        "a file in another directory",
        "chdir",
        edit("posts/读/移.txt", "内容", "别的"),
        RUN,
        "读/移.txt changed",
    ),
    Case(
        "a file that is rewritten",
        "rewrite",
        edit("posts/写/改.txt", "1,2", "3,4"),
        RUN,
        "写/改.txt changed",
    ),
    Case("a file that the run makes", "rewrite", add("posts/写/新.txt"), REUSE, "record"),
    Case("a file that was asked for", "absent", add("posts/缺一.csv"), RUN, "缺一.csv added"),
    Case("a file that was not found", "absent", add("posts/缺二.csv"), RUN, "缺二.csv added"),
    Case("a file that nobody asked for", "absent", add("posts/缺三.csv"), REUSE, "record"),
    # folders
    Case(
        "a name, listed by os",
        "listdir",
        add("posts/列一/新.txt"),
        RUN,
        "the names in 列一 changed",
    ),
    Case(
        "a name, found by glob", "glob", add("posts/列二/新.txt"), RUN, "the names in 列二 changed"
    ),
    Case(
        "a name, listed by pathlib",
        "iterdir",
        remove("posts/列三/一.txt"),
        RUN,
        "the names in 列三 changed",
    ),
    Case(
        "a name, listed by a child",
        "ls",
        add("posts/列四/新.txt"),
        RUN,
        "the names in 列四 changed",
    ),
    Case(
        "a name, beside the post",
        "ls-top",
        add("posts/新.txt"),
        RUN,
        "the names in the folder of the post changed",
    ),
    Case(
        "a new post", "ls-top", add(post_path("新"), "---\ntitle: 新\n---\n\n文\n"), REUSE, "record"
    ),
    Case("a name in a folder not listed", "listdir", add("posts/列二/新.txt"), REUSE, "record"),
    Case(
        "the content of a listed file", "listdir", add("posts/列一/一.txt", "改\n"), REUSE, "record"
    ),
    # elsewhere
    Case("a file outside", "outside", outside("外.txt"), RUN, "外.txt changed"),
    Case(
        "a file outside, removed",
        "outside-gone",
        outside("去.txt", None),
        RUN,
        "去.txt removed",
        settles=False,
    ),
    Case("another file outside", "outside", outside("另.txt"), REUSE, "record"),
    Case("a name outside", "outside-list", outside("夹/二.txt"), RUN, "夹/ changed"),
    Case(
        "the blog's own file",
        "site",
        edit("posts/资料/站.txt", "1,2", "3,4"),
        RUN,
        "posts/资料/站.txt changed",
    ),
    # packages, interpreter, variables
    Case("a used package", "used", version("eg_used", "1.1"), RUN, "eg_used 1.0 → 1.1"),
    Case("a package of a package", "used", version("eg_below", "2.1"), RUN, "eg_below 2.0 → 2.1"),
    Case("an unused package", "used", version("eg_unused", "3.1"), REUSE, "record"),
    Case("a new package", "used", version("eg_new", "1.0"), REUSE, "record"),
    Case(
        "a used package is gone",
        "used",
        uninstall("eg_used"),
        REUSE,
        "not checked: eg_used is not installed here",
    ),
    Case(
        "a package below is gone",
        "used",
        uninstall("eg_below"),
        RUN,
        "eg_below 2.0 → not installed",
        settles=False,
    ),
    Case(
        "a package that was missed",
        "optional",
        version("eg_optional", "1.0"),
        RUN,
        "eg_optional is installed now",
    ),
    Case(
        "a local package's files",
        "local",
        lambda blog: put(
            blog.packages / "eg_local-4.0.dist-info/RECORD", "eg_local.py,sha256=other,9\n"
        ),
        RUN,
        "the files of eg_local changed",
    ),
    Case(
        "an editable package",
        "editable",
        outside("editable/eg_editable.py", "VALUE = 2\n"),
        RUN,
        "eg_editable.py changed",
    ),
    Case("another Python", "plain", recorded("python", "3.10.1"), RUN, "python 3.10.1 → 3."),
    Case(
        "another system", "plain", recorded("platform", "Plan9 mips"), RUN, "platform Plan9 mips → "
    ),
    Case(
        "a declared variable",
        "variable",
        variable("EG_DECLARED", "三"),
        RUN,
        "the environment variable EG_DECLARED changed",
    ),
    Case(
        "a variable that the code reads",
        "variable",
        variable("EG_OTHER", "三"),
        RUN,
        "the environment variable EG_OTHER changed",
    ),
    Case("a variable that nobody reads", "variable", variable("EG_UNREAD", "三"), REUSE, "record"),
    Case(
        "a variable that was read, declared now",
        "variable",
        edit("variable", "[EG_DECLARED]", "[EG_DECLARED, EG_OTHER]"),
        REUSE,
        "record",
    ),
    Case(
        "a variable that nobody reads, declared now",
        "variable",
        edit("variable", "[EG_DECLARED]", "[EG_DECLARED, EG_UNREAD]"),
        RUN,
        "the environment variable EG_UNREAD is declared now",
    ),
    # data
    Case(
        "declared data",
        "given",
        all_of(
            edit("given", sha256(DATA).hexdigest(), sha256("别的\n".encode()).hexdigest()),
            outside("given/真.txt"),
        ),
        RUN,
        "the declared 数/真.txt changed",
    ),
    Case(
        "a mirror of the data",
        "given",
        edit("given", "name: 数", "url: 'http://127.0.0.1:9/真', name: 数"),
        REUSE,
        "record",
    ),
    Case(
        "data, declared now",
        "plain",
        edit(
            "plain",
            "title: plain",
            f"title: a\ndata: [{{name: 数.txt, sha256: {sha256(DATA).hexdigest()}}}]",
        ),
        RUN,
        "the data file 数.txt is declared now",
        settles=False,
    ),
    Case(
        "the real data is here",
        "substituted",
        outside("given/无.txt", LATER.decode()),
        RUN,
        "the real 数/无.txt is here now",
    ),
    Case("still a stand-in", "substituted", nothing, REUSE, "on stand-in data"),
    Case(
        "the stand-in's script",
        "substituted",
        edit("posts/替身.py", "TEXT)", "TEXT * 2)"),
        RUN,
        "替身.py changed",
    ),
    Case(
        "the stand-in's module",
        "substituted",
        edit("posts/替身词.py", "'替身'", "'另'"),
        RUN,
        "替身词.py changed",
    ),
    Case(
        "a stand-in's script, not needed",
        "given",
        edit("posts/替身.py", "TEXT)", "TEXT * 2)"),
        REUSE,
        "record",
    ),
    # other kernels
    Case("a kernel's own package", "kernel", version_of_kernel, RUN, "eg_used 1.0 → 1.2"),
    Case(
        "a file of another language",
        "foreign",
        edit("posts/读/核.txt", "内容", "别的"),
        RUN,
        "读/核.txt changed",
    ),
    Case(
        "another language",
        "foreign",
        nothing,
        REUSE,
        "record of 20",
    ),
    Case(
        "a kernel is gone",
        "foreign",
        variable("JUPYTER_PATH", "/nowhere"),
        REUSE,
        "not checked: the kernel 'eg-echo' is not installed here",
    ),
    # the store
    Case("a damaged fact", "plain", spoil("record", flip(100)), RUN, "the record is damaged"),
    Case("a damaged check", "plain", spoil("record", flip(3)), RUN, "the record is damaged"),
    Case("a damaged output", "plain", spoil("record", flip_body), RUN, "the record is damaged"),
    Case("a cut record", "plain", spoil("record", lambda c: c[:-9]), RUN, "the record is damaged"),
    Case("an empty record", "plain", spoil("record", lambda c: b""), RUN, "the record is damaged"),
    Case("a damaged picture", "figure", spoil("blob", flip(20)), RUN, "the record is damaged"),
    Case("a lost picture", "figure", remove_blobs, RUN, "the record is damaged"),
    Case("records with other line ends", "figure", crlf_records, REUSE, "record"),
    Case("records elsewhere", "figure", move_records, REUSE, "record"),
    # settings that shorten outputs
    Case(
        "a pattern of noise, nothing said",
        "plain",
        add("site.toml", "[execute]\ndrop_stderr = ['警.*']\n"),
        REUSE,
        "record",
    ),
    Case(
        "a pattern of noise",
        "stderr",
        add("site.toml", "[execute]\ndrop_stderr = ['警.*']\n"),
        RUN,
        "drop_stderr changed",
    ),
    Case(
        "a lower limit, not reached",
        "plain",
        add("site.toml", "[execute]\nmax_output = 90\n"),
        REUSE,
        "record",
    ),
    Case(
        "another limit, reached",
        "long",
        add("site.toml", "[execute]\nmax_output = 2000000\n"),
        RUN,
        "max_output 1000000 → 2000000",
    ),
    # without running
    Case("not running, all the same", "used", nothing, REUSE, "record", (CUT,)),
    Case("not running, other machine", "used", version("eg_used", "1.1"), REUSE, "record", (CUT,)),
]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the executed blog, shared by all workers of a test run."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "reuse"
    with FileLock(shared / "reuse.lock"):
        if not (folder / "done").exists():
            folder.mkdir()
            blog = Blog(*places(folder), set=lambda *_: None, after=lambda _: None)
            reuse_blog.write_blog(blog.root, blog.outside)
            reuse_blog.write_packages(blog.packages, blog.outside)
            reuse_blog.write_kernels(folder / "jupyter", sys.executable, blog.outside / "kernel")
            with pytest.MonkeyPatch.context() as patch:
                enter(patch, blog, folder)
                report = publish(build_of(blog))
            assert sorted(report.ran) == sorted(post_path(name) for name in [*CODE, "pair.en"])
            assert () == report.failed
            (folder / "done").touch()
    return folder


@pytest.fixture
def blog(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Blog:
    """Copy the blog and the packages; the files outside are shared."""
    root, outside, packages = places(base)
    copy = Blog(
        tmp_path / "blog",
        outside,
        tmp_path / "site-packages",
        monkeypatch.setenv,
        request.addfinalizer,
    )
    shutil.copytree(root, copy.root)
    shutil.copytree(packages, copy.packages)
    enter(monkeypatch, copy, base)
    return copy


def places(folder: Path) -> tuple[Path, Path, Path]:
    """Return the folders of the blog, of the files outside it, and of the packages."""
    return folder / "blog", folder / "外面", folder / "site-packages"


def enter(patch: pytest.MonkeyPatch, blog: Blog, folder: Path) -> None:
    """Use the packages and kernels of the table."""
    variables = reuse_blog.environment(blog.packages, folder / "jupyter", blog.outside)
    for name, value in variables.items():
        patch.setenv(name, value)
    patch.syspath_prepend(str(blog.packages))


def build_of(blog: Blog, **options: bool) -> BuildOptions:
    """Return the options of a build of the blog."""
    plain = BuildOptions(blog.root, blog.root / "_site", read_settings(blog.root), jobs=2)
    return replace(plain, **options)  # type: ignore[arg-type]


def keep_only(blog: Blog, names: set[str]) -> None:
    """Remove the other posts."""
    for path in (blog.root / "posts").glob("*.md"):
        if path.stem.removeprefix("2026-01-01-") not in names:
            path.unlink()


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_code_runs_exactly_when_its_record_is_no_longer_valid(case: Case, blog: Blog) -> None:
    """`why` predicts what the build does and names the cause; the next build runs nothing."""
    keep_only(blog, {case.post, case.post.removesuffix(".en"), f"{case.post}.en"})
    case.change(blog)
    build = build_of(blog, **dict(case.options))
    outlook = {post.path: post for post in forecast(build).posts}
    moved = {"another name": post_path("改名"), "another folder": "posts/别处/2026-01-01-open.md"}
    path = moved.get(case.name, post_path(case.post))
    assert case.says in outlook[path].reason
    assert case.runs == outlook[path].runs
    report = publish(build)
    assert {path for path, post in outlook.items() if post.runs} == {*report.ran, *report.failed}
    if case.settles:
        assert () == publish(build).ran


READERS = {
    "pyarrow": "import pyarrow.parquet as pq\nprint(pq.read_table('读/表.parquet'))",
    "h5py": "import h5py\nprint(h5py.File('读/表.h5')['列'][:])",
    "tensorflow": "import tensorflow as tf\nprint(tf.io.read_file('读/文.txt'))\n"
    "print(list(tf.data.TextLineDataset('读/行.txt')), tf.io.gfile.listdir('读/夹'))",
}
"""Code that reads files without Python's own functions."""


def write_for_readers(folder: Path) -> None:
    """Write the files of the installed readers."""
    for name in ("文.txt", "行.txt", "闲.txt", "夹/一.txt"):
        put(folder / name, "一\n")
    if find_spec("h5py"):
        import h5py

        with h5py.File(folder / "表.h5", "w") as file:
            file["列"] = [1, 2, 3]
    if find_spec("pyarrow"):
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table({"列": [1, 2]}), folder / "表.parquet")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "name", "says"),
    [
        ("pyarrow", "表.parquet", "读/表.parquet changed"),
        ("h5py", "表.h5", "读/表.h5 changed"),
        ("tensorflow", "文.txt", "读/文.txt changed"),
        ("tensorflow", "行.txt", "读/行.txt changed"),
        ("tensorflow", "夹/二.txt", "the names in 读/夹 changed"),
    ],
)
def test_readers_without_python(package: str, name: str, says: str, tmp_path: Path) -> None:
    """Files that C++ libraries read, and folders that they list, are known; others are not."""
    pytest.importorskip(package, reason=f"{package} is not installed")
    text = f"---\ntitle: {package}\n---\n\n```python\n{READERS[package]}\n```\n"
    put(tmp_path / post_path(package), text)
    write_for_readers(tmp_path / "posts/读")
    build = BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))
    assert (post_path(package),) == publish(build).ran
    put(tmp_path / "posts/读/闲.txt", "改\n")
    assert () == publish(build).ran
    with (tmp_path / "posts/读" / name).open("ab") as file:
        file.write(b"\n")
    assert [(True, says)] == [(post.runs, post.reason) for post in forecast(build).posts]


@pytest.mark.parametrize(("name", "says"), [("读/跑.sh", "读/跑.sh"), ("../具/跑.sh", "具/跑.sh")])
def test_a_program_that_may_no_longer_be_run(name: str, says: str, tmp_path: Path) -> None:
    """Its bytes are the same, but the code that starts it fails now; other permissions are none."""
    code = f"import subprocess\nprint(subprocess.check_output(['./{name}']))"
    put(tmp_path / post_path("run"), f"---\ntitle: 跑\n---\n\n```python\n{code}\n```\n")
    program = (tmp_path / "posts" / name).resolve()
    put(program, "#!/bin/sh\necho 好\n")
    program.chmod(0o755)
    build = BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))
    assert (post_path("run"),) == publish(build).ran
    program.chmod(0o700)
    assert () == publish(build).ran
    program.chmod(0o644)
    reasons = [(post.runs, post.reason) for post in forecast(build).posts]
    assert [(True, f"{says} is not executable now")] == reasons
    assert (post_path("run"),) == publish(build).failed
