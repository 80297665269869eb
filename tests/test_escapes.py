"""Nothing outside of the blog is read, written or published, whatever a post asks for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SECRET = "沉默的秘密"
GOOD = "---\ntitle: 好文章\n---\n\n正文。\n"
SHA = "ab" * 32
BUILD = """
import os, sys
outside, log = sys.argv[1], os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def look(event, arguments):
    if event in ("open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.link"):
        for each in arguments:
            name = os.fsdecode(each) if isinstance(each, (str, bytes, os.PathLike)) else ""
            if name and "\\0" not in name and os.path.realpath(name).startswith(outside):
                os.write(log, f"{event} {name}\\n".encode())
sys.addaudithook(look)
from evergreen.cli import main
sys.exit(main(sys.argv[3:]))
"""

HEADS = [
    "permalink: ../../outside/x/",
    "permalink: /../../outside/x/",
    "permalink: /a/../../../outside/x.html",
    "permalink: /%2e%2e/%2e%2e/outside/x/",
    "permalink: /%252e%252e/%252e%252e/outside/x/",
    "permalink: /a/..%2f..%2foutside/",
    "permalink: /a/..%5c..%5coutside/",
    'permalink: "..\\\\..\\\\outside\\\\x"',
    'permalink: "/a\\0/../../outside/"',
    "permalink: /./../outside/",
    "permalink: file:///OUTSIDE/x/",
    "permalink: https://other.example/x/",
    "permalink: //other.example/x/",
    "permalink: C:/outside/x/",
    "permalink: /.evergreen/x/",
    "permalink: /.evergreen-staging/x/",
    "slug: ../../outside/x",
    "slug: ..",
    "slug: ..%2f..%2foutside",
    'slug: "..\\\\outside"',
    'slug: "x\\0"',
    "slug: OUTSIDE/x",
    "categories: ../../outside",
    "categories: ['..', '..', outside]",
    "categories: ['%2e%2e', outside]",
    "categories: ['..\\outside']",
    "redirect_from: ../../outside/x/",
    "redirect_from: [/fine/, /../../outside/x.html]",
    "redirect_from: /%2e%2e/%2e%2e/outside/x.html",
    "redirect_from: file:///OUTSIDE/x.html",
    'redirect_from: "\\\\\\\\outside\\\\x"',
    "series: {title: x, url: ../../outside/}",
    "series: {title: x, url: /%2e%2e/%2e%2e/outside/}",
    "layout: ../../outside/post",
    "layout: OUTSIDE/post",
    "layout: ..%2f..%2foutside%2fpost",
    'layout: "..\\\\..\\\\outside\\\\post"',
    'layout: "post\\0"',
    "lang: ../../outside",
    "image: ../../outside/secret.txt",
    "image: {path: /%2e%2e/outside/secret.txt}",
    "image: 'javascript:alert(1)'",
    "jupyter: ../../outside/kernel",
    "bibliography: ../../outside/secret.txt",
    "bibliography: OUTSIDE/secret.txt",
    f"data: [{{name: ../../outside/x, sha256: {SHA}}}]",
    f"data: [{{name: OUTSIDE/x, sha256: {SHA}}}]",
    f"data: [{{name: a/../../../outside/x, sha256: {SHA}}}]",
    f"data: [{{name: '..\\outside\\x', sha256: {SHA}}}]",
    f'data: [{{name: "x\\0", sha256: {SHA}}}]',
    f"data: [{{name: x, sha256: {SHA}, stand_in: ../../outside/make.py}}]",
    f"data: [{{name: x, sha256: {SHA}, stand_in: OUTSIDE/make.py}}]",
    f"data: [{{name: x, sha256: {SHA}, url: OUTSIDE/secret.txt}}]",
    f"data: [{{name: x, sha256: {SHA}, url: 'file://OUTSIDE/secret.txt'}}]",
    f"data: [{{name: x, sha256: {SHA}, url: 'https://d.example/x', mirrors: OUTSIDE/x}}]",
]
"""Each is refused; OUTSIDE is the folder's whole path."""

