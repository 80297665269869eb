"""What a run that goes on from a checkpoint gives: the same as a run from the start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from checkpointing import Bench, open_bench


@dataclass(frozen=True)
class Change:
    """An edit of cells, by their numbers from 1, or of files; "" removes one."""

    name: str
    cells: Mapping[int, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    resumes: bool = True
    """False: the post must run from the start."""


@dataclass(frozen=True)
class Scene:
    """A post that is run with a checkpoint, and changes of it, each by itself."""

    name: str
    cells: tuple[str, ...]
    changes: tuple[Change, ...]
    files: Mapping[str, str] = field(default_factory=dict)


TRAINED = (
    "#| checkpoint: 模型, history\nhistory = [step**2 for step in range(3)]\n模型 = {'w': history}"
)

SCENES = (
    Scene(
        "code",
        (
            "import random\nimport math",
            "#| always\nRATE = 0.1",
            "def scaled(x):\n    return RATE * x",
            "data = [random.random() for _ in range(3)]\nprint(data)",
            TRAINED,
            "print('done', math.pi)",
            "print(模型, scaled(2), random.random())",
        ),
        (
            Change("the last cell", {7: "print(history, scaled(3), random.random())"}),
            Change("the cell behind the checkpoint", {6: "print('fertig', RATE)"}),
            Change("both", {6: "模型['w'].append(1)", 7: "print(history, 模型)"}),
            Change("a cell is removed", {6: ""}),
            Change("a cell before", {4: "data = [1]\nprint(data)"}, resumes=False),
            Change("the seed's use before", {4: "print(random.random())"}, resumes=False),
            Change("the definition", {3: "def scaled(x):\n    return x"}, resumes=False),
            Change("the cell that always runs", {2: "#| always\nRATE = 5"}, resumes=False),
            Change("the checkpoint's cell", {5: TRAINED.replace("**2", "**3")}, resumes=False),
            Change("the names kept", {5: TRAINED.replace(", history", "")}, resumes=False),
            Change("a name that was not kept", {7: "print(data)"}, resumes=False),
            Change(
                "a name that was not kept, in a function",
                {7: "def f():\n    return data\nprint(f())"},
                resumes=False,
            ),
            Change(
                "a name that was not kept, caught",
                {7: "try:\n    print(data)\nexcept NameError:\n    print('none')"},
                resumes=False,
            ),
            Change(
                "a name that was not kept, deleted",
                {7: "try:\n    del data\n    print('gone')\nexcept NameError:\n    print('none')"},
                resumes=False,
            ),
            Change("all names", {7: "print('data' in globals())"}, resumes=False),
            Change("a command", {7: "!echo {data}"}, resumes=False),
            Change("a value in a text", {7: "print(eval('da' + 'ta'))"}, resumes=False),
            Change("a name bound anew", {7: "data = 3\nprint(data)"}),
            Change("the history of IPython", {7: "print(len(In))"}, resumes=False),
            Change("a failing cell", {6: "1 / 0"}),
        ),
    ),
    Scene(
        "objects",
        (
            "class Net:\n    made = 0\n    def __init__(self):\n        Net.made += 1\n"
            "        self.w = []\n    def add(self, x):\n        self.w.append(x)\n"
            "        return self",
            "def counter():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n"
            "        return n\n    def now():\n        return n\n    return up, now",
            "class Plain:\n    def __init__(self, w):\n        self.w = w",
            "shared = []\nup, now = counter()\nup()",
            "#| checkpoint: plain, both, up, now\nplain = Plain(shared)\n"
            "both = {'a': shared, 'b': shared}\nvalue = up()",
            "both['a'].append(1)\nprint(plain.w, isinstance(plain, Plain))",
            "print(both, up(), now())",
        ),
        (
            Change("what two values share", {7: "both['b'].append(2)\nprint(plain.w, both)"}),
            Change("two functions with one variable", {7: "up()\nup()\nprint(now(), value)"}),
            Change("another instance", {7: "plain = Plain([9])\nprint(type(plain).__name__)"}),
            Change("a class that was not changed", {7: "print(Net().add(1).w, Net.made)"}),
            Change("a fresh closure", {7: "u, n = counter()\nprint(u(), n(), now())"}),
        ),
    ),
    Scene(
        "changed definitions",
        (
            "import functools\nclass Net:\n    made = 0",
            "@functools.lru_cache\ndef slow(x):\n    print('computed', x)\n    return x",
            "def noted(x, seen=[]):\n    seen.append(x)\n    return list(seen)",
            "Net.made += 1\nnet = Net()\nslow(1)\nnoted(1)",
            "#| checkpoint: ready\nready = True",
            "print(ready)",
            "print('end')",
        ),
        (
            Change("nothing of it is used", {7: "print('Ende', ready)"}),
            Change("a class whose attribute changed", {7: "print(Net.made)"}, resumes=False),
            Change("a function with a cache", {7: "print(slow(1))"}, resumes=False),
            Change("a default value that changed", {7: "print(noted(2))"}, resumes=False),
            Change(
                "by another function",
                {7: "def f():\n    return Net.made\nprint(f())"},
                resumes=False,
            ),
        ),
    ),
    Scene(
        "files and modules",
        (
            "import tabnanny, json, os, warnings, decimal, sys\n"
            "from pathlib import Path\nimport rechnen",
            "numbers = json.loads(Path('zahlen.json').read_text())",
            "Path('out').mkdir()\nPath('out/made.txt').write_text('made')\n"
            "Path('zahlen.json').write_text('[0]')\nos.remove('weg.txt')\n"
            "os.environ['MODE'] = 'x'\n"
            "decimal.getcontext().prec = 5\nwarnings.filterwarnings('error')",
            "#| checkpoint: total\ntotal = sum(numbers) + rechnen.step()",
            "print(total)",
            "print(Path('out/made.txt').read_text())",
        ),
        (
            Change(
                "files that were made, changed and removed",
                {
                    6: "print(sorted(map(str, Path('.').rglob('*.*'))))\n"
                    "print(Path('zahlen.json').read_text())"
                },
            ),
            Change("the environment", {6: "print(os.environ['MODE'], os.getcwd() != '/')"}),
            Change("the context of decimal", {6: "print(decimal.Decimal(1) / 3)"}),
            Change(
                "the filters of warnings",
                {6: "try:\n    warnings.warn('x')\nexcept UserWarning:\n    print('error')"},
            ),
            Change("a file that was read", files={"zahlen.json": "[5, 6]"}, resumes=False),
            Change("a module", files={"rechnen.py": "def step():\n    return 7"}, resumes=False),
            Change("a file that nobody read", files={"andere.txt": "new"}),
            Change("a module that hides none of Python's", files={"tabnanny.py": "x = 1"}),
            Change("a file that is read now", {6: "print(Path('andere.txt').read_text())"}),
        ),
        {
            "zahlen.json": "[1, 2]",
            "weg.txt": "",
            "andere.txt": "other",
            "rechnen.py": "def step():\n    return 1",
        },
    ),
    Scene(
        "a module with state",
        (
            "import zähler",
            "#| checkpoint: first\nfirst = zähler.up()",
            "print(first)",
        ),
        (Change("what a module counts", {3: "print(zähler.up())"}, resumes=False),),
        {"zähler.py": "n = 0\ndef up():\n    global n\n    n += 1\n    return n"},
    ),
    Scene(
        "displays",
        (
            "from IPython.display import display",
            "handle = display('first', display_id='eins')",
            "#| checkpoint: done\ndone = 1",
            "print(done)",
        ),
        (
            Change(
                "a display of an earlier cell",
                {
                    4: "from IPython.display import update_display\n"
                    "update_display('second', display_id='eins')"
                },
                resumes=False,
            ),
            Change("a display of its own", {4: "display('x', display_id='zwei')\nprint(done)"}),
        ),
    ),
)


NUMERIC = (
    Scene(
        "arrays and figures",
        (
            "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt",
            "plt.rcParams['lines.linewidth'] = 5\nnp.set_printoptions(precision=2)\n"
            "pd.set_option('display.max_rows', 4)\nnp.random.seed(3)",
            "whole = np.arange(6.0)\nfirst = whole[:3]\nfigure, axes = plt.subplots()\n"
            "axes.plot(whole)\nplt.show()",
            "#| checkpoint: whole, first, table\nfirst += np.random.random(3)\n"
            "table = pd.DataFrame({'n': whole})",
            "whole[0] = 7\nprint(first)",
            "plt.figure(figsize=(2, 1))\nplt.plot(whole)\nplt.show()",
        ),
        (
            Change("the figure", {6: "plt.figure(figsize=(2, 1))\nplt.plot(first)\nplt.show()"}),
            Change("an array that looks into another", {5: "first[:] = 1\nprint(whole)"}),
            Change("an array that is changed in place", {5: "whole *= 2\nprint(first, table)"}),
            Change("random numbers", {5: "print(np.random.random(2))"}),
            Change("the options of pandas", {5: "print(pd.DataFrame({'n': range(9)}))"}),
            Change("a figure of before", {5: "axes.set_title('x')\nprint(1)"}, resumes=False),
        ),
    ),
    Scene(
        "a model",
        (
            "import keras\nimport numpy as np\nimport tensorflow as tf",
            "#| always\n@tf.function\ndef double(x):\n    print('traced')\n    return 2 * x",
            "x = np.random.random((32, 3)).astype('float32')\n"
            "model = keras.Sequential([keras.Input([3]), keras.layers.Dense(4, 'relu'),"
            " keras.layers.Dropout(0.5), keras.layers.Dense(1)])",
            "#| checkpoint: model, history, x, weight\n"
            "model.compile(keras.optimizers.Adam(0.01), 'mse')\n"
            "history = model.fit(x, x[:, :1], epochs=2, validation_split=0.5, verbose=0)\n"
            "model.evaluate(x, x[:, :1], verbose=0)\nmodel.note = '注'\n"
            "weight = tf.Variable([1.0])\nprint(double(2.0).numpy())",
            "print(model.predict(x[:2], verbose=0), history.history, history.model is model)",
            "print(keras.layers.Dense(1).name, tf.random.normal([2]).numpy())\n"
            "print(model.optimizer.iterations)",
        ),
        (
            Change("a prediction", {5: "print(model(x[:3]).numpy().sum(), weight, model.note)"}),
            Change("more training", {5: "h = model.fit(x, x[:, :1], verbose=0)\nprint(h.history)"}),
            Change(
                "names and random numbers",
                {5: "print(keras.layers.Dense(1).name, tf.random.uniform([2]))"},
            ),
            Change("a traced function", {5: "print(double(3.0))"}, resumes=False),
            Change(
                "a layer",
                {
                    3: "x = np.ones((32, 3), 'float32')\n"
                    "model = keras.Sequential([keras.Input([3]), keras.layers.Dense(1)])"
                },
                resumes=False,
            ),
        ),
    ),
)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a folder of checkpoints, and kernels."""
    with open_bench(tmp_path) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("scene", (*SCENES, *NUMERIC), ids=lambda scene: scene.name)
def test_gives_the_same_as_from_the_start(bench: Bench, scene: Scene) -> None:
    """After each change a run has the outputs of a forced run, and resumes only where it may."""
    found = {change.name: outcome(bench, scene, change) for change in scene.changes}

    assert found == {change.name: (change.resumes, "the same") for change in scene.changes}


def outcome(bench: Bench, scene: Scene, change: Change) -> tuple[bool, str]:
    """Run a scene, change it, run it again and from the start; compare."""
    put(bench, scene.files)
    bench.run(*scene.cells)
    put(bench, change.files)
    cells = [change.cells.get(number, cell) for number, cell in enumerate(scene.cells, 1)]
    cells = [cell for cell in cells if cell]
    now = bench.run(*cells)
    whole = bench.run(*cells, force=True)
    for name in change.files:
        (bench.bundle / name).unlink()
    is_same = now == whole and now.facts.keys() >= whole.facts.keys()
    return now.resumed is not None, "the same" if is_same else f"{now}\n{whole}"


def put(bench: Bench, files: Mapping[str, str]) -> None:
    """Write files beside the post."""
    for name, text in files.items():
        (bench.bundle / name).write_text(text, "utf-8")
