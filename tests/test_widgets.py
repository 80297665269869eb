"""The state of widgets, beside the views that show it."""

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


def test_a_view_gets_what_it_shows() -> None:
    """The widget and those it refers to, numbered; no other, and no id that was drawn by lot."""
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
def test_a_view_of_nothing_stays(view: str) -> None:
    """A view whose widget is not there stays as it came."""
    output = Display({WIDGET: view})
    assert [(output,)] == with_states([(output,)], MODELS)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"state": 1}', " " * (MAX_STATE + 1)])
def test_what_is_no_state_is_empty(text: str) -> None:
    """What the kernel may have written instead."""
    assert {} == read_state(text)


def test_widgets_of_a_run() -> None:
    """The state is the one at the end; what a widget catches is in it; two runs are equal."""
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
