"""Charts and widgets of the browser's libraries by their meaning: Plotly, Vega, Bokeh, Jupyter
widgets.

Names that a library makes up, its versions and its themes are no part of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from evergreen.check.result import ComparisonResult, ComparisonRules, DifferenceLevel, together
from evergreen.check.text import is_close_text
from evergreen.check.values import compare_values
from evergreen.dataclass import replace
from evergreen.model.charts import Chart

_WIDGET_NOISE = ("tooltip", "description_tooltip", "tabbable", "_dom_classes")
_WIDGET_PROTOCOL = ("_model_", "_view_")
"""Beginnings of the names that say how a browser loads a widget."""
_MAX_DEPTH = 50


def compare_charts(then: Chart, now: Chart, rules: ComparisonRules) -> ComparisonResult:
    """Compare what two charts show; another theme is within the tolerance."""
    before, after = (_content(each) for each in (then, now))
    shown = compare_values(before[0], after[0], rules, is_close_text, typed=False)
    theme = compare_values(before[1], after[1], rules, is_close_text, typed=False)
    if not theme.level:
        return shown
    paler = tuple(
        replace(each, level=DifferenceLevel.CLOSE, kind="text", place=f"theme.{each.place}")
        for each in theme.changes[:1]
    )
    return together([shown, ComparisonResult(paler, redrawn=True)])


def _content(chart: Chart) -> tuple[Any, Any]:
    """Return what a chart shows, and its theme."""
    spec = json.loads(chart.spec)
    return _READERS[chart.library](spec)


def _bokeh(spec: dict[str, Any]) -> tuple[Any, Any]:
    return [_without_ids(each, 0) for each in spec.values()], None


def _without_ids(value: Any, depth: int) -> Any:
    """Leave out the ids and versions in a document of Bokeh."""
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [_without_ids(each, depth + 1) for each in value]
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k not in ("id", "version", "root_ids", "defs")}
        return {k: _without_ids(v, depth + 1) for k, v in kept.items()}
    return value


def _plotly(spec: dict[str, Any]) -> tuple[Any, Any]:
    layout = dict(spec.get("layout") or {}) if isinstance(spec.get("layout") or {}, dict) else {}
    theme = layout.pop("template", None)
    traces = spec.get("data")
    if isinstance(traces, list):
        traces = [
            {k: v for k, v in each.items() if k not in ("uid",)} if isinstance(each, dict) else each
            for each in traces
        ]
    rest = {k: v for k, v in spec.items() if k not in ("data", "layout", "config")}
    return {**rest, "data": traces, "layout": layout}, theme


def _vega(spec: dict[str, Any]) -> tuple[Any, Any]:
    datasets = spec.get("datasets") if isinstance(spec.get("datasets"), dict) else {}
    names = _parameters(spec)
    kept = {k: v for k, v in spec.items() if k not in ("datasets", "$schema", "usermeta", "config")}
    return _resolved(kept, datasets or {}, names, 0), spec.get("config")


def _parameters(value: Any, depth: int = 0) -> dict[str, str]:
    """Number the parameters and views that the library named, in their order."""
    found: dict[str, str] = {}
    if isinstance(value, dict) and depth < _MAX_DEPTH:
        for key, each in value.items():
            if key == "params" and isinstance(each, list):
                for param in each:
                    if isinstance(param, dict) and isinstance(param.get("name"), str):
                        found.setdefault(param["name"], "")
            if key in ("layer", "hconcat", "vconcat", "concat", "params", "spec", "views"):
                found |= {n: "" for n in _parameters(each, depth + 1) if n not in found}
        if isinstance(value.get("name"), str) and value["name"].startswith("view_"):
            found.setdefault(value["name"], "")
    elif isinstance(value, list) and depth < _MAX_DEPTH:
        for each in value:
            found |= {n: "" for n in _parameters(each, depth + 1) if n not in found}
    return {name: f"name {number}" for number, name in enumerate(found, 1)}


def _resolved(value: Any, datasets: Mapping[str, Any], names: Mapping[str, str], depth: int) -> Any:
    """Put data sets in the place of their names, and numbers in the place of made-up names."""
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_resolved(each, datasets, names, depth + 1) for each in value]
    if isinstance(value, dict):
        name = value.get("name")
        if isinstance(name, str) and name in datasets:
            others = {k: v for k, v in value.items() if k != "name"}
            return {"values": datasets[name], **others}
        return {k: _resolved(v, datasets, names, depth + 1) for k, v in value.items()}
    return value


def _widgets(spec: dict[str, Any]) -> tuple[Any, Any]:
    models = spec["state"].get("state", {})
    themes: list[Any] = []
    return _widget(str(spec["view"].get("model_id")), models, themes, ()), themes


def _widget(name: str, models: Mapping[str, Any], themes: list[Any], seen: tuple[str, ...]) -> Any:
    """Return a widget with those it refers to; layouts and styles go to the themes."""
    model = models.get(name)
    if not isinstance(model, dict) or name in seen or len(seen) > _MAX_DEPTH:
        return None
    state = model.get("state") if isinstance(model.get("state"), dict) else {}
    shown = {
        key: _inlined(value, models, themes, (*seen, name))
        for key, value in (state or {}).items()
        if not key.startswith(_WIDGET_PROTOCOL) and key not in _WIDGET_NOISE
    }
    kind = str(model.get("model_name", ""))
    if kind in ("LayoutModel",) or kind.endswith("StyleModel"):
        themes.append([kind, shown])
        return None
    return {"kind": kind, **shown}


def _inlined(
    value: Any, models: Mapping[str, Any], themes: list[Any], seen: tuple[str, ...]
) -> Any:
    if isinstance(value, str) and value.startswith("IPY_MODEL_"):
        return _widget(value.removeprefix("IPY_MODEL_"), models, themes, seen)
    if isinstance(value, list):
        return [_inlined(each, models, themes, seen) for each in value]
    if isinstance(value, dict):
        return {key: _inlined(each, models, themes, seen) for key, each in value.items()}
    return value


_READERS: Mapping[str, Callable[[dict[str, Any]], tuple[Any, Any]]] = {
    "plotly": _plotly,
    "vega": _vega,
    "bokeh": _bokeh,
    "widgets": _widgets,
}
