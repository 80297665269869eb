"""Publishing with kills, failing system calls, full disks and concurrency: real processes."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evergreen.model import Artifact
from evergreen.publish import inspect, publish

ROOT = Path(__file__).resolve().parents[1]
TRIED = int(os.environ.get("EVERGREEN_FAULTS", "8"))
"""How many calls of a kind fail, of about 200; `EVERGREEN_FAULTS=1000` makes each of them fail."""
MARGIN = 50
"""A publish that follows another one makes a few calls more or less."""
WAYS = ["trade", "renames", "in place"]

PUBLISHER = """
import os, sys, time
from pathlib import Path
from evergreen.publish import swap
from evergreen.publish import inspect, publish
from evergreen.errors import EvergreenError
from tests_destination_sites import site_of

act, way, count, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
if way == "renames":
    swap.exchange = lambda *_: False
def put(number):
    publish(site_of(number, count), folder, in_place=way == "in place")
try:
    if act == "once":
        os.access("/begin", os.F_OK)  # seen in the trace of system calls
        put(1)
        os.access("/end", os.F_OK)
    elif act == "inspect":
        inspect(folder)
    else:
        for number in range(1, 1_000_000):
            put(number % 2)
            print(number, flush=True)
            time.sleep(0.03 if act == "turns" else 0)
except EvergreenError as error:
    sys.exit(f"told: {error}")
"""
SITES = '''
from evergreen.model import Artifact

def site_of(number, count):
    """Two sites of `count` posts: a third of the pages differ, some are in one of them only."""
    pages = {f"{2000 + n % 9}/文章-{n}/index.html": f"{n} {number if n % 3 else 0} 常青" * (n % 50)
             for n in range(count) if n % 10 != number}
    pages |= {"about" + "/index.html" * number: "關於", "feed.xml": f"<feed>{number}</feed>"}
    return [Artifact(path, text.encode()) for path, text in pages.items()]
'''


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """Return a folder with the sites, importable here and in child processes."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "tests_destination_sites.py").write_text(SITES, encoding="utf-8")
    (folder / "publisher.py").write_text(PUBLISHER, encoding="utf-8")
    return folder


def site_of(number: int, count: int) -> list[Artifact]:
    names: dict = {}
    exec(SITES, names)
    return names["site_of"](number, count)


