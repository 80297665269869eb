"""What is said of posts elsewhere: list pages, neighbours, series, translations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sample_pages import SERIES, SITE, post, sample_pages

from evergreen.model import Listing, Page, PageLink, Post, Series
from evergreen.site.jinja import read_templates
from evergreen.site.listings import by_language, find_listings, page_url
from evergreen.site.outline import in_order, outline_site
from evergreen.site.related import find_relations

TEMPLATES = Path(__file__).parent.parent / "templates"
POSTS = [page.post for page in sample_pages() if page.post.layout == "post"]


def relations_of(slug: str, lang: str = "zh"):
    """What is said on the page of one of the sample posts."""
    wanted = next(post for post in POSTS if (post.slug, post.lang) == (slug, lang))
    return find_relations(SITE, POSTS)[wanted.path]


def listing_of(url: str) -> Listing:
    """The first page of a list of the sample site."""
    pages = [page for page in sample_pages() if page.post.layout == "post"]
    return next(found for found in find_listings(SITE, pages) if found.url == url)


def test_newest_first():
    """A language's posts stand newest first; a translation stands in its own language's list."""
    lists = by_language(SITE, POSTS)
    assert [post.slug for post in lists["zh"]] == [
        "tf-mnist",
        "tf-up-and-running",
        "evergreen-trees",
        "notes",
    ]
    assert [post.slug for post in lists["en"]] == ["tf-mnist"]


def test_untranslated_post_reaches_the_main_lists():
    """A post that exists in no main-language version is in both lists."""
    alone = post("hello", "Hello", 1, lang="en")
    lists = by_language(SITE, [*POSTS, alone])
    assert alone in lists["zh"]
    assert alone in lists["en"]


def test_newer_and_older():
    """The neighbours of a post are those of its language's list."""
    found = relations_of("tf-up-and-running")
    assert (found.newer.url, found.older.url) == (
        "/articles/tf-mnist/",
        "/articles/evergreen-trees/",
    )
    assert relations_of("tf-mnist", "en").newer is None


def test_translations_name_each_other():
    """Posts of one slug in several languages are translations of each other."""
    assert relations_of("tf-mnist").translations == (
        PageLink("Reading handwritten digits with TensorFlow", "/en/articles/tf-mnist/", "en"),
    )
    assert relations_of("tf-mnist", "en").translations[0].lang == "zh"


def test_series_is_oldest_first():
    """A series counts its parts from the oldest, whichever post is looked at."""
    parts = relations_of("tf-mnist").series
    assert [link.url for link in parts.posts] == [
        "/articles/tf-up-and-running/",
        "/articles/tf-mnist/",
    ]
    assert parts.url == "/series/tensorflow/"


def test_series_of_a_translation():
    """A translation's series has its own page, its own title, and the parts that are not
    translated in the main language.
    """
    parts = relations_of("tf-mnist", "en").series
    assert (parts.title, parts.url) == ("TensorFlow from scratch", "/en/series/tensorflow/")
    assert [(link.url, link.lang) for link in parts.posts] == [
        ("/articles/tf-up-and-running/", "zh"),
        ("/en/articles/tf-mnist/", ""),
    ]


def test_series_with_an_address_elsewhere():
    """A series that lives on another site is linked, and gets no page here."""
    away = post("x", "远方", 3, series=Series("远方", "https://other.example/s/"))
    assert find_relations(SITE, [away])[away.path].series.url == "https://other.example/s/"
    kinds = [found.kind for found in find_listings(SITE, [Page(away, "")])]
    assert "series" not in kinds


def test_similar_posts_share_rare_tags():
    """Posts that share a tag are similar, and the rarer tag counts more."""
    tagged = [post(f"p{day}", f"第{day}篇", day, tags=("常见",)) for day in range(3, 9)]
    first = post("rare-1", "少见一", 20, tags=("常见", "少见"))
    second = post("rare-2", "少见二", 1, tags=("少见",))
    found = find_relations(SITE, [*tagged, first, second])[first.path].similar
    assert [link.title for link in found] == ["少见二", "第7篇", "第6篇", "第5篇"]


def test_a_series_is_not_repeated_among_similar_posts():
    """The other parts of a post's series are not offered as similar posts too."""
    urls = [link.url for link in relations_of("tf-mnist").similar]
    assert "/articles/tf-up-and-running/" not in urls


def test_similar_posts_follow_many_more_similar_parts_of_the_series():
    """Parts of the same series share more tags, but do not take the place of other posts."""
    parts = [post(f"s{n}", f"部{n}", n, tags=("甲", "乙"), series=SERIES) for n in range(1, 13)]
    others = [post(f"o{n}", f"别{n}", 20 + n, tags=("甲",)) for n in range(1, 6)]
    found = find_relations(SITE, [*parts, *others])[parts[5].path].similar
    assert [link.title for link in found] == ["别1", "别2", "别3", "别4"]


