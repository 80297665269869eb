"""What a page shows is what its code gives now: changes by kinds, beside what a forced build gives.

All posts run once; then everything changes at once, each post's own files; then the posts that run
are compared with those whose output a forced build changes.
"""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from evergreen.build.forecast import forecast
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.settings import settings_here

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="hooks only")]

Change = Callable[[Path], None]
BEFORE, AFTER = "甲 1,2\n", "乙 3,4\n"

READERS = {
    "open": "print(open(P).read())",
    "numpy": "import numpy as np; print(np.fromfile(P, 'u1'))",
    "memory map": "import mmap; f = open(P, 'rb'); print(mmap.mmap(f.fileno(), 0, access=1)[:])",
    "pandas": "import pandas as pd; print(pd.read_csv(P, header=None))",
    "C": "import ctypes as c\nlibc = c.CDLL(None)\nlibc.fopen.restype = c.c_void_p\n"
    "f, b = libc.fopen(P.encode(), b'r'), c.create_string_buffer(99)\n"
    "libc.fread(b, 1, 98, c.c_void_p(f)); print(b.value)",
    "cat": "import subprocess; print(subprocess.check_output(['cat', P]))",
    "a shell": "import os; print(os.popen(f'while read x; do echo $x; done < {P}').read())",
    "a thread": "import threading\nt = threading.Thread(target=lambda: print(open(P).read()))\n"
    "t.start(); t.join()",
    "a fork": "import os\nr, w = os.pipe()\nif not os.fork():\n"
    "    os.write(w, open(P, 'rb').read())\n    os._exit(0)\nos.wait(); print(os.read(r, 99))",
    "a child Python": "import subprocess, sys\nprint(subprocess.check_output("
    "[sys.executable, '-c', f'print(open({P!r}).read())']))",
}
"""Code that reads the file P and prints what is in it."""

PLACES = {
    "beside": "{name}.txt",
    "above": "../above/{name}.txt",
    "outside": "{outside}/{name}.txt",
    "a link to it": "{outside}/links/{name}.txt",
    "a linked folder": "{outside}/folder/{name}.txt",
    "home": "{home}/{name}.txt",
}


@dataclass
class World:
    """A blog, and what is elsewhere."""

    root: Path
    outside: Path
    home: Path

    def path(self, name: str, place: str) -> Path:
        """Return where a row's file really is."""
        file = f"{name}.txt"
        return {
            "beside": self.root / "posts" / file,
            "above": self.root / "above" / file,
            "home": self.home / file,
            "a linked folder": self.outside / "real" / file,
            "a link to it": self.outside / "targets" / file,
        }.get(place, self.outside / file)


@dataclass
class Row:
    """A post, and a change of what it may have used."""

    name: str
    code: str
    change: Callable[[World], None]
    runs: bool
    setup: Callable[[World], None] = field(default=lambda world: None)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def same_stamp(path: Path) -> None:
    """Replace a file by another of equal size and modification time."""
    status = path.stat()
    other = path.with_name(f"{path.name}.new")
    other.write_text(AFTER, "utf-8")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


def reader_rows() -> Iterator[Row]:
    changes: Mapping[str, tuple[Change, bool]] = {
        "content": (lambda path: write(path, AFTER), True),
        "same size and time": (same_stamp, True),
        "touched": (lambda path: os.utime(path, (1, 1)), False),
    }
    for reader, code in READERS.items():
        for place in PLACES:
            for change, (apply, runs) in changes.items():
                if change != "content" and place not in ("outside", "beside"):
                    continue
                yield reader_row(f"{reader}-{place}-{change}", code, place, apply, runs)


def reader_row(title: str, code: str, place: str, apply: Change, runs: bool) -> Row:
    name = re.sub(r"\W+", "-", title)

    def setup(world: World) -> None:
        write(world.path(name, place), BEFORE)
        if place == "a link to it":
            link = world.outside / "links" / f"{name}.txt"
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(world.path(name, place))

    def change(world: World) -> None:
        apply(world.path(name, place))

    place_text = PLACES[place].replace("{name}", name)
    if place == "above":
        place_text = f"{{root}}/above/{name}.txt"
    return Row(name, f"P = '{place_text}'\n{code}", change, runs, setup)


