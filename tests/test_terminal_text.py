"""Printed text as HTML: links of terminals, lines that repeat; JSON as trees."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.execution.terminal import render_final
from evergreen.model import Cell, Display, Output, Stream
from evergreen.render.json_tree import MAX_ITEMS, render_json
from evergreen.render.outputs import render_outputs
from evergreen.render.terminal_text import ansi_html, stream_html

OPEN, CLOSE = "\x1b]8;id=1;{}\x1b\\", "\x1b]8;;\x1b\\"


def link(url: str, text: str) -> str:
    """Return a link as programs print it."""
    return OPEN.format(url) + text + CLOSE


def html(output: Output) -> str:
    """Return the HTML of an output."""
    return render_outputs("posts/a.md", Cell("", 1), [output], 1).html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (link("https://a.b/?x=1&y=<", "甲"), "甲"),
        (
            link("https://a.b/?x=1&y", "甲 <乙>"),
            '<a href="https://a.b/?x=1&amp;y">甲 &lt;乙&gt;</a>',
        ),
        (link("mailto:a@b.c", "信"), '<a href="mailto:a@b.c">信</a>'),
        (link("javascript:alert(1)", "甲"), "甲"),
        (link("file:///etc/passwd", "甲"), "甲"),
        ("\x1b]8;;https://a.b\x07甲\x1b]8;;\x07乙", '<a href="https://a.b">甲</a>乙'),
        ("\x1b]0;title\x07甲", "甲"),
    ],
)
def test_links_of_terminals(text: str, shown: str) -> None:
    """Of the web and mail; other commands to the terminal are left out."""
    assert ansi_html(text) == shown


def test_colours_go_on_in_a_link_and_behind_it() -> None:
    """The elements nest."""
    text = "\x1b[31ma" + link("https://a.b", "b\x1b[0mc") + "d"
    assert ansi_html(text) == (
        '<span class="ansi-red-fg">a</span><a href="https://a.b">'
        '<span class="ansi-red-fg">b</span>c</a>d'
    )


def test_a_link_in_a_progress_bar_stays() -> None:
    """Where the text is what the terminal finally shows."""
    text = render_final(f"0 %\r100 % {link('https://a.b', '甲')}\x1b]0;t\x07\n")
    assert ansi_html(text) == '100 % <a href="https://a.b">甲</a>\n'


def test_equal_lines_of_a_log_are_one_with_their_number() -> None:
    """What is above and below stays."""
    text = "上\n" + "字体不存在\n" * 1000 + "下\n"
    assert stream_html(text, "stderr") == (
        '上\n字体不存在 <span class="repeats">× 1000</span>\n下\n'
    )


def test_a_message_of_several_lines_may_repeat() -> None:
    """As warnings are, with their code below."""
    text = "a.py:1: Warning\n  x = 1\n" * 30
    assert stream_html(text, "stderr") == (
        'a.py:1: Warning\n  x = 1\n<span class="repeats">× 30</span>\n'
    )


@pytest.mark.parametrize(("name", "times"), [("stderr", 9), ("stdout", 99)])
def test_a_few_equal_lines_are_shown(name: str, times: int) -> None:
    """A program may draw with lines."""
    assert stream_html("####\n" * times, name) == "####\n" * times


@given(st.lists(st.sampled_from(["a", "b", ""]), max_size=60))
def test_no_other_line_is_lost(lines: list[str]) -> None:
    """All that is shown, repeated as it says, is the text."""
    shown: list[str] = []
    for line in stream_html("\n".join(lines), "stderr").split("\n"):
        text, sign, times = line.partition(' <span class="repeats">× ')
        if line.startswith('<span class="repeats">'):
            return  # several lines: how many is not said
        shown += [text] * (int(times.removesuffix("</span>")) if sign else 1)
    assert shown == ("\n".join(lines)).split("\n")


def test_a_stream_in_a_page() -> None:
    """The class says which it is."""
    found = html(Stream("stderr", "x\n" * 10))
    assert found == '<pre class="output stderr">x <span class="repeats">× 10</span>\n</pre>'


def test_json_is_a_tree() -> None:
    """The first level is open; texts are escaped."""
    found = render_json(json.dumps({"甲": [1, "<b>"], "空": {}, "b": None}))
    assert found == (
        '<div class="output json"><details open><summary><span>{甲, 空, b}</span></summary><ul>'
        "<li><details><summary><b>甲</b>: <span>[2]</span></summary><ul>"
        '<li><b>0</b>: <code>1</code></li><li><b>1</b>: <code>"&lt;b&gt;"</code></li></ul>'
        "</details></li><li><b>空</b>: <code>{}</code></li><li><b>b</b>: <code>null</code></li>"
        "</ul></details></div>"
    )


def test_json_of_an_output() -> None:
    """Also GeoJSON; richer types come first; what is not valid is shown as text."""
    data = '{"a": 1}'
    assert "<details open>" in html(Display({"application/json": data, "text/plain": "<JSON>"}))
    assert "<details open>" in html(Display({"application/geo+json": data}))
    assert "details" not in html(Display({"application/json": data, "text/html": "<b>甲</b>"}))
    assert "&lt;JSON&gt;" in html(Display({"application/json": "{", "text/plain": "<JSON>"}))


def test_an_output_may_ask_for_an_open_tree() -> None:
    """`JSON(value, expanded=True)`."""
    output = Display(
        {"application/json": '{"a": {"b": 1}}'}, '{"application/json": {"expanded": true}}'
    )
    assert html(output).count("<details open>") == 2


def test_a_long_tree_says_how_much_is_left_out() -> None:
    """It is limited in length and in depth."""
    assert f"<p>… {11}</p>" in render_json(json.dumps([0] * (MAX_ITEMS + 10)))
    assert render_json("[" * 200 + "]" * 200).count("<details") == 30


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[38m甲\x1b[0m", "甲"),
        ("\x1b[1;48;5m甲", "甲"),
        ("\x1b[38;2;1m甲", "甲"),
        (
            "\x1b[38;5;38m甲",
            '<span style="color: light-dark(rgb(0,117,143), rgb(0,175,215))">甲</span>',
        ),
    ],
)
def test_a_color_that_is_not_complete(written: str, shown: str) -> None:
    """Its sequence is left out."""
    assert shown == ansi_html(written)