def test_tags_that_differ_in_case_are_one():
    """One tag in two spellings is one list, named as most posts name it."""
    posts = [
        post("a", "甲", 1, tags=("Python",)),
        post("b", "乙", 2, tags=("python",)),
        post("c", "丙", 3, tags=("Python",)),
    ]
    tags = [x for x in find_listings(SITE, [Page(p, "") for p in posts]) if x.kind == "tag"]
    assert [(tag.title, tag.url, len(tag.entries)) for tag in tags] == [
        ("Python", "/tags/python/", 3)
    ]


def test_home_is_paginated():
    """The home page holds as many posts as the settings say, the rest follow."""
    pages = [page for page in sample_pages() if page.post.layout == "post"]
    homes = [x for x in find_listings(SITE, pages) if x.kind == "home" and x.lang == "zh"]
    assert [len(home.entries) for home in homes] == [3, 1]
    assert [page_url(home, home.number) for home in homes] == ["/", "/page/2/"]


def test_lists_of_languages_are_twins():
    """A list names the same list in the other languages."""
    assert listing_of("/").translations == (PageLink("", "/en/", "en"),)
    assert listing_of("/en/tags/tensorflow/").translations == (
        PageLink("TensorFlow", "/tags/tensorflow/", "zh"),
    )
    assert listing_of("/tags/python/").translations == ()


def test_index_counts_posts():
    """The index of tags has each tag with its number of posts, most used first."""
    links = listing_of("/tags/").links
    assert [(link.title, link.count) for link in links] == [
        ("TensorFlow", 2),
        ("深度学习", 2),
        ("Python", 1),
        ("随笔", 1),
    ]


def test_lists_of_titles_show_no_content():
    """A summary cannot change the archive or the list of a tag; home pages show those of theirs."""
    outline = outline_site(read_templates([TEMPLATES]), SITE, in_order(sample_pages()))
    tasks = {task.path: task for task in outline.tasks}
    assert () == tasks["archive/index.html"].shows == tasks["tags/python/index.html"].shows
    paths = tuple(entry.path for entry in listing_of("/").entries)
    assert paths == tasks["index.html"].shows != ()


START = datetime(2020, 1, 1, tzinfo=UTC)
tags = st.lists(st.sampled_from(["甲", "乙", "Python", "python", "C++", "C#"]), max_size=3)


@st.composite
def blogs(draw) -> list[Post]:
    """Some posts with some tags, languages and series."""
    made = []
    for number in range(draw(st.integers(0, 12))):
        lang = draw(st.sampled_from(["zh", "zh", "en"]))
        series = draw(st.sampled_from([None, None, SERIES]))
        made.append(
            Post(
                path=f"posts/{number}.md",
                slug=f"p{draw(st.integers(0, 8))}-{lang if draw(st.booleans()) else ''}",
                title=f"第{number}篇",
                date=START + timedelta(days=draw(st.integers(0, 9))),
                url=f"/{number}/",
                body="",
                body_line=1,
                lang=lang,
                tags=tuple(draw(tags)),
                series=series,
            )
        )
    return made


@given(blogs())
def test_every_post_is_reached_from_home(posts: list[Post]):
    """Whatever the languages, each post is on the home page or its language's; the neighbours
    lead from the newest to the oldest of a language.
    """
    pages = [Page(post, "") for post in posts]
    homes = [x for x in find_listings(SITE, pages) if x.kind == "home"]
    reached = {entry.url for home in homes for entry in home.entries}
    assert reached == {post.url for post in posts}
    relations = find_relations(SITE, posts)
    assert relations.keys() == {post.path for post in posts}
    english = by_language(SITE, posts).get("en", ())
    for newer, older in pairwise(english):
        assert relations[newer.path].older.url == older.url
        assert relations[older.path].newer.url == newer.url


def test_similar_by_their_words():
    """Posts that use the same words are similar without a common tag; common words do not count."""
    posts = [post(f"p{day}", f"文 {day}", day) for day in range(1, 21)]
    words = ("forest", "growth", "rings")
    keywords = {each.path: (f"own{at}", "often", "words", "again") for at, each in enumerate(posts)}
    for at in (2, 9, 15):
        keywords[posts[at].path] = words
    found = find_relations(SITE, posts, keywords)
    similar = {each.slug: [link.title for link in found[each.path].similar] for each in posts}
    assert ["文 16", "文 3"] == similar["p10"]
    assert [] == similar["p5"]
