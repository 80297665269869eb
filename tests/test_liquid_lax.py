"""Tags that are not valid, as Ruby's Liquid reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.lax import lax
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.model import JekyllConfig, Site
from tests.test_liquid import expanded


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ page.title | | append: '!' }}", "题!"),
        ("{{ page.title | }}", "题"),
        ("{{ page.title || append: '!' }}", "题!"),
        ("{{ page.title append }}", "题"),
        ("{{ page..title }}{{ page.title. }}", "题题"),
        ("{{ page.title | append: 'x' 'y' }}", "题x"),
        ("{{ '甲' '乙' }}", "甲"),
        ("{% if page.title == '题' && page.none %}y{% else %}n{% endif %}", "y"),
        ("{% if (page.title == '题') %}y{% else %}n{% endif %}", "y"),
        ("{% if (page.tags.size == 2) %}y{% else %}n{% endif %}", "n"),
        ("{% if !page.none %}y{% else %}n{% endif %}", "n"),
        ("{% if page.none ==  %}y{% else %}n{% endif %}", "y"),
        ("{% if page.title | size == 9 %}y{% else %}n{% endif %}", "y"),
        ("{% if page.none %}a{% elsif page.title && page.none %}b{% else %}c{% endif %}", "b"),
        ("{% unless page.none || page.title %}y{% endunless %}", "y"),
        ("{% for x in page.tags | reverse %}{{ x }}{% endfor %}", "甲乙"),
        ("{% for x in page.tags sort limit: 1 %}{{ x }}{% endfor %}", "甲"),
        ("{% assign x = '甲' '乙' %}{{ x }}", "甲"),
        ("{% capture 'x' %}甲{% endcapture %}{{ x }}", "甲"),
    ],
)
def test_what_is_not_valid_is_read_as_in_ruby(text: str, made: str) -> None:
    """The results are those of Ruby's Liquid 5.4 in Jekyll's mode; each is a warning."""
    post = expanded(text)
    assert (made, True) == (post.body, bool(post.warnings))


def test_the_warning_says_how_it_is_read() -> None:
    """It names the text as it is written and as it is read."""
    (told,) = expanded("甲\n{{ page.title | | upcase }}").warnings
    said = "Liquid: 'page.title | | upcase' is not valid, and is read as 'page.title | upcase'"
    assert (said, 7) == (told.message, told.line)


@pytest.mark.parametrize("tag", ["output", "if", "for", "assign", "capture", "case"])
def test_nothing_valid_can_be_read_in_nothing(tag: str) -> None:
    """The tag is then reported as before."""
    assert "" == lax(tag, "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{% assign m = page.with %}{{ m.limit }}{{ m['limit'] }}", "55"),
        ("{% if page.with.in and page.with.limit > 3 %}yes{% endif %}", "yes"),
        ("{% for x in page.with.for limit: page.with.if %}{{ x }}{% endfor %}", "12"),
        ("{{ 'a.in' }}{{ page.limited }}", "a.in6"),
    ],
)
def test_members_with_the_names_of_keywords(text: str, shown: str) -> None:
    """Ruby's Liquid has no reserved names behind a dot."""
    site = Site(jekyll=JekyllConfig(timezone="UTC"), liquid="all")
    head = "with: {limit: 5, in: true, for: [1, 2, 3], if: 2}\nlimited: 6"
    post = parse_post(
        "_posts/2024-01-01-a.md", f"---\ntitle: t\n{head}\n---\n{text}\n".encode(), site
    )
    made = expand(post, BlogContext(Path(), site))
    assert (made.body.strip(), made.warnings) == (shown, ())
