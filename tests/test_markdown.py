"""The Markdown parser through its public interface: documents, their code, and rendering."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kramdown_corpus import corpus

from evergreen.markdown import (
    Attributes,
    CodeBlock,
    CodeSpan,
    MarkdownOptions,
    parse,
    read_options,
    to_html,
)
from evergreen.markdown.highlight import plain
from evergreen.model import Heading

MARKUP = st.text(st.sampled_from("a中 \n\t*_`~#>-+1.:|[](){}!<>/\\\"'$&^=。%"), max_size=60)
"""Texts in which nearly every character means something."""


# --- code blocks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "info",
    [
        "python",
        "{python}",
        "{.python .noeval}",
        "{python, echo=false}",
        "python {.class key=val}",
        'python title="x"',
        'python {tags=["raises-exception"]}',
        "python?line=2",
    ],
)
def test_info_strings_are_kept_and_name_their_language(info: str) -> None:
    """A fenced block keeps its info string, whose first word names the language."""
    block = parse(f"文字\n```{info}\nx = 1\n```\n").code_blocks[0]
    assert (block.info, block.language, block.source) == (info, "python", "x = 1")


def test_code_blocks_are_in_text_order_with_their_lines() -> None:
    """A block has the lines of its fence and of its code, in any container."""
    text = (
        "~~~sh\nls\n~~~\n\n"
        "* 项\n\n  ```python\n  \tx = 1\n\n  y\n  ```\n\n"
        "> - ````{python}\n>   ```\n>   ````\n\n"
        "    缩进\n\n"
        "注[^1]\n\n[^1]: 脚注\n\n        代码\n\n"
        '<div markdown="1">\n```\nz\n```\n</div>\n'
    )
    blocks = parse(text).code_blocks
    assert [(b.line, b.source_line, b.source, b.fenced) for b in blocks] == [
        (1, 2, "ls", True),
        (7, 8, "\tx = 1\n\ny", True),
        (13, 14, "```", True),
        (17, 17, "缩进", False),
        (23, 23, "代码", False),
        (26, 27, "z", True),
    ]


def test_lines_of_code_are_found_in_the_text() -> None:
    """The first line of each fenced block and span of the corpus is on the line that it names."""
    for name, text in corpus().items():
        lines = ["", *text.split("\n"), ""]
        document = parse(text)
        places = [(b.source_line, b.source) for b in document.code_blocks if b.fenced and b.source]
        places += [(span.line, span.source.replace("|", "\\|")) for span in document.code_spans]
        for line, source in places:
            first = source.split("\n")[0].strip()
            assert first in lines[line] or first.replace("\\|", "|") in lines[line], name


def test_attribute_lists_above_and_below_a_code_block_apply_to_it() -> None:
    """`{: .noeval}` lines give a code block classes, an id and keys."""
    text = '{: .before}\n```python\nx\n```\n{: .noeval #cell tags="a b"}\n'
    attributes = Attributes(("before", "noeval"), "cell", {"tags": "a b"})
    assert parse(text).code_blocks[0].attributes == attributes


def test_tabs_and_spaces_of_code_are_kept() -> None:
    """Code has the same bytes in the document and on the page."""
    text = "```\na\tb  \n\n\n\tc\n```\n"
    document = parse(text)
    assert document.code_blocks[0].source == "a\tb  \n\n\n\tc"
    assert "<code>a\tb  \n\n\n\tc\n</code>" in document.render().html


def test_an_unclosed_fence_is_text_and_a_problem() -> None:
    """An unclosed fence is reported with its line, and the text below stays text."""
    document = parse("一\n\n```python\nx = 1\n\n二\n")
    assert document.code_blocks == ()
    message = "the code block is not closed: close it with a line of ```"
    assert document.render().problems == ((3, message, "```"),)


def test_replaced_code_is_in_the_place_of_the_code() -> None:
    """HTML for a block is inserted in its list item or quote; other blocks are shown as code."""
    text = "* 项\n\n  ```python\n  x\n  ```\n\n> ```\n> y\n> ```\n"
    html = parse(text).render({0: "<b>*1*</b>"}).html
    assert html == (
        "<ul>\n<li>\n<p>项</p>\n<b>*1*</b>\n</li>\n</ul>\n"
        '<blockquote>\n<div class="highlight"><pre><code>y\n</code></pre></div>\n</blockquote>\n'
    )


# --- code spans -------------------------------------------------------------------------------


SPANS = """\
# 标题 `a`

* 项 `b`

| `c` | `d` |
|-----|-----|
| 一  | `e` |

注[^1]与 *强调 `{python} f"{x}"`*

[^1]: 脚注 `g`

