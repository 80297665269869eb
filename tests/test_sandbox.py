"""Hostile posts in the sandbox: attacks are denied and reported at their line, nothing of the posts
is left, and the builder continues.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from executing import execute, printed, shown

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.cli import main
from evergreen.errors import EvergreenError
from evergreen.execution.bundle_copy import copy_bundle
from evergreen.execution.job import Job
from evergreen.execution.kernels import sandbox
from evergreen.execution.kernels.manager import Kernels
from evergreen.execution.kernels.servers import Servers
from evergreen.execution.scratch import remove
from evergreen.execution.workspace import open_workspace
from evergreen.model import Cell, ExecuteOptions, Execution, Notebook, Site

pytestmark = pytest.mark.skipif(bool(sandbox.unavailable()), reason=sandbox.unavailable())

BOXED = ExecuteOptions(sandbox=True, timeout=20, memory=0.5)
SECRET = "密-4711"


@pytest.fixture(scope="module")
def kernels() -> Iterator[Kernels]:
    """Kernels, shared by all tests."""
    with Kernels(Servers(), prewarm=False) as kernels:
        yield kernels


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that no post may read, and an environment variable with the same text."""
    file = tmp_path / "secret.txt"
    file.write_text(SECRET, "utf-8")
    file.chmod(0o644)
    monkeypatch.setenv("EG_SECRET", SECRET)
    monkeypatch.setattr(sandbox, "DISK", 32 << 20)
    monkeypatch.setattr(sandbox, "SHARED", 16 << 20)
    monkeypatch.setattr(sandbox, "PROCESSES", 40)
    return file


