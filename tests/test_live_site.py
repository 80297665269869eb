"""The site in memory: it is what publishing would make, after whatever was edited."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.cache import database
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.preview.blog.blog import LiveSite
from evergreen.settings import read_settings
from evergreen.site.search.index import FOLDER, INDEX

SITE = 'title = "双生"\nlang = "zh"\nlanguages = ["en"]\nsearch = false\n'
HEAD = "---\ntitle: {title}\ntags: [{tags}]\ncategories: 文章\n---\n\n"
TEXT = f"{HEAD}第一段 {{first}}。\n\n## 小标题\n\n{{body}}\n"


def post(title: str = "题", tags: str = "甲, 乙", first: str = "一", body: str = "正文") -> str:
    """The text of a post without code."""
    return TEXT.format(title=title, tags=tags, first=first, body=body)


def make_build(root: Path, **options: bool) -> BuildOptions:
    """The build of a blog."""
    return replace(BuildOptions(root, root / "_site", read_settings(root)), **options)  # type: ignore[arg-type]


def edit(live_site: LiveSite, root: Path, files: Mapping[str, str | None]) -> None:
    """Write files, or remove them, and have the twin take them in."""
    for name, text in files.items():
        path = root / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    for _ in live_site.rebuild(frozenset(files)):
        pass


def in_memory(live_site: LiveSite) -> dict[str, bytes]:
    """Every file that the twin has."""
    builder = live_site.builder
    names = [*builder.tasks, *builder.ready, *builder.static, *builder.owners]
    served = {name: live_site.read(name) for name in names}
    return {name: each.content for name, each in served.items() if each and each.content}


def on_disk(root: Path) -> dict[str, bytes]:
    """Every file that publishing makes."""
    publish(make_build(root))
    files = (path for path in (root / "_site").rglob("*") if path.is_file())
    found = {path.relative_to(root / "_site").as_posix(): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if not name.startswith(".evergreen")}


@pytest.fixture
def blog(write_blog: Write) -> Path:
    """A blog of a few posts in two languages, and a page."""
    posts = {
        f"posts/2026-01-0{n}-p{n}.md": post(f"第 {n} 篇", f"甲, t{n % 3}") for n in range(1, 8)
    }
    english = {"posts/2026-01-02-p2.en.md": post("Two", "甲")}
    about = {"pages/about.md": "---\ntitle: 关于\n---\n\n我。\n", "site.toml": SITE}
    return write_blog({**posts, **english, **about})


def test_the_twin_is_what_is_published(blog: Path) -> None:
    """Every file has the same bytes."""
    assert on_disk(blog) == in_memory(LiveSite(make_build(blog)))


@pytest.mark.parametrize("columns", [("outlines", "page"), ("contents", "content")])
def test_a_damaged_memory_is_made_anew(blog: Path, columns: tuple[str, str]) -> None:
    """A page in it cannot be read: the posts are."""
    published = on_disk(blog)
    table, column = columns
    with closing(sqlite3.connect(blog / ".cache/pages" / database.FILE)) as file, file:
        file.execute(f"UPDATE {table} SET {column} = x'00'")
    assert published == in_memory(LiveSite(make_build(blog)))


EDITS: dict[str, Callable[[], dict[str, str | None]]] = {
    "text": lambda: {"posts/2026-01-03-p3.md": post("第 3 篇", "甲, t0", body="新的正文")},
    "summary": lambda: {"posts/2026-01-03-p3.md": post("第 3 篇", "甲, t0", first="新的")},
    "title": lambda: {"posts/2026-01-04-p4.md": post("改名", "甲, t1")},
    "tags": lambda: {"posts/2026-01-05-p5.md": post("第 5 篇", "丙")},
    "new": lambda: {"posts/2026-02-01-xin.md": post("新篇")},
    "gone": lambda: {"posts/2026-01-06-p6.md": None},
    "moved": lambda: {
        "posts/2026-01-07-p7.md": None,
        "posts/2026-01-07-qi.md": post("第 7 篇", "甲, t1"),
    },
    "template": lambda: {"templates/partials/footer.html": "<footer>新的页脚</footer>\n"},
    "style": lambda: {"templates/assets/evergreen.css": "body { color: teal }\n"},
    "settings": lambda: {"site.toml": SITE + 'description = "新的说明"\n'},
    "permalink": lambda: {"site.toml": SITE + 'permalink = "/:title.html"\n'},
    "language": lambda: {"templates/languages/zh.toml": 'name = "中文"\narchive = "全部文章"\n'},
    "page": lambda: {"pages/about.md": "---\ntitle: 本站\n---\n\n我们。\n"},
}


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_leads_where_publishing_does(blog: Path, kind: str) -> None:
    """After each kind of edit, what is in memory is what a build makes."""
    live_site = LiveSite(make_build(blog))
    in_memory(live_site)
    edit(live_site, blog, EDITS[kind]())
    assert on_disk(blog) == in_memory(live_site)


def test_many_edits_lead_where_publishing_does(blog: Path) -> None:
    """Whatever the order."""
    live_site, chance = LiveSite(make_build(blog)), random.Random(8)
    kinds = [kind for kind in EDITS if kind not in ("gone", "moved")]
    for kind in chance.sample(kinds, len(kinds)):
        edit(live_site, blog, EDITS[kind]())
        in_memory(live_site)
    edit(live_site, blog, EDITS["moved"]())
    edit(live_site, blog, EDITS["gone"]())
    assert on_disk(blog) == in_memory(live_site)


def test_a_removed_post_is_readable_until_the_outline_is_new(blog: Path) -> None:
    """A browser may ask for it, or for a list that shows it, before the lists are made."""
    live_site = LiveSite(make_build(blog))
    (blog / "posts/2026-01-06-p6.md").unlink()
    live_site.sources.refresh(frozenset({"posts/2026-01-06-p6.md"}))
    for path in ("文章/p6/index.html", "index.html", "tags/甲/index.html"):
        found = live_site.read(path)
        assert found and "第 6 篇" in found.content.decode()


def test_a_broken_post_keeps_its_last_good_page(blog: Path) -> None:
    """The fault is told; mending it clears it."""
    live_site, path = LiveSite(make_build(blog)), "posts/2026-01-03-p3.md"
    before = live_site.read("文章/p3/index.html")
    edit(live_site, blog, {path: "---\ntitle: [一\n---\n\n坏\n"})
    assert before == live_site.read("文章/p3/index.html")
    assert [(path, 2)] == [(p.path, p.line) for p in live_site.problems(path)]
    edit(live_site, blog, {path: post("第 3 篇", "甲, t0")})
    assert [] == list(live_site.problems(path))


def test_a_broken_template_keeps_the_last_good_page(blog: Path) -> None:
    """The page says where the template is wrong, and is what it was."""
    live_site, file = LiveSite(make_build(blog)), "文章/p3/index.html"
    before = live_site.read(file)
    edit(
        live_site,
        blog,
        {"templates/post.html": "{% extends 'base.html' %}\n{{ nothing.here }}\n{% if"},
    )
    after = live_site.read(file)
    assert before and after
    assert before.content == after.content
    assert ["templates/post.html"] == [problem.path for problem in after.problems]


def test_drafts_and_the_future_are_there_and_marked(blog: Path) -> None:
    """They say that they would not be published."""
    live_site = LiveSite(make_build(blog))
    draft = post().replace("title:", "draft: true\ntitle:")
    edit(live_site, blog, {"posts/2026-03-01-gao.md": draft, "posts/2999-01-01-lai.md": post("来")})
    marks = {
        name: live_site.mark(f"posts/{name}.md") for name in ("2026-03-01-gao", "2999-01-01-lai")
    }
    assert {"2026-03-01-gao": "draft", "2999-01-01-lai": "future"} == marks
    for name, word in (("gao", "草稿"), ("lai", "待发布")):
        served = live_site.read(f"文章/{name}/index.html")
        assert served and f'<strong class="draft">{word}</strong>' in served.content.decode()
    home = live_site.read("index.html")
    assert home and ["待发布", "草稿"] == re.findall('class="draft">(.*?)<', home.content.decode())


def test_prose_is_rendered_alone(blog: Path) -> None:
    """An edit of a post's text leaves every other page as it was made, the very same value."""
    live_site = LiveSite(make_build(blog))
    before = {path: sheet.page for path, sheet in live_site.posts.items()}
    tasks = live_site.builder.tasks
    path = "posts/2026-01-03-p3.md"
    edit(live_site, blog, {path: post("第 3 篇", "甲, t0", body="新的正文")})
    changed = [p for p, sheet in live_site.posts.items() if sheet.page is not before[p]]
    assert ([path], True) == (changed, tasks is live_site.builder.tasks)


