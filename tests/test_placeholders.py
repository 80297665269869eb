"""Large files beside a post: copied when something opens them, and not before."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from evergreen.build.forecast import forecast
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.execution import bundle_copy
from evergreen.execution.kernels.file_copy import fill, is_hole, make_placeholder
from evergreen.model import Site

CONTENT = "数据\n".encode() * 5000
HASH = hashlib.sha256(CONTENT).hexdigest()
DIGEST = "hashlib.sha256({}).hexdigest()"

WAYS = {
    "open": DIGEST.format("open(name, 'rb').read()"),
    "below another folder's descriptor": DIGEST.format(
        "os.fdopen(os.open(name, os.O_RDONLY, dir_fd=os.open('.', os.O_RDONLY)), 'rb').read()"
    ),
    "a child process": "subprocess.check_output(['sha256sum', name])[:64].decode()",
    "a shell's redirection": "subprocess.getoutput(f'sha256sum < {name}')[:64]",
    "a C library": "c_open(name)",
    "a memory map": DIGEST.format("mmap.mmap(os.open(name, 0), 0, access=mmap.ACCESS_READ)"),
    "an absolute path with dots": DIGEST.format(
        "open(f'{os.getcwd()}/./../{here}/{name}','rb').read()"
    ),
    "a symlink of the run": DIGEST.format("(os.symlink(name, 'a'), open('a', 'rb').read())[1]"),
    "a hard link of the run": DIGEST.format("(os.link(name, 'b'), open('b', 'rb').read())[1]"),
    "a new name": DIGEST.format("(os.rename(name, 'c'), open('c', 'rb').read())[1]"),
    "a copy": DIGEST.format("open(shutil.copy(name, 'd'), 'rb').read()"),
    "a thread": DIGEST.format(
        "concurrent.futures.ThreadPoolExecutor().submit(lambda: open(name, 'rb').read()).result()"
    ),
    "a forked process": "forked(name)",
    "reading and writing": DIGEST.format("open(name, 'r+b').read()"),
    "appending": DIGEST.format("(open(name, 'ab').close(), open(name, 'rb').read())[1]"),
    "shortening": DIGEST.format("(os.truncate(name, size), open(name, 'rb').read())[1]"),
    "a read-only file": DIGEST.format("open(name, 'rb').read()"),
    "a process that nobody may look into": "in_the_dark(name)",
    "a program outside of the run": "ask_server(os.path.abspath(name))",
}
SETUP = """
import concurrent.futures, ctypes, hashlib, mmap, multiprocessing, os, shutil, socket
import subprocess, sys
here, size = os.path.basename(os.getcwd()), {size}
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.fread.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p]

def c_open(name):
    buffer = ctypes.create_string_buffer(size)
    libc.fread(buffer, 1, size, libc.fopen(name.encode(), b"rb"))
    return hashlib.sha256(buffer.raw).hexdigest()

def forked(name):
    reading, writing = os.pipe()
    if not os.fork():
        os.write(writing, hashlib.sha256(open(name, "rb").read()).hexdigest().encode())
        os._exit(0)
    return os.read(reading, 64).decode()

def in_the_dark(name):
    child = "import ctypes, hashlib, sys; ctypes.CDLL(None).prctl(4, 0)\\n"  # PR_SET_DUMPABLE
    child += "print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())"
    return subprocess.check_output([sys.executable, "-I", "-c", child, name]).decode()