INCLUDES = [
    "x: x\n---\n\n{% include ../../outside/secret.txt %} {% include OUTSIDE/secret.txt %}",
    "x: x\n---\n\n{% include_relative ../../outside/secret.txt %}",
]
"""Each is refused, in the text."""

HARMLESS = [
    "tags: [../../outside/x, '..', /etc/passwd, '%2e%2e%2f']",
    "theme: ../../../outside/style",
    "title: ../../outside/x",
    "slug: ...x",
    "redirect_from: OUTSIDE/x.html",
    "x: x\n---\n\n![](../../outside/secret.txt) [x](file://OUTSIDE/secret.txt)",
    "x: x\n---\n\n{::options input='../../outside/secret.txt' /}",
    "x: x\n---\n\n<!--#include file='OUTSIDE/secret.txt' -->",
]
"""These mean something within the site, or nothing."""


def outside(tmp_path: Path) -> Path:
    """A folder beside the blog with what an attacker would like."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_text(SECRET, "utf-8")
    (folder / "post.html").write_text(SECRET, "utf-8")
    (folder / "style.css").write_text(f"/* {SECRET} */ b {{ content: '{SECRET}' }}", "utf-8")
    (folder / "zh.toml").write_text(f'name = "{SECRET}"', "utf-8")
    (folder / "site.toml").write_text(f'title = "{SECRET}"', "utf-8")
    (folder / "make.py").write_text(f"open({str(folder / 'written')!r}, 'w')", "utf-8")
    (folder / "post.md").write_text(f"---\ntitle: {SECRET}\ndate: 2026-01-01\n---\n", "utf-8")
    (folder / "2026-01-01-post.md").write_text(f"---\ntitle: {SECRET}\n---\n", "utf-8")
    return folder


def write(tmp_path: Path, files: dict[str, str]) -> Path:
    """A blog with a good post."""
    for name, text in {"posts/2026-01-01-good.md": GOOD, **files}.items():
        path = tmp_path / "blog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "blog"


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its bytes and time."""
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def build(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    """Build the blog, and see that nothing outside of it was read, written or published."""
    folder, log = tmp_path / "outside", tmp_path / "log"
    before, here = tree(folder), sorted(path.name for path in tmp_path.iterdir())
    command = [sys.executable, "-c", BUILD, str(folder), str(log)]
    done = subprocess.run(
        [*command, "--root", str(tmp_path / "blog"), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=Path(__file__).parent.parent,
    )
    assert "" == log.read_text("utf-8")
    assert before == tree(folder)
    assert sorted([*here, "log"]) == sorted(path.name for path in tmp_path.iterdir())
    for path, (content, _) in tree(tmp_path / "blog/_site").items():
        assert SECRET.encode() not in content, path
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_what_posts_ask_for(tmp_path: Path) -> None:
    """Sixty payloads in one blog: each that leaves the site is refused at its line."""
    folder = outside(tmp_path)
    posts = {
        f"posts/2026-01-02-case-{number}.md": f"---\n{head.replace('OUTSIDE', str(folder))}\n---\n"
        for number, head in enumerate([*HEADS, *INCLUDES, *HARMLESS])
    }
    write(tmp_path, posts)
    code, said = build(tmp_path, "--no-execute", "--json")
    report = json.loads(said)
    assert 1 == code
    assert list(posts)[: len(HEADS) + len(INCLUDES)] == sorted(
        report["failed"], key=lambda path: int(path[22:].partition(".")[0])
    )
    refused = {p["path"]: p["line"] for p in report["problems"] if p["severity"] == "error"}
    assert {2, 5} == set(refused.values())
    assert 1 + len(HARMLESS) == report["posts"]
    assert (tmp_path / "blog/_site/good/index.html").is_file()
    assert 40 <= len(HEADS)


@pytest.mark.parametrize("head", HEADS)
def test_each_is_told_with_its_column(head: str, tmp_path: Path) -> None:
    """Alone, too; the site is then as it was."""
    from bad_posts import messages_of

    source = f"---\n{head.replace('OUTSIDE', '/outside')}\n---\n"
    [said] = messages_of("posts/2026-01-02-x.md", source.encode())
    assert said.startswith("2:")


@pytest.mark.parametrize(
    ("name", "target", "said"),
    [
        ("posts/2026-01-02-x.md", "post.md", "posts/2026-01-02-x.md: a symlink that points out"),
        ("posts/x.md", "secret.txt", "posts/x.md: a symlink that points out"),
        ("posts/2026-01-02-x/index.md", "post.md", "posts/2026-01-02-x/index.md: a symlink that"),
        ("pages/about.md", "post.md", "pages/about.md: a symlink that points outside the blog"),
        ("posts/linked", "", ""),
        ("pages/linked", "", ""),
        ("posts/linked.md", "", "posts/linked.md: a symlink that points outside the blog"),
        ("posts/picture.png", "secret.txt", ""),
        ("templates/post.html", "post.html", "templates/post.html: a symlink that points out"),
        ("templates/partials", "", "templates/partials: a symlink that points outside the blog"),
        ("templates/assets/x.txt", "secret.txt", "templates/assets/x.txt: a symlink that points"),
        ("templates/assets/themes/x.css", "style.css", "templates/assets/themes/x.css: a symlink"),
        ("templates/assets/fonts", "", "templates/assets/fonts: a symlink that points out"),
        ("templates/languages/zh.toml", "zh.toml", "templates/languages/zh.toml: a symlink that"),
        (
            "templates",
            "",
            "templates: a symlink that points outside the blog: replace it by the file itself",
        ),
        ("site.toml", "site.toml", "site.toml: a symlink that points outside the blog"),
    ],
)
@pytest.mark.parametrize("relative", [False, True])
def test_links(tmp_path: Path, name: str, target: str, said: str, relative: bool) -> None:
    """What is published may not be a link to something outside; what only stands beside is none of
    the site.
    """
    folder = outside(tmp_path)
    link = write(tmp_path, {}) / name
    link.parent.mkdir(parents=True, exist_ok=True)
    up = "/".join([".."] * len(name.split("/")))
    link.symlink_to(f"{up}/outside/{target}" if relative else folder / target)
    code, told = build(tmp_path, "--no-execute")
    assert (2 if name == "site.toml" else 1 if said else 0) == code
    assert said in told


def test_a_chain_of_links(tmp_path: Path) -> None:
    """Where the last one leads decides."""
    folder = outside(tmp_path)
    root = write(tmp_path, {})
    (root / "notes").mkdir()
    (root / "notes/x.md").symlink_to(folder / "post.md")
    (root / "posts/2026-01-02-x.md").symlink_to("../notes/x.md")
    code, told = build(tmp_path, "--no-execute")
    assert 1 == code
    assert "posts/2026-01-02-x.md: a symlink that points outside the blog" in told


def test_all_posts_in_a_linked_folder(tmp_path: Path) -> None:
    """A blog whose posts/ leads out of it has no posts, and says why."""
    folder = outside(tmp_path)
    (tmp_path / "blog").mkdir()
    (tmp_path / "blog/posts").symlink_to(folder)
    done = subprocess.run(
        [sys.executable, "build.py", "--root", str(tmp_path / "blog")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert 1 == done.returncode
    assert "posts/2026-01-01-post.md: a symlink that points outside the blog" in done.stdout
    assert SECRET not in done.stdout


def test_what_stands_beside_a_post_is_never_published(tmp_path: Path) -> None:
    """A link beside a post is there for its code; of itself it reaches no page."""
    folder = outside(tmp_path)
    read = "print(len(open('link.txt', encoding='utf-8').read()))"
    code = f"---\ntitle: 读\n---\n\n```python\n{read}\n```\n"
    root = write(tmp_path, {"posts/2026-01-02-x/index.md": code})
    (root / "posts/2026-01-02-x/link.txt").symlink_to(folder / "secret.txt")
    done = subprocess.run(
        [sys.executable, "build.py", "--root", str(root)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert 0 == done.returncode
    assert str(len(SECRET)) in (root / "_site/x/index.html").read_text("utf-8")
    for path, (content, _) in tree(root / "_site").items():
        assert SECRET.encode() not in content, path
