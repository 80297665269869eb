"""The state of Jupyter widgets at the end of a run, stored with each view that shows them.

Widgets get numbers in the order in which a view refers to them, because their own ids are random.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evergreen.dataclass import replace
from evergreen.model import Display, Output
from evergreen.model.charts import STATE, WIDGET
from evergreen.regex import regex

MAX_STATE = 5_000_000
"""Maximum length of the state of all widgets in characters; above it, views stay plain text."""
WRITE_STATE = """
import json, sys
if "ipywidgets" in sys.modules:
    state = sys.modules["ipywidgets"].Widget.get_manager_state()
    with open(path, "w", encoding="utf-8") as file:
        json.dump(state, file)
"""
"""Code that writes the state to a file, run in the kernel."""
_REFERENCE = regex(r"IPY_MODEL_(\w+)")


def read_state(text: str) -> dict[str, Any]:
    """Parse the state that the kernel wrote; empty if it is not valid or too long."""
    try:
        state = json.loads(text) if len(text) <= MAX_STATE else {}
    except (ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) and isinstance(state.get("state"), dict) else {}


def with_states(
    outputs: Sequence[tuple[Output, ...]], state: Mapping[str, Any]
) -> list[tuple[Output, ...]]:
    """Add to each view of a widget the state of the widgets that it shows."""
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
    """Yield a widget and those it refers to, breadth first."""
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