def ask_server(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.connect({server!r})
        one.send(path.encode())
        return one.recv(64).decode()
"""


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BuildOptions:
    """Return a blog in which a file of 1 KiB is large."""
    monkeypatch.setattr(bundle_copy, "LARGE", 1024)
    (tmp_path / "posts/大").mkdir(parents=True)
    return BuildOptions(tmp_path, tmp_path / "_site", Site(search=False))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Run a server that answers a path with the hash of the file; yield its socket."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "server"))
        listening.listen()

        def answer() -> None:
            one, _ = listening.accept()
            with one:
                content = Path(one.recv(4096).decode()).read_bytes()
                one.send(hashlib.sha256(content).hexdigest().encode())

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield str(tmp_path / "server")


def write(build: BuildOptions, *cells: str) -> Path:
    """Write the post; return its folder."""
    blocks = "".join(f"```python\n{cell}\n```\n\n" for cell in cells)
    folder = build.root / "posts/大"
    (folder / "index.md").write_text(f"---\ntitle: 大\ndate: 2026-01-01\n---\n\n{blocks}", "utf-8")
    return folder


def reasons(build: BuildOptions) -> list[str]:
    """Return why posts would run."""
    return [post.reason for post in forecast(build).posts if post.runs]


def test_content_is_there_whoever_opens_the_file(build: BuildOptions, server: str) -> None:
    """And the author's file stays as it was."""
    names = {way: f"{number}.bin" for number, way in enumerate(WAYS)}
    cells = [f"name = {names[way]!r}\nprint({way!r}, {code})" for way, code in WAYS.items()]
    folder = write(build, SETUP.format(size=len(CONTENT), server=server), *cells)
    for name in names.values():
        (folder / name).write_bytes(CONTENT)
    (folder / names["a read-only file"]).chmod(0o444)
    assert () == publish(build).problems
    page = (build.output / "大/index.html").read_text("utf-8")
    assert [] == [way for way in WAYS if f"{way} {HASH}" not in page.replace("&#39;", "'")]
    assert {CONTENT} == {(folder / name).read_bytes() for name in names.values()}


def test_a_file_that_nobody_opens_is_no_dependency(build: BuildOptions) -> None:
    """It is listed and has its size; only its name counts."""
    folder = write(build, "import os\nprint(os.listdir('.'), os.stat('读.bin').st_size)")
    (folder / "读.bin").write_bytes(CONTENT)
    (folder / "旁.bin").write_bytes(CONTENT)
    assert () == publish(build).problems
    (folder / "旁.bin").write_bytes(CONTENT + b"x")
    assert [] == reasons(build)
    (folder / "读.bin").write_bytes(CONTENT[::-1])
    assert ["读.bin changed"] == reasons(build)


def test_a_file_that_is_opened_is_a_dependency(build: BuildOptions) -> None:
    """Its content counts, by the hash of what the run read."""
    folder = write(build, "print(len(open('读.bin', 'rb').read()))")
    (folder / "读.bin").write_bytes(CONTENT)
    publish(build)
    assert [] == reasons(build)
    os.utime(folder / "读.bin", (1, 1))
    assert [] == reasons(build)
    (folder / "读.bin").write_bytes(CONTENT[::-1])
    assert ["读.bin changed"] == reasons(build)


def test_a_file_that_has_gone_before_it_is_opened_is_an_error(build: BuildOptions) -> None:
    """It is no file of zeros."""
    source = build.root / "posts/大/失.bin"
    write(build, f"import os\nos.remove({str(source)!r})", "print(open('失.bin', 'rb').read(9))")
    source.write_bytes(CONTENT)
    (problem,) = publish(build).problems
    assert "Input/output error: '失.bin'" in problem.message


def test_a_file_that_changes_before_it_is_opened_is_read_as_it_is_then(build: BuildOptions) -> None:
    """The run's result is not reused: what it depends on has changed while it ran."""
    source = build.root / "posts/大/变.bin"
    write(build, f"open({str(source)!r}, 'w').write('新')", "print(open('变.bin').read())")
    source.write_bytes(CONTENT)
    assert () == publish(build).problems
    assert "新" in (build.output / "大/index.html").read_text("utf-8")
    assert 1 == len(reasons(build))


def test_without_a_tracer_files_are_copied_at_once(
    build: BuildOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing would fill them later."""
    monkeypatch.setenv("EVERGREEN_TRACER", "off")
    folder = write(
        build, "import hashlib\nprint(hashlib.sha256(open('a', 'rb').read()).hexdigest())"
    )
    (folder / "a").write_bytes(CONTENT)
    assert () == publish(build).problems
    assert HASH in (build.output / "大/index.html").read_text("utf-8")


def test_a_placeholder_becomes_a_copy(tmp_path: Path) -> None:
    """With size, permissions and time from the beginning."""
    source, target = tmp_path / "源", tmp_path / "本"
    source.write_bytes(CONTENT)
    source.chmod(0o440)
    stamp, is_empty = make_placeholder(str(source), str(target))
    status = target.stat()
    assert (0o100440, stamp) == (status.st_mode, (status.st_size, status.st_mtime_ns))
    assert is_empty == is_hole(str(target))
    fill(str(source), str(target))
    assert (CONTENT, 0o100440, stamp[1]) == (
        target.read_bytes(),
        target.stat().st_mode,
        target.stat().st_mtime_ns,
    )
