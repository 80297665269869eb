"""An incremental build equals a clean one, byte for byte, whatever was edited before it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from evergreen.build import load
from evergreen.build.cache.unchanged import unchanged
from evergreen.build.pipeline import BuildOptions, publish
from evergreen.settings import read_settings

ROOT = Path(__file__).parent.parent
SEEDS = int(os.environ.get("EVERGREEN_SEEDS", "6"))
"""Each makes thirty edits."""
CODE = "```python\nprint({})\n```"


def make_blog(root: Path, count: int) -> None:
    """A blog of posts with prose, some with code, tags, a series, translations."""
    (root / "posts").mkdir(parents=True)
    shutil.copytree(ROOT / "templates", root / "templates")
    (root / "site.toml").write_text(
        'title = "博"\nlang = "zh"\nurl = "https://b.example"\n', "utf-8"
    )
    for number in range(count):
        lang = "lang: en\n" if number % 5 == 4 else ""
        series = "series: 连载\n" if number % 4 == 0 else ""
        head = f"title: 文 {number}\ntags: [一, t{number % 3}]\n{lang}{series}"
        body = f"第一段 {number}。\n\n## 节\n\n" + (CODE.format(number) if number % 2 else "话")
        path = root / "posts" / f"20{number // 28 + 20}-01-{number % 28 + 1:02}-文{number}.md"
        path.write_text(f"---\n{head}---\n\n{body}\n", "utf-8")


def build(root: Path, output: Path, **options: bool) -> dict[str, bytes]:
    """Publish without running code; every file of the site."""
    asked = BuildOptions(root, output, read_settings(root), execute=False, **options)
    if unchanged(asked) is None:
        publish(asked)
    return {
        path.relative_to(output).as_posix(): path.read_bytes()
        for path in output.rglob("*")
        if path.is_file() and path.name != ".evergreen"
    }


def posts(root: Path) -> list[Path]:
    """The posts that may be edited, in order."""
    return sorted([*(root / "posts").glob("20*.md"), *(root / "_posts").glob("20*.md")])


def substitute(old: str, new: str) -> Callable[[Path, random.Random], None]:
    """An edit that changes some text of a random post."""

    def edit(root: Path, chance: random.Random) -> None:
        path = chance.choice(posts(root))
        text = path.read_text("utf-8")
        written = new.replace("{}", str(chance.randrange(1000)))
        key = new.partition(":")[0]
        if key in old or f"\n{key}:" not in text:  # a duplicate key is an error
            path.write_text(text.replace(old, written, 1), "utf-8")

    return edit


def rename(root: Path, chance: random.Random) -> None:
    """Another slug."""
    path = chance.choice(posts(root))
    path.rename(path.with_name(f"{path.name[:11]}改{chance.randrange(1000)}.md"))


def delete(root: Path, chance: random.Random) -> None:
    """One post less."""
    if len(posts(root)) > 3:
        chance.choice(posts(root)).unlink()


def add(root: Path, chance: random.Random) -> None:
    """One post more."""
    day, name = chance.randrange(1, 29), chance.randrange(1000)
    path = root / "posts" / f"2025-02-{day:02}-新{name}.md"
    path.write_text(f"---\ntitle: 新 {name}\ntags: [一]\n---\n\n新。\n", "utf-8")


def style(root: Path, chance: random.Random) -> None:
    """Another style sheet."""
    path = root / "templates/assets/evergreen.css"
    path.write_text(path.read_text("utf-8") + f"\n.x{chance.randrange(1000)} {{}}\n", "utf-8")


def template(root: Path, chance: random.Random) -> None:
    """Another template."""
    path = root / "templates/post.html"
    text = path.read_text("utf-8").replace("</article>", f"<!-- {chance.random()} --></article>")
    path.write_text(text, "utf-8")


def settings(root: Path, chance: random.Random) -> None:
    """Another title of the site."""
    path = root / "site.toml"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([f'title = "博 {chance.random()}"', *lines[1:]]) + "\n", "utf-8")


def hand(root: Path, chance: random.Random) -> None:
    """Somebody edits or removes published files, or a folder of them."""
    files = sorted(path for path in (root / "_site").rglob("*") if path.is_file())
    for _ in range(chance.randrange(1, 4) if files else 0):
        file = chance.choice(files)
        if not file.is_file() or file.name == ".evergreen":
            continue
        if chance.random() < 0.5:
            file.write_bytes(bytes(reversed(file.read_bytes())))  # of the same size
        elif chance.random() < 0.5 and file.parent.name != "_site":
            shutil.rmtree(file.parent)
        else:
            file.unlink()


def hand_and_prose(root: Path, chance: random.Random) -> None:
    """Somebody edits published files and a post, before one build."""
    hand(root, chance)
    substitute("第一段", "第一段，又 {}")(root, chance)


def nothing(root: Path, chance: random.Random) -> None:
    """No edit at all."""


EDITS = [
    *[substitute("第一段", "第一段，改 {}")] * 4,
    substitute("title: 文", "title: 文 {}"),
    substitute("tags: [一", "tags: [二{}"),
    substitute("tags: [", "draft: true\ntags: ["),
    substitute("print(", "print({}, "),
    substitute("## 节", "## 节 {}\n\n$$x_{}$$"),
    substitute("series: 连载", "series: 别的"),
    substitute("---\n\n", "excerpt: 摘要 {}\n---\n\n"),
    substitute("---\n\n", "redirect_from: /old/{}/\n---\n\n"),
    rename,
    delete,
    add,
    style,
    template,
    settings,
    hand,
    *[hand_and_prose] * 2,
    nothing,
]


def make_moved_blog(root: Path, count: int) -> None:
    """A Jekyll blog whose posts ask for each other, with a home page and files of its own."""
    for folder in ("_posts", "_includes", "pages"):
        (root / folder).mkdir(parents=True)
    (root / "_config.yml").write_text("title: 博\nurl: https://b.example\n", "utf-8")
    (root / "_includes/note.html").write_text("<b>注</b>", "utf-8")
    (root / "index.html").write_text(HOME, "utf-8")
    (root / "图.svg").write_text("<svg/>", "utf-8")
    (root / "_posts/1999-12-31-根.md").write_text("---\ntitle: 根\n---\n\n根。\n", "utf-8")
    for number in range(count):
        asks = ("{% include note.html %}", "{% post_url 1999-12-31-根 %}", "话")[number % 3]
        text = f"---\ntitle: 文 {number}\ntags: [一, t{number % 3}]\n---\n\n第一段。\n\n{asks}\n"
        (root / f"_posts/2020-01-{number + 1:02}-文{number}.md").write_text(text, "utf-8")


HOME = "---\ntitle: 家\n---\n<p>{% for post in site.posts %}{{ post.title }} {% endfor %}</p>\n"


def include(root: Path, chance: random.Random) -> None:
    """Another text that posts include."""
    (root / "_includes/note.html").write_text(f"<b>注 {chance.random()}</b>", "utf-8")


def home(root: Path, chance: random.Random) -> None:
    """A home page of the blog's own, or ours."""
    file = root / "index.html"
    if file.exists():
        file.unlink()
    else:
        file.write_text(HOME.replace("<p>", f"<p>{chance.random()} "), "utf-8")


