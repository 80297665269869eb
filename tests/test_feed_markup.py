"""What feed readers make of a body."""

from __future__ import annotations

import feedparser
import html5lib
import pytest
from sample_pages import SITE, post

from evergreen.markdown import MarkdownOptions, parse
from evergreen.model import Page
from evergreen.site.feed_markup import feed_markup
from evergreen.site.feeds import Feed, render_atom
from evergreen.site.tasks import FeedItem


def read(body: str) -> str:
    """Return the content of an entry as feedparser gives it to its reader."""
    item = FeedItem(Page(post("a", "甲", 1), body), "https://b.example/a/", feed_markup(body))
    feed = render_atom(SITE, Feed("博", "/", "zh", (item,), "feed.xml"))
    return feedparser.parse(feed).entries[0].content[0].value


def outline(html: str, name: str) -> list[str]:
    """Return the names of the elements that are in each element of a name, as a browser sees it."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    found = [each for each in tree.iter() if str(each.tag).endswith(name)]
    return [" ".join(str(child.tag).rpartition("}")[2] for child in each) for each in found]


def test_formulas_are_whole() -> None:
    """What follows a space of a formula is beside it; operators are characters."""
    text = r"$\cos\theta \quad x \, dx$ 之后。"
    found = read(parse(text, MarkdownOptions(single_dollars=True)).render().html)
    assert "mspace" not in found
    assert "ApplyFunction" not in found
    assert "\u2061" in found
    assert ["semantics"] == outline(found, "math")
    assert "之后" in found.rpartition("</math>")[2]


def test_drawings_are_whole() -> None:
    """The shapes of a drawing stand beside each other."""
    found = read('<svg viewBox="0 0 9 9"><path d="M0 0"/><circle r="1"/></svg><p>之后</p>')
    assert ["path circle"] == outline(found, "svg")
    assert ["p"] == [name for name in outline(found, "body")[0].split() if name == "p"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("&lt;b&gt; &amp;amp; &quot; &#60; &#x26;", "&lt;b&gt; &amp;amp; &quot; &#60; &#x26;"),
        ("&nbsp;&rarr;&hellip;&#x2061;", "\xa0→…\u2061"),
        ("&nothing; & &", "&nothing; & &"),
        ('<mspace width="1.5em"></mspace>', "<mtext>\u2003\u2002</mtext>"),
        ('<mspace style="margin-left:-0.1667em;"/>', ""),
        ('<p title="a/">x</p><br/>', '<p title="a/">x</p><br/>'),
    ],
)
def test_what_changes(body: str, expected: str) -> None:
    """Signs of markup stay entities; elements of HTML stay as they are."""
    assert expected == feed_markup(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            '<p>甲</p>\n<script language="x">\nif (a < 1) {}\n</script>\n<p>乙</p>',
            "<p>甲</p>\n<p>乙</p>",
        ),
        ("<STYLE>\n.a { color: red }</STYLE><p>表</p>", "<p>表</p>"),
        ('<b onclick="go(1 > 0)" title="a onx=1" ONLOAD=\'x\'>按</b>', '<b title="a onx=1">按</b>'),
        ("<p>on a = b</p><code>&lt;script&gt; onclick=1</code>", None),
        ('<img alt="&lt;b onclick=&quot;x&quot;&gt;" src="a.png">', None),
    ],
)
def test_scripts_and_style_sheets_are_not_for_feeds(body: str, expected: str | None) -> None:
    """A reader without them shows neither; what only looks like them stays."""
    assert (body if expected is None else expected) == feed_markup(body)