术语 `h`
: 解释 `` i ` ``
"""


def test_code_spans_are_in_text_order() -> None:
    """Spans in headings, lists, tables, emphasis, footnotes and definitions have their lines."""
    assert parse(SPANS).code_spans == (
        CodeSpan(1, "a"),
        CodeSpan(3, "b"),
        CodeSpan(5, "c"),
        CodeSpan(5, "d"),
        CodeSpan(7, "e"),
        CodeSpan(9, '{python} f"{x}"'),
        CodeSpan(11, "g"),
        CodeSpan(13, "h"),
        CodeSpan(14, "i `"),
    )


def test_replaced_spans_are_in_the_place_of_their_code() -> None:
    """Each span is replaced once in the text, and also in the table of contents."""
    document = parse("* 目录\n{:toc}\n\n" + SPANS)
    rendered = document.render(spans={n: f"[{n}]" for n in range(9)})
    shown = [rendered.html.count(f"[{n}]") for n in range(9)]
    assert shown == [2, 1, 1, 1, 1, 1, 1, 1, 1]
    assert rendered.headings[0].html == "标题 [0]"
    assert rendered.headings[0].id == "标题-a"


def test_rendering_again_gives_the_same() -> None:
    """Rendering does not change a document."""
    document = parse(SPANS)
    first = document.render()
    document.render(spans={0: "x"})
    assert document.render() == first


@given(st.sampled_from(sorted(corpus().values())))
def test_code_in_its_own_place_changes_nothing(text: str) -> None:
    """Replacing each block by its own HTML gives the same page."""
    document = parse(text, MarkdownOptions(highlight=False))
    own = {n: framed(block) for n, block in enumerate(document.code_blocks)}
    assert document.render(own) == document.render()


def framed(block: CodeBlock) -> str:
    """Return the HTML of a code block that is not replaced."""
    classes = [name for name in block.attributes.classes if not name.startswith("language-")]
    named = {"class": " ".join(classes), "id": block.attributes.id, **block.attributes.values}
    attributes = {key: value for key, value in named.items() if value}
    return plain(block.source, block.language, attributes)


# --- headings and contents --------------------------------------------------------------------


def test_headings_are_nested_by_their_levels() -> None:
    """Headings nest even if a level is skipped, without links and without `no_toc` headings."""
    text = "# 甲\n\n### [乙](u) `c`\n\n## 丙\n{: .no_toc}\n\n# 甲\n"
    assert parse(text).render().headings == (
        Heading(1, "甲", "甲", (Heading(3, "乙-c", "乙 <code>c</code>"),)),
        Heading(1, "甲-1", "甲"),
    )


def test_only_the_levels_of_the_options_are_listed() -> None:
    """`toc_levels` applies to the list in the text and to the headings of the page."""
    rendered = parse("* x\n{:toc}\n\n# 甲\n\n## 乙\n", MarkdownOptions(toc_levels=(2,))).render()
    assert rendered.headings == (Heading(2, "乙", "乙"),)
    assert '<a href="#乙" id="markdown-toc-乙">乙</a>' in rendered.html
    assert 'href="#甲"' not in rendered.html


def test_contents_without_headings_are_nothing() -> None:
    """`{:toc}` renders nothing if there are no headings."""
    assert to_html("* 目录\n{:toc}\n\n文字\n") == "<p>文字</p>\n"


def test_a_second_toc_stays_a_list() -> None:
    """Only the first list becomes the table of contents."""
    assert "<li>另一个</li>" in to_html("* 目录\n{:toc}\n\n* 另一个\n{:toc}\n\n# 甲\n")


# --- links ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("见https://e.org/a，然后", "https://e.org/a"),
        ("（https://e.org/a）。", "https://e.org/a"),
        ("(https://e.org/a_(b)).", "https://e.org/a_(b)"),
        ("**https://e.org/**", "https://e.org/"),
        ("https://e.org/a--b_c_d?x=1&y=2#z...", "https://e.org/a--b_c_d?x=1&amp;y=2#z"),
        ("https://zh.wikipedia.org/wiki/机器学习、", "https://zh.wikipedia.org/wiki/机器学习"),
        ("http://localhost:8000", "http://localhost:8000"),
        ('"https://e.org"', "https://e.org"),
        ("https://e.org获取", "https://e.org"),
    ],
)
def test_bare_urls_are_links(text: str, address: str) -> None:
    """A URL ends where the sentence continues, also at CJK punctuation."""
    assert f'<a href="{address}">{address}</a>' in to_html(text)


@pytest.mark.parametrize(
    "text",
    [
        "`https://e.org`",
        "    https://e.org",
        "xhttps://e.org",
        "https://",
        "<i title='https://e.org'>",
    ],
)
def test_other_urls_are_not_links(text: str) -> None:
    """A URL in code, in a tag, within a word or without a host is not a link."""
    assert "<a" not in to_html(text)