def static(root: Path, chance: random.Random) -> None:
    """Another picture, or none."""
    file = root / "图.svg"
    if file.exists() and chance.random() < 0.3:
        file.unlink()
    else:
        file.write_text(f"<svg id='{chance.random()}'/>", "utf-8")


MOVED_EDITS = [*EDITS[:6], rename, delete, include, home, home, static, hand_and_prose, nothing]


def check(
    root: Path,
    seed: int,
    edits: int,
    make: Callable[[Path, int], None] = make_blog,
    kinds: Sequence[Callable[[Path, random.Random], None]] = EDITS,
) -> None:
    """Edit again and again; each time both builds agree."""
    chance = random.Random(seed)
    make(root / "blog", 9)
    for number in range(edits):
        edit = chance.choice(kinds)
        edit(root / "blog", chance)
        incremental = build(root / "blog", root / "blog/_site")
        shutil.copytree(
            root / "blog", root / "clean", ignore=shutil.ignore_patterns(".cache", "*_site*")
        )
        clean = build(root / "clean", root / "clean/_site")
        assert clean == incremental, (seed, number, edit)
        shutil.rmtree(root / "clean")


def test_some_edits(tmp_path: Path) -> None:
    """A few of each kind."""
    check(tmp_path, 1, 14)


def test_some_edits_of_a_blog_that_moves_in(tmp_path: Path) -> None:
    """Its posts ask for others, and files of its own stand in the place of ours."""
    check(tmp_path, 1, 14, make_moved_blog, MOVED_EDITS)


@pytest.mark.parametrize("name", ["index.html", "404.html", "robots.txt", "llms.txt"])
def test_an_own_file_in_the_place_of_ours_comes_and_goes(tmp_path: Path, name: str) -> None:
    """It replaces the file that an earlier build made, changes with the next, and leaves ours."""
    root = tmp_path / "blog"
    make_blog(root, 3)
    ours = build(root, root / "_site")
    (root / "static").mkdir()
    for text in ("自己的一页", "another"):
        (root / "static" / name).write_text(text, "utf-8")
        assert text.encode() == build(root, root / "_site")[name]
        post = posts(root)[0]
        post.write_text(post.read_text("utf-8").replace("第一段", "第一段，"), "utf-8")
        assert text.encode() == build(root, root / "_site")[name]
        post.write_text(post.read_text("utf-8").replace("第一段，", "第一段"), "utf-8")
    (root / "static" / name).unlink()
    assert ours == build(root, root / "_site")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 2 + SEEDS))
def test_many_edits(tmp_path: Path, seed: int) -> None:
    """Thirty edits a seed."""
    check(tmp_path, seed, 30)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 4))
def test_fifty_edits_of_a_blog_that_moves_in(tmp_path: Path, seed: int) -> None:
    """Twenty-five edits a seed."""
    check(tmp_path, seed, 25, make_moved_blog, MOVED_EDITS)


def test_the_number_of_jobs_changes_nothing(tmp_path: Path) -> None:
    """One core or several: the same bytes."""
    make_blog(tmp_path / "blog", 60)
    sites = []
    for jobs in (1, 2, 3):
        output = tmp_path / f"site{jobs}"
        asked = BuildOptions(
            tmp_path / "blog", output, read_settings(tmp_path / "blog"), execute=False
        )
        publish(replace(asked, jobs=jobs))
        shutil.rmtree(tmp_path / "blog/.cache")
        names = sorted(path for path in output.rglob("*") if path.is_file())
        sites.append([(path.relative_to(output), path.read_bytes()) for path in names])
    assert sites[0] == sites[1] == sites[2]


def test_posts_that_are_read_twice_are_the_same_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all posts are too many to be held, each is read again when it is parsed."""
    make_blog(tmp_path / "blog", 20)
    held = build(tmp_path / "blog", tmp_path / "held")
    shutil.rmtree(tmp_path / "blog/.cache")
    monkeypatch.setattr(load, "_MOST_HELD", 2000)
    assert held == build(tmp_path / "blog", tmp_path / "again")
