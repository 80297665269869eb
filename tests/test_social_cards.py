"""The picture that stands for a post without one."""

from __future__ import annotations

import re
import warnings
from io import BytesIO

import pytest
from conftest import Write
from PIL import Image

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.settings import read_settings
from evergreen.site.social_cards import HEIGHT, WIDTH, card_path, draw_card


@pytest.mark.parametrize("title", ["Reading digits", "雪线上的云杉", "", "长" * 300, "\x00\ud800"])
def test_a_card_for_any_title(title: str):
    """Whatever the title, the card is a picture of the shape that readers crop to."""
    card = draw_card(title, "长青")
    picture = Image.open(BytesIO(card.content))
    assert (picture.format, picture.size) == ("PNG", (WIDTH, HEIGHT))
    assert card.path == card_path(title, "长青")
    assert len(card.content) < 100_000


def test_named_by_what_it_shows():
    """Two titles have two cards; one title has the same card each time."""
    assert card_path("甲", "长青") != card_path("乙", "长青")
    assert draw_card("甲", "长青") == draw_card("甲", "长青")


def test_the_title_is_written():
    """A Latin title is written with the font that comes with Pillow, on any machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        empty, written = draw_card("", "x").content, draw_card("Evergreen", "x").content
    light = [sum(Image.open(BytesIO(it)).convert("L").histogram()[200:]) for it in (empty, written)]
    assert light[0] < 1_000 < light[1]


def test_each_picture_that_a_page_names_is_a_file(write_blog: Write):
    """The card of a post, and that of a static page."""
    root = write_blog(
        {
            "site.toml": 'title = "长青"\nurl = "https://a.example/blog"\n',
            "posts/2026-01-01-a.md": "---\ntitle: 甲\n---\n\n正文。\n",
            "pages/about.md": "---\ntitle: 关于\n---\n\n我。\n",
        }
    )
    publish(BuildOptions(root, root / "_site", read_settings(root)))
    for name in ("a", "about"):
        html = (root / f"_site/{name}/index.html").read_text("utf-8")
        named = re.findall(r'og:image" content="https://a.example/blog/(.*?)"', html)
        assert [True] == [(root / "_site" / path).is_file() for path in named]