def test_a_url_in_a_link_is_text() -> None:
    """A link never contains a link, in Markdown or HTML."""
    assert to_html("[https://a.org](https://b.org)").count("<a") == 1
    assert to_html('<a href="https://b.org">https://a.org</a>').count("<a") == 1


def test_an_image_in_brackets_that_are_not_closed_is_an_image() -> None:
    """An unclosed bracket does not affect an image behind it."""
    image = '<img src="u" alt="图" />'
    assert to_html("[甲 ![图](u) 乙") == f"<p>[甲 {image} 乙</p>\n"
    assert to_html("[甲 ![图](u)") == f"<p>[甲 {image}</p>\n"


def test_undefined_references_stay_text_and_are_reported() -> None:
    """A link or footnote without definition, and an unused footnote, are problems."""
    rendered = parse("[文][无]\n\n文[^无]\n\n[^有]: 注\n").render()
    assert rendered.html == "<p>[文][无]</p>\n<p>文[^无]</p>\n"
    assert rendered.problems == (
        (1, "the link [无] is not defined: add a line [无]: URL", "[无]"),
        (3, "the footnote [^无] is not defined: add a line [^无]: text", "[^无]"),
        (5, "nothing refers to the footnote [^有]: add [^有] to the text", "[^有]"),
    )


def test_brackets_between_dollars_are_no_undefined_references() -> None:
    """Brackets in a formula that is shown as text are not reported as links."""
    assert parse("设 $E[x][y] = 0$ 与 $a[i][j]$。\n").render().problems == ()
    assert parse("价 $5，[文][无]\n\n$\n").render().problems[0][0] == 1


def test_footnotes_may_have_chinese_names() -> None:
    """Footnotes with Chinese labels work, unlike in kramdown."""
    html = to_html("文[^注]\n\n[^注]: 内容\n")
    assert '<sup id="fnref:注" role="doc-noteref"><a href="#fn:注"' in html
    assert '<li id="fn:注" role="doc-endnote">\n<p>内容\u00a0<a href="#fnref:注"' in html


# --- formulas ---------------------------------------------------------------------------------


def test_formulas_are_mathml() -> None:
    """`$$` in a line and as a block becomes MathML, with the source as annotation."""
    html = to_html("质能 $$E=mc^2$$\n\n$$\nx < y\n$$\n")
    assert html.count('<annotation encoding="application/x-tex">') == 2
    assert '<div class="math"><math display="block">' in html


def test_an_invalid_formula_is_shown_and_reported() -> None:
    """The source of an invalid formula is shown marked, and the problem has its line."""
    rendered = parse("文\n\n前 $$\\foo<1$$\n").render()
    message = 'Unknown command "\\foo" (at character 1)'
    assert rendered.problems == ((3, f"the formula is not valid: {message}", "\\foo<1"),)
    shown = message.replace('"', "&quot;")
    assert rendered.html == (
        f'<p>文</p>\n<p>前 <span class="math-error" title="{shown}">'
        "<code>\\foo&lt;1</code></span></p>\n"
    )


def test_a_formula_too_deep_for_the_converter_is_refused() -> None:
    """Ten thousand nested groups are a problem, and do not end the process."""
    problems = parse("$$" + "{" * 9_000 + "x" + "}" * 9_000 + "$$").render().problems
    message = "the formula is not valid: it has more than 2000 commands and braces"
    assert [(1, message)] == [each[:2] for each in problems]


def test_mathjax_delimiters_need_the_option() -> None:
    r"""`$…$`, `\\(…\\)` and `\\[…\\]` are formulas only with the option; prices stay prices."""
    text = "价 $5 到 $10，$a_1$ 与 \\\\(b_*c*\\\\)\n\n\\\\[ d \\\\]\n"
    assert parse(text, MarkdownOptions(mathjax=True)).render().html.count("<math") == 3
    assert to_html(text).count("<math") == 0


# --- options and problems ---------------------------------------------------------------------


def test_options_are_read_from_kramdowns_names_and_values() -> None:
    """Unknown names and invalid values leave the defaults."""
    values = {
        "toc_levels": "2..3",
        "hard_wrap": "true",
        "auto_ids": False,
        "footnote_nr": "x",
        "header_offset": "-1",
        "smart_quotes": "39,39,quot,quot",
        "gfm_quirks": ["paragraph_end", "no_auto_typographic"],
        "input": "GFM",
        "footnote_prefix": "p-",
        "link_defs": {"a": "/a", "b": ["/b", "B"], "c": []},
        "typographic_symbols": {"hellip": "..."},
    }
    assert read_options(values) == MarkdownOptions(
        footnote_prefix="p-",
        link_defs=(("a", "/a", ""), ("b", "/b", "B")),
        symbols=(("hellip", "..."),),
        toc_levels=(2, 3),
        hard_wrap=True,
        auto_ids=False,
        header_offset=-1,
        smart_quotes=("'", "'", '"', '"'),
        typographic_symbols=False,
    )


