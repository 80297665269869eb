"""Call-outs, tabs, theorems, targets and figures from fenced divs and their kin."""

from __future__ import annotations

import re

import pytest

from evergreen.markdown import Document, MarkdownOptions, parse

NATIVE = MarkdownOptions(technical=True, native=True, single_dollars=True)
JEKYLL = MarkdownOptions(technical=True)


def read(text: str, options: MarkdownOptions = NATIVE) -> Document:
    """Return the parsed text."""
    return parse(f"{text}\n", options)


def html(text: str, options: MarkdownOptions = NATIVE) -> str:
    """Return the text as HTML."""
    return read(text, options).render().html


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("> [!NOTE]\n> 文", "note", ""),
        ("> [!important] 自己的 *题*\n> 文", "important", "自己的 <em>题</em>"),
        ("> [!Caution]\n>\n> 文", "caution", ""),
        ("::: {.callout-tip}\n文\n:::", "tip", ""),
        ('::: {.callout-warning title="题"}\n文\n:::', "warning", "题"),
        ("::: {.callout-note}\n## 题\n\n文\n:::", "note", "题"),
        (":::{tip} 题\n文\n:::", "tip", "题"),
        ("::: note\n文\n:::", "note", ""),
        ("文\n{: .notice--warning}", "warning", ""),
        ('> 文\n{: .prompt-danger title="题"}', "caution", "题"),
        ("文\n{: .Tips}", "tip", ""),
    ],
)
def test_call_outs_have_one_form(text: str, kind: str, title: str) -> None:
    """Whatever syntax they have; without a title of their own, that of their kind."""
    word = f' data-word="callout_{kind}"' if not title else ""
    expected = (
        f'<div class="callout callout-{kind}" role="note">\n'
        f'<p class="callout-title"{word}>{title or kind.capitalize()}</p>\n<p>文</p>\n</div>\n'
    )
    assert expected == html(text)


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("> [!NOTE]- 题\n> 文", '<details class="callout callout-note">'),
        ("> [!NOTE]+ 题\n> 文", '<details class="callout callout-note" open="open">'),
        ('::: {.callout-tip collapse="true"}\n文\n:::', '<details class="callout callout-tip">'),
        (":::{note} 题\n:class: dropdown\n文\n:::", '<details class="callout callout-note">'),
    ],
)
def test_call_outs_fold(text: str, opening: str) -> None:
    """Closed, or open at first."""
    assert html(text).startswith(f'{opening}\n<summary class="callout-title"')


def test_classes_of_jekylls_themes_stay_in_a_jekyll_blog() -> None:
    """Its readers see a box of the theme."""
    assert '<p class="notice--warning">文</p>\n' == html("文\n{: .notice--warning}", JEKYLL)


def test_divs_nest_and_code_in_them_is_code() -> None:
    """A `:::` in a fence closes nothing; an unknown class is a plain div."""
    text = "::: {.a}\n::: {.callout-tip}\n```text\n:::\n```\n:::\n后\n:::\n外"
    found = html(text)
    assert re.search(
        r'<div class="a">\s*<div class="callout callout-tip".*</div>\s*<p>后</p>', found, re.S
    )
    assert found.endswith("</div>\n<p>外</p>\n")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("::: {.callout-tip}", "the div is not closed: close it with a line :::"),
        (":::", "there is no div to close: remove the line, or open a div above it"),
    ],
)
def test_a_line_of_a_div_that_has_no_other_is_left_out(line: str, problem: str) -> None:
    """It is a problem; nothing below it disappears."""
    document = read(f"一\n\n{line}\n文")
    assert document.render().html == "<p>一</p>\n<p>文</p>\n"
    assert ((3, problem, ":::"),) == document.problems


TABS = "::: {.panel-tabset group=g}\n### pip\n甲\n\n### uv\n乙\n:::"
LIST = "pip\n: 甲\n\nuv\n: 乙\n{: .tabs group='g'}"
MYST = "::::{tab-set}\n:sync-group: g\n:::{tab-item} pip\n甲\n:::\n:::{tab-item} uv\n乙\n:::\n::::"


@pytest.mark.parametrize("text", [TABS, LIST, MYST])
def test_tabs_are_sections_with_headings(text: str) -> None:
    """In three syntaxes; their headings are not in the contents."""
    made = read(f"## 上\n\n{text}").render()
    assert ["上"] == [heading.html for heading in made.headings]
    titles = re.findall(r'<section class="tab">\n<h3 class="tab-title">(.*?)</h3>', made.html)
    assert ["pip", "uv"] == titles
    assert '<div class="tabs" data-group="g">' in made.html and "<p>乙</p>" in made.html


def test_theorems_have_their_titles_and_proofs_no_number() -> None:
    """The kind is that of the label, or of the class."""
    found = html("::: {#lem-a}\n## 名\n文\n:::\n\n::: {.proof}\n证\n:::")
    assert '<div class="theorem theorem-lem" id="lem-a">\n<p class="theorem-title"' in found
    assert (
        '<div class="theorem theorem-prf">\n<p class="theorem-title" data-kind="prf"></p>' in found
    )


def test_a_target_labels_what_is_below_it() -> None:
    """A heading, a picture, a table; text in brackets is text."""
    document = read("(sec-a)=\n## 甲\n\n(fig-b)=\n![乙](b.png)\n\n(c)= d")
    assert ["sec-a", "fig-b"] == [thing.label for thing in document.things]
    assert "<p>(c)= d</p>" in document.render().html


def test_a_div_with_a_figures_label_is_a_figure() -> None:
    """Its last paragraph is the caption."""
    found = html("::: {#fig-a}\n![甲](a.png)\n\n说明\n:::")
    assert '<figure id="fig-a">' in found and "<figcaption>说明</figcaption>" in found


def test_attributes_of_pandoc_behind_pictures_and_headings() -> None:
    """A width in percent is a class, so that the page needs no style of its own."""
    found = html('![甲](a.png){#fig-a width=48% fig-alt="乙"}\n\n## 题 {#sec-b .unnumbered}')
    assert '<figure class="width-50" id="fig-a">\n<img src="a.png" alt="乙" />' in found
    assert '<h2 id="sec-b" class="unnumbered">题</h2>' in found
    assert 'class="unnumbered"' in html("## 丙 {-}")


def test_nothing_changes_without_the_option() -> None:
    """As kramdown shows it."""
    text = "> [!NOTE]\n> 文\n\n::: note\n文\n:::\n\n@fig-a [](#b)"
    assert "[!NOTE]" in html(text, MarkdownOptions()) and ":::" in html(text, MarkdownOptions())
