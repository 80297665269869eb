"""The archive with all that a post's notebook needs."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.downloads import MAX_DATA, with_archive
from evergreen.build.options import BuildOptions, read_options
from evergreen.build.pipeline import publish
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.notebook import write_script
from evergreen.model import (
    Artifact,
    Cell,
    CellOptions,
    DataFile,
    Download,
    Execution,
    Notebook,
    Page,
    Post,
    Site,
)
from evergreen.render.downloads import setup_code
from evergreen.settings import read_settings

POST = Post("posts/a.md", "a", "甲", datetime(2026, 1, 1), "/a/", "", 1, "zh", bundle="posts")
PAGE = Page(
    POST,
    "",
    artifacts=(Artifact("a/a.ipynb", b"{}"), Artifact("assets/b.png", b"")),
    downloads=(Download("ipynb", "/blog/a/a.ipynb"),),
)
SITE = Site(baseurl="/blog")
FACTS = {
    "file 数据.csv": "1",
    "file gone.csv": "",
    "file ../site.toml": "1",
    "folder .": "1",
    "outside /etc/hostname": "1",
}


def blog(root: Path) -> BlogContext:
    """Return a blog with files beside its post."""
    (root / "posts").mkdir()
    for name in ("数据.csv", "helper.py", "listed.txt", "a.md", ".hidden", "gone.csv"):
        (root / "posts" / name).write_text(name, "utf-8")
    (root / "site.toml").write_text("")
    return BlogContext(root, SITE)


def test_the_archive_has_what_the_code_read(tmp_path: Path) -> None:
    """And the notebook; nothing hidden, nothing from outside, no posts."""
    made = with_archive(PAGE, SITE, blog(tmp_path), POST, Execution((), facts=FACTS))
    archive = made.artifacts[-1]
    assert ("a/a.zip", Download("zip", "/blog/a/a.zip")) == (archive.path, made.downloads[-1])
    assert isinstance(archive.content, bytes)
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        names = opened.namelist()
        assert ["a.ipynb", "gone.csv", "listed.txt", "数据.csv"] == names
        assert "数据.csv".encode() == opened.read("数据.csv")


def test_equal_files_make_equal_archives(tmp_path: Path) -> None:
    """Whenever they are made."""
    here = blog(tmp_path)
    made = [with_archive(PAGE, SITE, here, POST, Execution((), facts=FACTS)) for _ in range(2)]
    assert made[0].artifacts[-1] == made[1].artifacts[-1]


def test_no_archive_without_files(tmp_path: Path) -> None:
    """Nor for a post that has no notebook to download."""
    here = blog(tmp_path)
    assert PAGE == with_archive(PAGE, SITE, here, POST, Execution(()))
    bare = replace(PAGE, downloads=())
    assert bare == with_archive(bare, SITE, here, POST, Execution((), facts=FACTS))


def test_declared_data_is_in_the_archive(tmp_path: Path) -> None:
    """By its name in the run, unless it is large; the notebook fetches that."""
    data = tmp_path / "cached"
    data.write_bytes(b"1,2\n")
    here = blog(tmp_path)
    made = with_archive(PAGE, SITE, here, POST, Execution(()), {"数据/a.csv": data})
    archive = made.artifacts[-1].content
    assert isinstance(archive, bytes)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert ["a.ipynb", "数据/a.csv"] == opened.namelist()
        assert b"1,2\n" == opened.read("数据/a.csv")
    data.write_bytes(b"x" * (MAX_DATA + 1))
    assert with_archive(PAGE, SITE, here, POST, Execution(()), {"a.csv": data}) == PAGE


def test_the_notebook_fetches_declared_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first address that has the right file; a file that is there is kept."""
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_bytes(b"right")
    wrong.write_bytes(b"wrong")
    addresses = (tmp_path / "gone", wrong, right)
    urls = tuple(path.as_uri() for path in addresses)
    sha256 = hashlib.sha256(b"right").hexdigest()
    post = replace(POST, data=(DataFile("数据/a.csv", urls, sha256),))
    monkeypatch.chdir(tmp_path)
    code = setup_code(post, Execution(()))
    exec(code, {})
    made = tmp_path / "数据/a.csv"
    assert b"right" == made.read_bytes()
    made.write_bytes(b"own")
    exec(code, {})
    assert b"own" == made.read_bytes()