@pytest.fixture
def listener() -> Iterator[int]:
    """A port of this machine with a server."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_answer, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


def _answer(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


HOSTILE = {
    "names on the network": (
        "import socket\nsocket.getaddrinfo('example.com', 443)",
        "gaierror",
        2,
    ),
    "the network": ("import socket\n\nsocket.create_connection(('1.1.1.1', 53), 3)", "OSError", 3),
    "this machine's services": (
        "import socket\nsocket.create_connection(('127.0.0.1', {port}), 3)",
        "ConnectionRefusedError",
        2,
    ),
    "a secret variable": ("import os\nos.environ['EG_SECRET']", "KeyError", 2),
    "the builder's variables": ("open('/proc/{pid}/environ').read()", "FileNotFoundError", 1),
    "a file outside": ("open({secret!r}).read()", "FileNotFoundError", 1),
    "passwords": ("open('/etc/shadow').read()", "FileNotFoundError", 1),
    "another home": ("import os\nos.listdir('/root/.ssh')", "FileNotFoundError", 2),
    "the system": ("open('/usr/lib/evil', 'w')", "OSError|PermissionError", 1),
    "the packages": (
        "import os, json\nopen(os.path.dirname(json.__file__) + '/evil.py', 'w')",
        "OSError|PermissionError",
        2,
    ),
    "the root": ("open('/evil', 'w')", "OSError|PermissionError", 1),
    "a device": ("open('/dev/kmsg', 'w')", "OSError|FileNotFoundError|PermissionError", 1),
    "the builder": ("import os\nos.kill({pid}, 9)", "ProcessLookupError", 2),
    "everybody": ("import os\nos.kill(-1, 9)", "ProcessLookupError", 2),
    "being root": ("import os\nos.setuid(0)", "PermissionError", 2),
    "a mount": (
        "import subprocess\nsubprocess.run(['mount', '-t', 'tmpfs', 'x', '/usr'], check=True)",
        "CalledProcessError|FileNotFoundError",
        2,
    ),
    "a fork bomb": (
        "import os, time\nwhile True:\n    if not os.fork():\n        time.sleep(60)",
        "ProcessLimit",
        None,
    ),
    "memory": ("x = []\nwhile True:\n    x.append(bytes([1]) * 30_000_000)", "MemoryLimit", 3),
    "shared memory": (
        "with open('/dev/shm/x', 'wb') as file:\n"
        "    while True:\n        file.write(bytes(1 << 20))",
        "OSError",
        None,
    ),
    "a large file": (
        "with open('x', 'wb') as file:\n    while True:\n        file.write(bytes(1 << 20))",
        "OSError|DiskLimit",
        None,
    ),
    "many files": (
        "for n in range(1_000_000):\n    open(f'{{n}}', 'wb').write(bytes(1 << 18))",
        "DiskLimit",
        2,
    ),
    "files without a name": (
        "import os, time\nheld = []\nfor n in range(200):\n    held.append(open('x', 'wb'))\n"
        "    held[-1].write(bytes(1 << 20))\n    held[-1].flush()\n    os.remove('x')\n"
        "time.sleep(5)",
        "DiskLimit",
        None,
    ),
    "memory without a name": (
        "import os\nos.memfd_create('x')",
        "OSError|PermissionError",
        2,
    ),
    "memory of System V": (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.shmget(0, 1 << 30, 0o1600) < 0:\n    raise OSError(ctypes.get_errno())",
        "OSError",
        4,
    ),
    "time": ("while True: pass", "Timeout", None),
}


QUICK = {"the network", "a secret variable", "a file outside", "the builder", "a fork bomb"}
NAMES = [each if each in QUICK else pytest.param(each, marks=pytest.mark.slow) for each in HOSTILE]


@pytest.mark.parametrize("name", NAMES)
def test_attacks_are_denied(name: str, kernels: Kernels, outside: Path, listener: int) -> None:
    """Each attack ends at its line, with an exception or at a limit."""
    source, ename, line = HOSTILE[name]
    values = {"port": listener, "pid": os.getpid(), "secret": str(outside)}
    options = ExecuteOptions(sandbox=True, timeout=2 if name == "time" else 20, memory=0.5)
    made = execute("1", source.format(**values), options=options, kernels=kernels)
    failure = made.failure
    assert failure is not None
    assert failure.ename in ename.split("|"), failure
    assert 2 == len(made.outputs)
    assert line in (None, failure.line)
    assert SECRET not in str(made)


def test_an_innocent_post(kernels: Kernels, tmp_path: Path) -> None:
    """A post that computes, draws and uses its folder runs, and its reads are observed."""
    (tmp_path / "read.csv").write_text("数\n", "utf-8")
    (tmp_path / "other.csv").write_text("b", "utf-8")
    (tmp_path / "helper.py").write_text("x = 3", "utf-8")
    code = (
        "import helper, subprocess, multiprocessing as m, tempfile, os\n"
        "print(open('read.csv').read(), subprocess.run(['cat', 'read.csv'], check=True).returncode)"
        "\nopen('made.txt', 'w').write('x'); open(os.path.expanduser('~/x'), 'w')\n"
        "with m.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, -2]))"
    )
    figure = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    boxed = execute(code, figure, options=BOXED, bundle=tmp_path, kernels=kernels)
    free = execute(code, figure, bundle=tmp_path, kernels=kernels)
    assert "[1, 2]" in printed(boxed)
    assert ["image/png" in each.data for each in shown(boxed, 2)] == [True]
    # The sandbox shows neither these places nor the builder's variables.
    places = ("asked ", "outside ", "left ", "link ", "variable ")
    assert {f: v for f, v in free.facts.items() if not f.startswith(places)} == boxed.facts
    assert "file read.csv" in boxed.facts
    assert "file other.csv" not in boxed.facts


def test_an_interrupt_reaches_the_cell(kernels: Kernels) -> None:
    """A cell that takes too long has a traceback, as outside the sandbox."""
    made = execute("1", "def f():\n    while True: pass\nf()", options=_in(1), kernels=kernels)
    assert made.failure is not None
    assert ("Timeout", 3) == (made.failure.ename, made.failure.line)


@pytest.mark.slow
def test_nothing_is_left(kernels: Kernels) -> None:
    """Daemons end with the post."""
    name = f"eg-{os.getpid()}-daemon"
    code = (
        "import subprocess\nsubprocess.Popen(['sh', '-c', "
        f"'sleep 100; : {name}'], start_new_session=True)"
    )
    assert execute(code, options=BOXED, kernels=kernels).failure is None
    running = subprocess.run(["pgrep", "-f", f"sleep 100; : {name}"], capture_output=True)
    assert b"" == running.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "attack",
    [
        "os.symlink({secret!r}, os.path.expanduser('~/stdout2')); "
        "os.replace(os.path.expanduser('~/stdout2'), os.path.expanduser('~/stdout')); os._exit(3)",
        "os.remove(os.path.expanduser('~/stdout')); "
        "os.mkfifo(os.path.expanduser('~/stdout')); os._exit(3)",
        "os.symlink({secret!r}, os.path.expanduser('~/report.json'))",
        "os.mkdir(os.path.expanduser('~/report.json'))",
        "get_ipython().kernel.session.send(get_ipython().kernel.iopub_socket, 'stream', "
        "{{'name': 3}}, parent=get_ipython().parent_header)",
        "get_ipython().kernel.session.send(get_ipython().kernel.iopub_socket, 'display_data', "
        "{{'data': {{'image/png': 7}}, 'metadata': 3}}, parent=get_ipython().parent_header)",
        "[os.mkdir('d') or os.chdir('d') for n in range(1200)]",
    ],
)
def test_traps_for_the_builder(attack: str, kernels: Kernels, outside: Path) -> None:
    """Links and special files that a post leaves for the builder are not followed."""
    start = time.monotonic()
    source = f"import os\n{attack.format(secret=str(outside))}"
    made = execute(source, options=BOXED, kernels=kernels)
    assert isinstance(made, Execution)
    assert SECRET not in str(made)
    assert time.monotonic() - start < 60


@pytest.mark.slow
def test_a_forged_report(kernels: Kernels, outside: Path) -> None:
    """A forged report makes the builder look up nothing outside the sandbox."""
    code = (
        "import json, os, sys\n"
        "answer = dict(python='9', platform='x', path=[os.getcwd()], modules={}, before={}, "
        f"missing=[], asked={{}}, outside={{{str(outside)!r}: True}}, young={{}}, "
        "listed={'/root': True}, searched={'.': [1]})\n"
        "os.mkfifo('x.dist-info') \n"
        "sys.modules['_probe'].end = lambda place: json.dump(answer, open(place, 'w'))"
    )
    made = execute(code, options=BOXED, kernels=kernels)
    assert made.failure is None
    assert [] == [fact for fact in made.facts if fact.startswith("outside")]


def test_links_to_the_outside(tmp_path: Path) -> None:
    """A symlink beside a post gives no access outside the blog or to hidden files."""
    root = tmp_path / "blog"
    (root / ".git").mkdir(parents=True)
    (root / ".git/config").write_text("token")
    (root / "posts").mkdir()
    (tmp_path / "secret").write_text(SECRET)
    (root / "posts/plain").write_text("x")
    for name, target in {"a": "../../secret", "b": "../.git/config", "c": "plain"}.items():
        (root / "posts" / name).symlink_to(target)
    (tmp_path / "run").mkdir()
    copy = copy_bundle(root / "posts", (), tmp_path / "run", root)
    assert {"c", "plain"} == set(copy.files)


def test_stand_ins_are_sandboxed(tmp_path: Path, outside: Path) -> None:
    """The script that writes stand-ins is the post's own code too."""
    bundle = tmp_path / "posts"
    bundle.mkdir()
    script = "import sys\nopen(sys.argv[1], 'w').write(open({!r}).read())\n"
    (bundle / "good.py").write_text(script.format("good.py"))
    (bundle / "evil.py").write_text(script.format(str(outside)))
    job = Job("posts/a.md", Notebook((Cell("1", 1),)), BOXED, bundle, root=tmp_path)
    good = Job(**{**_fields(job), "stand_ins": {"a.csv": "good.py"}})
    with open_workspace(good) as workspace:
        assert "import sys" in (workspace.cwd / "a.csv").read_text()
    evil = Job(**{**_fields(job), "stand_ins": {"a.csv": "evil.py"}})
    with pytest.raises(EvergreenError, match=r"evil\.py: FileNotFoundError"), open_workspace(evil):
        pass


