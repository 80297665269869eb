"""The state of Jupyter's widgets when a run ends, put beside each view that shows some of it.

Widgets are numbered as a view comes to them: their own ids are drawn by lot.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evergreen.model import Display, Output
from evergreen.model.charts import STATE, WIDGET

LONGEST = 5_000_000
"""Characters of the state of all widgets; where there are more, views stay as text."""
ASK = """
import json, sys
if "ipywidgets" in sys.modules:
    state = sys.modules["ipywidgets"].Widget.get_manager_state()
    with open(path, "w", encoding="utf-8") as file:
        json.dump(state, file)
"""
"""What writes the state to a file, in the kernel."""
_REFERENCE = re.compile(r"IPY_MODEL_(\w+)")


def read_state(text: str) -> dict[str, Any]:
    """The state that the kernel wrote; empty where it is none, or too long."""
    try:
        state = json.loads(text) if len(text) <= LONGEST else {}
    except (ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) and isinstance(state.get("state"), dict) else {}


def with_states(
    outputs: Sequence[tuple[Output, ...]], state: Mapping[str, Any]
) -> list[tuple[Output, ...]]:
    """The outputs; each view of a widget with the state of the widgets that it shows."""
    return [tuple(_with_state(output, state) for output in made) for made in outputs]


def _with_state(output: Output, state: Mapping[str, Any]) -> Output:
    if not isinstance(output, Display) or WIDGET not in output.data:
        return output
    try:
        view = json.loads(output.data[WIDGET])
        shown = dict.fromkeys(_reached(view["model_id"], state.get("state", {})))
    except (ValueError, TypeError, KeyError):
        return output
    if not shown:
        return output
    models = {**state, "state": {name: state["state"][name] for name in shown}}
    names = {name: f"{number:032x}" for number, name in enumerate(shown, 1)}
    return replace(
        output,
        data={**output.data, WIDGET: _renamed(view, names), STATE: _renamed(models, names)},
    )


def _reached(start: str, models: Mapping[str, Any]) -> Iterator[str]:
    """A widget and those that it refers to, each after the first that does."""
    waiting, seen = [start], set()
    while waiting:
        name = waiting.pop(0)
        if name in models and name not in seen:
            seen.add(name)
            yield name
            waiting += _REFERENCE.findall(json.dumps(models[name]))


def _renamed(value: Any, names: Mapping[str, str]) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    pattern = "|".join(map(re.escape, names))
    return re.sub(rf"\b(?:IPY_MODEL_)?({pattern})\b", lambda f: _new_name(f, names), text)


def _new_name(found: re.Match[str], names: Mapping[str, str]) -> str:
    return found[0].replace(found[1], names[found[1]])
