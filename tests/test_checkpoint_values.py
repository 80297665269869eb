"""Which values a checkpoint keeps, and which it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpointing import Bench, open_bench

from evergreen.model import Execution, Stream

PLAIN = {
    "whole": "[2**200, -1]",
    "numbers": "[0.1, float('nan'), float('inf'), -0.0, 1j]",
    "texts": "['词', '\\ud800', '']",
    "raw": "bytearray(b'\\0\\xff')",
    "nested": "{'a': [1, {2}], (1, '二'): None}",
    "ordered": "collections.OrderedDict(b=1, a=2)",
    "counts": "collections.Counter('hello')",
    "grouped": "collections.defaultdict(list, a=[1])",
    "queue": "collections.deque([1, 2], maxlen=3)",
    "cyclic": "(lambda each: each.append(each) or each)([1])",
    "exact": "[decimal.Decimal('1.10'), fractions.Fraction(1, 3)]",
    "dates": "[datetime.date(2026, 3, 3), datetime.timedelta(1), datetime.timezone.utc]",
    "pattern": "re.compile('a+', re.I)",
    "place": "pathlib.PurePosixPath('a/b')",
    "numbered": "uuid.UUID(int=5)",
    "generator": "random.Random(7)",
    "typed": "array.array('d', [1.5])",
    "instance": "Net([1, 2])",
    "point": "Point(1, y='二')",
    "colour": "Colour.RED",
    "function": "lambda x: x + offset",
    "method": "Net([3]).total",
    "bound": "functools.partial(pow, 2)",
    "text_file": "io.StringIO('lines')",
    "iterator": "iter([1, 2, 3])",
    "frozen": "frozenset({3, 1, 2})",
    "namespace": "types.SimpleNamespace(a=1)",
    "problem": "ValueError('说明')",
}
"""Name → an expression."""
SHOW = (
    "def show(x):\n"
    "    more = {Net: lambda: x.parts, types.FunctionType: lambda: x(1), io.StringIO: x_read(x),\n"
    "            random.Random: lambda: x.random(), type(iter([])): lambda: list(x),\n"
    "            types.MethodType: lambda: x()}\n"
    "    return type(x).__qualname__, repr(more.get(type(x), lambda: x)())\n"
    "def x_read(x):\n"
    "    return lambda: x.getvalue()\n"
)
IMPORTS = (
    "import array, collections, dataclasses, datetime, decimal, enum, fractions, functools, io,"
    " pathlib, random, re, types, uuid\n"
    "class Net:\n    def __init__(self, parts):\n        self.parts = parts\n"
    "    def total(self):\n        return sum(self.parts)\n"
    "@dataclasses.dataclass\nclass Point:\n    x: int\n    y: str\n"
    "class Colour(enum.Enum):\n    RED = 1\n"
)

REFUSED = {
    "(n for n in [1])": "generator",
    "open('a.txt', 'w')": "TextIOWrapper",
    "__import__('socket').socket()": "socket",
    "__import__('threading').Lock()": "lock",
    "__import__('sqlite3').connect(':memory:')": "Connection",
    "{'a': 1}.keys()": "dict_keys",
    "memoryview(b'a')": "memoryview",
    "iter({'a': 1})": "dict_keyiterator",
    "[__import__('weakref').ref(print_it)]": "weakref",
    "__import__('mmap').mmap(-1, 10)": "mmap",
    "caught": "ValueError",
    "__import__('os').getcwd() + '/a'": "path of this run",
    "__import__('threading').Timer(60, print)": "lock",
}
"""An expression → what is said of its value."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a folder of checkpoints, and kernels."""
    with open_bench(tmp_path) as opened:
        yield opened


def printed(execution: Execution) -> str:
    """Return what the last cell printed; a failed run fails the test."""
    assert execution.failure is None
    return "".join(each.text for each in execution.outputs[-1] if isinstance(each, Stream))


def test_values_are_restored_equal(bench: Bench) -> None:
    """Each value has its type and content behind the checkpoint, in a fresh kernel."""
    makes = "\n".join(f"{name} = {code}" for name, code in PLAIN.items())
    shows = f"for name, value in [{', '.join(f'({n!r}, {n})' for n in PLAIN)}]:\n"
    cells = [
        IMPORTS + SHOW,
        f"#| checkpoint: {', '.join(PLAIN)}\noffset = 5\n{makes}",
        f"{shows}    print(name, *show(value))",
    ]
    first = bench.run(*cells)
    now = bench.run(*cells[:2], cells[2] + "  # again")

    assert PLAIN.keys() == {line.partition(" ")[0] for line in printed(first).splitlines()}
    assert (2, printed(first)) == (now.resumed and now.resumed.cells, printed(now))


