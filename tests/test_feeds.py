"""Atom and JSON Feed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import html5lib
from sample_pages import FIGURE, SITE, post, render_site, sample_pages

from evergreen.model import Page, Site
from evergreen.site.feeds import feed_tasks
from evergreen.site.jinja import read_templates
from evergreen.site.listings import find_listings
from evergreen.site.tasks import RenderContext, run_task

TEMPLATES = Path(__file__).parent.parent / "templates"
ATOM = "{http://www.w3.org/2005/Atom}"
POSTS = [page for page in sample_pages() if page.post.layout == "post"]


def feeds(pages: list[Page], site: Site = SITE) -> dict[str, bytes]:
    """All feeds of some posts, by path."""
    by_path = {page.post.path: page for page in pages}
    context = RenderContext(read_templates([TEMPLATES]), site, by_path.__getitem__)
    tasks = feed_tasks(site, find_listings(site, pages))
    return {task.path: run_task(context, task).content for task in tasks}


FEEDS = feeds(POSTS)
MAIN = ElementTree.fromstring(FEEDS["feed.xml"])


def test_feeds_of_languages_and_tags():
    """Each language and each tag has an Atom feed and a JSON feed beside its list."""
    assert sorted(path for path in FEEDS if path.endswith(".xml")) == [
        "en/feed.xml",
        "en/tags/deep-learning/feed.xml",
        "en/tags/tensorflow/feed.xml",
        "feed.xml",
        "tags/python/feed.xml",
        "tags/tensorflow/feed.xml",
        "tags/深度学习/feed.xml",
        "tags/随笔/feed.xml",
    ]
    assert {path.replace(".xml", ".json") for path in FEEDS} == {
        path for path in FEEDS if path.endswith(".json")
    }


def test_atom_has_what_the_format_asks_for():
    """RFC 4287: feed and entries have one id, title and updated; an author; links; ids differ."""
    for path, content in FEEDS.items():
        if not path.endswith(".xml"):
            continue
        feed = ElementTree.fromstring(content)
        entries = feed.findall(f"{ATOM}entry")
        for node in (feed, *entries):
            for name in ("id", "title", "updated"):
                assert len(node.findall(f"{ATOM}{name}")) == 1, (path, name)
            assert node.findtext(f"{ATOM}author/{ATOM}name") == "林木"
        ids = [node.findtext(f"{ATOM}id") for node in (feed, *entries)]
        assert len(set(ids)) == len(ids)
        assert all(address.startswith("https://blog.example.org/") for address in ids)
        relations = [link.get("rel") for link in feed.findall(f"{ATOM}link")]
        assert relations == ["self", "alternate"]


def test_entries_are_newest_first():
    """The newest post is the first entry, and the feed is as new as its newest change."""
    titles = [entry.findtext(f"{ATOM}title") for entry in MAIN.findall(f"{ATOM}entry")]
    assert titles[:2] == ["用 TensorFlow 识别手写数字：从 Softmax 回归开始", "TensorFlow 起步"]
    assert MAIN.findtext(f"{ATOM}updated") == "2026-11-02T00:00:00+00:00"


def test_full_text_with_complete_addresses():
    """An entry holds the whole post, and nothing in it leads to a place relative to the reader."""
    text = MAIN.findtext(f"{ATOM}entry/{ATOM}content")
    assert "先看数据，再写模型。" in text
    assert f'src="https://blog.example.org/{FIGURE.path}"' in text
    assert 'href="https://blog.example.org/articles/tf-mnist/#reference-1"' in text
    tree = html5lib.parseFragment(text, namespaceHTMLElements=False)
    for element in tree.iter():
        for name in ("href", "src"):
            assert element.get(name, "https://").startswith(("https://", "http://"))


def test_json_feed_has_what_the_format_asks_for():
    """JSON Feed 1.1: version, title, and items with id and content; the same posts as in Atom."""
    feed = json.loads(FEEDS["feed.json"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["title"], feed["language"]) == ("长青", "zh")
    assert feed["feed_url"] == "https://blog.example.org/feed.json"
    assert [item["title"] for item in feed["items"]] == [
        entry.findtext(f"{ATOM}title") for entry in MAIN.findall(f"{ATOM}entry")
    ]
    for item in feed["items"]:
        assert item["id"] == item["url"]
        assert item["content_html"]
    assert feed["items"][0]["image"] == f"https://blog.example.org/{FIGURE.path}"


def test_feeds_of_a_site_without_address():
    """Without an address the ids are still unique and absolute: UUIDs of the posts' places."""
    feed = ElementTree.fromstring(feeds(POSTS, replace(SITE, url=""))["feed.xml"])
    ids = [node.text for node in feed.iter(f"{ATOM}id")]
    assert all(identity.startswith("urn:uuid:") for identity in ids)
    assert len(set(ids)) == len(ids)


def test_signs_that_xml_forbids():
    """Control characters and lone surrogates in a post are marked, and do not break the feeds."""
    hostile = Page(post("a", "题\x00\x0b\ud800目", 1), "<p>\x1b[31m红\ufffe]]></p>", "\x08摘要")
    made = feeds([hostile])
    entry = ElementTree.fromstring(made["feed.xml"]).find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "题\ufffd\ufffd\ufffd目"
    assert entry.findtext(f"{ATOM}content") == "<p>\ufffd[31m红\ufffd]]></p>"
    assert json.loads(made["feed.json"])["items"][0]["summary"] == "\x08摘要"


def test_a_feed_has_a_length():
    """The feed of the blog has twenty posts, that of a tag ten."""
    pages = [Page(post(f"p{n}", f"第{n}篇", 1 + n % 28, tags=("标签",)), "x") for n in range(40)]
    made = feeds(pages)
    assert len(json.loads(made["feed.json"])["items"]) == 20
    assert len(json.loads(made["tags/标签/feed.json"])["items"]) == 10


def test_feeds_stand_beside_their_lists():
    """A page names the feeds of its language, a tag's list its own."""
    templates = Path(__file__).parent.parent / "templates"
    site = render_site(SITE, sample_pages(), [templates])
    made = {one.path: one.content for one in site.artifacts}
    assert b'href="/en/feed.xml"' in made["en/articles/tf-mnist/index.html"]
    assert b'href="/tags/python/feed.xml"' in made["tags/python/index.html"]
