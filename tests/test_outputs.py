"""Rendering of outputs to HTML and figures."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from html import unescape
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.markdown import MarkdownOptions
from evergreen.model import Cell, CellError, CellOptions, Display, Output, Stream
from evergreen.render.outputs import MIME_ORDER, RenderedOutputs, render_outputs

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGP8z8AARAwQCgAPDgEB5fHzsQAAAABJRU5ErkJggg=="
)


def render(*outputs: Output, **options: str) -> RenderedOutputs:
    """Render the outputs of the third cell, which is on line 9."""
    return render_outputs("posts/文.md", Cell("", 9, CellOptions(**options)), outputs, 3)  # type: ignore[arg-type]


def html(*outputs: Output) -> str:
    """Return the HTML of outputs."""
    return render(*outputs).html


def test_streams() -> None:
    """Streams are escaped, and have their name as a class."""
    assert '<pre class="output stdout">&lt;b&gt; &amp;</pre>' == html(Stream("stdout", "<b> &"))
    assert '<pre class="output stderr">错</pre>' == html(Stream("stderr", "错"))


def test_colours_are_spans() -> None:
    """ANSI escapes become nbconvert's classes; the text is still escaped."""
    expected = '<pre class="output stdout"><span class="ansi-red-fg">&lt;红&gt;</span></pre>'
    assert expected == html(Stream("stdout", "\x1b[31m<红>\x1b[0m"))


def test_traceback() -> None:
    """An error shows its traceback, else its name and message."""
    assert '<pre class="output error">a &lt;b&gt;</pre>' == html(CellError("E", "x", "a <b>\n"))
    assert '<pre class="output error">E: x</pre>' == html(CellError("E", "x"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"text/plain": "a<b"}, '<pre class="output text">a&lt;b</pre>'),
        ({"text/html": "<b>x</b>", "text/plain": "x"}, '<div class="output html"><b>x</b></div>'),
        (
            {"text/html": "<div><style scoped>\n a {}\n</style>\n<i>x</i></div>"},
            '<div class="output html"><div><i>x</i></div></div>',
        ),
        (
            {"text/markdown": "**粗**", "text/plain": "x"},
            '<div class="output markdown"><p><strong>粗</strong></p>\n</div>',
        ),
        (
            {"application/x-unknown": "x"},
            '<pre class="output text">[application/x-unknown]</pre>',
        ),
    ],
)
def test_the_richest_type_wins(data: dict[str, str], expected: str) -> None:
    """The order is nbconvert's; unknown types are ignored."""
    assert expected == html(Display(data))


@pytest.mark.parametrize(
    ("text", "formulas", "rest"),
    [
        ("Take $a$ and $b$.", ["a", "b"], "<p>Take … and ….</p>"),
        ("取 $a$，\n\n得 \\(b\\)。", ["a", "b"], "<p>取 …，</p>\n<p>得 …。</p>"),
        ("So $$a$$ and \\[b\\]", ["a", "b"], "<p>So</p>\n<div>…</div>\n<p>and</p>\n<div>…</div>"),
        ("\\begin{align}a &= b\\end{align}", ["\\begin{align}a &= b\\end{align}"], "<div>…</div>"),
        ("x^2", ["x^2"], "<div>…</div>"),
        ("价格 \\$5 <b>", [], "<p>价格 $5 &lt;b&gt;</p>"),
        ("Hello", [], "<p>Hello</p>"),
    ],
)
def test_latex_is_text_with_formulas(text: str, formulas: list[str], rest: str) -> None:
    """As MathJax finds them; a display stands between paragraphs."""
    shown = html(Display({"text/latex": text}))
    found = re.findall(r"<math.*?</math>", shown, re.S)
    assert formulas == [unescape(re.search(r'x-tex">(.*?)</ann', each)[1]) for each in found]  # type: ignore[index]
    plain = re.sub(r"<math.*?</math>", "…", shown, flags=re.S).replace(
        '<div class="math">', "<div>"
    )
    assert f'<div class="output latex">{rest}</div>' == plain


def test_markdown_has_the_formulas_of_the_text() -> None:
    """By the options of the post."""
    output = Display({"text/markdown": "In output $a_1$, $5."})
    plain, tex = (
        render_outputs("posts/文.md", Cell("", 9), [output], 1, options=options).html
        for options in (MarkdownOptions(), MarkdownOptions(single_dollars=True))
    )
    assert 0 == plain.count("<math") and 1 == tex.count("<math")


@pytest.mark.parametrize(
    "data", [{"text/latex": "$\\frac{a}$"}, {"text/markdown": "$$\\frac{a}$$"}]
)
def test_a_formula_in_an_output_that_cannot_be_read_is_a_warning(data: dict[str, str]) -> None:
    """At the cell."""
    [problem] = render(Display(data)).problems
    expected = "posts/文.md:9: in an output: the formula is not valid: Expected argument"
    assert ("warning", expected) == (problem.severity, str(problem)[: len(expected)])


def test_latex_is_mathml() -> None:
    """LaTeX is rendered without a script."""
    shown = html(Display({"text/latex": r"$\displaystyle x^2$", "text/plain": "x**2"}))
    assert '<math display="block">' in shown
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in shown