def test_what_cannot_be_kept_is_told_with_its_type(bench: Bench) -> None:
    """The run goes on; each checkpoint that is not kept has a remark at its cell."""
    begin = (
        "def print_it(): ...\n"
        "try:\n    raise ValueError('x')\nexcept ValueError as error:\n    caught = error"
    )
    made = bench.run(begin, *(f"#| checkpoint: x\nx = {code}" for code in REFUSED))

    assert [*range(2, len(REFUSED) + 2)] == [remark.step for remark in made.remarks]
    said = zip(REFUSED.values(), made.remarks, strict=True)
    assert [] == [(what, remark.message) for what, remark in said if what not in remark.message]


def test_what_runs_beside_the_post_cannot_be_kept(bench: Bench) -> None:
    """A thread, a process and a task are told; so is a built-in function that was replaced."""
    made = bench.run(
        "#| checkpoint: a\na = 1\nimport asyncio\ntask = asyncio.create_task(asyncio.sleep(9))",
        "#| checkpoint: a\ntask.cancel()\nimport subprocess\n"
        "run = subprocess.Popen(['sleep', '9'])",
        "#| checkpoint: a\nrun.kill()\nrun.wait()\nimport builtins\nbuiltins.sum = max",
        "#| checkpoint: a\nimport threading\nstop = threading.Event()\n"
        "threading.Thread(target=stop.wait, name='Zähler').start()",
        "stop.set()",
    )

    words = ("asynchronous task", "the process sleep 9", "function sum", "the thread Zähler")
    assert 4 == len(made.remarks)
    said = zip(words, made.remarks, strict=True)
    assert [] == [remark.message for word, remark in said if word not in remark.message]


def test_a_file_outside_of_the_folder_is_told(bench: Bench, tmp_path: Path) -> None:
    """What a run wrote elsewhere would be another's when it goes on."""
    place = tmp_path / "außen.txt"
    made = bench.run(f"#| checkpoint: a\na = 1\nopen({str(place)!r}, 'w').write('x')")

    assert [True] == [str(place) in remark.message for remark in made.remarks]


def test_settings_that_libraries_make_for_a_new_user_are_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras and Matplotlib make folders in HOME at their first import: nothing of the post's."""
    (tmp_path / "家").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "家"))
    imported = (
        "#| checkpoint: a\nimport os\na = 1\nfor name in ('.keras', '.config/matplotlib'):\n"
        "    folder = os.path.expanduser('~/' + name)\n"
        "    if not os.path.exists(folder):\n        os.makedirs(folder)\n"
        "        open(folder + '/settings', 'w').close()"
    )
    with open_bench(tmp_path) as bench:
        made = bench.run(imported, "print(a)")
        assert () == made.remarks
        assert bench.run(imported, "print(a + 1)").resumed is not None


@pytest.mark.slow
def test_arrays_and_tables_are_restored_with_what_they_share(bench: Bench) -> None:
    """Views look into the same memory, in the same order; tables keep their types."""
    cells = [
        "import numpy as np, pandas as pd",
        "#| checkpoint: a, row, back, cube, objects, part, fixed, table, column, rng, masked\n"
        "a = np.arange(12.0).reshape(3, 4)\nrow = a[1]\nback = a[::-1, ::2]\n"
        "cube = np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1).copy(order='K')\n"
        "objects = np.array([[1], 'zwei', None], dtype=object)\npart = objects[1:]\n"
        "fixed = np.arange(3)\nfixed.flags.writeable = False\n"
        "table = pd.DataFrame({'词': ['a', None], 'n': pd.array([1, None], 'Int64')},"
        " index=pd.to_datetime(['2026-01-01', '2026-01-02']))\n"
        "column = table['n']\nrng = np.random.default_rng(3)\n"
        "masked = np.ma.array([1, 2], mask=[0, 1])",
        "row[0] = -1\nback[0, 0] = -2\npart[0] = '2'\nobjects[0].append(2)\n"
        "print(a, back, cube.strides, objects, part, fixed.flags.writeable)\n"
        "print(table.dtypes, table, column, rng.random(2), masked, np.random.random(2))",
    ]
    first = bench.run(*cells)
    now = bench.run(*cells[:2], cells[2] + "  # again")

    assert ((), 2) == (first.remarks, now.resumed and now.resumed.cells)
    assert printed(first) == printed(now)
