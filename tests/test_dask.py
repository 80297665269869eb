"""Runs on a Dask cluster: a real scheduler and real workers, as processes on loopback."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from clusters import SECONDS, Dask, kernels, new_dask, parent, wait_for
from conftest import Write

from evergreen.build.pipeline import BuildOptions, publish
from evergreen.cli import main
from evergreen.errors import EvergreenError
from evergreen.execution.executors import open_executor
from evergreen.execution.executors.routing import open_executors
from evergreen.execution.job import Job
from evergreen.execution.progress import SilentProgress
from evergreen.model import Cell, ExecuteOptions, Execution, Notebook, Report, Stream
from evergreen.settings import read_settings

pytest.importorskip("distributed", reason="Dask is not installed (requirements-dask.txt)")

pytestmark = [
    pytest.mark.slow,
    # Dask's client leaves its event loop to the garbage collector.
    pytest.mark.filterwarnings("ignore:.*<socket.socket:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*event loop:pytest.PytestUnraisableExceptionWarning"),
]

BUILD = Path(__file__).parent.parent / "build.py"


@pytest.fixture
def dask() -> Iterator[Dask]:
    """A scheduler without workers."""
    cluster = new_dask()
    cluster.schedule()
    yield cluster
    cluster.end()


@pytest.fixture(scope="module")
def two() -> Iterator[Dask]:
    """A scheduler with two workers; one has Dask's nanny process, which is the default."""
    cluster = new_dask()
    cluster.schedule()
    cluster.work()
    cluster.work("--no-nanny")
    cluster.ready()
    yield cluster
    cluster.end()


# --- posts ----------------------------------------------------------------------------------------


def job(*sources: str) -> Job:
    """Return a post's job with these cells."""
    cells = tuple(Cell(source, line) for line, source in enumerate(sources, 1))
    return Job("posts/文.md", Notebook(cells), ExecuteOptions())


def post(*cells: str, head: str = "") -> str:
    """Return a post's text."""
    blocks = "\n\n文字。\n\n".join(f"```python\n{cell}\n```" for cell in cells)
    return f"---\ntitle: 题\n{head}---\n\n{blocks}\n"


def waiting(tmp_path: Path, *after: str) -> Job:
    """Return a job that records where it runs, and waits until the folder contains `go`."""
    note = (
        "import os, time\n"
        f"with open({str(tmp_path / 'ran')!r}, 'a') as file:\n"
        "    print(os.environ.get('WORKER', 'here'), file=file)"
    )
    wait = f"while not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.02)"
    return job(note, wait, *after)


def ran(tmp_path: Path) -> list[str]:
    """Return where `waiting` has begun so far: worker numbers, or `here`."""
    file = tmp_path / "ran"
    return file.read_text().split() if file.exists() else []


def build(root: Path, address: str = "") -> Report:
    """Publish a blog into its _site."""
    return publish(BuildOptions(root, root / "_site", read_settings(root), executor=address))


def records(root: Path) -> dict[str, tuple[dict[str, str], str]]:
    """Return each record's facts and outputs by its path, without the time of the run."""
    found = {}
    for path in (root / ".cache/records").glob("*/*.json"):
        _, head, rest = path.read_text("utf-8").split("\n", 2)
        found[f"{path.parent.name}/{path.name}"] = json.loads(head)["facts"], rest
    return found


# --- the same as here -----------------------------------------------------------------------------

MODULE = "from lib.inner import deep\n\ndef name():\n    return '模块' + deep.name()\n"
FIGURE = (
    "import matplotlib.pyplot as plt\nimport numpy as np\n"
    "fig, ax = plt.subplots(figsize=(2, 1))\nax.plot(np.random.rand(9).cumsum());"
)
STAND_IN = "import sys\nfor name in sys.argv[1:]:\n    open(name, 'w').write('替')\n"
DATA = "声明的数据\n"


