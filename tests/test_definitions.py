"""What the text of cells says about going on from a checkpoint."""

from __future__ import annotations

import pytest

from evergreen.records.definitions import (
    bound_names,
    changed_library,
    deleted_names,
    is_definition,
    library_names,
    sees_all_names,
    words_in_commands,
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a\nfrom b import c", True),
        ("%matplotlib inline\nimport a", True),
        ('"""文"""\ndef f():\n    return 1\n\nclass A:\n    x = 1', True),
        ("try:\n    import a\nexcept ImportError:\n    import b as a", True),
        ("x = 1", False),
        ("import a\na.run()", False),
        ("%%time\nimport a", False),
        ("!ls", False),
        ("", False),
        ("def", False),
    ],
)
def test_definitions(source: str, expected: bool) -> None:
    """Imports, functions, classes, and magics that set up: nothing that computes."""
    assert expected == is_definition(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a, (b, *c) = 1, (2, 3)\nd: int = 1\ne += 1", {"a", "b", "c", "d", "e"}),
        ("for i in []:\n    j = i\nwith open('x') as f:\n    pass", {"i", "j", "f"}),
        ("import a.b, c as d\nfrom e import f", {"a", "d", "f"}),
        ("def f(x):\n    y = x\nclass A:\n    z = 1", {"f", "A"}),
        ("if (n := 1):\n    pass\ng = lambda q: q", {"n", "g"}),
    ],
)
def test_bound_names(source: str, expected: set[str]) -> None:
    """Those of functions and classes are their own."""
    assert expected == bound_names(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("print(globals())", "globals"),
        ("vars()", "vars()"),
        ("vars(x)\ndir(x)", ""),
        ("import __main__", "__main__"),
        ("if __name__ == '__main__':\n    main()", ""),
        ("sys.modules['__main__'].x", "__main__"),
        ("for _ in range(3):\n    pass", ""),
        ("print(_)", "_"),
        ("Out[3]", "Out"),
        ("%whos", "%whos"),
        ("sys._getframe(1)", "_getframe"),
    ],
)
def test_names_that_are_not_named(source: str, expected: str) -> None:
    """Code that looks at all names at once, or at what IPython remembers."""
    assert expected == sees_all_names(source)


def test_only_functions_of_earlier_cells_count() -> None:
    """What a cell has seen is over; what its function sees comes when it is called."""
    seen = [sees_all_names(s, only_later=True) for s in ("globals()", "def f():\n    globals()")]

    assert ["", "globals"] == seen


def test_words_in_commands() -> None:
    """IPython fills values into them."""
    assert {"echo", "pfad", "ls"} <= words_in_commands("!echo {pfad}\nx = !ls\ny = 1")
    assert {"y"} == deleted_names(["del y\ndef f():\n    del z.a"])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("alt.data_transformers.disable_max_rows()", "alt.data_transformers.disable_max_rows"),
        ("pio.templates.default = 'x'", "pio.templates.default"),
        ("pio.renderers['a'] = 1", "pio.renderers"),
        ("plt.rcParams['a'] = 1\nplt.style.use('x')\npd.options.display.max_rows = 3", ""),
        ("plt.colormaps.register(x)", "plt.colormaps.register"),
        ("np.random.seed(1)\nkeras.utils.set_random_seed(1)", ""),
        ("os.environ['A'] = 'b'\ntime.sleep(1)\nmine.set_x()", ""),
        ("tf.config.optimizer.set_jit(True)", "tf.config.optimizer.set_jit"),
        ("plt.plot(x)\nfig = px.line(x)\nfig.show()", ""),
    ],
)
def test_settings_of_libraries(source: str, expected: str) -> None:
    """A setting that is not restored is told; those that are, and plain calls, are not."""
    names = library_names(
        [
            "import altair as alt, os, time, numpy as np, pandas as pd, keras, tensorflow as tf",
            "import plotly.io as pio\nimport matplotlib.pyplot as plt\nimport plotly.express as px",
        ]
    )

    assert expected == changed_library(source, names)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = tf.random.normal([2], seed=1)", "tf.random.normal"),
        ("def f():\n    return tf.random.uniform([2], seed=1)", "tf.random.uniform"),
        ("x = tf.random.normal([2])", ""),
        ("x = tf.random.stateless_normal([2], seed=(1, 2))", ""),
        ("x = np.random.normal(seed=1)", ""),
    ],
)
def test_a_draw_with_a_count_of_its_own(source: str, expected: str) -> None:
    """TensorFlow counts the draws of an operation that has a seed; the count is not restored."""
    names = library_names(["import tensorflow as tf, numpy as np"])
    assert expected == changed_library(source, names)