LIBRARIES = {
    "pyarrow-parquet": (
        "import pyarrow as pa, pyarrow.parquet as pq; pq.write_table(pa.table({'n': V}), P)",
        "import pyarrow.parquet as pq; print(pq.read_table(P))",
    ),
    "pyarrow-mapped": (
        "import pyarrow as pa, pyarrow.feather as f; f.write_feather(pa.table({'n': V}), P, "
        "compression='uncompressed')",
        "import pyarrow.feather as f; print(f.read_table(P, memory_map=True))",
    ),
    "pyarrow-dataset": (
        "import pyarrow as pa, pyarrow.dataset as d; d.write_dataset(pa.table({'n': V}), P, "
        "format='parquet', existing_data_behavior='overwrite_or_ignore')",
        "import pyarrow.dataset as d; print(d.dataset(P).to_table())",
    ),
    "h5py": (
        "import h5py\nwith h5py.File(P, 'w') as f: f['n'] = V",
        "import h5py\nwith h5py.File(P) as f: print(f['n'][:])",
    ),
    "netCDF4": (
        "import netCDF4\nf = netCDF4.Dataset(P, 'w'); f.createDimension('x', 2)\n"
        "f.createVariable('n', 'i4', ('x',))[:] = V; f.close()",
        "import netCDF4\nf = netCDF4.Dataset(P); print(f['n'][:]); f.close()",
    ),
    "xarray": (
        "import xarray as xr; xr.Dataset({'n': ('x', V)}).to_netcdf(P, engine='h5netcdf' "
        "if __import__('importlib').util.find_spec('h5netcdf') else 'netcdf4')",
        "import xarray as xr; print(xr.open_dataset(P)['n'].values)",
    ),
    "zarr": (
        "import shutil, zarr, numpy as np; shutil.rmtree(P, True); zarr.save(P, np.array(V))",
        "import zarr; print(zarr.load(P)[:])",
    ),
    "duckdb-file": (
        "import duckdb\nb = duckdb.connect(P)\n"
        "b.execute('create or replace table t as select unnest(?) as n', [V]); b.close()",
        "import duckdb; print(duckdb.connect(P, read_only=True).sql('from t').fetchall())",
    ),
    "duckdb-csv": (
        "import pathlib; pathlib.Path(P).write_text('n\\n' + '\\n'.join(map(str, V)))",
        "import duckdb; print(duckdb.sql(f\"from read_csv('{P}')\").fetchall())",
    ),
    "polars-parquet": (
        "import polars as pl; pl.DataFrame({'n': V}).write_parquet(P)",
        "import polars as pl; print(pl.scan_parquet(P).collect())",
    ),
    "polars-csv": (
        "import polars as pl; pl.DataFrame({'n': V}).write_csv(P)",
        "import polars as pl; print(pl.scan_csv(P).collect())",
    ),
    "cv2": (
        "import cv2, numpy as np; cv2.imwrite(P + '.png', np.full((2, 2, 3), V[1], 'u1'))",
        "import cv2; print(cv2.imread(P + '.png').tolist())",
    ),
    "soundfile": (
        "import soundfile as sf; sf.write(P + '.wav', [v / 9 for v in V], 8000)",
        "import soundfile as sf; print(sf.read(P + '.wav'))",
    ),
    "PIL": (
        "from PIL import Image; Image.new('L', (2, 2), V[1]).save(P + '.png')",
        "from PIL import Image; print(Image.open(P + '.png').tobytes())",
    ),
}
"""Library that reads without Python's functions → code that writes V to P, code that prints P."""


