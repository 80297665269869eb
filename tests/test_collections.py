"""Collections of a Jekyll blog; the addresses and lists are those of Jekyll 4.3.1."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.content.jekyll.permalinks import collection_template
from evergreen.settings import read_settings

CONFIG = """\
title: 长青
url: https://a.example
timezone: UTC
collections:
  projects: {output: true, permalink: '/work/:path/', order: [乙.md], extra: 1}
  notes: {output: true}
  tabs: {output: true, sort_by: order}
  secret: {}
defaults:
  - {scope: {path: "", type: tabs}, values: {permalink: "/:title/", layout: page}}
  - {scope: {path: "", type: projects}, values: {kind: 工程}}
"""
LISTS = """\
---
---
{% for q in site.projects %}[{{ q.title }}|{{ q.url }}|{{ q.id }}|{{ q.path }}|{{ q.kind }}]
{% endfor %}{{ site.tabs | map: "url" | join: " " }}
{% for s in site.secret %}{{ s.title }} {{ s.weight }} {{ s.url }} {{ s.content }}{% endfor %}
{% for c in site.collections %}{{ c.label }} {{ c.docs | size }} {{ c.output }} {{ c.extra }} \
{{ c.files | size }};{% endfor %}
{{ site.documents | map: "title" | join: ", " }}
{{ site.pages | map: "name" | join: " " }}
{{ site.notes.first.date | date: "%Y" }} [{{ page.date }}] [{{ page.collection }}]
{% link _projects/甲.md %} {% link _notes/2020-01-02-n.md %}
"""
FILES = {
    "site.toml": "search = false\n",
    "_config.yml": CONFIG,
    "_projects/甲.md": "---\ntitle: 甲\n---\n*a*\n",
    "_projects/乙.md": "---\n---\n{{ page.collection }} {{ page.next.title }} "
    "[{{ page.previous.title }}]\n",
    "_projects/sub/c.md": "---\ntitle: C\ndate: 2020-02-03\n---\nc\n",
    "_projects/data.csv": "x",
    "_projects/.hidden.md": "---\n---\n",
    "_projects/later.md": "---\npublished: false\n---\n",
    "_notes/2020-01-02-n.md": "---\n---\nn\n",
    "_tabs/about.md": "---\ntitle: 关于\norder: 2\n---\nn\n",
    "_tabs/zed.md": "---\ntitle: Zed\norder: 1\n---\n",
    "_secret/s.md": "---\ntitle: Sec\nweight: 5\n---\nsecret *text*\n",
    "_posts/2024-01-01-p.md": "---\ntitle: P\n---\nHi\n",
    "all.html": LISTS,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published blog with four collections."""
    root = tmp_path_factory.mktemp("blog")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    report = publish(BuildOptions(root, root / "_site", read_settings(root)))
    assert [] == [str(each) for each in report.problems if each.severity == "error"]
    return root


def _page(root: Path, path: str) -> str:
    return (root / "_site" / path).read_text("utf-8")


def test_documents_are_at_jekylls_addresses(root: Path) -> None:
    """Each document of a collection with `output: true` has a page, and each file a copy."""
    folders = ("work", "notes", "about", "zed", "secret", "later")
    made = [path for name in folders for path in (root / "_site" / name).rglob("*.*")]
    assert {
        *("work/甲/index.html", "work/乙/index.html", "work/sub/c/index.html", "work/data.csv"),
        *("notes/2020-01-02-n.html", "about/index.html", "zed/index.html"),
    } == {path.relative_to(root / "_site").as_posix() for path in made if path.suffix != ".md"}


def test_liquid_lists_documents_as_jekyll_does(root: Path) -> None:
    """In the collection's order, with its defaults; documents without a page can be read too."""
    for line in (
        "[乙|/work/%E4%B9%99/|/work/乙|_projects/乙.md|工程]",
        "[C|/work/sub/c/|/work/sub/c|_projects/sub/c.md|工程]",
        "/zed/ /about/",
        "Sec 5 /secret/s.html <p>secret <em>text</em></p>",
        "notes 1 true  0;posts 1 true  0;projects 3 true 1 1;secret 1 false  0;tabs 2 true  0;",
        "P, 乙, C, 甲, N, Zed, 关于, Sec",
        "all.html",
        "2020 [] []",
        "/work/%E7%94%B2/ /notes/2020-01-02-n.html",
    ):
        assert line in _page(root, "all.html").split("\n")


def test_a_document_knows_its_collection_and_neighbours(root: Path) -> None:
    """The first one has no previous one."""
    assert "<p>projects C []</p>" in _page(root, "work/乙/index.html")


def test_only_tabs_with_a_text_are_in_the_menu(root: Path) -> None:
    """As in the theme Chirpy; a document is in no list of posts."""
    home = _page(root, "index.html")
    assert (True, False, False) == tuple(
        f'href="{url}"' in home for url in ("/about/", "/zed/", "/work/甲/")
    )


def test_an_edited_document_is_seen_where_it_is_listed(root: Path) -> None:
    """One without a page is a dependency of the pages that list it."""
    (root / "_secret/s.md").write_text("---\ntitle: Neu\nweight: 6\n---\nx\n")
    publish(BuildOptions(root, root / "_site", read_settings(root)))
    assert "Neu 6 /secret/s.html <p>x</p>" in _page(root, "all.html")


def test_collections_have_a_folder_of_their_own(tmp_path: Path) -> None:
    """With `collections_dir` the posts are there too, and paths begin at that folder."""
    for path, text in {
        "site.toml": "search = false\n",
        "集/_drafts/2020-01-02-d.md": "---\n---\n",
        "_config.yml": "collections_dir: 集\ndefaults: [{scope: {path: _n}, values: {key: 甲}}]\n"
        "collections: {posts: {permalink: '/p/:title/'}, n: {output: true}, "
        "drafts: {output: true}}\n",
        "集/_posts/2020-01-01-a.md": "---\n---\n",
        "集/_n/b.md": "---\n---\n{{ page.key }} {{ page.relative_path }}",
        "_posts/2020-01-01-no.md": "---\n---\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    publish(BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path)))
    assert "<p>甲 _n/b.md</p>" in (tmp_path / "_site/n/b.html").read_text("utf-8")
    assert (tmp_path / "_site/drafts/2020-01-02-d.html").exists()
    assert ["a"] == [path.name for path in (tmp_path / "_site/p").iterdir()]


@pytest.mark.parametrize(
    ("style", "template"),
    [
        ("date", "/:collection/:path:output_ext"),
        ("pretty", "/:collection/:path/"),
        ("/:year/:title/", "/:collection/:path/"),
        ("/:title", "/:collection/:path"),
        ("/:title:output_ext", "/:collection/:path:output_ext"),
    ],
)
def test_the_style_of_permalinks_holds_for_collections(style: str, template: str) -> None:
    """As `Jekyll::Utils.add_permalink_suffix` says."""
    assert template == collection_template(style)