def everything() -> dict[str, str]:
    """Write a blog whose posts use everything that a run can use."""
    declared = (
        "data:\n  - name: d/f.txt\n    url: http://127.0.0.1:9/d/f.txt\n    sha256: "
        + sha256(DATA.encode()).hexdigest()
    )
    lost = "data:\n  - name: f.txt\n    url: http://127.0.0.1:9/f.txt\n    sha256: "
    lost += f"{'ab' * 32}\n    stand_in: lib/make.py\n"
    posts = {
        "module": post("from lib.plain import name\nprint(name())", "1 + 1"),
        "beside": post(
            "open('表.csv').read()", "!cat 表.csv", "import os; sorted(os.listdir('.'))"
        ),
        "names": post("from pathlib import Path\nsorted(map(str, Path('lib').rglob('*.py')))"),
        "absent": post(
            "import os\nos.path.exists('没有.txt')",
            "try:\n    import no_such_module\nexcept ImportError as error:\n    print(error)",
        ),
        "figure": post(FIGURE, head="execute: {seed: 42}\n"),
        "declared": post("print(open('d/f.txt', encoding='utf-8').read())", head=f"{declared}\n"),
        "lost": post("print(open('f.txt', encoding='utf-8').read())", head=lost),
        "variable": post("import os\nos.environ['我的']", head="execute: {env: [我的]}\n"),
        "threads": post(
            "import os, time, sys\nprint(os.environ.get('OMP_NUM_THREADS'), time.tzname)",
            "print(os.getcwd(), os.path.expanduser('~/x'), file=sys.stderr)",
            "import tempfile\nwith tempfile.TemporaryFile('w+') as f: f.write('临时')",
        ),
        "left": post("import subprocess\nsleeper = subprocess.Popen(['sleep', '600'])"),
        "inline": post("值 = 6 * 7") + "\n答案是 `{python} 值`。\n",
    }
    files = {f"posts/2026-01-01-{name}.md": text for name, text in posts.items()}
    return files | {
        "posts/lib/plain.py": MODULE,
        "posts/lib/inner/__init__.py": "",
        "posts/lib/inner/deep.py": "def name():\n    return '很深'\n",
        "posts/lib/make.py": STAND_IN,
        "posts/表.csv": "数,字\n1,一\n",
    }


