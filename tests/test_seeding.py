"""Seeded runs: any order of imports, the same numbers each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.execution.kernels.manager import Kernels
from evergreen.execution.kernels.servers import Servers
from evergreen.model import ExecuteOptions
from tests.executing import execute, printed

SEEDED = ExecuteOptions(seed=1)
TENSORFLOW = """
import random as python

class Anything:
    def __getattr__(self, name):
        return Anything()
    def __call__(self, *arguments):
        pass

class Random:
    def set_seed(self, seed):
        import keras
        calls.append((seed, keras.is_whole))

calls, drawn, config, random = [], python.random(), Anything(), Random()
"""
PACKAGES = {"tensorflow": TENSORFLOW, "keras": "import tensorflow.more\nis_whole = True\n"}
"""Packages that import each other as Keras and TensorFlow do: the seeding of one needs the other
whole, and what they draw while they are loaded is theirs."""
SHOW = "import tensorflow, random\nprint(tensorflow.calls, random.random())"
FIRST = "[(1, True)] 0.13436424411240122\n"
"""Seeded once, when Keras was whole; the first number of Python's generator."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Code that puts the packages on the path."""
    folder = tmp_path_factory.mktemp("site")
    for name, text in PACKAGES.items():
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(text, "utf-8")
    (folder / "tensorflow" / "more.py").write_text("")
    (folder / "broken.py").write_text("import keras\nraise ValueError('坏了')\n", "utf-8")
    return f"import sys\nsys.path.insert(0, {str(folder)!r})\n"


@pytest.mark.parametrize(
    "code",
    [
        "import keras",
        "from keras import is_whole",
        "import keras\nimport keras",
        "import tensorflow, keras",
        "import tensorflow.more, keras",
        "def load():\n    import keras\nload()",
        "import importlib\nimportlib.import_module('keras')",
        "import threading\nthread = threading.Thread(target=__import__, args=['keras'])\n"
        "thread.start()\nthread.join()",
        "try:\n    import keras.nothing\nexcept ImportError: pass",
        "try:\n    import broken\nexcept ValueError: pass",
    ],
)
def test_a_framework_is_seeded_once_after_the_outermost_import(installed: str, code: str) -> None:
    """However it is imported; what it draws meanwhile is given back."""
    run = execute(installed + code, SHOW, options=SEEDED)
    assert FIRST == printed(run, 2)


def test_a_module_of_the_post_draws_seeded_numbers_while_it_is_loaded(
    tmp_path: Path, installed: str
) -> None:
    """It is the post's code: the frameworks that it imports are seeded when they are there."""
    (tmp_path / "助.py").write_text(f"import keras\n{SHOW}", "utf-8")
    run = execute(f"{installed}import 助", options=SEEDED, bundle=tmp_path)
    assert FIRST == printed(run)


def test_a_module_that_fails_has_the_traceback_that_it_has_without_a_seed(installed: str) -> None:
    """No frame of the seeding is in it."""
    code = f"{installed}import traceback\ntry:\n    import broken\nexcept ValueError:\n"
    code += "    print(traceback.format_exc())"
    assert printed(execute(code)) == printed(execute(code, options=SEEDED))


def test_a_framework_that_cannot_be_seeded_is_a_warning(tmp_path: Path) -> None:
    """Of another release, perhaps; its import does not fail for that."""
    (tmp_path / "torch.py").write_text("", "utf-8")
    code = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport torch\nprint(1)"
    run = execute(code, options=SEEDED)
    assert "1\n" == printed(run)
    [told] = [each.text for each in run.outputs[0] if getattr(each, "name", "") == "stderr"]
    assert "torch could not be seeded: module 'torch' has no attribute 'manual_seed'" in told


def test_numpy_is_seeded_within_whatever_imports_it(tmp_path: Path) -> None:
    """pandas draws nothing of what the post gets."""
    code = "{}\nimport numpy\nprint(numpy.random.random(), numpy.random.random())"
    direct = printed(execute(code.format("import numpy"), options=SEEDED))
    assert "0.417022004702574 0.7203244934421581\n" == direct
    assert direct == printed(execute(code.format("import pandas"), options=SEEDED))
    assert direct == printed(execute(code.format(""), options=SEEDED, preload=("pandas", "numpy")))


def test_a_later_import_does_not_begin_the_numbers_again() -> None:
    """A package that is imported in the middle of a post leaves the generators where they are."""
    code = "import random, numpy\nprint(random.random(), numpy.random.random())"
    run = execute(code, "import pandas, matplotlib.pyplot", code, options=SEEDED)
    assert printed(run, 1) != printed(run, 3)


ORDERS = [
    ("import keras",),
    ("from keras import layers",),
    ("import numpy", "import tensorflow, keras"),
    ("import tensorflow", "import keras", "import keras"),
    ("def load():\n    import keras\nload()",),
]
DRAW = (
    "import keras, numpy, tensorflow\nlayer = keras.layers.Dense(2)\nlayer.build((1, 2))\n"
    "print(layer.get_weights()[0].tolist(), keras.random.normal((2,)).numpy(),"
    " tensorflow.random.normal([2]).numpy(), numpy.random.random())"
)


@pytest.mark.slow
def test_keras_and_tensorflow_in_any_order() -> None:
    """Seeded, all orders draw the same numbers, in a fresh kernel and in a forked one; without a
    seed they run too."""
    drawn = set()
    with Kernels(Servers()) as kernels:
        for order in ORDERS:
            for ahead in ((), ("keras", "tensorflow", "numpy")):
                run = execute(*order, DRAW, options=SEEDED, preload=ahead, kernels=kernels)
                drawn.add(printed(run, len(order) + 1))
            assert printed(execute(*order, DRAW, kernels=kernels), len(order) + 1)
    assert 1 == len(drawn)
