"""The Markdown parser compared with kramdown."""

from __future__ import annotations

import random
from difflib import unified_diff

import pytest
from html_tree import html_tree, show
from kramdown_corpus import BLOCKS, DEFINITIONS, SPANS, corpus, expected, kramdown

from evergreen.markdown import to_html

INTENDED = {
    "block hard-break in div": "a backslash breaks a line in HTML elements too, kramdown shows it",
    "block hard-break in footnote": "a backslash breaks a line in footnotes too",
    "block pipe in attributes": "attributes before what is no table after all are not lost",
    "block fence in quoted-item": "spaces and a TAB in front of text: a paragraph, not bare text",
    "choice info string with spaces": "options of cells stand there; kramdown shows the fence",
    "choice info string of a chunk": "the same",
    "choice footnote with a Chinese name": "kramdown shows the marker and loses the note",
    "choice bare address with dashes": "a link keeps its address, kramdown makes dashes of it",
}
"""Name in the corpus → why the result differs from kramdown's."""

KINDS = ("block", "span", "idiom", "choice", "post")


@pytest.mark.parametrize("kind", KINDS)
def test_the_corpus_gives_what_kramdown_gives(kind: str) -> None:
    """Every text of the corpus gives kramdown's tree, except for the intended differences."""
    kept = expected()
    different = {
        name: difference(kept[name], to_html(text))
        for name, text in corpus().items()
        if name.startswith(kind) and html_tree(kept[name]) != html_tree(to_html(text))
    }
    unintended = {name: lines for name, lines in different.items() if name not in INTENDED}
    assert unintended == {}
    assert {name for name in INTENDED if name.startswith(kind)} == different.keys()


def test_the_corpus_is_large_and_nearly_all_equal() -> None:
    """The corpus has at least 500 texts; fewer than 3 % differ by intention."""
    names = corpus().keys()
    assert names == expected().keys()
    assert len(names) >= 500
    assert INTENDED.keys() <= names
    assert len(INTENDED) < 0.03 * len(names)


def test_the_stored_results_are_those_of_the_installed_kramdown() -> None:
    """An installed kramdown gives the stored results."""
    texts = corpus()
    found = kramdown([*texts.values()])
    if found is None:
        pytest.skip("kramdown is not installed")
    kept = expected()
    assert {name: kept[name] for name in texts} == dict(zip(texts, found, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_random_texts_give_what_kramdown_gives(seed: int) -> None:
    """At most 1 % of random mixtures of constructs differ from the installed kramdown."""
    texts = random_texts(random.Random(seed), 1000)
    found = kramdown(texts)
    if found is None:
        pytest.skip("kramdown is not installed")
    different = {
        text: difference(html, to_html(text))
        for text, html in zip(texts, found, strict=True)
        if html_tree(html) != html_tree(to_html(text))
    }
    assert len(different) <= 10, different


def random_texts(source: random.Random, number: int) -> list[str]:
    """Yield texts with lines of the constructs, behind markers of others, with spans in them."""
    lines = [line for text in BLOCKS.values() for line in text.split("\n")]
    markers = ["", "", "", "", "> ", "* ", "  ", "    ", "1. "]
    spans = [*SPANS.values(), "*", "**", "_", "`", "[", "]", "(", ")", '"', "'", " ", "\\", "<b>"]

    def line() -> str:
        if source.random() < 0.2:
            return "".join(source.choices(spans, k=source.randint(1, 8)))
        return source.choice(markers) + source.choice(lines)

    return [
        "\n".join(line() for _ in range(source.randint(1, 7))) + DEFINITIONS for _ in range(number)
    ]


def difference(kramdown_html: str, own_html: str) -> list[str]:
    """Return the lines in which two trees differ."""
    trees = show(html_tree(kramdown_html)), show(html_tree(own_html))
    return [*unified_diff(*trees, "kramdown", "evergreen", n=1, lineterm="")]