def start(library: Path, *arguments: str, before: tuple[str, ...] = (), **options):
    """Start a publisher in its own process group: `once` or `again`, way, posts, folder."""
    environment = os.environ | {"PYTHONPATH": f"{library}:{ROOT}", "PYTHONUTF8": "1"}
    command = [*before, sys.executable, "-B", str(library / "publisher.py"), *arguments]
    return subprocess.Popen(
        command,
        env=environment,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def two_sites(folder: Path, count: int, **theirs: str) -> list[dict[str, bytes]]:
    """Return the content of a destination after a clean publish of either site."""
    found = []
    for number in (0, 1):
        publish(site_of(number, count), folder / str(number))
        others = {name: text.encode() for name, text in theirs.items()}
        found.append(everything(folder / str(number)) | others)
    return found


# --- kills ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("way", "kills"), [("trade", 40), ("renames", 30), ("in place", 30)])
def test_killed_publishes_leave_one_site_or_the_other(tmp_path, library, way, kills):
    """After kill -9 at a random moment, the site is the complete old or new one.

    With exchanged trees this is true at once, otherwise after the next call of `inspect`. The next
    publish equals a clean one, and foreign files are kept.
    """
    moments = random.Random(4)
    site = tmp_path / "_site"
    wanted = two_sites(tmp_path / "clean", 300, CNAME="常青.example")
    publish(site_of(0, 300), site)
    (site / "CNAME").write_text("常青.example")
    seen = []
    for kill in range(kills):
        process = start(library, "again", way, "300", str(site))
        process.stdout.readline()
        if kill % 10 == 0:  # both sites are met however slow the machine is
            process.stdout.readline()
        elif kill % 10 > 1:
            time.sleep(moments.uniform(0, 0.15))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if way != "trade":
            inspect(site)
        seen.append(wanted.index(everything(site)))
        number = moments.randrange(2)
        publish(site_of(number, 300), site)
        assert everything(site) == wanted[number]
    assert {0, 1} == set(seen)


@pytest.mark.slow
def test_killed_first_publish_leaves_nothing_or_the_site(tmp_path, library):
    """A first site is never incomplete, and the next publish is a clean one."""
    moments = random.Random(5)
    (wanted,) = two_sites(tmp_path / "clean", 300)[1:]
    seen = set()
    for n in range(40):
        site = tmp_path / str(n) / "_site"
        process = start(library, "once", "trade", "300", str(site))
        if n % 10 == 0:
            process.wait()
        elif n % 10 > 1:
            time.sleep(moments.uniform(0.03, 0.25))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        seen.add(site.exists())
        assert not site.exists() or everything(site) == wanted
        publish(site_of(1, 300), site)
        assert everything(site) == wanted
        shutil.rmtree(site.parent)
    assert seen == {False, True}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_interrupted_publishes_leave_one_site_or_the_other(tmp_path, library, way):
    """After Ctrl-C at any moment the site is complete when the process has ended."""
    moments = random.Random(6)
    site = tmp_path / "_site"
    wanted = two_sites(tmp_path / "clean", 300)
    publish(site_of(0, 300), site)
    for _ in range(25):
        process = start(library, "again", way, "300", str(site))
        process.stdout.readline()
        time.sleep(moments.uniform(0, 0.05))
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate()
        assert "KeyboardInterrupt" in told
        assert everything(site) in wanted


# --- system calls that fail -------------------------------------------------------------------

FAULTS = [
    *(("openat", "EMFILE"), ("openat", "ENOSPC"), ("write", "ENOSPC"), ("write", "EIO")),
    *(("mkdir", "ENOSPC"), ("mkdir", "EACCES"), ("link", "EXDEV"), ("linkat", "EIO")),
    *(("linkat", "EMLINK"), ("rename", "EIO"), ("rename", "ENOSPC"), ("renameat2", "EIO")),
    *(("renameat2", "EBUSY"), ("renameat2", "ENOSYS"), ("unlink", "EIO"), ("rmdir", "EIO")),
    *(("fsync", "EIO"), ("syncfs", "EIO"), ("chmod", "EPERM"), ("utimensat", "EPERM")),
    *(("getdents64", "EIO"), ("newfstatat", "EIO"), ("ftruncate", "EIO"), ("pwrite64", "ENOSPC")),
    *(("fcntl", "ENOLCK"), ("read", "EIO")),
]


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("lasting", ["once", "from then on"])
@pytest.mark.parametrize(("call", "error"), FAULTS)
def test_failing_system_calls_leave_the_old_site(tmp_path, library, way, call, error, lasting):
    """The n-th call of a kind fails, or all from the n-th on: `TRIED` of them, and behind the last.

    The site is the old one and the failure is reported in one line, or it is the new one. If files
    are renamed in place and the rollback fails too, this is true after the next call of `inspect`.
    The next publish equals a clean one.
    """
    strace = strace_or_skip(tmp_path)
    site = tmp_path / "_site"
    old, new = two_sites(tmp_path / "clean", 12, CNAME="常青.example")
    publish(site_of(0, 12), site)
    (site / "CNAME").write_text("常青.example")
    skipped, count = count_calls(strace, library, way, site, call)
    for n in tried(count):
        publish(site_of(0, 12), site)
        assert everything(site) == old
        fault = f"-einject={call}:error={error}:when={skipped + n}{'+' * (lasting != 'once')}"
        code, told, log = traced(strace, library, way, site, call, fault)
        if way != "trade":
            inspect(site)
        assert everything(site) == (old if code else new), (n, told)
        if call != "write" or told:  # else the line could not be written either
            assert (code, told[:6], told.count("\n")) in [(0, "", 0), (1, "told: ", 1)]
    assert "(INJECTED)" not in log.partition("/end")[0]
    assert code == 0


def tried(count: int) -> list[int]:
    """Return which calls fail, at most `TRIED` of them, and a number behind all calls."""
    calls = range(1, count + 1)
    some = sorted(random.Random(count).sample(calls, min(TRIED, count)))
    return [*some, count + MARGIN]


def strace_or_skip(tmp_path: Path) -> str:
    strace = shutil.which("strace")
    if not strace or subprocess.run([strace, "-o", str(tmp_path / "log"), "true"]).returncode:
        pytest.skip("system calls can be made to fail by strace only, where it may trace")
    return strace


def count_calls(strace: str, library: Path, way: str, site: Path, call: str) -> tuple[int, int]:
    """Return the number of calls that Python makes before it publishes, and while it does."""
    code, told, log = traced(strace, library, way, site, call)
    assert (code, told) == (0, "")
    before, _, rest = log.partition("/begin")
    return before.count(f" {call}("), rest.partition("/end")[0].count(f" {call}(")


def traced(strace: str, library: Path, way: str, site: Path, call: str, *more: str):
    """Return exit code, output and system call trace of a publish."""
    log = site.parent / "log"
    marks = "access,faccessat,faccessat2"
    only = f"-etrace={call},{marks}"
    trace = (strace, "-f", "--seccomp-bpf", "-o", str(log), only, *more)
    process = start(library, "once", way, "12", str(site), before=trace)
    _, told = process.communicate()
    return process.returncode, told, log.read_text(encoding="utf-8", errors="replace")


# --- full disks, mounts and permissions -------------------------------------------------------


def in_namespace(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script that may mount; skip the test if that is not permitted."""
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "--propagation", "private"]
    probe = [*unshare, "sh", "-c", "mount -t tmpfs none /mnt"]
    if not shutil.which("unshare") or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("nothing may be mounted here")
    environment = os.environ | {"PYTHONUTF8": "1"}
    command = [*unshare, "sh", "-ec", script, "sh", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def publisher(library: Path) -> str:
    return f"PYTHONPATH={library}:{ROOT} {sys.executable} -B {library}/publisher.py"


@pytest.mark.parametrize("way", WAYS)
def test_full_disk_leaves_the_old_site(tmp_path, library, way):
    """For many disk sizes, a publish reports a full disk or is complete."""
    old, new = two_sites(tmp_path / "clean", 300)
    done = in_namespace(
        f"""
        for size in 1200 1300 1400 1550 1700 2000 4000; do
            mount -t tmpfs -o size=${{size}}k none /mnt
            mkdir /mnt/0
            cp -r "$1/0" /mnt/_site
            {publisher(library)} once "{way}" 300 /mnt/_site 2>> "$1/told" || true
            {publisher(library)} inspect "{way}" 300 /mnt/_site || echo broken >> "$1/told"
            cp -r /mnt/_site "$1/_site-$size"
            umount /mnt
        done
        """,
        str(tmp_path / "clean"),
    )
    assert done.stderr == ""
    sites = sorted((tmp_path / "clean").glob("_site-*"))
    found = [everything(site) for site in sites]
    told = (tmp_path / "clean/told").read_text().splitlines()
    assert {"No space left on device" in line for line in told} == {True}
    assert len(told) == sum(site == old for site in found)
    assert all(site in (old, new) for site in found)
    assert 0 < len(told) < len(found) == 7


@pytest.mark.parametrize("empty", [True, False])
def test_mount_point_is_published_in_place(tmp_path, library, empty):
    """A mount point cannot be exchanged, so files are renamed in it."""
    new = two_sites(tmp_path / "clean", 30)[1]
    first = "" if empty else f"{publisher(library)} once 'in place' 20 /mnt"
    done = in_namespace(
        f"""
        mkdir "$1/bound"
        mount --bind "$1/bound" /mnt
        {first}
        {publisher(library)} once trade 30 /mnt
        ls -a /mnt > "$1/list"
        """,
        str(tmp_path),
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert everything(tmp_path / "bound") == new
    assert "staging" not in (tmp_path / "list").read_text()


def test_mount_inside_the_site_stays(tmp_path, library):
    """A filesystem mounted in a folder of the site is not moved."""
    new = two_sites(tmp_path / "clean", 30)[1]
    done = in_namespace(
        f"""
        {publisher(library)} once trade 20 "$1/_site"
        mkdir "$1/_site/外"
        mount -t tmpfs none "$1/_site/外"
        echo mine > "$1/_site/外/檔案"
        {publisher(library)} once trade 30 "$1/_site"
        cat "$1/_site/外/檔案"
        """,
        str(tmp_path),
    )
    assert (done.stderr, done.stdout) == ("", "mine\n")
    assert everything(tmp_path / "_site") == new


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="needs another user")
def test_parent_that_may_not_be_written(tmp_path, library, monkeypatch):
    """If only the destination itself is writable, files are renamed in it."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # it would write elsewhere too
    new = two_sites(tmp_path / "clean", 30)[1]
    site = tmp_path / "parent/_site"
    site.mkdir(parents=True)
    before = ()
    if os.geteuid() == 0:
        before = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        os.chown(site, 65534, 65534)
        for folder in (library, *list(tmp_path.parents)[:3], tmp_path):
            folder.chmod(0o755)
    site.parent.chmod(0o555)
    process = start(library, "once", "trade", "30", str(site), before=before)
    _, told = process.communicate()
    site.parent.chmod(0o755)
    assert (told, process.returncode) == ("", 0)
    assert everything(site) == new
    assert [path.name for path in site.parent.iterdir()] == ["_site"]


# --- competition ------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_publishers_take_turns(tmp_path, library, way):
    """Two concurrent publishers each publish a complete site."""
    site = tmp_path / "_site"
    wanted = two_sites(tmp_path / "clean", 100)
    processes = [start(library, "turns", way, "100", str(site)) for _ in range(2)]
    for _ in range(10):
        for process in processes:
            assert process.stdout.readline().strip().isdecimal()
    for process in processes:
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
        assert "told: " not in told
    assert everything(site) in wanted


def test_readers_never_miss_a_page(tmp_path, library):
    """During an exchange, a page of both sites can be opened at every moment."""
    site = tmp_path / "_site"
    publish(site_of(0, 100), site)
    process = start(library, "again", "trade", "100", str(site))
    process.stdout.readline()
    for _ in range(5_000):
        assert (site / "feed.xml").read_bytes() in (b"<feed>0</feed>", b"<feed>1</feed>")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
