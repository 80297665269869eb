"""The menu of a Jekyll blog, from the data and the settings of its theme."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.migrate import migrate
from evergreen.build.options import read_options
from evergreen.build.pipeline import publish
from evergreen.errors import SettingsError
from evergreen.settings import settings_here

BLOG = {
    "_config.yml": "title: 博客\nlang: zh\n",
    "_posts/2020-01-01-a.md": "---\ntitle: 文\ntags: [一]\n---\n正文。\n",
    "about.md": "---\ntitle: 关于\n---\n我。\n",
    "links.md": "---\ntitle: 友链\npermalink: /links/\n---\n友。\n",
}


def menu(root: Path) -> list[tuple[str, str]]:
    """Titles and addresses of the menu of the home page."""
    publish(read_options(root))
    page = (root / "_site/index.html").read_text("utf-8")
    nav = re.search(r'<nav class="site-nav".*?</nav>', page, re.S)
    assert nav
    return [
        (title, url) for url, title in re.findall(r'<a href="([^"]*)"[^>]*>([^<]+)</a>', nav[0])
    ]


def entries(files: dict[str, str], write_blog: Write) -> dict[str, str]:
    """Titles and addresses as the settings have them."""
    site = settings_here(write_blog({**BLOG, **files}))
    return {title: entry.url for title, entry in site.menu.items()}


def test_the_menu_is_that_of_the_theme(write_blog: Write) -> None:
    """Minimal Mistakes: its other lists are sidebars."""
    text = (
        "main:\n  - title: 归档\n    url: /archive/\n  - {title: 关于, url: /about}\n"
        "  - {title: 代码, url: 'https://github.com/x'}\ndocs:\n  - {title: 一, url: /一/}\n"
    )
    assert menu(write_blog({**BLOG, "_data/navigation.yml": text})) == [
        ("归档", "/archive/"),
        ("关于", "/about.html"),
        ("代码", "https://github.com/x"),
    ]


def test_header_pages_are_the_menu_in_their_order(write_blog: Write) -> None:
    """minima: pages that do not exist are left out."""
    config = BLOG["_config.yml"] + "header_pages: [links.md, none.md, about.md]\n"
    found = menu(write_blog({**BLOG, "_config.yml": config}))
    assert found == [("友链", "/links/"), ("关于", "/about.html")]


def test_a_menu_in_site_toml_comes_first(write_blog: Write) -> None:
    """It replaces the theme's as a whole."""
    files = {
        "_data/navigation.yml": "- {title: 一, url: /一/}",
        "site.toml": '[menu]\n"二" = "/二/"\n',
    }
    assert entries(files, write_blog) == {"二": "/二/"}


SHAPES = {
    "a list": ("_data/navigation.yml", "- {name: 一, link: /一/}\n- {text: 二, href: 二}\n"),
    "TeXt": (
        "_data/navigation.yml",
        "header:\n  - titles: {en: One, zh: 一, zh-Hans: 一}\n    url: /一/\n"
        "  - {titles: {en: Two, zh: 二}, url: 二}\n",
    ),
    "Beautiful Jekyll": (
        "_config.yml",
        'title: a\nlang: zh\nnavbar-links:\n  一: "一/"\n  更多:\n    - 二: "二"\n',
    ),
    "a submenu": (
        "_data/menu.yml",
        "- title: 一\n  url: '{{ site.baseurl }}/一/'\n  children:\n    - {title: 二, url: /二}\n"
        "- {title: 无, url: '#'}\n",
    ),
    "JSON": ("_data/nav.json", '[{"title": "一", "url": "/一/"}, {"title": "二", "url": "/二"}]'),
    "pairs": ("_config.yml", "title: a\nnavigation:\n- 一: /一/\n- {label: 二, url: 二}\n"),
}


@pytest.mark.parametrize(("name", "text"), SHAPES.values(), ids=SHAPES)
def test_the_shapes_of_themes(name: str, text: str, write_blog: Write) -> None:
    """Each gives the same two entries."""
    found = entries({name: text}, write_blog)
    assert {title: url.rstrip("/") for title, url in found.items()} == {"一": "/一", "二": "/二"}


@pytest.mark.parametrize("text", ["", "main:\n", "main: 5", "- 1\n- [a]\n", "- {url: /a}"])
def test_what_is_no_menu_changes_nothing(text: str, write_blog: Write) -> None:
    """Lists and pages are the menu, as in a blog without a theme's."""
    found = menu(write_blog({**BLOG, "_data/navigation.yml": text}))
    assert ("友链", "/links/") in found
    assert len(found) > 2


def test_a_broken_menu_is_told_at_its_place(write_blog: Write) -> None:
    """As Jekyll does; the blog would be without its menu."""
    root = write_blog({**BLOG, "_data/navigation.yml": "main:\n- {a: [}"})
    with pytest.raises(SettingsError, match=r"_data/navigation\.yml:2:8: "):
        read_options(root)


def test_the_report_of_a_move_says_where_the_menu_is_from(write_blog: Write) -> None:
    """And what replaces it."""
    root = write_blog({**BLOG, "_data/navigation.yml": "- {title: 一, url: /一/}"})
    notes = migrate(read_options(root)).notes
    assert "the menu is that of _data/navigation: [menu] in site.toml replaces it" in notes


def test_a_menu_that_is_not_understood_is_left_to_the_owner(write_blog: Write) -> None:
    """It is not lost in silence."""
    root = write_blog({**BLOG, "_config.yml": "title: a\nnavigation: right\n"})
    keys = {key.name: key.state for key in migrate(read_options(root)).keys}
    assert keys["navigation"] == "left to you"
