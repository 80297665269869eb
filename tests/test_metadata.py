"""A post as machines read it."""

from __future__ import annotations

import json
from dataclasses import replace

from sample_pages import FIGURE, SITE, post, sample_pages

from evergreen.model import HeroImage, Page
from evergreen.site.metadata import needs_card, picture, structured_data
from evergreen.site.social_cards import card_path

PLAIN = Page(post("a", "短文", 1), "<p>正文。</p>")


def test_picture_of_a_post():
    """The hero image stands for a post, else its first figure, else a card with its title."""
    hero = replace(PLAIN, post=replace(PLAIN.post, image=HeroImage("https://a.example/1.jpg")))
    assert picture(SITE, hero) == "https://a.example/1.jpg"
    assert picture(SITE, sample_pages()[0]) == f"https://blog.example.org/{FIGURE.path}"
    assert picture(SITE, PLAIN) == f"https://blog.example.org/{card_path('短文', '长青')}"


def test_figure_below_a_base():
    """A figure's address holds `baseurl` once."""
    site = replace(SITE, baseurl="/blog")
    page = replace(PLAIN, figure=f"/blog/{FIGURE.path}")
    assert picture(site, page) == f"https://blog.example.org/blog/{FIGURE.path}"


def test_no_card_without_an_address():
    """A site that nobody can link to needs no cards."""
    site = replace(SITE, url="")
    assert (picture(site, PLAIN), needs_card(site, PLAIN)) == ("", False)


def test_structured_data_is_safe_in_a_script():
    """No text can end the script element, and the JSON still says what was written."""
    title = "</script><!-- 甲 & 乙 \u2028"
    made = structured_data(SITE, replace(PLAIN, post=replace(PLAIN.post, title=title)))
    assert not set("<>&\u2028") & set(made)
    assert json.loads(made)["headline"] == title
