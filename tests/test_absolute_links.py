"""Changes to a rendered body."""

from __future__ import annotations

import html5lib
from hypothesis import given
from hypothesis import strategies as st

from evergreen.model import Site
from evergreen.site.absolute_links import dress, remote_sources, with_absolute_links

SITE = Site(url="https://blog.example.org", baseurl="/blog")


def test_links_from_the_root_get_baseurl_once():
    """`/a/` becomes `/blog/a/`; `/blog/a/`, other hosts and fragments stay."""
    body = '<a href="/a/">甲</a><img src="/blog/b.png"><a href="//c/">丙</a><a href="#d">丁</a>'
    assert dress(SITE, body) == body.replace('"/a/"', '"/blog/a/"')


def test_what_is_loaded_from_the_own_host_is_asked_for_without_it():
    """As Jekyll's posts write it, `{{ site.url }}{{ site.baseurl }}/图.png`; links stay."""
    picture, link = '<img src="https://blog.example.org/blog/图.png">', '<a href="{}">x</a>'
    assert dress(SITE, picture) == '<img src="/blog/图.png">'
    site = Site(url="https://blog.example.org")
    assert dress(site, picture) == '<img src="/blog/图.png">'
    for body in (link.format(f"{site.url}/x/"), '<img src="https://blog.example.org.cn/a.png">'):
        assert dress(site, body) == body
    assert with_absolute_links(SITE, "/a/", picture) == picture


def test_code_names_its_language():
    """A highlighted block carries the language's name; a text block none."""
    block = '<div class="highlight"><pre><code class="language-{}">x</code></pre></div>'
    assert 'data-language="Shell"' in dress(SITE, block.format("sh"))
    assert 'data-language="brainfuck"' in dress(SITE, block.format("brainfuck"))
    assert "data-language" not in dress(SITE, block.format("text"))


def test_tables_scroll_in_a_box():
    """Each table is wrapped, nested ones too; a table that is not closed is left alone."""
    table = "<table><tr><td>甲</td></tr></table>"
    assert dress(SITE, table) == f'<div class="scroll">{table}</div>'
    assert dress(SITE, "<table><tr>") == "<table><tr>"


def test_pandas_tables_are_valid():
    """The obsolete border and the empty headings of a DataFrame are gone."""
    frame = '<table border="1" class="dataframe"><tr><th></th><th>损失</th></tr></table>'
    assert dress(SITE, frame) == (
        '<div class="scroll"><table class="dataframe"><tr><td></td><th>损失</th></tr></table></div>'
    )


def test_markup_that_readers_of_the_screen_need():
    """Footnotes lose roles that are out of date or out of place; a task's box has a name."""
    notes = (
        '<sup id="fnref:1" role="doc-noteref"><a href="#fn:1">1</a></sup>'
        '<li id="fn:1" role="doc-endnote">注</li>'
    )
    assert dress(SITE, notes) == (
        '<sup id="fnref:1"><a href="#fn:1">1</a></sup><li id="fn:1">注</li>'
    )
    box = 'type="checkbox" class="task-list-item-checkbox" disabled="disabled"'
    assert dress(SITE, f'<input {box} checked="checked" />') == (
        f'<input aria-label="✓" {box} checked="checked" />'
    )


def test_levels_of_matrices_stand_around_them():
    """`scriptlevel` is not on the table, where HTML checkers do not know it, but says the same."""
    table = '<mtable displaystyle="false"{}><mtr><mtd><mi>甲</mi></mtd></mtr></mtable>'
    level = ' scriptlevel="0"'
    expected = f"<math><mstyle{level}>{table.format('')}</mstyle></math>"
    assert dress(SITE, f"<math>{table.format(level)}</math>") == expected
    assert dress(SITE, table.format("")) == table.format("")


def test_absolute_links():
    """Links, pictures and their sets of sizes get complete addresses; text is not touched."""
    body = (
        '<a href="#甲">1</a><a href="../b/">2</a><img src="/c.png" srcset="d.png 1x, /e.png 2x">'
        '<code>href="/f/"</code><a href="mailto:a@b.org">3</a>'
    )
    base = "https://blog.example.org/blog"
    assert with_absolute_links(SITE, "/articles/x/", body) == (
        f'<a href="{base}/articles/x/#甲">1</a><a href="{base}/articles/b/">2</a>'
        f'<img src="{base}/c.png" srcset="{base}/articles/x/d.png 1x, {base}/e.png 2x">'
        '<code>href="/f/"</code><a href="mailto:a@b.org">3</a>'
    )


def test_remote_sources():
    """What a body loads from other hosts, and with which tag; links load nothing."""
    body = (
        '<img src="https://a.example/1.png"><video poster="https://b.example/2.png">'
        "<source src=\"//c.example/3.mp4\"></video><iframe src='https://d.example/'></iframe>"
        '<a href="https://e.example/">戊</a><img src="/f.png">'
    )
    assert list(remote_sources(body)) == [
        ("img", "https://a.example/1.png"),
        ("img", "https://b.example/2.png"),
        ("source", "//c.example/3.mp4"),
        ("iframe", "https://d.example/"),
    ]


@given(
    st.lists(st.sampled_from(["<a ", 'href="', "/x", '"', "'", ">", "<img src=", "甲", "<table>"]))
)
def test_any_body_passes(parts: list[str]):
    """Broken markup neither raises nor loses its text."""
    body = "".join(parts)
    for made in (dress(SITE, body), with_absolute_links(SITE, "/a/", body)):
        assert made.count("甲") == body.count("甲")


def test_long_broken_markup_takes_linear_time():
    """A megabyte of tags that never end is read once."""
    for piece in ("<a '", '<a "', "<img src=", '<a href="x'):
        body = piece * 250_000
        assert len(dress(SITE, body)) >= len(body)


def test_dressed_markup_is_still_whole():
    """A page's body parses without errors after dressing, as it did before."""
    body = '<p><a href="/甲/">甲</a></p><table><tbody><tr><td>1</td></tr></tbody></table>'
    parser = html5lib.HTMLParser(strict=True)
    assert len(parser.parseFragment(dress(SITE, body))) == 2


def test_an_address_in_a_list_of_sizes_may_hold_commas():
    """A picture written out as data stays one."""
    site = Site(baseurl="/blog")
    body = '<img srcset="data:image/gif;base64,R0lG 1x, /b,c.png 2x,\n/d.png">'
    whole = '<img srcset="data:image/gif;base64,R0lG 1x, /blog/b,c.png 2x,\n/blog/d.png">'
    assert whole == dress(site, body)