def test_a_figure_is_a_file() -> None:
    """A figure is named by its hash, and has size, alternative text and caption."""
    made = render(
        Display({"image/png": PNG, "text/plain": "<Figure size 2x1>"}),
        label="fig-a",
        caption="题 **一**",
        alt='"引" <图>',
    )
    name = f"assets/figures/{sha256(PNG).hexdigest()[:20]}.png"
    assert [(name, PNG)] == [(figure.path, figure.content) for figure in made.figures]
    assert (
        f'<figure class="output figure" id="fig-a"><img src="/{name}" width="2" height="1" '
        'alt="&quot;引&quot; &lt;图&gt;" loading="lazy" decoding="async">'
        "<figcaption>题 <strong>一</strong></figcaption></figure>"
    ) == made.html
    assert () == made.problems


def test_a_figure_without_a_description_gives_a_warning() -> None:
    """The warning is at the cell."""
    made = render(Display({"image/png": PNG}))
    assert ["posts/文.md:9: a figure without a description: add '#| fig-alt: …' to its cell"] == [
        str(problem) for problem in made.problems
    ]
    assert ["warning"] == [problem.severity for problem in made.problems]


def test_two_figures_have_two_ids() -> None:
    """The second id is label-2, and the caption appears once."""
    picture = Display({"image/png": PNG})
    shown = render(picture, picture, label="fig-a", caption="题").html
    assert ("fig-a", "fig-a-2", 1) == (
        *(part.split('"')[0] for part in shown.split(' id="')[1:]),
        shown.count("<figcaption>"),
    )


@pytest.mark.parametrize(
    ("svg", "expected"),
    [
        ('<svg width="30" height="20"></svg>', 'width="30" height="20"'),
        ('<svg width="30pt" height="15pt"></svg>', 'width="40" height="20"'),
        ('<?xml version="1.0"?><svg viewBox="0 0 7 5"></svg>', 'width="7" height="5"'),
        ("<svg></svg>", 'alt="Output 3"'),
    ],
)
def test_sizes_of_svg(svg: str, expected: str) -> None:
    """The size comes from width and height, else from the view box."""
    assert expected in html(Display({"image/svg+xml": svg}))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ('{"width": 1, "height": 1}', 'width="1" height="1"'),
        ('{"width": 300}', 'width="300" height="150"'),
        ('{"height": "20px"}', 'width="40" height="20"'),
        ('{"width": "50%", "height": null}', 'width="2" height="1"'),
    ],
)
def test_metadata_may_set_the_size(told: str, expected: str) -> None:
    """Pixels in the metadata override the file; other units are ignored."""
    assert expected in html(Display({"image/png": PNG}, f'{{"image/png": {told}}}'))


def test_a_picture_of_too_many_pixels_has_no_size() -> None:
    """Pillow refuses the picture, but the browser may show it."""
    huge = PNG.replace(bytes([0, 0, 0, 2, 0, 0, 0, 1]), bytes([0, 0, 99, 99] * 2))
    huge = huge[:29] + crc32(huge[12:29]).to_bytes(4, "big") + huge[33:]
    assert "<img" in html(Display({"image/png": huge}))
    assert "width=" not in html(Display({"image/png": huge}))


@given(st.text(), st.sampled_from(["text/plain", "text/markdown", "text/latex", "image/svg+xml"]))
def test_any_text_is_rendered_safely(text: str, mime: str) -> None:
    """No output raises an exception, and no text of a stream becomes markup."""
    html(Display({mime: text}))
    assert "<" not in html(Stream("stdout", text)).replace("<pre", "").replace(
        "</pre>", ""
    ).replace("<span", "").replace("</span>", "")


@pytest.mark.parametrize("mime", MIME_ORDER)
def test_only_image_types_become_files(mime: str) -> None:
    """Each supported MIME type is a figure if it is an image, and text otherwise."""
    data = "<svg/>" if mime == "image/svg+xml" else PNG if mime.startswith("image/") else "文"
    rendered = render(Display({mime: data}), alt="图")
    assert mime.startswith("image/") == bool(rendered.figures)
    assert ("<img" in rendered.html) == bool(rendered.figures)


@pytest.mark.parametrize("data", [{"application/vnd.bokehjs_exec.v0+json": '""'}, {"a/b": "甲"}])
def test_an_output_that_nothing_shows_is_named(data: dict[str, str]) -> None:
    """A warning and the page name its type; never a blank."""
    shown = {**data, "text/html": '<div id="p1"></div>'} if "a/b" not in data else data
    made = render_outputs("posts/a.md", Cell("x", 3), [Display(shown)], 1)
    [kind] = data
    assert f"[{kind}]</pre>" in made.html
    assert f"posts/a.md:3: warning: nothing shows the output's type {kind}" in {
        f"{each.path}:{each.line}: {each.severity}: {each.message}" for each in made.problems
    }


def test_what_a_cell_prints_may_be_markdown() -> None:
    """With `output: asis`; without warnings nothing of stderr is shown."""
    cell = Cell("x", 3, CellOptions(asis=True, warnings=False))
    made = render_outputs(
        "posts/a.md", cell, [Stream("stdout", "**粗**"), Stream("stderr", "警")], 1
    )
    assert made.html == '<div class="output markdown"><p><strong>粗</strong></p>\n</div>'
