"""Citations in a rendered body."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.model import Reference
from evergreen.render.citations import bracket_citations, cite, cited_keys

SOURCES = (Reference("1", "一"), Reference("lecun98", "二"), Reference("周志华", "三"))


def html(body: str) -> str:
    """Return the body with linked citations."""
    return cite(body, SOURCES).html


def test_a_citation_is_a_number_linked_to_its_reference() -> None:
    """The number is the index of the reference; the link has an id for the way back."""
    expected = '见 [<a class="citation" href="#reference-lecun98" id="cite-lecun98">2</a>]。'
    assert expected == html("见 [@lecun98]。")


def test_several_in_one_bracket_with_places() -> None:
    """Text behind a comma is kept; each further citation gets its own id."""
    found = cite("[@lecun98, 第 5 页; @周志华][@lecun98]", SOURCES)
    assert found.html == (
        '[<a class="citation" href="#reference-lecun98" id="cite-lecun98">2</a>, 第 5 页, '
        '<a class="citation" href="#reference-%E5%91%A8%E5%BF%97%E5%8D%8E" id="cite-周志华">3</a>]'
        '[<a class="citation" href="#reference-lecun98" id="cite-lecun98-2">2</a>]'
    )
    assert {"lecun98": 2, "周志华": 1} == found.counts


def test_manual_links_have_ids_too() -> None:
    """`[[1](#reference-1)]` gets an id, other links do not."""
    body = '[<a href="#reference-1">1</a>] <a href="#reference-9">9</a>'
    assert html(body) == body.replace('-1">', '-1" id="cite-1">')


@pytest.mark.parametrize(
    "body",
    [
        "<code>[@lecun98]</code>",
        "<pre><code>[@lecun98]</code>[@lecun98]</pre>",
        '<a href="x">[@lecun98]</a>',
        "<math><mi>[@lecun98]</mi></math>",
        '<img alt="[@lecun98]">',
        "<!-- [@lecun98] -->",
        "a@lecun98 @lecun98 [a@lecun98] [@] [@ lecun98]",
    ],
)
def test_other_text_is_unchanged(body: str) -> None:
    """Code, links, formulas, attributes, comments and URLs are not citations."""
    assert body == html(body)


def test_a_citation_of_an_unknown_key_is_unchanged() -> None:
    """The whole bracket is kept, and the key is reported."""
    found = cite("[@lecun98; @nobody2000]", SOURCES)
    assert "[@lecun98; @nobody2000]" == found.html
    assert (("nobody2000",), {}) == (found.unknown, found.counts)


def test_text_behind_a_key_is_escaped() -> None:
    """Markup behind a key stays escaped."""
    assert "</a>, &lt;b&gt; &amp;]" in html("[@1, &lt;b&gt; &amp;]")
    assert "</a>, 第 5 页]" in html("[@1 第 5 页]")


def test_keys_of_a_text() -> None:
    """Keys are returned without duplicates, in order."""
    assert ["b", "a:x", "周"] == cited_keys("[@b], [@a:x, p. 3; @b]\n\n> [@周]")


@given(st.text(alphabet="[]@;, ab1<>/code\"'", max_size=60))
def test_any_body_keeps_its_text(body: str) -> None:
    """A body without known keys is unchanged."""
    assert body == cite(body, (Reference("zz", "无"),)).html


@pytest.mark.parametrize("part", ["<a ", "[@1", "[@1,", "<a '", "[@1;", "@1;@1,", "&lt;", "<!--"])
def test_long_broken_bodies_take_linear_time(part: str) -> None:
    """A megabyte of unclosed brackets is fast."""
    body = part * (1_000_000 // len(part))
    assert body == html(body)


def test_citations_by_author_and_year() -> None:
    """The family name of a Latin name, the whole of a Chinese one; the number without an author."""
    sources = (
        Reference("a", "一", authors=("Yann LeCun", "Léon Bottou", "Y. Bengio"), year="1998"),
        Reference("b", "二", authors=("周志华",), year="2016"),
        Reference("c", "三", authors=("Smith, A.", "B. Jones"), year="2020"),
        Reference("d", "四"),
    )
    found = cite("[@a; @b] [@c, p. 5] [@d]", sources, "author-year").html
    texts = re.findall(r">([^<]+)</a>", found)
    assert ["LeCun et al. 1998", "周志华 2016", "Smith &amp; Jones 2020", "4"] == texts
    assert "2016</a>] [<a" in found and "</a>, p. 5]" in found


@pytest.mark.parametrize(
    ("written", "bracketed"),
    [
        ("[-@a] <code>@a</code>", "[@a] <code>@a</code>"),
        ("如 @a 说", "如 甲 et al. [@a] 说"),
        ("如@a说", "如甲 et al. [@a]说"),
        ("[@a; @b] @b. @c a@b", "[@a; @b] Doe &amp; Roe [@b]. @c a@b"),
    ],
)
def test_citations_of_pandoc_that_are_not_in_brackets(written: str, bracketed: str) -> None:
    """Known keys in the text are cited with their authors, or without."""
    sources = (
        Reference("a", "", authors=("甲", "乙", "丙")),
        Reference("b", "", authors=("John Doe", "Roe, Ann")),
    )
    assert bracket_citations(written, sources, " et al.") == bracketed
    assert bracket_citations("@a", sources, None) == "[@a]"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[-@a; -@b]", "[@a; @b]"),
        ("[-@a, -@b]", "[@a; @b]"),
        ("[@a, @b, and @c]", "[@a; @b; @c]"),
        ("[@a, p. 3; -@b, p. 4]", "[@a, p. 3; @b, p. 4]"),
        ("[-@a and more]", "[@a and more]"),
    ],
)
def test_several_keys_in_brackets(written: str, shown: str) -> None:
    """Pandoc has keys without authors, and commas."""
    assert shown == bracket_citations(written, [], None)


def test_keys_in_a_text_of_another_tool() -> None:
    """They need no brackets; an address is none."""
    text = "@a1 in [see @b.c, p. 1] me@d.org @a1."
    assert (["a1", "b.c"], []) == (cited_keys(text, is_foreign=True), cited_keys(text))


def test_a_place_behind_a_colon() -> None:
    """As behind a comma."""
    found = cite("[@a: 447; @b: p. 3]", [Reference("a", "A"), Reference("b", "B")])
    assert ">1</a>, 447, " in found.html and ">2</a>, p. 3]" in found.html
