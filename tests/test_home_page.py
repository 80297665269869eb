"""The owner's home page of a Jekyll blog, and where the list of posts goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.content.jekyll.posts import own_words
from evergreen.settings import read_settings

HEAD = "---\n---\n"
LOOP = "{% for post in site.posts %}<a href='{{ post.url }}'>{{ post.title }}</a>{% endfor %}"
PAGED = "{% for post in paginator.posts %}[{{ post.title }}]{% endfor %} {{ paginator.page }}/"
PAGED += "{{ paginator.total_pages }} {{ paginator.next_page_path }}"
OWN = "我是一个写博客的人，住在杭州，喜欢机器学习。{{ site.posts | size }} posts\n"


def built(root: Path, config: str, **files: str) -> Path:
    """Publish a blog of three posts with these pages; return the site."""
    (root / "_posts").mkdir()
    for day in (1, 2, 3):
        (root / f"_posts/2020-01-0{day}-p.md").write_text(f"{HEAD}第{day}篇", "utf-8")
    (root / "_config.yml").write_text(f"title: 长青\npermalink: /:day/\n{config}", "utf-8")
    (root / "site.toml").write_text("search = false\n")
    for name, text in files.items():
        path = root / f"{name.replace('_', '/')}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEAD + text, "utf-8")
    report = publish(BuildOptions(root, root / "_site", read_settings(root)))
    assert [] == [str(each) for each in report.problems]
    return root / "_site"


def lists(site: Path) -> list[str]:
    """Return the files that hold a page of the list of posts."""
    pages = (path for path in site.rglob("*.html") if "archive" not in path.parts)
    shown = (path for path in pages if 'class="list h-feed"' in path.read_text("utf-8"))
    return sorted(path.relative_to(site).as_posix() for path in shown)


@pytest.mark.parametrize(
    ("config", "files", "found"),
    [
        ("", {}, ["index.html"]),
        ("", {"index": ""}, ["index.html"]),
        ("", {"index": LOOP}, ["index.html"]),
        ("", {"index": OWN}, ["blog/index.html"]),
        ("", {"index": OWN + LOOP}, ["blog/index.html"]),
        ("", {"index": OWN, "blog_index": OWN}, ["posts/index.html"]),
        ("paginate: 2\n", {"index": PAGED}, ["index.html", "page2/index.html"]),
        ("paginate: 2\n", {"index": OWN + PAGED}, ["page2/index.html"]),
        (
            "paginate: 2\npaginate_path: /文章/p:num/\n",
            {"index": LOOP + "x", "文章_index": PAGED},
            ["文章/index.html", "文章/p2/index.html"],
        ),
    ],
)
def test_the_list_of_posts_leaves_room_for_the_owners_page(
    config: str, files: dict[str, str], found: list[str], tmp_path: Path
) -> None:
    """A page that has hardly a word besides its list gives way, unless the list is elsewhere."""
    assert found == lists(built(tmp_path, config, **files))


def test_the_home_page_has_its_liquid(tmp_path: Path) -> None:
    """With the paginator on it, it is the first page of the list; the second follows."""
    site = built(tmp_path, "paginate: 2\n", index=OWN + PAGED)
    home = (site / "index.html").read_text("utf-8")
    assert "喜欢机器学习。3 posts\n[P][P] 1/2 /page2/\n" in home
    assert ["page2/index.html"] == lists(site)


def test_a_404_page_with_a_short_url_replaces_ours(tmp_path: Path) -> None:
    """With such a permalink the URL of 404.html is /404, but its file is the same."""
    site = built(tmp_path, "permalink: /:day/:title\n", **{"404": "没有这一页"})
    assert "没有这一页" in (site / "404.html").read_text("utf-8")


def test_a_404_page_is_in_no_menu(tmp_path: Path) -> None:
    """Nor in the sitemap: of 404.md Jekyll makes /404/ where URLs end with a slash."""
    for name, title in (("404", "没有这一页"), ("about", "关于")):
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: {title}\n---\n\n文\n", "utf-8")
    site = built(tmp_path, "url: https://a.example\n")
    assert (site / "404/index.html").exists()
    home = (site / "index.html").read_text("utf-8")
    assert (True, False) == ("关于" in home, "没有这一页" in home)
    assert "/404" not in (site / "sitemap.xml").read_text("utf-8")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", 0),
        ("<!-- nothing --><script>var x</script>", 0),
        ("<div class='a b'>{{ site.title }}</div>", 0),
        ("{% include hero.html %}", 1),
        ("![a b](x.png)", 5),
        ("two words {% for x in y %}many more words{% endfor %}", 2),
        ("中文 한국 日本", 6),
    ],
)
def test_words_of_a_page_are_counted_outside_of_its_loops(body: str, words: int) -> None:
    """Tags, comments and scripts have none."""
    assert words == own_words(body)