def test_the_notebook_fetches_the_files_that_the_code_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the archive; files that are there are kept, and an archive that is not is told."""
    (tmp_path / "blog").mkdir()
    ran = Execution((), facts=FACTS)
    archive = with_archive(PAGE, SITE, blog(tmp_path / "blog"), POST, ran).artifacts[-1].content
    assert isinstance(archive, bytes)
    (tmp_path / "a.zip").write_bytes(archive)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    Path("a.ipynb").write_text("own")
    exec(setup_code(POST, ran, (tmp_path / "gone.zip").as_uri()), {})
    assert "could not be downloaded: <urlopen error" in capsys.readouterr().out
    exec(setup_code(POST, ran, (tmp_path / "a.zip").as_uri()), {})
    assert "数据.csv" == Path("数据.csv").read_text("utf-8")
    assert "own" == Path("a.ipynb").read_text()


@pytest.mark.parametrize(
    ("source", "is_guarded"),
    [("x = 1\n1 / 0", True), ("f(\n    1\n)", True), ("%time 1", False), ('"""a\nb"""', False)],
)
def test_a_script_goes_on_behind_an_exception(source: str, is_guarded: bool) -> None:
    """That the post shows; code that must not be indented is left as it is."""
    options = CellOptions(raises=True, tags=("raises-exception",))
    script = write_script(Notebook((Cell(source, 1, options),), markdown=("", "")))
    assert ("traceback.print_exc()" in script) is is_guarded
    assert ("try:\n" in script) is is_guarded


def test_a_page_offers_its_data(write_blog: Write) -> None:
    """In the archive, where the run had the data itself."""
    content = b"1\n"
    sha256 = hashlib.sha256(content).hexdigest()
    root = write_blog({"site.toml": 'title = "T"\n'})
    post = (
        "---\ntitle: T\ndata:\n"
        f"  - {{name: a.csv, url: 'https://x.invalid/a.csv', sha256: {sha256}}}\n"
        "---\n```python\nprint(open('a.csv').read())\n```\n"
    )
    (root / "posts").mkdir()
    (root / "posts/2026-01-01-a.md").write_text(post, "utf-8")
    (root / ".cache/data").mkdir(parents=True)
    (root / ".cache/data" / sha256).write_bytes(content)
    report = publish(read_options(root))
    assert () == report.failed, report.problems
    with zipfile.ZipFile(root / "_site/a/a.zip") as opened:
        assert content == opened.read("a.csv")
        assert "urllib.request" in opened.read("a.py").decode()


def test_an_archive_is_made_again_for_a_file_that_the_code_only_lists(write_blog: Write) -> None:
    """Its content does not change what the code does, but what a reader downloads."""
    root = write_blog({"site.toml": 'title = "T"\n'})
    (root / "posts/表").mkdir(parents=True)
    listed = root / "posts/表/a.ini"
    listed.write_text("1\n", "utf-8")
    code = "import os\nprint(sorted(os.listdir('表')))"
    post = f"---\ntitle: T\n---\n```python\n{code}\n```\n"
    (root / "posts/2026-01-01-a.md").write_text(post, "utf-8")
    publish(read_options(root))
    listed.write_text("2\n", "utf-8")
    report = publish(read_options(root))
    assert () == report.ran
    with zipfile.ZipFile(root / "_site/a/a.zip") as opened:
        assert b"2\n" == opened.read("表/a.ini")


def test_only_files_beside_the_post_are_looked_for(tmp_path: Path) -> None:
    """No other fact of the run is a file of a reader: no package, no path of the builder."""
    facts = {"asked /home/me/blog": "folder", "outside /opt/m.py": "1", "package numpy": "2.0"}
    code = setup_code(
        POST, Execution((), facts={**facts, "file 数据.csv": "1"}), "https://a.b/a.zip"
    )
    assert "for name in ['数据.csv'])" in code
    assert "" == setup_code(POST, Execution((), facts=facts), "https://a.b/a.zip")


def test_addresses_in_a_download_lead_where_those_of_the_page_lead(write_blog: Write) -> None:
    """Files beside the post and elsewhere in the blog, also of a translation, and other posts."""
    text = "![甲](图/a.png) ![乙](../images/b.png) [丙](../static/c.txt) [丁](2026-01-02-d.md#e)"
    post = f"---\ntitle: 题\n---\n\n{text} [戊](/d/#e)\n\n```python\n1\n```\n"
    root = write_blog(
        {
            "site.toml": 'url = "https://a.example/blog"\nlang = "zh"\nlanguages = ["en"]\n'
            "[execute]\nenabled = false\n",
            "posts/2026-01-01-a.md": post,
            "posts/2026-01-01-a.en.md": post,
            "posts/2026-01-02-d.md": "---\ntitle: 丁\n---\n\n## E\n",
            **dict.fromkeys(["posts/图/a.png", "images/b.png", "static/c.txt"], "x"),
        }
    )
    publish(BuildOptions(root, root / "_site", read_settings(root)))
    home = "https://a.example/blog"
    found = f"{home}/a/%E5%9B%BE/a.png {home}/images/b.png {home}/c.txt {home}/d/#e".split()
    found.append(found[-1])
    for name in ("a/index.md", "en/a/index.md"):
        written = (root / "_site" / name).read_text("utf-8")
        line = next(line for line in written.split("\n") if "甲" in line)
        assert found == re.findall(r"\]\((.*?)\)", line)
