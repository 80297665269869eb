"""Outputs that a JavaScript library draws: charts of Plotly, Vega and Bokeh (also as HoloViews and
Panel have them), Jupyter widgets.

They are kept as data, in the libraries' own MIME types, and never as HTML with the library inside,
which takes 5 MB per chart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from evergreen.dataclass import dataclass, replace
from evergreen.model import Display
from evergreen.regex import regex

PLOTLY = "application/vnd.plotly.v1+json"
VEGA_LITE = "application/vnd.vegalite.v{}+json"
VEGA = "application/vnd.vega.v{}+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
_VEGA_TYPE = regex(r"application/vnd\.vega(?:lite)?\.v(\d+)(?:\.\d+)*[+.]json")
_SCHEMA = regex(r"/(vega|vega-lite)/v(\d+)[\d.]*\.json$")
_NEW_PLOT = regex(r"\bPlotly\.(?:newPlot|react)\(\s*")
_EMBED = regex(r"\}\s*\)\s*\(\s*(?=\{)")
_MAX_DEPTH = 50
_COMMA = regex(r"\s*,\s*")
_LOADERS = ("cdn.plot.ly", "plotly.js v", "PlotlyConfig", "require.undef")
"""Marks of HTML that only loads Plotly's library."""

BOKEH = "application/vnd.bokeh.documents+json"
"""Our type of Bokeh's documents: Bokeh has them in JavaScript and HTML."""
_BOKEH_TYPE = regex(r"application/vnd\.(?:bokehjs|holoviews)_(load|exec)\.v\d+\+json")
_DOCUMENTS = regex(r"\bdocs_json\s*=\s*(?=\{)")
_PLACE = regex(r"\s*<div [^<>]*\bdata-root-id=[^<>]*>\s*</div>\s*")
"""The element that a script fills."""
_OF_PANEL = ("panel.models.browser.", "panel.models.location.", "panel.models.comm_manager.")
_UUID = regex(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Name = Literal["plotly", "vega", "bokeh", "widgets"]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart or widget, for one library."""

    library: Name
    spec: str
    """JSON: Plotly's figure; a Vega or Vega-Lite specification; Bokeh's documents by their ids; a
    widget view and its state."""
    version: int = 0
    """Major version of a Vega specification; 0 if it does not say."""

    @property
    def title(self) -> str:
        """Return the title as plain text; "" if it has none."""
        spec = json.loads(self.spec)
        if self.library == "bokeh":
            return next(_bokeh_titles(spec, 0), "")
        found = (spec.get("layout") or {}) if self.library == "plotly" else spec
        title = found.get("title") if isinstance(found, dict) else None
        text = title.get("text", "") if isinstance(title, dict) else title
        return re.sub(r"<[^>]*>", " ", text).strip() if isinstance(text, str) else ""

    @property
    def size(self) -> tuple[int, int]:
        """Return the requested (width, height) in CSS pixels; 0 if it requests none."""
        if self.library != "plotly":
            return 0, 0
        layout = json.loads(self.spec).get("layout")
        return _pixels(layout, "width"), _pixels(layout, "height") or 450


@dataclass(frozen=True, slots=True)
class ChartSupport:
    """What is available to show a chart."""

    library: str = ""
    """File of the library below the site's `assets/libraries`; "" if not found."""
    still: bytes = b""
    """Static picture of the chart, SVG; empty if it could not be made."""
    missing: str = ""
    """Why there is no library, or no picture."""
    advice: str = ""


NO_SUPPORT = ChartSupport()
FindSupport = Callable[[Chart], ChartSupport]
"""Finds a chart's library and draws its static picture."""


def find_chart(output: Display) -> Chart | None:
    """Return the chart in an output; None if there is none, or it cannot be read."""
    data = output.data
    if PLOTLY in data:
        return _chart("plotly", data[PLOTLY])
    if BOKEH in data:
        return _chart("bokeh", data[BOKEH])
    for mime in data:
        if version := _VEGA_TYPE.fullmatch(mime):
            return _chart("vega", data[mime], int(version[1]))
    if WIDGET in data and STATE in data:
        view, state = _object(data[WIDGET]) or {}, _object(data[STATE]) or {}
        models = state.get("state")
        if isinstance(models, dict) and str(view.get("model_id")) in models:
            return Chart("widgets", json.dumps({"view": view, "state": state}, ensure_ascii=False))
    return None


def charts_as_data(output: Display) -> tuple[Display, ...]:
    """Replace HTML that draws charts by the charts as data.

    The first chart replaces the HTML in its output, others follow as outputs of their own. HTML
    that only loads a library is dropped. Plotly's renderers write the library, or a link to its
    host, beside each chart or once per notebook; Altair's renderer writes a link.
    """
    text = output.data.get("text/html")
    if (found := _bokeh(output)) is not None:
        return found
    if not isinstance(text, str) or not ("lotly" in text or "vega" in text):
        return (output,)
    if charts := [*_plotly_calls(text), *_vega_calls(text)]:
        (mime, chart), *others = charts
        rest = {m: v for m, v in output.data.items() if m not in ("text/html", mime)}
        first = replace(output, data={mime: chart, **rest})
        return (first, *(Display({mime: chart}) for mime, chart in others))
    if PLOTLY in output.data:
        data = {mime: value for mime, value in output.data.items() if mime != "text/html"}
        return (replace(output, data=data),)
    is_loader = "<script" in text and any(mark in text for mark in _LOADERS)
    return () if is_loader and len(output.data) == 1 else (output,)


def _bokeh(output: Display) -> tuple[Display, ...] | None:
    """Return an output of Bokeh or HoloViews with its documents as data; nothing for one that only
    loads the library or makes a place for a plot; None for any other output."""
    kinds = {found[1] for mime in output.data if (found := _BOKEH_TYPE.fullmatch(mime))}
    html = output.data.get("text/html")
    if not kinds:
        is_place = isinstance(html, str) and len(output.data) == 1 and _PLACE.fullmatch(html)
        return () if is_place else None
    for text in (html, output.data.get("application/javascript")):
        call = _DOCUMENTS.search(text) if isinstance(text, str) else None
        read = _json_at(str(text), call.end()) if call else None
        if read and isinstance(read[0], dict):
            plain = {m: v for m, v in output.data.items() if m == "text/plain"}
            if _is_of_panel(read[0]):
                return ()
            # In its order: an object must come before what refers to it.
            text = json.dumps(read[0], ensure_ascii=False)
            return (replace(output, data={BOKEH: _renamed(text), **plain}),)
    return () if "load" in kinds else None


def _is_of_panel(documents: Mapping[str, Any]) -> bool:
    """True if the documents only tell a kernel about the browser."""
    roots = [
        root.get("name", "")
        for document in documents.values()
        if isinstance(document, dict) and isinstance(document.get("roots"), list)
        for root in document["roots"]
        if isinstance(root, dict)
    ]
    return bool(roots) and all(name.startswith(_OF_PANEL) for name in roots)


def _renamed(text: str) -> str:
    """Return JSON with numbers in place of the ids that differ from run to run."""
    names: dict[str, str] = {}
    return _UUID.sub(lambda found: names.setdefault(found[0], f"id-{len(names) + 1}"), text)


def _bokeh_titles(value: Any, depth: int) -> Iterator[str]:
    """Yield the titles of the plots in a document of Bokeh."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for each in value:
            yield from _bokeh_titles(each, depth + 1)
    elif isinstance(value, dict):
        attributes = value.get("attributes")
        is_title = "Title" in (value.get("name"), value.get("type"))
        if is_title and isinstance(attributes, dict):
            text = attributes.get("text")
            yield from [text.strip()] if isinstance(text, str) and text.strip() else []
        for each in value.values():
            yield from _bokeh_titles(each, depth + 1)


def _plotly_calls(text: str) -> Iterator[tuple[str, str]]:
    """Yield MIME type and JSON of each figure in `Plotly.newPlot(id, data, layout, config)` calls:
    the first call for each element.
    """
    drawn = set()
    for call in _NEW_PLOT.finditer(text):
        values: list[Any] = []
        end = call.end()
        while len(values) < 4 and (read := _json_at(text, end)):
            values.append(read[0])
            comma = _COMMA.match(text, read[1])
            if not comma:
                break
            end = comma.end()
        is_figure = len(values) >= 3 and isinstance(values[1], list) and isinstance(values[2], dict)
        if is_figure and str(values[0]) not in drawn:
            drawn.add(str(values[0]))
            yield PLOTLY, _written({"data": values[1], "layout": values[2]})


def _vega_calls(text: str) -> Iterator[tuple[str, str]]:
    """Yield MIME type and JSON of each specification that Altair's HTML passes to vega-embed:
    `(…)(spec, options)`.
    """
    for call in _EMBED.finditer(text):
        found = _json_at(text, call.end())
        if found and isinstance(found[0], dict) and (schema := _schema(found[0]))[0]:
            kind, version = schema
            mime = VEGA if kind == "vega" else VEGA_LITE
            yield mime.format(version or 6), _written(found[0])


def _written(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _json_at(text: str, start: int) -> tuple[Any, int] | None:
    try:
        return json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None


def _schema(spec: Mapping[str, Any]) -> tuple[str, int]:
    """Return library and major version of a specification; ("", 0) if it does not say."""
    found = _SCHEMA.search(str(spec.get("$schema", "")))
    return (found[1], int(found[2])) if found else ("", 0)


def _chart(library: Name, text: str | bytes, version: int = 0) -> Chart | None:
    spec = _object(text)
    if spec is None:
        return None
    return Chart(library, json.dumps(spec, ensure_ascii=False), _schema(spec)[1] or version)


def _object(text: str | bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _pixels(layout: Any, key: str) -> int:
    value = layout.get(key) if isinstance(layout, dict) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0
    return round(value) if 0 < value < 20000 else 0
