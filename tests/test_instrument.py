"""Dependencies that are observed in a real kernel, whatever the code does to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from reuse_blog import put

from evergreen.execution.executors import open_executor
from evergreen.execution.job import Job, Submit
from evergreen.execution.progress import SilentProgress
from evergreen.model import (
    Cell,
    CellError,
    CellOptions,
    Display,
    ExecuteOptions,
    Execution,
    Notebook,
    Stream,
)
from evergreen.records.facts import NOT_OBSERVED
from evergreen.records.variables import LOCALE, PYTHON

Run = Callable[..., Execution]
ALWAYS = {"startup *", "missing sitecustomize", "missing usercustomize"}
USUAL = {"python", "platform", *ALWAYS, *(f"variable {name}" for name in (*PYTHON, *LOCALE))}


@pytest.fixture(scope="module")
def submit() -> Iterator[Submit]:
    """An executor with one fork server for all kernels."""
    with open_executor() as found:
        yield found


@pytest.fixture
def run(tmp_path: Path, submit: Submit) -> Run:
    """Run some cells beside some files."""

    def run(*cells: str, files: tuple[str, ...] = (), **options: object) -> Execution:
        for name in files:
            put(tmp_path / "blog/posts" / name, "内容 = 1\n" if name.endswith(".py") else "内容\n")
        raises = CellOptions(raises=True)
        notebook = Notebook(
            tuple(
                Cell(c, n, raises if "raise" in c else CellOptions()) for n, c in enumerate(cells)
            )
        )
        chosen = ExecuteOptions(**options)  # type: ignore[arg-type]
        root = tmp_path / "blog"
        job = Job("甲.md", notebook, chosen, root / "posts", root=root)
        done = submit(job, SilentProgress()).result()
        assert done.failure is None
        return done

    return run


def used(execution: Execution) -> dict[str, str]:
    """Return the facts, without those that every run has."""
    return {fact: value for fact, value in execution.facts.items() if fact not in USUAL}


def printed(execution: Execution) -> str:
    """Return everything that was printed."""
    found = (o.text for outputs in execution.outputs for o in outputs if isinstance(o, Stream))
    return "".join(found)


def test_a_run_that_uses_nothing(run: Run) -> None:
    """The kernel's own files, modules and listings are not facts."""
    done = run("import json, random\nprint(1)", "%time 1", files=("闲.txt", "lib/a.py"))
    assert {} == used(done)
    assert {"python", "platform"} <= set(done.facts) <= USUAL


@pytest.mark.parametrize(
    "code",
    [
        "import sys, os, io\nsys.stdout, sys.stderr = open(os.devnull, 'w'), io.StringIO()",
        "import builtins\nbuiltins.print = builtins.open = None",
        "print('长' * 100_000)",
        "import os\nos.chdir('/')",
        "import sys\nsys.path.clear()",
        "import gc\ngc.disable()\nimport threading\nthreading.Thread(target=print).start()",
        "sorted = str = list = set = dict = open = None",
    ],
)
def test_code_that_patches_python_is_observed(code: str, run: Run) -> None:
    """The report does not use the functions that the code can replace."""
    done = run(f"open('数.csv').read()\n{code}", files=("数.csv",), max_output=50)
    seen = {fact for fact in used(done) if fact.startswith(("file ", "kernel "))}
    assert {"file 数.csv"} == seen


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nsys.modules.pop('_probe')",
        "import sys\nsys.modules['_probe'].end = None",
    ],
)
def test_code_that_ends_the_probe_is_never_reused(code: str, run: Run) -> None:
    """The page has its outputs, but the record is never valid."""
    done = run(f"print('出')\n{code}")
    assert ("出\n", NOT_OBSERVED) == (printed(done), done.facts["kernel python3"])


def test_path_queries_are_observed_without_side_effects(run: Run) -> None:
    """`os.stat` has the same results, exceptions and names as without the probe."""
    done = run(
        "import os, pickle, pathlib, inspect\n"
        "print(os.path.exists('有'), os.path.exists('无'), pathlib.Path('没').is_file())\n"
        "print(pickle.loads(pickle.dumps(os.stat)) is os.stat, os.stat.__name__)\n"
        "print(os.stat in os.supports_fd, os.stat('.').st_mode == os.stat(b'.').st_mode)\n"
        "print(os.stat(0).st_size >= 0, os.stat('有', follow_symlinks=False).st_size)",
        "import os  # raises\ntry:\n    os.stat(None)\nexcept TypeError as error:\n"
        "    print(error)\nos.stat('缺')",
        files=("有",),
    )
    assert "True False False\nTrue stat\nTrue True\nTrue 7\n" in printed(done)
    assert "stat: path should be string, bytes, os.PathLike or integer" in printed(done)
    error = done.outputs[1][-1]
    assert isinstance(error, CellError)
    assert ("FileNotFoundError", False) == (error.ename, "in stat(" in error.traceback)
    absent = {fact for fact, value in used(done).items() if not value and "missing" not in fact}
    assert {"file 无", "file 没", "file 缺"} == absent


