"""Code with its tokens marked up."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.markdown.highlight import (
    MAX_BLANK,
    MAX_LINE,
    MAX_SOURCE,
    MAX_WORDS,
    highlight,
    plain,
    stylesheet,
)

LANGUAGES = ("python", "sh", "c", "html", "js", "yaml", "pycon", "console", "json", "rust", "latex")


def text_of(markup: str) -> str:
    """What a reader sees of the code."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_the_shape_is_always_the_same() -> None:
    """A div, a pre, a code with the language as its class; a newline ends the code."""
    assert highlight("x = 1", "python") == (
        '<div class="highlight"><pre><code class="language-python">'
        '<span class="n">x</span> <span class="o">=</span> <span class="mi">1</span>\n'
        "</code></pre></div>"
    )


@pytest.mark.parametrize("language", ["", "没有的", "python3.99", "a b"])
def test_an_unknown_language_gives_escaped_text(language: str) -> None:
    """No marks, and no class where no language is named."""
    name = f' class="language-{language}"' if language else ""
    assert highlight("a < b & c", language) == (
        f'<div class="highlight"><pre><code{name}>a &lt; b &amp; c\n</code></pre></div>'
    )


def test_names_of_jekylls_highlighter_are_known() -> None:
    """What Rouge calls otherwise than Pygments is marked up under the name that was written."""
    shown = highlight("val x = 1", "kt")
    assert 'class="language-kt"' in shown
    assert "<span" in shown


def test_a_language_cannot_break_out_of_its_attribute() -> None:
    """Names are escaped."""
    assert '<code class="language-&quot;&gt;&lt;script&gt;">' in highlight("x", '"><script>')


def test_attributes_are_the_outer_elements() -> None:
    """Classes join the frame's own."""
    shown = highlight("x", "", {"class": "wide", "id": "a&b"})
    assert shown.startswith('<div class="highlight wide" id="a&amp;b"><pre>')


@pytest.mark.parametrize("language", LANGUAGES)
@given(source=st.text(st.sampled_from("ab1 \t\n'\"\\#/*<>&{}()$`中。=:-"), max_size=40))
def test_no_character_of_the_code_is_lost(language: str, source: str) -> None:
    """Whatever the lexer makes of it, the text is the source and a newline."""
    assert text_of(highlight(source, language)) == source + "\n"


@pytest.mark.parametrize(
    "source",
    [
        "x" * (MAX_LINE + 1),
        "x\n" * (MAX_SOURCE // 2 + 1),
        "x\n" + " \n" * MAX_BLANK + "y",
        "int a " * MAX_WORDS,
    ],
)
def test_what_lexers_take_long_for_is_shown_without_marks(source: str) -> None:
    """Long lines and sources, blank lines by the hundred, words without punctuation."""
    assert highlight(source, "java") == plain(source, "java")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("piece", ["\n", "a b ", '"', "(", "<", "/*", "${", "=", "@a\n"])
def test_code_that_is_repeated_is_marked_up_all_the_same(language: str, piece: str) -> None:
    """A source as large as is marked up keeps its text, whatever it repeats."""
    line = piece * (400 // len(piece))
    source = "\n".join([line] * 20)
    assert text_of(highlight(source, language)) == source + "\n"


def test_the_stylesheet_has_colours_for_light_and_dark() -> None:
    """One rule set by default, another where the reader prefers dark."""
    light, dark = stylesheet().split("@media (prefers-color-scheme: dark)")
    assert ".highlight .k " in light
    assert ".highlight .k " in dark