def library_rows() -> Iterator[Row]:
    """Yield a change of values, and a file written again with the same values."""
    for name, (writes, prints) in LIBRARIES.items():
        if find_spec(name.partition("-")[0]) is None:
            continue
        for change, values in {"values": [1, 3], "same": None}.items():
            row = f"{name}-{change}"

            def put_values(
                world: World, row: str = row, writes: str = writes, values: Any = (1, 2)
            ) -> None:
                exec(writes, {"P": str(world.outside / row), "V": list(values)})

            def touch(world: World, row: str = row) -> None:
                for path in world.outside.rglob(f"{row}*"):
                    os.utime(path, (1, 1))

            changed = partial(put_values, values=values) if values else touch
            yield Row(row, f"P = '{{outside}}/{row}'\n{prints}", changed, bool(values), put_values)


def file_row(name: str, code: str, change: Callable[[World], None], runs: bool) -> Row:
    """A row whose code has OUT for a folder of its own outside of the blog, with a file `a`."""

    def setup(world: World) -> None:
        write(world.outside / name / "a", BEFORE)

    code = code.replace("OUT", f"{{outside}}/{name}").replace("BESIDE", name)
    return Row(name, code, change, runs, setup)


def put(name: str, file: str, text: str = AFTER) -> Callable[[World], None]:
    return lambda world: write(world.outside / name / file, text)


def asked_rows() -> Iterator[Row]:
    asks = {
        "exists": "import os; print(os.path.exists('OUT/b'))",
        "isdir": "import os; print(os.path.isdir('OUT/b/c'))",
        "pathlib": "from pathlib import Path; print(Path('OUT/b').is_file())",
        "try": "try:\n    print(open('OUT/b').read())\nexcept OSError: print('none')",
        "test": "import os; print(os.popen('[ -f OUT/b ] && echo yes || echo no').read())",
        "access": "import os; print(os.access('OUT/b', os.R_OK))",
        "scandir": "import os; print(sorted(e.name for e in os.scandir('OUT')))",
        "glob": "import glob; print(sorted(glob.glob('OUT/*')))",
        "walk": "import os; print(sorted(str(w) for w in os.walk('OUT')))",
        "ls": "import os; print(os.popen('ls OUT').read())",
        "find": "import subprocess; print(subprocess.getoutput('find OUT | sort'))",
        "which": "import shutil; print(shutil.which('eg-no-such', path='OUT/b:OUT'), "
        "shutil.os.path.exists('OUT/eg-no-such'))",
        "child": "import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', "
        "\"import os; print(os.path.exists('OUT/b'))\"]))",
        "C access": "import ctypes; print(ctypes.CDLL(None).access(b'OUT/b', 0))",
    }
    for name, code in asks.items():
        file = {"isdir": "b/c/d", "which": "eg-no-such"}.get(name, "b")
        yield file_row(
            f"asked-{name}".replace(" ", "-"),
            code,
            put(f"asked-{name}".replace(" ", "-"), file),
            True,
        )
        same = f"unasked-{name}".replace(" ", "-")
        quiet = put(same, "a") if name not in ("walk", "find") else put("elsewhere", same)
        yield file_row(same, code, quiet, False)


def blog_rows() -> Iterator[Row]:
    """Yield posts that reach what is beside their folder by `..`, as in the blog itself."""
    codes = {
        "read": "print(open('../data/NAME.csv').read())",
        "asked": "import os; print(os.path.exists('../data/NAME-later.csv'))",
        "listed": "import glob; print(sorted(glob.glob('../data/NAME*')))",
        "above": "import os; print(os.path.exists('../NAME-later.csv'))",
        "file": "print(open('../NAME.csv').read())",
        "pandas": "import pandas as pd; print(pd.read_csv('../data/NAME.csv', header=None))",
        "moved": "import os; os.chdir('..'); print(open('data/NAME.csv').read())",
        "path": "import pathlib as p; print((p.Path.cwd().parent / 'data/NAME.csv').read_text())",
    }
    changes = {"asked": "data/NAME-later.csv", "listed": "data/NAME-later.csv"}
    changes |= {"above": "NAME-later.csv", "file": "NAME.csv"}
    for kind, code in codes.items():
        name = f"blog-{kind}"
        changed = changes.get(kind, "data/NAME.csv").replace("NAME", name)

        def setup(world: World, name: str = name) -> None:
            write(world.root / f"data/{name}.csv", BEFORE)
            write(world.root / f"{name}.csv", BEFORE)

        def change(world: World, changed: str = changed) -> None:
            write(world.root / changed, AFTER)

        yield Row(name, code.replace("NAME", name), change, True, setup)
    unread = "blog-unread"
    yield Row(unread, "print(1)", lambda world: write(world.root / "data/new", AFTER), False)


