"""Charts among the outputs: what they are, and what is kept of them."""

from __future__ import annotations

import json

import pytest

from evergreen.model import Display
from evergreen.model.charts import (
    BOKEH,
    PLOTLY,
    STATE,
    WIDGET,
    Chart,
    charts_as_data,
    find_chart,
)

VEGA = "application/vnd.vegalite.v6+json"
LIBRARY = "<script>/** plotly.js v3.0.0 */ " + "x" * 100_000 + "</script>"
FIGURE = {"data": [{"x": ["甲", "</script>"], "y": [1, 2]}], "layout": {"title": {"text": "图"}}}
SPEC = {"$schema": "https://vega.github.io/schema/vega-lite/v5.20.1.json", "mark": "bar"}


def plotly_html(call: str = "newPlot") -> str:
    """HTML as Plotly's renderers write it: the library, then the call."""
    data, layout = json.dumps(FIGURE["data"]), json.dumps(FIGURE["layout"])
    return f'{LIBRARY}<script>Plotly.{call}(\n "a-b", {data}, {layout}, {{"a": 1}} )</script>'


@pytest.mark.parametrize("call", ["newPlot", "react"])
def test_html_of_plotly_becomes_its_data(call: str) -> None:
    """The figure stays, and the library that stands beside it goes."""
    (found,) = charts_as_data(Display({"text/html": plotly_html(call), "text/plain": "Figure()"}))
    assert ["text/plain", PLOTLY] == sorted(found.data, reverse=True)
    assert json.loads(found.data[PLOTLY]) == FIGURE


def test_a_library_alone_is_nothing() -> None:
    """What `init_notebook_mode` shows is dropped; a text that speaks of Plotly is not."""
    assert charts_as_data(Display({"text/html": LIBRARY})) == ()
    text = Display({"text/html": "<b>Plotly</b> 很好"})
    assert charts_as_data(text) == (text,)


def test_html_beside_plotlys_data_goes() -> None:
    """Plotly's default in older versions: data, and HTML with all of the library."""
    output = Display({PLOTLY: "{}", "text/html": "Plotly " + LIBRARY})
    assert charts_as_data(output) == (Display({PLOTLY: "{}"}),)


def test_each_chart_of_some_html_is_an_output() -> None:
    """What an author joins into one piece of HTML; an element that is drawn again counts once."""
    html = (
        plotly_html()
        + plotly_html().replace("a-b", "c").replace("[1, 2]", "[3, 4]")
        + plotly_html()
    )
    html += f"<script>(function(s){{ vegaEmbed }})({json.dumps(SPEC)}, {{}});</script>"
    found = charts_as_data(Display({"text/html": html, "text/plain": "HTML"}, result=True))
    assert [(PLOTLY, "text/plain"), (PLOTLY,), (VEGA.replace("6", "5"),)] == [
        tuple(each.data) for each in found
    ]
    assert [[1, 2], [3, 4]] == [json.loads(e.data[PLOTLY])["data"][0]["y"] for e in found[:2]]
    assert [True, False, False] == [each.result for each in found]


def test_html_of_altair_becomes_its_specification() -> None:
    """Altair's HTML calls a function with the specification."""
    html = f"<script>(function(spec, o){{ vegaEmbed }})({json.dumps(SPEC)}, {{}});</script>"
    (found,) = charts_as_data(Display({"text/html": html, "text/plain": "alt.Chart(...)"}))
    assert find_chart(found) == Chart("vega", json.dumps(SPEC), 5)


def test_titles_and_sizes() -> None:
    """A title is plain text; Plotly's charts are 450 pixels high where they do not say."""
    layout = {"title": {"text": "<b>增长</b>"}, "width": 300.4, "height": True}
    chart = find_chart(Display({PLOTLY: json.dumps({"data": [], "layout": layout})}))
    assert chart
    assert ("增长", (300, 450)) == (chart.title, chart.size)
    spec = json.dumps({"title": ["a"], "mark": "bar"})
    other = find_chart(Display({VEGA: spec}))
    assert other
    assert ("", (0, 0), 6) == (other.title, other.size, other.version)


@pytest.mark.parametrize("text", ["", "[]", "{", "nan", '"a"', "[" * 100_000])
def test_what_is_no_chart_is_none(text: str) -> None:
    """Data of a chart's type that cannot be read is no chart."""
    assert find_chart(Display({PLOTLY: text})) is None
    assert find_chart(Display({WIDGET: text, STATE: text})) is None


def test_a_view_of_widgets_needs_their_state() -> None:
    """A view alone shows nothing, nor does one of a widget that is not in the state."""
    view, state = {"model_id": "甲"}, {"state": {"甲": {"model_name": "IntSliderModel"}}}
    output = {WIDGET: json.dumps(view), STATE: json.dumps(state)}
    assert find_chart(Display(output)) is not None
    assert find_chart(Display({WIDGET: output[WIDGET]})) is None
    assert find_chart(Display({**output, WIDGET: '{"model_id": "乙"}'})) is None
    assert find_chart(Display({**output, STATE: '{"state": 5}'})) is None


EXEC, LOAD = (f"application/vnd.bokehjs_{kind}.v0+json" for kind in ("exec", "load"))
UUID = "13e12a3c-8398-4846-ba9f-2c0e6cc16d49"


def bokeh(documents: object) -> str:
    """JavaScript as Bokeh writes it."""
    return f"(function(root) {{ const docs_json = {json.dumps(documents)};\n const a = 1; }})"


def plot(*roots: object) -> dict[str, object]:
    """The documents of Bokeh with these roots."""
    return {UUID: {"version": "3.9.2", "roots": list(roots)}}


FIGURE_OF_BOKEH = {
    "name": "Figure",
    "id": UUID.replace("1", "2"),
    "attributes": {"z": 1, "a": {"name": "Title", "attributes": {"text": "线"}}},
}


@pytest.mark.parametrize("mime", ["application/javascript", "text/html"])
def test_a_plot_of_bokeh_becomes_its_documents(mime: str) -> None:
    """In their order, which their references need, with numbers for the ids of the run."""
    output = Display({mime: bokeh(plot(FIGURE_OF_BOKEH)), EXEC: '""', "text/plain": "Row"})
    (found,) = charts_as_data(output)
    assert [BOKEH, "text/plain"] == list(found.data)
    chart = find_chart(found)
    assert chart and (chart.library, chart.title) == ("bokeh", "线")
    assert '"id-1": {' in chart.spec and UUID not in chart.spec
    assert chart.spec.index('"z"') < chart.spec.index('"a"')


def test_what_bokeh_only_loads_or_prepares_is_nothing() -> None:
    """Its library, the place of a plot, and what Panel asks the browser."""
    place = '\n  <div id="a" data-root-id="p1" style="display: contents;"></div>\n'
    browser = {"name": "panel.models.browser.BrowserInfo", "id": "a"}
    for data in (
        {"application/javascript": "load()", LOAD: "load()"},
        {"text/html": place},
        {"text/html": bokeh(plot(browser)), EXEC: '""'},
    ):
        assert charts_as_data(Display(data)) == ()
    text = Display({"text/html": place + "文"})
    assert charts_as_data(text) == (text,)