@pytest.mark.parametrize("levels", ["1..999999999999", "0..3", "x", "", [7], [], "1,,2"])
def test_invalid_levels_leave_the_default(levels: object) -> None:
    """Levels are numbers from 1 to 6."""
    assert read_options({"toc_levels": levels}) == MarkdownOptions()


@pytest.mark.parametrize(
    ("options", "text", "html"),
    [
        (MarkdownOptions(hard_wrap=True), "一\n二", "<p>一<br />\n二</p>\n"),
        (MarkdownOptions(header_offset=1), "# 甲", '<h2 id="甲">甲</h2>\n'),
        (MarkdownOptions(auto_ids=False), "# 甲", "<h1>甲</h1>\n"),
        (MarkdownOptions(auto_id_prefix="p-"), "# 甲", '<h1 id="p-甲">甲</h1>\n'),
        (MarkdownOptions(typographic_symbols=False), "a--b", "<p>a--b</p>\n"),
        (MarkdownOptions(autolink=False), "https://e.org", "<p>https://e.org</p>\n"),
        (MarkdownOptions(parse_span_html=False), "<b>*a*</b>", "<p><b>*a*</b></p>\n"),
        (MarkdownOptions(parse_block_html=True), "<p>*a*</p>", "<p><em>a</em></p>\n"),
        (
            MarkdownOptions(remove_line_breaks_for_cjk=True),
            "一\n二\nか\nx\n三",
            "<p>一二か\nx\n三</p>\n",
        ),
        (
            MarkdownOptions(remove_line_breaks_for_cjk=True, native=True),
            "一。\n（二）\nx",
            "<p>一。（二）\nx</p>\n",
        ),
        (MarkdownOptions(symbols=(("mdash", "--"),)), "a---b...", "<p>a--b…</p>\n"),
        (
            MarkdownOptions(link_defs=(("甲", "/a", "t"),)),
            "[x][甲]",
            '<p><a href="/a" title="t">x</a></p>\n',
        ),
    ],
)
def test_options_change_what_is_rendered(options: MarkdownOptions, text: str, html: str) -> None:
    """Each option has the effect of kramdown's option of that name."""
    assert parse(text, options).render().html == html


def test_options_in_the_text_hold_for_the_document() -> None:
    """`{::options … /}` applies as in kramdown."""
    html = to_html('{::options auto_ids="false" /}\n\n# 甲\n')
    assert html == "<h1>甲</h1>\n"


def test_unclosed_html_is_reported() -> None:
    """The rest of the text is then HTML, as in kramdown."""
    rendered = parse("一\n\n<div>\n*二*\n").render()
    assert rendered.html == "<p>一</p>\n<div>\n*二*\n</div>\n"
    message = "<div> has no end tag, so everything below it is HTML: close it"
    assert rendered.problems == ((3, message, "<div"),)


# --- any text ---------------------------------------------------------------------------------


@given(MARKUP)
def test_every_text_is_a_document(text: str) -> None:
    """No text raises an exception, and rendering it twice gives the same."""
    document = parse(text)
    assert document.render() == document.render()


@given(MARKUP)
def test_line_endings_do_not_matter(text: str) -> None:
    """CRLF and CR give the same page as LF."""
    html = to_html(text)
    assert to_html(text.replace("\n", "\r\n")) == html
    assert to_html(text.replace("\n", "\r")) == html


@given(MARKUP)
def test_quoting_a_text_only_wraps_its_page(text: str) -> None:
    """Quoting every line of a text wraps its page and changes nothing else."""
    alone = parse(text).render().html
    quoted = to_html("\n".join(f"> {line}" for line in text.split("\n")))
    assert quoted == f"<blockquote>\n{alone}</blockquote>\n"


def test_the_empty_text_is_the_empty_page() -> None:
    """An empty text renders as empty HTML."""
    assert to_html("") == ""
    assert to_html("\n \n") == ""


def test_code_in_a_list_may_look_like_a_list() -> None:
    """kramdown splits it; so do posts of a Jekyll blog."""
    text = "1. 甲\n   ```yaml\n   a:\n     - x\n   ```\n2. 乙\n"
    native = parse(text, MarkdownOptions(technical=True, native=True, highlight=False))
    assert "a:\n  - x\n" in native.render().html
    assert "a:\n  - x\n" not in parse(text, MarkdownOptions(highlight=False)).render().html


def test_footnotes_have_the_prefix_in_their_ids() -> None:
    """Reference, note and link back agree."""
    html = parse("a[^1]\n\n[^1]: x", MarkdownOptions(footnote_prefix="p-")).render().html
    assert re.findall(r'(?:id|href)="([^"]*)"', html) == [
        "fnref:p-1",
        "#fn:p-1",
        "fn:p-1",
        "#fnref:p-1",
    ]