def test_numbers_are_right_after_an_edit_of_an_earlier_one(blog: Path) -> None:
    """The page is that of the whole text, also while a reference to nothing keeps the last one."""
    name, page = "posts/2026-01-01-p1.md", "文章/p1/index.html"
    later = "![乙](https://e.org/b.png){#fig-b}\n\n见 @fig-b。"
    live_site = LiveSite(make_build(blog))

    def shown(body: str) -> list[str]:
        edit(live_site, blog, {name: post(body=body)})
        served = live_site.read(page)
        assert served
        return re.findall(r'href="#fig-b">([^<]*)</a>', served.content.decode())

    assert ["图 1"] == shown(later)
    assert ["图 2"] == shown(f"![甲](https://e.org/a.png){{#fig-a}}\n\n{later}")
    assert ["图 2"] == shown(f"见 @fig-c。\n\n{later}")
    assert ["nothing has the label 'fig-c'"] == [each.message for each in live_site.problems(name)]
    assert ["图 1"] == shown(later)


@pytest.mark.parametrize(
    "order",
    [
        ("posts/2026-01-01-新.md", "posts/2026-01-01-旧.md"),
        ("posts/2026-01-01-旧.md", "posts/2026-01-01-新.md"),
    ],
)
def test_a_post_that_is_renamed_in_two_steps_is_followed(
    write_blog: Write, order: tuple[str, str]
) -> None:
    """The new name may come before the old one goes, or after."""
    blog = write_blog(
        {
            "posts/2026-01-01-旧.md": post("改名"),
            "posts/2026-01-02-别.md": post("别的"),
            "site.toml": SITE,
        }
    )
    live_site, moved = LiveSite(make_build(blog)), {}
    for path in order:
        if path == "posts/2026-01-01-新.md":
            (blog / path).write_text(post("改名"), "utf-8")
        else:
            (blog / path).unlink()
        for edition in live_site.rebuild(frozenset({path})):
            moved.update(edition.moved)
    assert {"/文章/旧/": "/文章/新/"} == moved