def test_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sandbox = true` applies to all posts, whatever they set; the others publish."""
    monkeypatch.setenv("EG_SECRET", SECRET)
    write = (tmp_path / "posts").mkdir() or (tmp_path / "posts/2026-01-01-a.md").write_text
    head = "---\ntitle: a\nexecute: {sandbox: false, env: [EG_SECRET]}\n---\n"
    write(f"{head}\n```python\nimport os\nos.environ['EG_SECRET']\n```\n")
    options = ExecuteOptions(sandbox=True)
    report = publish(
        BuildOptions(tmp_path, tmp_path / "_site", Site(search=False, execute=options))
    )
    assert [("posts/2026-01-01-a.md", 8)] == [(each.path, each.line) for each in report.problems]
    assert "KeyError" in report.problems[0].message


def test_without_bubblewrap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Posts are not run without a sandbox: one line, and nothing changes."""
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts/2026-01-01-a.md").write_text("---\ntitle: a\n---\n\n```python\n1\n```\n")
    (tmp_path / "site.toml").write_text("[execute]\nsandbox = true\n")
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    sandbox.unavailable.cache_clear()
    assert 2 == main(["--root", str(tmp_path), "--quiet"])
    sandbox.unavailable.cache_clear()
    said = capfd.readouterr().err.strip()
    assert said.startswith("posts/2026-01-01-a.md: not run: bubblewrap is not installed: ")
    assert 1 == len(said.splitlines())
    assert not (tmp_path / "_site").exists()


@pytest.mark.slow
def test_deep_folders_are_removed(tmp_path: Path) -> None:
    """Folders are removed at any depth."""
    code = "import os\nfor n in range(1200): os.mkdir('d'); os.chdir('d')"
    (tmp_path / "x").mkdir()
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "x", check=True)
    remove(tmp_path / "x")
    assert not (tmp_path / "x").exists()


def _in(seconds: float) -> ExecuteOptions:
    return ExecuteOptions(sandbox=True, timeout=seconds, memory=0.5)


def _fields(job: Job) -> dict[str, object]:
    return {name: getattr(job, name) for name in Job.__dataclass_fields__}
