"""Sandbox of a kernel: Linux namespaces, created by bubblewrap.

Inside, there is no network, no process but the kernel's own, and no environment variable of the
builder. The files of the system, of Python and of its packages are read-only; only the folders of
the run are writable. If the builder is root, the kernel runs as a user that owns nothing else.

`sandbox_init` (inside) and `limits` (outside) bound the resources.
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
"""Maximum number of processes of a post."""
TASKS = 1024
"""Maximum number of processes and threads; the system enforces it."""
DISK = 2 << 30
"""Maximum bytes that a post may write."""
SHARED = 1 << 30
"""Size in bytes of each temporary folder, which is in memory."""

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = (
    *("alternatives", "fonts", "host.conf", "ld.so.cache", "ld.so.conf", "ld.so.conf.d"),
    *("locale.alias", "localtime", "magic", "mime.types", "nsswitch.conf", "protocols", "python3"),
    f"python3.{sys.version_info.minor}",  # Debian has its sitecustomize.py there
    *("R", "services", "ssl/certs", "ssl/openssl.cnf", "timezone", "ca-certificates", "pki/tls"),
)
"""Entries of /etc that programs need and that contain no secrets."""
_KEPT = ("LANG", "LANGUAGE", "TZ")
_FIRST_USER = 0x70000000
"""First of a range of user ids that no system assigns."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What a sandboxed process may access."""

    folders: tuple[Path, ...]
    """Writable folders, mounted under their own paths."""
    shown: tuple[str, ...] = ()
    """Further files and folders, mounted read-only."""
    processes: int = PROCESSES
    disk: int = DISK

    @property
    def user(self) -> int:
        """Return the kernel's user id if the builder is root, different for each run; else 0."""
        if os.geteuid():
            return 0
        return _FIRST_USER + self.folders[0].stat().st_ino % 0x0FFFFFFF


@functools.cache
def unavailable() -> str:
    """Return why no sandbox can be created here; "" if one can."""
    if sys.platform != "linux":
        return "posts can be sandboxed on Linux only"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    with tempfile.TemporaryDirectory() as folder:
        trial = command(Sandbox((Path(folder),)), ["/bin/true"], Path(folder))
        done = subprocess.run(trial, capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines() or ["bubblewrap fails"]
    return f"no sandbox can be created: {said[-1]}" if done.returncode else ""


def change_owner(sandbox: Sandbox) -> None:
    """Change the owner of the sandbox's folders to the kernel's user."""
    if not (user := sandbox.user):
        return
    for here, _, names in (step for folder in sandbox.folders for step in os.walk(folder)):
        status = os.stat(here)
        for path in (here, *(f"{here}/{name}" for name in names)):
            os.chown(path, user, user, follow_symlinks=False)
        os.utime(here, ns=(0, status.st_mtime_ns))  # `os.walk` has just changed the access time


def command(sandbox: Sandbox, argv: Sequence[str], cwd: Path) -> list[str]:
    """Return the command that runs another one in a sandbox."""
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
    """Return the limits that the supervisor checks."""
    return {
        "processes": sandbox.processes,
        "disk": sandbox.disk,
        "folders": [str(folder) for folder in sandbox.folders],
    }


def variables(extra: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return the environment in a sandbox: of the builder's, only language and time zone."""
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
    shown = [*(f"/etc/{name}" for name in _ETC), *_shown(sandbox)]
    shown = [path for path in shown if os.path.exists(path)]
    for path in _above([*shown, *map(str, sandbox.folders)]):
        yield from ("--perms", "0755", "--dir", path)
    for path in shown:
        yield from ("--ro-bind", path, path)
    for own in map(str, sandbox.folders):
        yield from ("--bind", own, own)


def _above(paths: Sequence[str]) -> list[str]:
    """Return the parents of some paths, outermost first; they are created readable by all."""
    above = {str(folder) for path in paths for folder in Path(path).parents}
    return sorted(above - {"/", "/tmp"})


def _shown(sandbox: Sandbox) -> list[str]:
    """Return Python, its packages and these scripts, outermost first, without nested paths."""
    asked = {sys.base_prefix, sys.prefix, str(HERE), *_module_folders(), *sandbox.shown}
    both = {place for path in asked for place in (path, os.path.realpath(path))}
    found: list[str] = []
    for path in sorted(both - {"/"}):
        if not path.startswith(("/usr/", *(f"{outer}/" for outer in found))) and path != "/usr":
            found.append(path)
    return found


def _module_folders() -> Iterator[str]:
    """Yield the folders of this Python's packages, except the blog and the engine."""
    own = {Path.cwd(), HERE.parents[1]}
    for entry in sys.path:
        if entry and os.path.isdir(entry) and Path(entry).resolve() not in own:
            yield entry
