"""Syntax highlighting."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.markdown import highlight as module
from evergreen.markdown.highlight import (
    MAX_BLANK,
    MAX_LINE,
    MAX_SOURCE,
    MAX_WORDS,
    highlight,
    plain,
    recall,
    stylesheet,
)

LANGUAGES = ("python", "sh", "c", "html", "js", "yaml", "pycon", "console", "json", "rust", "latex")


def text_of(markup: str) -> str:
    """Return the visible text of highlighted code."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_the_shape_is_always_the_same() -> None:
    """The HTML is div, pre and code with the language as class; the code ends with a newline."""
    assert highlight("x = 1", "python") == (
        '<div class="highlight"><pre><code class="language-python">'
        '<span class="n">x</span> <span class="o">=</span> <span class="mi">1</span>\n'
        "</code></pre></div>"
    )


@pytest.mark.parametrize("language", ["", "没有的", "python3.99", "a b"])
def test_an_unknown_language_gives_escaped_text(language: str) -> None:
    """An unknown language is not highlighted; without a language there is no class."""
    name = f' class="language-{language}"' if language else ""
    assert highlight("a < b & c", language) == (
        f'<div class="highlight"><pre><code{name}>a &lt; b &amp; c\n</code></pre></div>'
    )


def test_names_of_jekylls_highlighter_are_known() -> None:
    """Rouge's names of languages work, and stay in the class."""
    shown = highlight("val x = 1", "kt")
    assert 'class="language-kt"' in shown
    assert "<span" in shown


def test_a_language_cannot_break_out_of_its_attribute() -> None:
    """Names of languages are escaped."""
    assert '<code class="language-&quot;&gt;&lt;script&gt;">' in highlight("x", '"><script>')


def test_attributes_are_the_outer_elements() -> None:
    """Attributes go to the outer element, where classes are joined."""
    shown = highlight("x", "", {"class": "wide", "id": "a&b"})
    assert shown.startswith('<div class="highlight wide" id="a&amp;b"><pre>')


@pytest.mark.parametrize("language", LANGUAGES)
@given(source=st.text(st.sampled_from("ab1 \t\n'\"\\#/*<>&{}()$`中。=:-"), max_size=40))
def test_no_character_of_the_code_is_lost(language: str, source: str) -> None:
    """The text is the source and a newline, whatever the lexer does."""
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
def test_code_that_is_slow_to_lex_is_not_highlighted(source: str) -> None:
    """This holds for long lines and sources, many blank lines, and words without punctuation."""
    assert highlight(source, "java") == plain(source, "java")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("piece", ["\n", "a b ", '"', "(", "<", "/*", "${", "=", "@a\n"])
def test_repetitive_code_is_highlighted(language: str, piece: str) -> None:
    """A source of the maximum size keeps its text, whatever it repeats."""
    line = piece * (400 // len(piece))
    source = "\n".join([line] * 20)
    assert text_of(highlight(source, language)) == source + "\n"


def test_the_stylesheet_has_colours_for_light_and_dark() -> None:
    """One set of rules is the default, the other for readers who prefer dark."""
    light, dark = stylesheet().split("@media (prefers-color-scheme: dark)")
    assert ".highlight .k " in light
    assert ".highlight .k " in dark


@pytest.mark.parametrize("language", ["python", "PY", "kt", "html"])
def test_code_of_a_last_page_is_not_highlighted_again(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same code in the same language has the HTML that it had; other code is highlighted."""
    source = "x = '<&>\"' # 行\n\nval y = 2\n<a href='b'>&amp;</a>\n\n"
    page = f"<p>a</p>{highlight(source, language)}{plain('z = 1', language)}"
    fresh = highlight("z = 1", language)
    monkeypatch.setattr(module, "_RECALLED", {})
    recall(page)
    assert [source] == [code for code, _ in module._RECALLED]
    monkeypatch.setattr(module, "_marked_up", lambda source, language: "")
    assert highlight(source, language) in page
    monkeypatch.undo()
    assert fresh == highlight("z = 1", language)