def test_the_same_blog_gives_the_same_records(
    two: Dask, write_blog: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs and facts are equal, and afterwards nothing runs again here."""
    monkeypatch.setenv("我的", "值")
    monkeypatch.setenv("EVERGREEN_DATA", str(tmp_path))
    (tmp_path / "f.txt").write_text(DATA, "utf-8")
    here = write_blog(everything())
    away = Path(shutil.copytree(here, tmp_path / "away"))
    expected = build(here)
    actual = build(away, two.address)
    assert () == expected.failed
    assert (expected.ran, expected.failed) == (actual.ran, actual.failed)
    assert expected.problems == actual.problems
    assert records(here) == records(away)
    assert () == build(away).ran
    names = ("ipykernel", "forkserver", "supervisor")
    wait_for(lambda: not any(map(two.started, names)))


def with_own_disk(folder: Path, command: str = "true") -> tuple[str, ...]:
    """Return the start of a command line for a process that sees an empty folder at a path."""
    hide = f'mount -t tmpfs none {folder} && {command} && exec "$@"'
    before = ("unshare", "--mount", "sh", "-c", hide, "-")
    try:
        subprocess.run([*before, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root on Linux can hide a folder from a process")
    return before


def test_nothing_is_read_from_a_shared_disk(dask: Dask, write_blog: Write, tmp_path: Path) -> None:
    """A worker without access to the blog's disk can run its posts."""
    dask.work(before=with_own_disk(tmp_path))
    dask.ready()
    files = {
        "posts/2026-01-01-文.md": post("from lib.plain import name", "print(name())"),
        "posts/lib/plain.py": MODULE,
        "posts/lib/inner/deep.py": "import os\ndef name(): return os.environ['WORKER']\n",
    }
    root = write_blog(files)
    assert () == build(root, dask.address).failed
    assert "模块1" in (root / "_site/文/index.html").read_text("utf-8")


def test_the_engine_stays_out_of_the_worker(two: Dask) -> None:
    """The engine has its own folder on the worker, named by its hash; the next build reuses it."""
    from distributed import Client

    for _ in range(2):
        with open_executor(two.address) as submit:
            assert submit(job("1"), SilentProgress()).result().failure is None
    with Client(two.address, set_as_default=False) as client:
        seen = client.run(lambda dask_worker: (list(dask_worker.plugins), list(sys.modules)))
    for plugins, modules in seen.values():
        assert 1 == len([name for name in plugins if name.startswith("evergreen")])
        assert [] == [name for name in modules if name.startswith("evergreen")]


def test_steps_are_reported(two: Dask) -> None:
    """Each step is reported once, before the end."""
    told = RecordedProgress()
    with open_executor(two.address) as submit:
        submit(job("1", "2", "3"), told).result()
    assert [(1, 3), (2, 3), (3, 3), "ended"] == told.events


class RecordedProgress(SilentProgress):
    """Records all reports."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def step(self, path: str, number: int, total: int) -> None:
        """A step begins."""
        self.events.append((number, total))

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """The run is over."""
        self.events.append("failed" if failed else "ended")


def test_posts_run_at_the_same_time(two: Dask, tmp_path: Path) -> None:
    """Two workers run at once: each post waits for the other."""
    meet = (
        "import os, time\nopen({own!r}, 'w').close()\n"
        "while not os.path.exists({other!r}): time.sleep(0.02)"
    )
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    jobs = [job(meet.format(own=a, other=b)), job(meet.format(own=b, other=a))]
    with open_executor(two.address) as submit:
        for future in [submit(each, SilentProgress()) for each in jobs]:
            assert future.result().failure is None


def test_a_failing_post_fails_as_here(two: Dask, caplog: pytest.LogCaptureFixture) -> None:
    """A failing post gives the same execution as here; a message names the worker."""
    failing = job("print('之前')", "1 / 0", "print('之后')")
    results = []
    for address in ("local", two.address):
        told = RecordedProgress()
        with open_executor(address) as submit:
            results.append((submit(failing, told).result(), told.events))
    assert results[0] == results[1]
    assert "posts/文.md: failed on tcp://127.0.0.1:" in caplog.text


def test_a_missing_kernel_is_reported_as_here(
    two: Dask, write_blog: Write, caplog: pytest.LogCaptureFixture
) -> None:
    """If neither a worker nor this machine has the kernel, the error is at the post's line."""
    head = "jupyter: {kernelspec: {name: 没有, language: julia}}\n"
    text = post("1", head=head).replace("```python", "```julia")
    root = write_blog({"posts/2026-01-01-文.md": text})
    expected, actual = build(root), build(root, two.address)
    assert 1 == len(expected.problems)
    assert expected.problems == actual.problems
    assert 2 == caplog.text.count("the worker cannot run it: kernel '没有' is not installed")


# --- resources ------------------------------------------------------------------------------------


def test_a_post_that_asks_for_a_gpu_runs_on_the_worker_that_names_one(
    dask: Dask, tmp_path: Path
) -> None:
    """Other posts run here; after kill -9 of that worker the post fails, and says what to start."""
    dask.work("--no-nanny")
    worker = dask.work("--no-nanny", "--resources", "GPU=1")
    dask.ready()
    wanted = replace(waiting(tmp_path), options=ExecuteOptions(resources=("gpu: 1",)))
    with open_executors({"gpu": dask.address}) as submit:
        assert "here" in str(submit(job(WHERE), SilentProgress()).result().outputs)
        future = submit(wanted, SilentProgress())
        wait_for(lambda: ran(tmp_path) == ["2"])
        worker.kill()
        with pytest.raises(EvergreenError, match="no worker has 'gpu: 1'"):
            future.result()
    assert ["2"] == ran(tmp_path)


def test_without_an_executor_for_it_the_kept_result_stays(
    write_blog: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though a variable has changed; a post without a result says what it needs."""
    cell, head = "import os\nos.environ['EG']", "execute: {resources: {gpu: 1}}\n"
    monkeypatch.setenv("EG", "1")
    root = write_blog({"posts/2026-01-01-文.md": post(cell)})
    build(root)
    monkeypatch.setenv("EG", "2")
    write_blog({"posts/2026-01-01-文.md": post(cell, head=head)})
    kept = build(root)
    write_blog({"posts/2026-01-01-文.md": post(f"{cell} + '新'", head=head)})
    lost = build(root)
    assert ((), ("posts/2026-01-01-文.md",)) == (kept.failed, kept.reused)
    assert ["not run: it needs an executor with 'gpu: 1'"] == [
        problem.message for problem in lost.problems if problem.severity == "error"
    ]


# --- lost workers ---------------------------------------------------------------------------------


def test_a_lost_workers_post_runs_elsewhere(
    dask: Dask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After kill -9 the other worker runs the post; nothing of the first run is left."""
    workers = {"1": dask.work("--no-nanny"), "2": dask.work("--no-nanny")}
    dask.ready()
    with open_executor(dask.address) as submit:
        future = submit(waiting(tmp_path, "'完'"), SilentProgress())
        wait_for(lambda: len(ran(tmp_path)) == 1)
        first = ran(tmp_path)[0]
        workers[first].kill()
        # The second run must find the file: if it saw none, its result would not be used here.
        (tmp_path / "go").touch()
        assert future.result().failure is None
    assert {"1", "2"} == set(ran(tmp_path))
    assert "the worker was lost: the post runs elsewhere" in caplog.text
    wait_for(lambda: not kernels(dask))


def test_a_post_that_lost_two_workers_runs_here(dask: Dask, tmp_path: Path) -> None:
    """After two lost workers the post does not run on a third one."""
    workers = {str(n): dask.work("--no-nanny") for n in (1, 2, 3)}
    dask.ready()
    with open_executor(dask.address) as submit:
        future = submit(waiting(tmp_path, "'完'"), SilentProgress())
        for count in (1, 2):
            wait_for(lambda count=count: len(ran(tmp_path)) == count)
            workers[ran(tmp_path)[-1]].kill()
        wait_for(lambda: len(ran(tmp_path)) == 3)
        (tmp_path / "go").touch()
        assert future.result().failure is None
    assert "here" == ran(tmp_path)[2]


def test_without_workers_left_all_posts_run_here(dask: Dask, tmp_path: Path) -> None:
    """Running and queued posts run here if no worker is left."""
    workers = [dask.work("--no-nanny"), dask.work("--no-nanny")]
    dask.ready()
    with open_executor(dask.address) as submit:
        futures = [submit(waiting(tmp_path), SilentProgress()) for _ in range(4)]
        wait_for(lambda: len(ran(tmp_path)) == 2)
        for worker in workers:
            worker.kill()
        wait_for(lambda: "here" in ran(tmp_path))
        (tmp_path / "go").touch()
        assert [None] * 4 == [future.result().failure for future in futures]
    assert ["here"] * 4 == ran(tmp_path)[2:]


def test_a_terminated_worker_ends_its_run(dask: Dask, tmp_path: Path) -> None:
    """After SIGTERM the worker's post runs elsewhere at once."""
    workers = {"1": dask.work(), "2": dask.work()}
    dask.ready()
    with open_executor(dask.address) as submit:
        future = submit(waiting(tmp_path), SilentProgress())
        wait_for(lambda: len(ran(tmp_path)) == 1)
        workers[ran(tmp_path)[0]].terminate()
        wait_for(lambda: len(ran(tmp_path)) == 2)
        (tmp_path / "go").touch()
        assert future.result().failure is None
    wait_for(lambda: not kernels(dask))


def test_a_worker_restarted_by_its_nanny_is_used_again(dask: Dask, tmp_path: Path) -> None:
    """A restarted worker gets the engine and posts again."""
    dask.work()
    dask.ready()
    with open_executor(dask.address) as submit:
        future = submit(waiting(tmp_path), SilentProgress())
        wait_for(lambda: len(ran(tmp_path)) == 1)
        os.kill(parent(kernels(dask)[0]), signal.SIGKILL)
        (tmp_path / "go").touch()
        assert future.result().failure is None
        wait_for(lambda: (dask.folder / "1.log").read_text().count("Registered to") == 2)
        again = job("import os; print(os.environ.get('WORKER', 'here'))")
        wait_for(lambda: printed(submit(again, SilentProgress()).result()) == "1\n")


def test_without_a_scheduler_posts_run_here(dask: Dask, tmp_path: Path) -> None:
    """If the scheduler dies, running and queued posts run here."""
    dask.work("--no-nanny")
    dask.ready()
    with open_executor(dask.address) as submit:
        futures = [submit(waiting(tmp_path), SilentProgress()) for _ in range(3)]
        wait_for(lambda: ran(tmp_path) == ["1"])
        dask.processes[0].kill()
        wait_for(lambda: "here" in ran(tmp_path))
        (tmp_path / "go").touch()
        assert [None] * 3 == [future.result().failure for future in futures]


def printed(execution: Execution) -> str:
    """Return what a run wrote to standard output."""
    outputs = [output for made in execution.outputs for output in made]
    return "".join(each.text for each in outputs if isinstance(each, Stream))


# --- workers that differ --------------------------------------------------------------------------


def fake(folder: Path, name: str, version: str, module: str) -> dict[str, str]:
    """Return environment variables that give a module's distribution another version."""
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (info / "METADATA").write_text(text, "utf-8")
    (info / "top_level.txt").write_text(module, "utf-8")
    return {"PYTHONPATH": str(folder)}


WHERE = "import os; print(os.environ.get('WORKER', 'here'))"


def test_a_worker_with_another_version_of_a_named_package_is_not_used(
    dask: Dask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The message names worker, package and both versions; posts that do not name the package run
    there.
    """
    import numpy

    dask.work(variables=fake(tmp_path / "p", "numpy", "0.1", "numpy"))
    dask.ready()
    with open_executor(dask.address) as submit:
        assert "here\n" == printed(submit(job("import numpy", WHERE), SilentProgress()).result())
        assert "1\n" == printed(submit(job("import json", WHERE), SilentProgress()).result())
    here = numpy.__version__
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith("tcp://127.0.0.1:")
    assert line.endswith(f": numpy 0.1 there, {here} here: install numpy=={here} there")


def test_a_result_that_used_another_version_is_refused(
    dask: Dask, write_blog: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Only a module of the blog imports the package, so the difference shows in the facts of the
    run.
    """
    import yaml

    dask.work(variables=fake(tmp_path / "p", "PyYAML", "0.1", "yaml"))
    dask.ready()
    cell = f"from lib.reads import 值\n{WHERE}\nprint(值)"
    files = {
        "posts/2026-01-01-文.md": post(cell),
        "posts/lib/reads.py": "import yaml\n值 = yaml.safe_load('{一: 1}')\n",
    }
    root = write_blog(files)
    assert () == build(root, dask.address).failed
    assert "here\n{'一': 1}" in (root / "_site/文/index.html").read_text("utf-8")
    [line] = [record.getMessage() for record in caplog.records]
    here = yaml.__version__
    assert line.startswith("posts/2026-01-01-文.md: tcp://127.0.0.1:")
    assert line.endswith(
        f": PyYAML 0.1 there, {here} here: install PyYAML=={here} there: its result is not used"
    )
    assert [here] == [facts["package PyYAML"] for facts, _ in records(root).values()]


def test_a_worker_on_another_platform_is_refused(
    dask: Dask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The platform is compared before any of our code is sent."""
    (tmp_path / "other.py").write_text(
        "import platform\nreal = platform.uname()\n"
        "platform.uname = lambda: real._replace(machine='riscv64')\n"
    )
    dask.work("--no-nanny", "--preload", str(tmp_path / "other.py"))
    dask.ready()
    with open_executor(dask.address) as submit:
        assert "here\n" == printed(submit(job(WHERE), SilentProgress()).result())
    [line] = [record.getMessage() for record in caplog.records]
    assert ": refused: Linux riscv64 there, Linux " in line
    assert "evergreen" not in (dask.folder / "1.log").read_text()


def test_a_result_that_read_a_different_file_is_not_used(
    dask: Dask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The post reads a path outside the blog; the worker still gets other posts."""
    file = tmp_path / "f.txt"
    file.write_text("这里", "utf-8")
    dask.work(before=with_own_disk(tmp_path, f"printf 那边 > {file}"))
    dask.ready()
    with open_executor(dask.address) as submit:
        read = job(f"print(open({str(file)!r}, encoding='utf-8').read())")
        assert "这里\n" == printed(submit(read, SilentProgress()).result())
        assert "1\n" == printed(submit(job(WHERE), SilentProgress()).result())
    [line] = [record.getMessage() for record in caplog.records]
    assert f"'{file}' differs between the worker and this machine: its result is not used" in line


def test_a_worker_that_does_not_answer_is_not_waited_for(
    dask: Dask, caplog: pytest.LogCaptureFixture
) -> None:
    """A message names the worker, and the others get the posts."""
    stopped = dask.work("--no-nanny")
    dask.work("--no-nanny")
    dask.ready()
    stopped.send_signal(signal.SIGSTOP)
    with open_executor(dask.address) as submit:
        assert "2\n" == printed(submit(job(WHERE), SilentProgress()).result())
    assert ": refused: no reply after 5 s: restart it" in caplog.text


# --- ends -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_build_leaves_nothing_on_the_workers(
    dask: Dask, write_blog: Write, tmp_path: Path, number: signal.Signals
) -> None:
    """No process and no file is left, and the workers accept the next build's posts."""
    dask.work()
    dask.work("--no-nanny")
    dask.ready()
    sources = [step.source for step in waiting(tmp_path).notebook.steps]
    texts = {f"posts/2026-01-0{n}-文.md": post(f"'{n}'", *sources) for n in range(1, 5)}
    root = write_blog(texts)
    command = [sys.executable, str(BUILD), "--root", str(root), "--executor", dask.address]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE)
    wait_for(lambda: len(ran(tmp_path)) == 2)
    process.send_signal(number)
    _, said = process.communicate(timeout=SECONDS)
    if number != signal.SIGKILL:
        assert (130, True) == (process.returncode, b"the site is as it was" in said)
    assert b"Traceback" not in said
    wait_for(lambda: not kernels(dask))
    wait_for(lambda: not list(dask.folder.glob("*/tmp/evergreen-*")))
    assert not (root / "_site").exists()
    with open_executor(dask.address) as submit:
        assert {"1\n", "2\n"} >= {printed(submit(job(WHERE), SilentProgress()).result())}


def test_the_end_of_dasks_own_waiting_is_not_reported(
    dask: Dask, caplog: pytest.LogCaptureFixture
) -> None:
    """asyncio reports a task's exception that nobody retrieves; another one than Dask's is told."""
    import asyncio

    from distributed.client import AllExit

    async def leave(error: Exception) -> None:
        async def fail() -> None:
            raise error

        await asyncio.wait([asyncio.create_task(fail())])

    dask.work()
    dask.ready()
    with open_executor(dask.address):
        for error in (AllExit(), ValueError("错")):
            asyncio.run(leave(error))
            gc.collect()
    assert ["ValueError('错')"] == [
        repr(each.exc_info[1]) for each in caplog.records if each.exc_info and each.exc_info[1]
    ]


def test_a_scheduler_that_does_not_answer_exits_with_two(
    write_blog: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says how to start a scheduler."""
    root = write_blog({"posts/2026-01-01-文.md": post("1")})
    assert 2 == main(["--root", str(root), "--executor", "tcp://127.0.0.1:9"])
    err = capsys.readouterr().err
    assert err.startswith("--executor tcp://127.0.0.1:9: no usable Dask scheduler: ")
    assert err.endswith(": start one with 'dask scheduler --host 127.0.0.1 --no-dashboard'\n")
    assert 1 == err.count("\n")


def test_a_server_that_is_not_a_scheduler_exits_with_two(
    write_blog: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any other server, even one that sends nothing, is an error."""
    import socket

    root = write_blog({"posts/2026-01-01-文.md": post("1")})
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        assert 2 == main(["--root", str(root), "--executor", address])
    assert capsys.readouterr().err.startswith(f"--executor {address}: no usable Dask scheduler: ")


def test_a_scheduler_without_workers_is_reported(
    dask: Dask, caplog: pytest.LogCaptureFixture
) -> None:
    """The posts run here, and one line says how to start a worker."""
    with open_executor(dask.address) as submit:
        futures = [submit(job(WHERE), SilentProgress()) for _ in range(2)]
        assert ["here\n"] * 2 == [printed(future.result()) for future in futures]
    assert [
        f"{dask.address}: no worker is there, the posts run here: "
        f"start one with 'dask worker {dask.address} --no-dashboard --host 127.0.0.1'"
    ] == [record.getMessage() for record in caplog.records]


def test_a_worker_that_comes_later_gets_posts(dask: Dask) -> None:
    """A worker may join while posts run."""
    with open_executor(dask.address) as submit:
        assert "here\n" == printed(submit(job(WHERE), SilentProgress()).result())
        dask.work()
        dask.ready()
        wait_for(lambda: printed(submit(job(WHERE), SilentProgress()).result()) == "1\n")


# --- encryption -----------------------------------------------------------------------------------


def test_tls_by_dasks_own_configuration(tmp_path: Path, write_blog: Write) -> None:
    """With certificates posts run on the cluster; without them one line says what is missing."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificates")
    files = certificates(tmp_path)
    variables = {f"DASK_DISTRIBUTED__COMM__TLS__{name}": path for name, path in files.items()}
    tls = ("--tls-ca-file", files["CA_FILE"], "--tls-cert", files["CLIENT__CERT"])
    cluster = new_dask()
    cluster.options += (*tls, "--tls-key", files["CLIENT__KEY"])
    root = write_blog({"posts/2026-01-01-文.md": post(WHERE)})
    try:
        address = cluster.schedule()
        cluster.work()
        cluster.ready()
        assert address.startswith("tls://127.0.0.1:")
        command = [sys.executable, str(BUILD), "--root", str(root), "--executor", address]
        done = subprocess.run(command, capture_output=True, text=True)
        assert (2, 1) == (done.returncode, done.stderr.count("\n")), done.stderr
        assert "distributed.comm.tls in Dask's configuration has certificates" in done.stderr
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **variables}
        )
        assert 0 == done.returncode, done.stderr
        assert ">1\n<" in (root / "_site/文/index.html").read_text("utf-8")
    finally:
        cluster.end()


def certificates(folder: Path) -> dict[str, str]:
    """Return Dask settings with a self-signed certificate."""
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return {"CA_FILE": certificate, "CLIENT__CERT": certificate, "CLIENT__KEY": key}