def test_the_search_index_follows_the_posts(blog: Path) -> None:
    """From the cache, and after an edit, it is that which publishing makes."""
    (blog / "site.toml").write_text(SITE.replace("search = false\n", ""), "utf-8")
    expected = {path: text for path, text in on_disk(blog).items() if path.startswith(FOLDER)}
    live_site = LiveSite(make_build(blog))
    assert expected == searched(live_site, expected)
    edit(
        live_site, blog, {"posts/2026-01-03-p3.md": post("云杉"), "posts/2026-01-09-p9.md": post()}
    )
    expected = {path: text for path, text in on_disk(blog).items() if path.startswith(FOLDER)}
    assert expected == searched(live_site, expected)


def searched(live_site: LiveSite, paths: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """Return what the preview serves of the search index."""
    served = {path: live_site.read(path) for path in [INDEX, *paths]}
    return {path: each.content if each else None for path, each in served.items()}


@pytest.mark.parametrize("file", ["_includes/注.html", "_data/人.yml"])
def test_a_post_is_well_again_when_what_it_lacked_is_back(blog: Path, file: str) -> None:
    """A part that was removed or broken, and is as it was: so is the page, without a fault."""
    path, address = "posts/2026-02-01-p.md", "文章/p/index.html"
    text = post(body="{% include 注.html %}\n{{ site.data.人[0] }}")
    parts = {"_includes/注.html": "一注", "_data/人.yml": "- 甲\n"}
    live_site = LiveSite(make_build(blog))
    edit(live_site, blog, {path: text, **parts})
    before = live_site.read(address)
    edit(live_site, blog, {file: None if file.endswith("html") else "- [\n"})
    assert [path] == [each.path for each in live_site.problems(path)]
    edit(live_site, blog, {file: parts[file]})
    assert [] == list(live_site.problems(path))
    assert before == live_site.read(address)


def test_settings_are_read_again_when_what_they_lacked_is_there(blog: Path) -> None:
    """A theme that is made after it was named."""
    live_site = LiveSite(make_build(blog))
    edit(live_site, blog, {"site.toml": f'theme = "mine"\n{SITE}'})
    assert ["site.toml"] == [each.path for each in live_site.problems()]
    home = "{% extends 'base.html' %}{% block main %}自己的{% endblock %}\n"
    edit(live_site, blog, {"themes/mine/theme.toml": 'description = "我"\n'})
    edit(live_site, blog, {"themes/mine/home.html": home})
    assert [] == list(live_site.problems())
    assert "自己的".encode() in in_memory(live_site)["index.html"]
    assert on_disk(blog) == in_memory(live_site)


LINKS = """[页](/p1/) [章](/p1/#小标题) [无章](/p1/#没有) [本章](#小标题) [无](/没有/) [近](/P1/)
[订阅](/feed.xml) [标签](/tags/甲/) [归档](/archive/) [另一](2026-01-02-p2.md) [源](p1.md)
[英文](/en/p2/#小标题) [论文](论文.pdf) [空]() [上](../../x) [外](https://example.org/a)
![有](图/有.svg) ![无](图/没有.svg) ![大小写](图/有.SVG)
"""


def test_links_are_warned_of_as_in_publishing(blog: Path) -> None:
    """Of whatever kind, with the same advice, and no others."""
    path = "posts/2026-01-03-p3.md"
    live_site = LiveSite(make_build(blog))
    edit(live_site, blog, {"posts/图/有.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>"})
    edit(live_site, blog, {path: post("第 3 篇", "甲", body=LINKS)})
    told = {problem for problem in publish(make_build(blog)).problems if problem.path == path}
    assert len(told) >= 7
    assert told == {problem for problem in live_site.problems(path) if problem.path == path}
