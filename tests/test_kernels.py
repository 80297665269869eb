"""Kernels: forked or fresh, a post finds the same modules, and no process is left."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from executing import execute, printed

from evergreen.errors import EvergreenError
from evergreen.execution.kernels.connection import KernelConnection
from evergreen.execution.kernels.manager import Kernels
from evergreen.execution.kernels.processes import descendants
from evergreen.execution.kernels.servers import Servers
from evergreen.model import Execution, Output

FORKS = int(os.environ.get("EVERGREEN_FORKS", "20"))
LIGHT = ("numpy", "matplotlib", "pandas", "PIL")

MODULES = "print(sorted(sys.modules))"
CELLS = {
    "modules at first": f"import sys\n{MODULES}",
    "path": "sys.path",
    "arguments": "sys.argv",
    "interpreter": "sys.flags, sys.executable, sys.prefix, sys.warnoptions",
    "environment": "import os\nsorted(os.environ.items())",
    "main": "import __main__\n__name__, sorted(vars(__main__))",
    "warning filters": "import warnings\n[str(each) for each in warnings.filters]",
    "signals": "import signal\n[str(signal.getsignal(s)) for s in sorted(signal.valid_signals())]",
    "threads": "import threading\nsorted(each.name for each in threading.enumerate())",
    "loggers": "import logging\nlogging.root.handlers, sorted(logging.root.manager.loggerDict)",
    "builtins": "import builtins\nsorted(vars(builtins))",
    "descriptors": "sorted(os.listdir('/proc/self/fd'))",
    "limits": "import resource\nresource.getrlimit(resource.RLIMIT_NOFILE), os.getpriority(0, 0)",
    "folder": "os.getcwd(), os.listdir()",
    "print": "print('汉字', end='')\nprint('é', file=sys.stderr)",
    "warn": "def f():\n    warnings.warn('当心')\nf(); f()",
    "log": "logging.getLogger('博客').warning('注意')",
    "shell": "!echo 好 && pwd | wc -l",
    "process": "import subprocess\nsubprocess.run(['echo', '好'])",
    "pickle": (
        "import pickle\nclass Point:\n    def __init__(self, x): self.x = x\n"
        "pickle.loads(pickle.dumps(Point(3))).x"
    ),
    "inspect": "import inspect\ninspect.getsource(f)",
    "await": "import asyncio\nawait asyncio.sleep(0, '等')",
    "thread": "t = threading.Thread(target=print, args=('线',)); t.start(); t.join()",
    "fork": (
        "import multiprocessing as m\nq = m.get_context('fork').SimpleQueue()\n"
        "p = m.get_context('fork').Process(target=lambda: q.put(os.getcwd() == here))\n"
        "here = os.getcwd(); p.start(); p.join(); q.get()"
    ),
    "spawn": "with m.get_context('spawn').Pool(1) as p: print(p.map(os.path.abspath, ['x']))",
    "traceback": "try:\n    f(1)\nexcept TypeError:\n    import traceback; traceback.print_exc()",
    "writefile": "%%writefile 助.py\nx = '助'",
    "local module": "import 助\n助.x",
    "numpy": f"import numpy\n{MODULES}",
    "numpy itself": "sorted(vars(numpy)), str(numpy.__spec__), str(numpy.__loader__)",
    "numpy result": "numpy.linalg.inv(numpy.array([[1., 2], [3, 4.5]]))",
    "numpy warning": "numpy.array([1.]) / 0",
    "a module of a package": f"import PIL.Image\n{MODULES}",
    "a part of a package": f"import matplotlib\n{MODULES}",
    "its attributes": "sorted(vars(matplotlib))",
    "the rest": f"import matplotlib.pyplot as plt\n{MODULES}",
    "settings": "str(matplotlib.rcParams)",
    "figure": "plt.plot([1, 2], label='y')\nplt.title('t')\nplt.legend()\nplt.show()",
    "svg": "%config InlineBackend.figure_formats = ['png']\nplt.hist([1, 2, 2]);",
    "modules after": MODULES,
    "pandas": f"import pandas\n{MODULES}",
    "a wide table": "pandas.DataFrame([range(25)])",
    "pandas options": "[pandas.get_option(f'display.{each}') for each in ('max_columns', 'width')]",
    "filters after": "[str(each) for each in warnings.filters]",
    "loggers after": "logging.root.handlers, sorted(logging.root.manager.loggerDict)",
    "spec of the unknown": "import importlib.util\nimportlib.util.find_spec('no_such_module')",
    "reload": "import importlib\nimportlib.reload(pandas.util) is pandas.util",
    "again": "del sys.modules['PIL.ImageColor']\nimport PIL.ImageColor as c\nc.getrgb('red')",
}
TENSORFLOW = {
    "import": f"import sys, warnings\nimport tensorflow as tf\n{MODULES}",
    "attributes": "sorted(vars(tf))",
    "logger": "tf.get_logger().warning('注意')\nimport absl.logging\nabsl.logging.warning('注意')",
    "seeded": "tf.random.set_seed(1)\ntf.random.normal([3])",
    "keras": (
        "import keras\nkeras.utils.set_random_seed(3)\n"
        "x, y = tf.random.normal([64, 8, 8, 1]), tf.random.uniform([64], 0, 3, tf.int32)\n"
        "layers = [keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(3)]\n"
        "model = keras.Sequential(layers)\n"
        "model.compile('adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True))\n"
        "model.fit(x, y, epochs=2, verbose=0).history"
    ),
    "summary": "model.summary()",
    "function": (
        "@tf.function\ndef f(a):\n    return tf.nn.conv2d(a, tf.ones([3, 3, 1, 2]), 1, 'SAME')\n"
        "f(x[:1])[0, 0]"
    ),
}


@cache
def both() -> tuple[Execution, Execution]:
    """Run the cells in a forked kernel, whose parent has more modules than needed, and in a fresh
    one.
    """
    return execute(*CELLS.values(), preload=LIGHT), execute(*CELLS.values(), prewarm=False)


@cache
def both_tensorflow() -> tuple[Execution, Execution]:
    """Run the cells in both kinds of kernel with TensorFlow."""
    ahead = ("tensorflow", "keras", "numpy", "matplotlib")
    codes = TENSORFLOW.values()
    return execute(*codes, preload=ahead), execute(*codes, prewarm=False)


def step(execution: Execution, names: dict[str, str], name: str) -> tuple[Output, ...]:
    """Return the output of the cell with this name."""
    assert execution.failure is None
    return execution.outputs[list(names).index(name)]


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.xdist_group("both")
def test_a_forked_kernel_is_like_a_fresh_one(name: str) -> None:
    """Modules that the parent has and the post did not import are not visible."""
    forked, fresh = both()
    assert step(fresh, CELLS, name) == step(forked, CELLS, name)


@pytest.mark.xdist_group("both")
def test_a_forked_kernel_has_the_same_facts() -> None:
    """The facts of its record equal those of a fresh kernel."""
    forked, fresh = both()
    assert fresh.environment == forked.environment
    assert [] == sorted({*fresh.facts.items()} ^ {*forked.facts.items()})


@pytest.mark.parametrize("name", TENSORFLOW)
@pytest.mark.slow
def test_tensorflow_in_a_forked_kernel(name: str) -> None:
    """A forked kernel computes bit for bit what a fresh one computes."""
    forked, fresh = both_tensorflow()
    assert step(fresh, TENSORFLOW, name) == step(forked, TENSORFLOW, name)
    assert fresh.environment == forked.environment
    assert [] == sorted({*imported_facts(fresh).items()} ^ {*imported_facts(forked).items()})


def imported_facts(execution: Execution) -> dict[str, str]:
    """Return the facts but for those that only a fresh import asks for.

    A parent that has imported TensorFlow ahead read these variables, entry points and folders
    before the fork; TensorFlow also looks for a folder named after the program. Keras leaves its
    settings in HOME on its first import there.
    """
    asked = ("variable ", "entry-points ", "asked ", "outside ", "origin ", "beside ", "left ")
    facts = execution.facts.items()
    return {fact: value for fact, value in facts if value and not fact.startswith(asked)}


@pytest.mark.slow
def test_many_forks_of_one_parent_that_has_tensorflow() -> None:
    """Several parallel forks all work and give the results of a fresh process."""
    codes = [TENSORFLOW[name] for name in ("import", "seeded", "keras", "function")]
    figure = "import matplotlib.pyplot as plt\nplt.plot(x[0, 0]);"
    fresh = execute(*codes, figure, prewarm=False)
    with Kernels(Servers()) as kernels, ThreadPoolExecutor(3) as pool:

        def fork(_: int) -> Execution:
            return execute(*codes, figure, preload=("tensorflow", "matplotlib"), kernels=kernels)

        forked = list(pool.map(fork, range(FORKS)))
    assert [fresh] * FORKS == forked


def test_forks_draw_different_numbers() -> None:
    """Without a seed, forks get different random numbers, as fresh processes do."""
    code = (
        "import random, numpy, uuid, os\n"
        "print(random.random(), numpy.random.random(), numpy.random.default_rng().random())\n"
        "print(uuid.uuid4(), os.urandom(4).hex())"
    )
    with Kernels(Servers()) as kernels:
        runs = [printed(execute(code, preload=("numpy",), kernels=kernels)) for _ in range(3)]
    numbers = [number for run in runs for number in run.split()]
    assert 15 == len(set(numbers))


@pytest.mark.parametrize(
    ("file", "text", "code", "expected"),
    [
        ("numpy.py", "x = '自己的'", "import numpy\nprint(numpy.x)", "自己的\n"),
        ("cycler.py", "x = '自己的'", "import cycler\nprint(cycler.x)", "自己的\n"),
        (
            "matplotlibrc",
            "lines.linewidth: 7",
            "import matplotlib\nprint(matplotlib.rcParams['lines.linewidth'])",
            "7.0\n",
        ),
        ("助.py", "import numpy\nx = numpy.ones(2).sum()", "import 助\nprint(助.x)", "2.0\n"),
    ],
)
def test_modules_beside_a_post_come_first(
    tmp_path: Path, file: str, text: str, code: str, expected: str
) -> None:
    """As in a fresh kernel, they shadow modules that the parent has imported."""
    (tmp_path / file).write_text(text, "utf-8")
    assert expected == printed(execute(code, preload=LIGHT, bundle=tmp_path))


def test_a_later_path_comes_first() -> None:
    """A post may put a folder before the installed packages."""
    code = (
        "import os, sys\nos.mkdir('lib')\n"
        "with open('lib/numpy.py', 'w') as file: file.write('x = 3')\n"
        "sys.path.insert(0, 'lib')\nimport numpy\nprint(numpy.x)"
    )
    assert "3\n" == printed(execute(code, preload=("numpy",)))


def test_imports_see_variables_that_the_post_sets() -> None:
    """If the post sets environment variables, nothing is imported ahead."""
    code = "import os\nos.environ['MPLBACKEND'] = 'svg'\nimport matplotlib\nprint(matplotlib.{})"
    asked = "get_backend()"
    assert "svg\n" == printed(execute(code.format(asked), preload=("matplotlib",)))


def test_a_lazy_loader_finds_a_module_that_was_imported_ahead() -> None:
    """The restoring finder returns specs as other finders do."""
    code = (
        "import importlib.util as u, sys\nspec = u.find_spec('numpy')\n"
        "print(spec.origin.endswith('numpy/__init__.py'), 'numpy' in sys.modules)\n"
        "loader = u.LazyLoader(spec.loader)\nspec.loader = loader\n"
        "module = u.module_from_spec(spec)\nsys.modules['numpy'] = module\n"
        "loader.exec_module(module)\nprint(module.ones(2).sum(), module.linalg.norm([3, 4]))"
    )
    assert "True False\n2.0 5.0\n" == printed(execute(code, preload=("numpy",)))


def test_unknown_packages_are_not_imported_ahead() -> None:
    """Missing packages, and packages not known as fork-safe, are left to the post."""
    code = "try:\n    import statsmodels\nexcept ImportError as error:\n    print(error.name)"
    ahead = ("statsmodels", "numpy", "antigravity", "no_such_package")
    assert printed(execute(code, prewarm=False)) == printed(execute(code, preload=ahead))


def test_an_interpreter_without_ipykernel() -> None:
    """The message is the last line that the interpreter printed."""
    with (
        pytest.raises(EvergreenError) as caught,
        Kernels(Servers("/usr/bin/false")) as kernels,
    ):
        execute("1", kernels=kernels)
    problem = "the kernel 'python3' does not start: no answer: check that it runs in Jupyter"
    assert f"posts/文.md:1: {problem}" == str(caught.value)


@pytest.mark.parametrize("prewarm", [True, False])
def test_nothing_is_left_of_a_kernel(prewarm: bool) -> None:
    """Neither the kernel nor its parents are left."""
    before = descendants(os.getpid())
    assert "1\n" == printed(execute("print(1)", prewarm=prewarm, preload=("numpy",)))
    assert set() == descendants(os.getpid()) - before


ENDING = """
import atexit, tempfile
file = open({folder!r} + "/文.txt", "w", encoding="utf-8")
atexit.register(lambda: print("常青", end="", file=file))
cycle = [open({folder!r} + "/環.txt", "w", encoding="utf-8")]
cycle += [cycle, cycle[0].write("開著")]
temporary = tempfile.TemporaryDirectory(dir={folder!r})
"""


@pytest.mark.parametrize("prewarm", [True, False])
def test_a_kernel_ends_as_a_program_ends(prewarm: bool, tmp_path: Path) -> None:
    """Exit handlers run, open files are written to their end, and temporary folders removed."""
    execute(ENDING.format(folder=str(tmp_path)), prewarm=prewarm)
    left = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert {"文.txt": "常青", "環.txt": "開著"} == left


def test_a_kernel_that_does_not_end_is_killed() -> None:
    """An exit handler that never returns does not stop the build."""
    before = descendants(os.getpid())
    code = "import atexit, threading\natexit.register(threading.Event().wait)\nprint(1)"
    assert "1\n" == printed(execute(code))
    assert set() == descendants(os.getpid()) - before


@pytest.mark.parametrize("prewarm", [True, False])
def test_stopping_ends_all_kernels(prewarm: bool) -> None:
    """Waiting runs find their kernel dead, and no further kernel can be started."""
    before = descendants(os.getpid())
    with Kernels(Servers(), prewarm) as kernels, ThreadPoolExecutor(2) as pool:
        code = "import time\ntime.sleep(1000)"
        runs = [pool.submit(execute, code, kernels=kernels) for _ in range(2)]
        while len(kernels.running) < 2:
            time.sleep(0.01)
        kernels.stop()
        ends = [run.exception() or run.result().failure for run in runs]
        assert all(ends)
        late = pool.submit(execute, "1", kernels=kernels)
        assert isinstance(late.exception(), EvergreenError)
    assert set() == descendants(os.getpid()) - before
    assert [] == [each for each in threading.enumerate() if "run" in each.name]


@pytest.mark.timeout(30)
def test_the_trace_of_a_kernel_that_has_ended_is_not_waited_for(tmp_path: Path) -> None:
    """Its supervisor tells the end and answers nothing after that, read or not."""
    ours, theirs = socket.socketpair()
    connection = KernelConnection()
    connection.supervisor, connection.report = ours, tmp_path / "report"
    theirs.send(b"the end")
    with ours, theirs:
        assert b"" == connection.trace()
        assert b"the end" == ours.recv(64)


class LateKernel:
    """A kernel on a busy machine: each output comes when the next question has been asked."""

    def __init__(self) -> None:
        self.asked = count(1)
        self.last = 0
        self.outputs: list[str] = []
        self.shell_channel = self.iopub_channel = self

    def kernel_info(self) -> str:
        self.outputs = [str(self.last)] if self.last else []
        self.last = next(self.asked)
        assert self.last < 9, "it is asked for ever"
        return str(self.last)

    async def get_msg(self, timeout: float) -> dict[str, Any]:
        if timeout == 1:
            return {}
        if not self.outputs:
            raise Empty
        return {"parent_header": {"msg_id": self.outputs.pop()}}


def test_a_kernel_whose_output_is_late_is_ready() -> None:
    """It answers an earlier question than the last one."""
    late: Any = LateKernel()
    asyncio.run(KernelConnection._reply(late))
    assert 2 == late.last
