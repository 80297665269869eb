"""Liquid's standard filters give what Jekyll 4.3.1 with Liquid 5.4 gives for the same templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.model import Site

EXTRA = {
    "list": [3, 1, 2],
    "names": ["zeta", "Alpha", "beta", None],
    "map": {"b": 2, "a": 1},
    "people": [
        {"name": "李", "age": 30, "city": "北京"},
        {"name": "Bob", "age": 25},
        {"name": "Ann", "age": 25, "city": "Oslo", "ok": True},
    ],
    "nothing": None,
    "num": 42,
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ 2.5 | round }}", "3"),
        ("{{ -2.5 | round }}", "-3"),
        ("{{ 3.14159 | round: 2 }}", "3.14"),
        ("{{ site.map }}", '{"b"=>2, "a"=>1}'),
        ("{{ site.names }}", "zetaAlphabeta"),
        ('{{ site.names | join: "-" }}', "zeta-Alpha-beta-"),
        ('{{ site.names | sort_natural | join: " " }}', "Alpha beta zeta "),
        ("{{ site.people[0] }}", '{"name"=>"李", "age"=>30, "city"=>"北京"}'),
        ('{{ site.people | map: "city" | compact | join: "," }}', "北京,Oslo"),
        ('{{ site.people | compact: "city" | map: "name" | join: "," }}', "李,Ann"),
        ("{{ site.map | first }}", "b2"),
        ('{{ site.map | join: "," }}', '{"b"=>2, "a"=>1}'),
        ('{{ "a,b,," | split: "," | size }}', "2"),
        ('{{ "hello" | truncate: 2 }}', "..."),
        ('{{ "hello world foo" | truncatewords: 0 }}', "hello..."),
        ('{{ "hello   world" | truncatewords: 5 }}', "hello   world"),
        ('{{ "a" | append: nil }}', "a"),
        ('{{ true | append: "x" }}', "truex"),
        ('{{ "1,234" | plus: 1 }}', "2"),
        ('{{ "1e2" | plus: 1 }}', "2"),
        ('{{ ".5" | plus: 1 }}', "1"),
        ('{{ "5." | plus: 1 }}', "6"),
        ('{{ "3.5" | plus: 4 }}', "7.5"),
        ('{{ "a" | append: "b" | append: site.list }}', "ab[3, 1, 2]"),
        ("{{ \"<a href='x'>y</a>\" | xml_escape }}", "&lt;a href=&apos;x&apos;&gt;y&lt;/a&gt;"),
        ("{{ site.num | size }}", "8"),
        ("{{ (1..3) }}", "1..3"),
        ("{{ site.nothing | upcase }}", ""),
        ("{{ -5 | divided_by: 2 }}", "-3"),
    ],
)
def test_a_filter_gives_what_it_gives_in_ruby(template: str, expected: str) -> None:
    """Numbers, nil, lists and mappings are Ruby's."""
    site = Site(extra=EXTRA, liquid="all")
    post = parse_post("posts/2024-03-05-题.md", f"---\ntitle: 题\n---\n{template}".encode(), site)
    assert expected == expand(post, BlogContext(Path("/nowhere"), site)).body


def test_a_feed_of_all_posts_may_be_long() -> None:
    """The texts of 800 posts are more than five million characters."""
    text = (
        "{% for a in (1..60) %}{% for b in (1..1000) %}"
        + "正文。" * 34
        + "{% endfor %}{% endfor %}"
    )
    site = Site(extra=EXTRA, liquid="all")
    post = parse_post("posts/2024-03-05-题.md", f"---\ntitle: 题\n---\n{text}".encode(), site)
    assert len(expand(post, BlogContext(Path("/nowhere"), site)).body) == 60 * 1000 * 102