def other_rows() -> Iterator[Row]:
    def turn(world: World) -> None:
        link = world.outside / "turned" / "latest"
        link.unlink()
        link.symlink_to("b")

    def links(world: World) -> None:
        write(world.outside / "turned/a", BEFORE)
        write(world.outside / "turned/b", AFTER)
        (world.outside / "turned/latest").symlink_to("a")

    yield Row("turned", "print(open('{outside}/turned/latest').read())", turn, True, links)
    size = "import os; print(os.path.getsize('OUT/a'))"
    yield file_row("size", size, put("size", "a", AFTER * 9), True)
    yield file_row("size-same", size, put("size-same", "a", AFTER), False)
    counter = (
        "import os\np = '{home}/counter'\nn = int(open(p).read()) if os.path.exists(p) else 0\n"
        "open(p, 'w').write(str(n + 1)); print('fixed')"
    )
    yield Row("counter", counter, lambda world: None, False)
    processes = "import os\nprint(any(name.isdigit() for name in os.listdir('/proc')))"
    yield Row("processes", processes, lambda world: None, False)
    runs = (  # as another build does that a post starts
        "import glob, os, tempfile\n"
        "places = glob.glob(os.path.join(tempfile.gettempdir(), 'evergreen-tmp-*'))\n"
        "print(all(os.listdir(place) for place in places))"
    )
    yield Row("other-runs", runs, lambda world: None, False)
    yield file_row(
        "copied",
        "import shutil; shutil.copy('OUT/a', 'x'); print(open('x').read())",
        put("copied", "a"),
        True,
    )
    yield file_row(
        "linked",
        "import os; os.symlink('OUT', 'l'); print(open('l/a').read())",
        put("linked", "a"),
        True,
    )
    yield file_row(
        "moved", "import os; os.chdir('OUT'); print(open('a').read())", put("moved", "a"), True
    )
    yield file_row(
        "overwritten", "open('OUT/a', 'w').write('x'); print('x')", put("overwritten", "a"), False
    )
    yield file_row(
        "appended", "open('OUT/a', 'a').write('x'); print('x')", put("appended", "a"), False
    )
    yield file_row(
        "program",
        "import subprocess; print(subprocess.getoutput('sh OUT/a'))",
        put("program", "a", "echo 2\n"),
        True,
    )
    spares = (".a.swp", "a~", "#a#", ".~lock.a#", "Thumbs.db", "._a", ".gitkeep", ".DS_Store")
    for number, spare in enumerate(spares):
        name = f"spare-{number}"
        yield file_row(
            name, "import glob; print(sorted(glob.glob('OUT/?')))", put(name, spare), False
        )

    def database(wal: bool) -> Callable[[World], None]:
        def setup(world: World) -> None:
            place = world.outside / f"base-{wal}.db"
            base = sqlite3.connect(place)
            if wal:
                base.execute("pragma journal_mode=wal")
            base.execute("create table t as select 1 as n")
            base.commit()
            base.close()

        return setup

    def update(wal: bool) -> Callable[[World], None]:
        def change(world: World) -> None:
            base = sqlite3.connect(world.outside / f"base-{wal}.db")
            base.execute("update t set n = 2")
            base.commit()
            base.close()

        return change

    for wal in (False, True):
        code = (
            f"import sqlite3\nplace = 'file:{{outside}}/base-{wal}.db?mode=ro'\n"
            "b = sqlite3.connect(place, uri=True)\n"
            "print(list(b.execute('select n from t')))"
        )
        yield Row(f"sqlite-{wal}", code, update(wal), True, database(wal))


