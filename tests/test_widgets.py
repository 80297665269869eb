"""The state of widgets, stored with the views that show it."""

from __future__ import annotations

import json

import pytest
from executing import execute

from evergreen.execution.widgets import MAX_STATE, read_state, with_states
from evergreen.model import Display, Stream
from evergreen.model.charts import STATE, WIDGET, find_chart

A, B, C = "a" * 32, "b" * 32, "c" * 32
MODELS = {
    "version_major": 2,
    "state": {A: {"model_name": "VBox", "children": [f"IPY_MODEL_{C}"]}, B: {}, C: {"值": "步"}},
}


def test_a_view_gets_its_state() -> None:
    """It has the widget and those it refers to, numbered, and no random ids."""
    view = Display({WIDGET: json.dumps({"model_id": A}), "text/plain": "VBox()"})
    text = Stream("stdout", A)
    [(shown, other)] = with_states([(view, text)], MODELS)
    assert isinstance(shown, Display)
    one, two = f"{1:032x}", f"{2:032x}"
    assert {"model_id": one} == json.loads(shown.data[WIDGET])
    assert {
        "version_major": 2,
        "state": {one: {"model_name": "VBox", "children": [f"IPY_MODEL_{two}"]}, two: {"值": "步"}},
    } == json.loads(shown.data[STATE])
    assert text == other
    assert find_chart(shown) is not None


@pytest.mark.parametrize("view", ["{", "[]", "{}", '{"model_id": "x"}', '{"model_id": []}'])
def test_a_view_without_a_widget_stays(view: str) -> None:
    """A view whose widget does not exist is unchanged."""
    output = Display({WIDGET: view})
    assert [(output,)] == with_states([(output,)], MODELS)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"state": 1}', " " * (MAX_STATE + 1)])
def test_an_invalid_state_is_empty(text: str) -> None:
    """The kernel may have written anything."""
    assert {} == read_state(text)


def test_widgets_of_a_run() -> None:
    """The state is the last one, includes captured outputs, and is equal in two runs."""
    pytest.importorskip("ipywidgets")
    code = [
        "import ipywidgets as w\ns = w.IntSlider(3)\ns",
        "o = w.Output()\nwith o:\n    print('捕')\no",
        "s.value = 42",
    ]
    execution = execute(*code)
    (slider,), (output,), () = execution.outputs
    assert isinstance(slider, Display)
    assert isinstance(output, Display)
    assert 42 == json.loads(slider.data[STATE])["state"][f"{1:032x}"]["state"]["value"]
    assert "捕" in output.data[STATE]
