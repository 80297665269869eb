"""Whether anything has changed: found without reading a post, and never wrongly."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.cache import unchanged as snapshot
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.paths import TICK
from evergreen.settings import settings_here

BUILD = Path(__file__).parent.parent / "build.py"
POST = "---\ntitle: 题\n---\n\n正文。\n"
CODE = "---\ntitle: 码\n---\n\n```python\nprint(open('d.txt').read())\n```\n"
FILES = {"posts/2026-01-01-a.md": POST, "posts/2026-01-02-b.md": CODE, "posts/d.txt": "一"}


def built(root: Path) -> BuildOptions:
    """A build of the blog, done so that its snapshot is kept."""
    asked = BuildOptions(root, root / "_site", settings_here(root))
    publish(asked)
    time.sleep(2 * TICK / 1e9)
    publish(asked)
    return asked


def test_an_unchanged_blog_has_its_last_report(write_blog: Write) -> None:
    """As if nothing had run and nothing had been written."""
    report = snapshot.unchanged(built(write_blog(FILES)))
    assert report is not None
    assert (2, (), ("posts/2026-01-02-b.md",), 0, 0) == (
        report.posts,
        report.ran,
        report.reused,
        report.written,
        report.removed,
    )


def edit_same_size(root: Path) -> None:
    """Other bytes, the old size and the old modification time."""
    path = root / "posts/2026-01-01-a.md"
    status = path.stat()
    path.write_text(POST.replace("正文", "文正"), "utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def write(name: str) -> object:
    """A change that writes a file."""

    def change(root: Path) -> None:
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("---\ntitle: x\n---\n", "utf-8")

    return change


CHANGES = [
    edit_same_size,
    write("posts/2026-01-03-c.md"),
    write("posts/d.txt"),
    write("posts/beside.txt"),
    write("site.toml"),
    write("templates/post.html"),
    write("pages/about.md"),
    write("_site/index.html"),
    lambda root: (root / "_site/index.html").unlink(),
    lambda root: (root / "posts/2026-01-01-a.md").unlink(),
    lambda root: (root / "posts/2026-01-01-a.md").rename(root / "posts/2026-01-01-b.md"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed(write_blog: Write, change: object) -> None:
    """An edit that keeps size and time too; a published file that was touched by hand too."""
    asked = built(write_blog(FILES))
    change(asked.root)  # type: ignore[operator]
    assert snapshot.unchanged(asked) is None


@pytest.mark.parametrize("other", [{"drafts": True}, {"future": True}, {"execute": False}])
def test_other_options_are_another_build(write_blog: Write, other: dict[str, bool]) -> None:
    """What was asked for is part of it."""
    asked = built(write_blog(FILES))
    assert snapshot.unchanged(replace(asked, **other)) is None  # type: ignore[arg-type]


def test_a_post_becomes_due(write_blog: Write) -> None:
    """Time alone can change a blog."""
    root = write_blog({**FILES, "posts/2999-01-01-later.md": POST})
    asked = built(root)
    assert snapshot.unchanged(asked) is not None
    soon = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 3))
    text = POST.replace("---\n\n", f"date: {soon}\n---\n\n", 1)
    (root / "posts/2999-01-01-later.md").write_text(text, "utf-8")
    asked = built(root)
    assert snapshot.unchanged(asked) is not None
    time.sleep(3)
    assert snapshot.unchanged(asked) is None


def test_a_blog_that_changes_while_it_is_built_is_not_remembered(write_blog: Write) -> None:
    """Two changes within a tick of the clock could look the same."""
    root = write_blog(FILES)
    asked = BuildOptions(root, root / "_site", settings_here(root))
    later = time.time_ns() + 60 * 10**9
    os.utime(next(root.glob("posts/*.md")), ns=(later, later))
    publish(asked)
    assert snapshot.unchanged(asked) is None


def test_a_post_that_reads_what_another_writes_runs_after_it(write_blog: Write) -> None:
    """In the same build, although its result was valid when the build began."""
    fence = "---\ntitle: 码\n---\n\n```python\n{}\n```\n"
    writes, reads = "posts/2026-01-01-写.md", "posts/2026-01-02-读.md"
    root = write_blog(
        {
            "data/数.txt": "甲",
            writes: fence.format("1"),
            reads: fence.format("print(open('../data/数.txt').read())"),
        }
    )
    asked = built(root)
    for text in ("乙", "丙"):
        code = f"open('../data/数.txt', 'w').write('{text}'); 1"
        (root / writes).write_text(fence.format(code), "utf-8")
        report = publish(asked)
        assert ({writes, reads}, ()) == ({*report.ran}, report.reused)
        assert text in (root / "_site/读/index.html").read_text("utf-8")
        time.sleep(2 * TICK / 1e9)
        assert () == publish(asked).ran


@pytest.mark.parametrize("ends", ["before", "after"])
def test_a_post_that_reads_what_another_writes_beside_it_runs_again(
    write_blog: Write, ends: str
) -> None:
    """In the same build, whether it ends before the other writes or after."""
    fence = "---\ntitle: 码\n---\n\n```python\n{}\n```\n"
    writes, reads = "posts/2026-01-01-写.md", "posts/2026-01-02-读.md"
    write = "import time; time.sleep(1); open('../data/数.txt', 'w').write('乙'); 1"
    read = "print(open('../data/数.txt').read())"
    read += "\nimport time; time.sleep(2)" * (ends == "after")
    root = write_blog(
        {
            "data/数.txt": "甲",
            writes: fence.format(write),
            reads: fence.format(read),
        }
    )
    asked = BuildOptions(root, root / "_site", settings_here(root), jobs=2)
    report = publish(asked)
    assert ({writes, reads}, ()) == ({*report.ran}, report.reused)
    assert "乙" in (root / "_site/读/index.html").read_text("utf-8")
    time.sleep(2 * TICK / 1e9)
    assert () == publish(asked).ran


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("import matplotlib.pyplot as plt\nplt.plot([1, 2]);", ".cache/matplotlib"),
        pytest.param("import keras", ".keras", marks=pytest.mark.slow),
    ],
)
def test_folders_that_packages_make_in_a_new_home_run_nothing_again(
    write_blog: Write, tmp_path: Path, code: str, made: str
) -> None:
    """Several posts of a first build import the package, which was loaded ahead for them."""
    text = f"---\ntitle: 图\n---\n\n```python\n{code}\nprint(@)\n```\n"
    posts = {f"posts/2026-01-0{n}-{n}.md": text.replace("@", str(n)) for n in (1, 2, 3)}
    root = write_blog(posts)
    own = {"HOME": str(tmp_path / "家"), "TMPDIR": str(tmp_path / "t")}
    for folder in own.values():
        Path(folder).mkdir()
    build = [sys.executable, str(BUILD), "--root", str(root)]
    first, second = (
        subprocess.run(
            [*build, *words], env={**os.environ, **own}, capture_output=True, text=True, check=True
        )
        for words in (["--jobs", "2"], ["why"])
    )
    assert (tmp_path / "家" / made).is_dir()
    assert 3 == f"{first.stdout}{first.stderr}".count(": ran in")
    assert "0 of 3 posts would run" in second.stdout


def test_a_folder_of_the_blog_may_have_any_name(write_blog: Write) -> None:
    """A run has folders of some of these names, and fonts and packages of the system are no facts;
    what is in the blog counts."""
    folders = ("kernel", "run", "fonts", "字体/fonts", "tmp", "site-packages", "R/library/x")
    reads = "print(open(f'../{f}/数.txt').read(), os.listdir(f'../{f}'))"
    code = f"import os\nfor f in {folders}: {reads}"
    root = write_blog(
        {
            "posts/2026-01-01-读.md": f"---\ntitle: 码\n---\n\n```python\n{code}\n```\n",
            **{f"{folder}/数.txt": "甲" for folder in folders},
        }
    )
    asked = built(root)
    for folder in folders:
        (root / folder / "数.txt").write_text("乙")
        assert ("posts/2026-01-01-读.md",) == publish(asked).ran, folder


def test_an_unchanged_build_imports_no_library(write_blog: Write) -> None:
    """It reads no post, and has no use for what would render one."""
    asked = built(write_blog(FILES))
    heavy = ["jinja2", "jupytext", "nbclient", "nbconvert", "nbformat", "pygments", "rich", "yaml"]
    code = (
        "import sys\nfrom evergreen.cli import main\n"
        f"code = main(['--root', {str(asked.root)!r}])\n"
        f"print(code, sorted({set(heavy)!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "0 []" == done.stdout.splitlines()[-1]


def test_stamps_count_once_they_have_settled() -> None:
    """After a tick of the filesystem's clock, which on some lasts a second or two."""
    now, second = 1_800_000_000_500_000_000, 1_000_000_000
    ages = {"old": second // 10, "young": second // 100}
    stamps = {name: [1, 2, 3, now - age] for name, age in ages.items()}
    coarse = {"of this second": [1, 2, 3, now // second * second], "gone": [0, 0, 0, 0]}
    older = {"coarse": [1, 2, 3, now // second * second - 3 * second]}
    seen = snapshot.SourceStamps({**stamps, **coarse, **older}, now)
    assert {"old", "coarse"} == seen.settled.keys()


BROKEN = {
    "front matter": "---\ntitle: [题\n---\n\n正文。\n",
    "include": "---\ntitle: 题\n---\n\n{% include 没有.html %}\n",
    "reference": "---\ntitle: 题\n---\n\n见 @fig-none。\n\n![图](d.txt){#fig-here}\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_post_that_cannot_be_parsed_is_remembered(text: str, write_blog: Write) -> None:
    """With its errors, as the build that found them reported them."""
    asked = built(write_blog({**FILES, "posts/2026-01-03-坏.md": text}))
    report = snapshot.unchanged(asked)
    assert report is not None
    again = publish(asked)
    assert report.failed == again.failed == ("posts/2026-01-03-坏.md",)
    assert report.problems == again.problems


def test_two_posts_with_one_address_are_remembered(write_blog: Write) -> None:
    """Which of them was meant, only an edit says."""
    text = "---\ntitle: 题\npermalink: /同/\n---\n\n正文。\n"
    asked = built(
        write_blog({"posts/2026-01-03-a.md": text, "posts/2026-01-04-b.md": text, **FILES})
    )
    report = snapshot.unchanged(asked)
    assert report is not None
    assert len(report.failed) == 2


@pytest.mark.parametrize("name", ["_includes/没有.html", "posts/2026-01-03-坏.md", "elsewhere.txt"])
def test_a_failure_is_forgotten_when_a_file_changes(name: str, write_blog: Write) -> None:
    """Any file of the blog: what a post that fails would have read is not known."""
    root = write_blog({**FILES, "posts/2026-01-03-坏.md": BROKEN["include"]})
    asked = built(root)
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("---\ntitle: 好\n---\n", "utf-8")
    assert snapshot.unchanged(asked) is None


def test_a_failure_of_code_is_not_remembered(write_blog: Write) -> None:
    """It may run well the next time."""
    code = "---\ntitle: 题\n---\n\n```python\nraise SystemError\n```\n"
    asked = built(write_blog({**FILES, "posts/2026-01-03-坏.md": code}))
    assert snapshot.unchanged(asked) is None


def test_a_failing_plugin_is_not_remembered(write_blog: Write) -> None:
    """What it does is code of its own, which may succeed the next time."""
    plugin = (
        "from evergreen import Plugin\n"
        "def fail(post, site):\n    raise ValueError('网络')\n"
        "plugin = Plugin('p', post=fail)\n"
    )
    asked = built(write_blog({"plugins.py": plugin, "posts/2026-01-01-a.md": POST}))
    assert publish(asked).failed
    assert snapshot.unchanged(asked) is None