def variable_rows() -> Iterator[Row]:
    asks = {
        "get": "import os; print(os.environ.get('NAME'))",
        "item": "import os; print(os.environ['NAME'] if 'NAME' in os.environ else 0)",
        "getenv": "import os; print(os.getenv('NAME', 'none'))",
        "shell": "import os; print(os.popen('echo $NAME').read())",
        "mark": "!echo $NAME",
        "all": "import os; print(sorted(k for k in os.environ if k.startswith('NAME')))",
    }
    for name, code in asks.items():
        variable = f"EG_TRUTH_{name.upper()}"

        def change(world: World, variable: str = variable) -> None:
            os.environ[variable] = "set"

        yield Row(f"variable-{name}", code.replace("NAME", variable), change, True)
    for name in ("TERM", "COLUMNS", "CI"):

        def ci(world: World, name: str = name) -> None:
            os.environ[name] = "7"

        yield Row(
            f"terminal-{name}",
            f"import os; print(len(os.environ.get('{name}', '')) * 0)",
            ci,
            False,
        )


ROWS = [
    *reader_rows(),
    *library_rows(),
    *asked_rows(),
    *other_rows(),
    *variable_rows(),
    *blog_rows(),
]


def built(build: BuildOptions) -> tuple[set[str], dict[str, str]]:
    """Build; the names of the posts that ran, and what each page shows."""
    report = publish(build)
    assert () == report.failed, report.problems
    pages = {row.name: "".join(shown(build, row.name)) for row in ROWS}
    return {re.sub(r".*/\d+-\d+-\d+-|\.md$", "", path) for path in report.ran}, pages


def shown(build: BuildOptions, name: str) -> Iterator[str]:
    """Yield the outputs on a page."""
    for page in build.output.rglob(f"{name}/index.html"):
        yield from re.findall(r'<pre class="output.*?</pre>', page.read_text("utf-8"), re.S)


def test_the_table_is_large() -> None:
    """At least 150 changes."""
    assert len(ROWS) >= 150
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.timeout(3000)
def test_posts_run_exactly_when_their_output_would_change(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 stale pages, 0 needless runs; and `why` says so beforehand."""
    folder = tmp_path_factory.mktemp("truth")
    world = World(folder / "blog", folder / "outside", folder / "home")
    for place in (world.root / "posts", world.outside / "real", world.home):
        place.mkdir(parents=True)
    (world.outside / "folder").symlink_to("real")
    for row in ROWS:
        row.setup(world)
        code = row.code
        for place in ("root", "outside", "home"):
            code = code.replace(f"{{{place}}}", str(getattr(world, place)))
        write(
            world.root / f"posts/2026-01-01-{row.name}.md",
            f"---\ntitle: 题\n---\n\n```python\n{code}\n```\n",
        )
    monkeypatch.setenv("HOME", str(world.home))
    kept = dict(os.environ)
    build = BuildOptions(world.root, world.root / "_site", settings_here(world.root))
    try:
        _, before = built(build)
        assert set() == built(build)[0]
        for row in ROWS:
            row.change(world)
        told = {
            re.sub(r".*/\d+-\d+-\d+-|\.md$", "", p.path) for p in forecast(build).posts if p.runs
        }
        ran, after = built(build)
        _, forced = built(BuildOptions(world.root, world.root / "_site", build.site, force=True))
    finally:
        os.environ.clear()
        os.environ.update(kept)
    stale = {name for name in forced if forced[name] != after[name]}
    expected = {row.name for row in ROWS if row.runs}
    assert [] == sorted(stale)
    assert ([], []) == (sorted(ran - expected), sorted(expected - ran))
    assert told == ran
    assert all(before.values())