def test_packages_are_those_of_the_code(run: Run) -> None:
    """Packages are named by cells, also after a magic, or by the blog's modules; others are
    dependencies.
    """
    done = run(
        "%matplotlib inline\nimport numpy as np", "from lib.a import 内容", files=("lib/a.py",)
    )
    assert {"package numpy"} == {fact for fact in used(done) if fact.startswith("package ")}
    assert [("numpy", done.facts["package numpy"])] == [*done.environment.packages]


def test_a_module_of_the_blog_names_packages(run: Run, tmp_path: Path) -> None:
    """A package that a module of the blog imports is named too."""
    put(tmp_path / "blog/posts/lib/b.py", "import numpy\n")
    assert "package numpy" in used(run("import lib.b"))


def test_kernel_packages_count_where_they_are_named(run: Run) -> None:
    """IPython is in every kernel; a post that imports it depends on it."""
    assert "package ipython" in used(run("import IPython"))
    assert not any("ipython" in fact for fact in used(run("print(get_ipython())")))


def test_the_first_access_decides(run: Run, tmp_path: Path) -> None:
    """What the run wrote first is no dependency; what it read first is one, as the run left it."""
    put(tmp_path / "外/读.txt", "旧")
    put(tmp_path / "外/加.txt", "旧")
    done = run(
        f"import os\nos.chdir({str(tmp_path / '外')!r})\n"
        "open('写.txt', 'w').write('新')\nopen('写.txt').read()\n"
        "open('加.txt', 'a').write('新')\nopen('读.txt').read()\nopen('读.txt', 'w').write('新')\n"
        "try:\n    open('无.txt')\nexcept OSError: pass"
    )
    read = f"outside {tmp_path}/外/读.txt"
    left = sha256("新".encode()).hexdigest()
    absent = f"outside {tmp_path}/外/无.txt"
    assert (left, "") == (used(done)[read], used(done)[absent])
    assert {read, absent} == set(used(done))


def test_temporary_files_are_the_runs_own(run: Run) -> None:
    """Temporary files of the run and of its child processes are not facts."""
    done = run(
        "import subprocess, sys, tempfile, os\n"
        "with tempfile.NamedTemporaryFile('w+') as file:\n    open(file.name).read()\n"
        "folder = tempfile.mkdtemp()\nplace = folder + '/a'\n"
        "subprocess.run(['touch', place], check=True)\nopen(place).read()\nos.remove(place)"
    )
    assert {} == used(done)


def test_a_figure_depends_on_its_packages(run: Run) -> None:
    """Matplotlib searches for a matplotlibrc beside the post: a new one changes the figure."""
    done = run("import matplotlib.pyplot as plt\nplt.plot([1])")
    assert any(isinstance(output, Display) for output in done.outputs[0])
    kinds = {fact.partition(" ")[0] for fact in used(done)}
    usual = {"package", "dependency", "file", "beside", "variable", "origin", "edited"}
    assert usual | {"outside", "asked", "entry-points"} >= kinds
    assert {""} >= {value for fact, value in used(done).items() if fact.startswith("outside ")}
    assert {"file matplotlibrc"} >= {fact for fact in used(done) if fact.startswith("file ")}


def test_a_first_search_for_fonts_is_not_a_fact(run: Run) -> None:
    """Matplotlib searches the system for fonts once per machine, and caches the result."""
    done = run(
        "from matplotlib import font_manager as manager\n"
        "print(len(manager._load_fontmanager(try_read_cache=False).ttflist) > 0)"
    )
    assert "True" in printed(done)
    assert {} == {fact: value for fact, value in used(done).items() if "font" in fact.lower()}


def test_missing_folders(run: Run, tmp_path: Path) -> None:
    """A missing folder is a fact, and the record is valid while it is missing."""
    done = run(f"import os\nprint(list(os.walk({str(tmp_path / '无')!r})))")
    assert "[]" in printed(done)
    assert [""] == [value for fact, value in used(done).items() if fact.endswith("/无")]


def test_odd_names(run: Run) -> None:
    """Names that are not valid text, or contain line breaks, are facts too."""
    done = run("import os\nfor n in os.listdir(b'.'): open(n).read()", files=("a\nb", "\udcff"))
    assert {"file a\nb", "file \udcff", "folder ."} == set(used(done))
