"""A box around a kernel: Linux namespaces, made by bubblewrap.

Inside there is no network, no process but the kernel's own, no variable of the builder's; of its
files the system's, Python's and the packages', read-only; and the folders of the run, which alone
can be written. Where the builder is root, the kernel is a user that owns nothing else.

How much may be used is bounded by `boxed`, inside, and by `limits`, outside.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evergreen.execution.kernels.servers import HERE

PROCESSES = 256
"""That a post may run at once."""
TASKS = 1024
"""Processes and threads, which the system itself refuses to exceed."""
DISK = 2 << 30
"""Bytes that a post may write."""
SHARED = 1 << 30
"""Bytes of each of its temporary folders, which are kept in memory."""

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = (
    *("alternatives", "fonts", "host.conf", "ld.so.cache", "ld.so.conf", "ld.so.conf.d"),
    *("locale.alias", "localtime", "magic", "mime.types", "nsswitch.conf", "protocols", "python3"),
    *("R", "services", "ssl/certs", "ssl/openssl.cnf", "timezone", "ca-certificates", "pki/tls"),
)
"""What of /etc programs need, and nobody keeps secret."""
_KEPT = ("LANG", "LANGUAGE", "TZ")
_FIRST_USER = 0x70000000
"""Users from here on exist nowhere."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What is let into a box."""

    folders: tuple[Path, ...]
    """Writable; they stand there under their own names."""
    shown: tuple[str, ...] = ()
    """Further files and folders that can be read."""
    processes: int = PROCESSES
    disk: int = DISK

    @property
    def user(self) -> int:
        """Who the kernel is where the builder is root: for each run another; else 0."""
        if os.geteuid():
            return 0
        return _FIRST_USER + self.folders[0].stat().st_ino % 0x0FFFFFFF


@functools.cache
def lacking() -> str:
    """Why no box can be made here; "" where one can."""
    if sys.platform != "linux":
        return "posts can be boxed in on Linux alone"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    with tempfile.TemporaryDirectory() as folder:
        trial = command(Sandbox((Path(folder),)), ["/bin/true"], Path(folder))
        done = subprocess.run(trial, capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines() or ["bubblewrap fails"]
    return f"no box can be made: {said[-1]}" if done.returncode else ""


def hand_over(sandbox: Sandbox) -> None:
    """Give what is in the box's folders to the user that the kernel will be."""
    if not (user := sandbox.user):
        return
    for here, _, names in (step for folder in sandbox.folders for step in os.walk(folder)):
        status = os.stat(here)
        for path in (here, *(f"{here}/{name}" for name in names)):
            os.chown(path, user, user, follow_symlinks=False)
        os.utime(here, ns=(0, status.st_mtime_ns))  # it has just been listed, by us


def command(sandbox: Sandbox, argv: Sequence[str], cwd: Path) -> list[str]:
    """The command that runs another one in a box."""
    user, python = sandbox.user, str(Path(sys.base_prefix, "bin", f"python3.{sys.version_info[1]}"))
    limits = map(str, (user, TASKS, sandbox.disk))
    return [
        *("bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--die-with-parent", "--cap-drop", "ALL"),
        *_identity(user),
        *_mounts(sandbox),
        *("--remount-ro", "/", "--chdir", str(cwd), "--"),
        *(python, "-I", "-S", str(HERE / "sandbox_init.py"), *limits),
        *argv,
    ]


def limits(sandbox: Sandbox) -> dict[str, object]:
    """What the box's supervisor watches over."""
    return {
        "processes": sandbox.processes,
        "disk": sandbox.disk,
        "folders": [str(folder) for folder in sandbox.folders],
    }


def variables(extra: Mapping[str, str], home: Path) -> dict[str, str]:
    """The environment in a box: nothing of the builder's but language and time zone."""
    kept = {
        name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("LC_")
    }
    names = {"HOME": str(home), "USER": "evergreen", "LOGNAME": "evergreen", "TMPDIR": "/tmp"}
    path = {"PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin"}
    backend = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    return {**kept, **names, **path, **backend, **extra}


def _identity(user: int) -> tuple[str, ...]:
    if user:
        return ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    return ("--unshare-user",)


def _mounts(sandbox: Sandbox) -> Iterator[str]:
    yield from ("--proc", "/proc", "--dev", "/dev")
    for place in ("/dev/shm", "/tmp"):
        yield from ("--perms", "1777", "--size", str(SHARED), "--tmpfs", place)
    for path in _SYSTEM:
        if Path(path).is_symlink():
            yield from ("--symlink", str(Path(path).readlink()), path)
        elif Path(path).is_dir():
            yield from ("--ro-bind", path, path)
    shown = [*(f"/etc/{name}" for name in _SETTINGS), *_shown(sandbox)]
    shown = [path for path in shown if os.path.exists(path)]
    for path in _above([*shown, *map(str, sandbox.folders)]):
        yield from ("--perms", "0755", "--dir", path)
    for path in shown:
        yield from ("--ro-bind", path, path)
    for own in map(str, sandbox.folders):
        yield from ("--bind", own, own)


def _above(paths: Sequence[str]) -> list[str]:
    """The folders above some paths, which all may enter, the outer ones first."""
    above = {str(folder) for path in paths for folder in Path(path).parents}
    return sorted(above - {"/", "/tmp"})


def _shown(sandbox: Sandbox) -> list[str]:
    """Python, its packages, our own scripts: the outer ones first, none below another."""
    asked = {sys.base_prefix, sys.prefix, str(HERE), *_module_folders(), *sandbox.shown}
    both = {place for path in asked for place in (path, os.path.realpath(path))}
    found: list[str] = []
    for path in sorted(both - {"/"}):
        if not path.startswith(("/usr/", *(f"{outer}/" for outer in found))) and path != "/usr":
            found.append(path)
    return found


def _module_folders() -> Iterator[str]:
    """Where this Python's packages are, less the blog and the engine."""
    own = {Path.cwd(), HERE.parents[1]}
    for entry in sys.path:
        if entry and os.path.isdir(entry) and Path(entry).resolve() not in own:
            yield entry
