"""What the tracer of a run has seen, as its report says; and what of it are dependencies.

The report is written by the supervisor, where nothing that runs in a sandbox can write to.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from evergreen.dataclass import dataclass, replace
from evergreen.execution.in_kernel.loading import source_of
from evergreen.execution.kernels.uses import (
    ASKED,
    LISTED,
    MADE,
    PACKAGES,
    RAN,
    READ,
    WROTE,
    stamp_of,
)
from evergreen.execution.scratch import PREFIX, temporary_folder
from evergreen.regex import regex

Stamp = tuple[int, ...]
"""Mode, size, inode, modification and status change time of a file."""

PROGRAMS = frozenset(
    "[ awk basename bash cat chmod chown cp cut dash dd df dirname du echo egrep env expr false"
    " fc-list fgrep find getconf grep gzip head hostname id install ldconfig ln locale ls md5sum"
    " mkdir mkfifo mktemp mv nice nl nohup nproc od paste printenv printf ps pwd readlink realpath"
    " rm rmdir sed seq sh sha1sum sha256sum shuf sleep sort split stat stty tac tail tar tee test"
    " time timeout touch tr true truncate tty uname uniq wc which whoami xargs yes zcat".split()
)
"""Of the system's programs those that every system has, and that do the same on each."""
_PLACES = ("/bin", "/usr/bin", "/sbin", "/usr/sbin")
_SYSTEM = tuple(
    f"/{name}/" for name in "usr opt var etc run snap nix gnu System Library private".split()
)
"""Where a system keeps fonts, beside the user's hidden folders."""
_INSTALLED = regex(r"/(?:site|dist)-packages/|/R/(?:[^/]+/)?(?:site-)?library/")
_FONT = regex(r"font|\.(?:[to]t[fc]|pf[ab]|afm)(?:\.gz)?$", re.I)


@dataclass(frozen=True, slots=True)
class Use:
    """How a path was used, and what it was before."""

    how: int
    """Bits of `uses`."""
    stamp: Stamp | None
    """None: there was nothing."""

    @property
    def is_folder(self) -> bool:
        """True if it was a folder."""
        return self.stamp is not None and stat.S_ISDIR(self.stamp[0])

    def is_current(self, path: str) -> bool:
        """True if the path is as it was."""
        try:
            return self.stamp == tuple(stamp_of(Path(path).stat()))
        except OSError:
            return self.stamp is None


@dataclass(frozen=True, slots=True)
class Trace:
    """What a run used, seen at the system calls."""

    paths: Mapping[str, Use] = field(default_factory=dict)
    listings: Mapping[str, int] = field(default_factory=dict)
    """Folder → how often it was listed."""
    network: tuple[str, ...] = ()
    """Addresses, and sockets of the system, to which something connected."""
    devices: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()
    """Numbers of NVIDIA's device files that were opened."""
    variables: tuple[str, ...] = ()
    """Environment variables that are named in commands of a shell."""
    privileged: tuple[str, ...] = ()
    """Programs that were started and could not gain privileges."""


def is_tracer_wanted() -> bool:
    """True if the tracer is used: EVERGREEN_TRACER=off turns it off."""
    return os.environ.get("EVERGREEN_TRACER", "") != "off"


def read_trace(report: bytes) -> Trace | None:
    """Read a tracer's report; None where there was none, or something has escaped it."""
    try:
        found = json.loads(report.decode("utf-8", "surrogateescape"))
    except ValueError:
        return None
    if not found["complete"]:
        return None
    names = ("network", "devices", "gpus", "variables", "privileged")
    paths = {path: _use(*use) for path, use in found["paths"].items()}
    return Trace(paths, found["listings"], **{name: tuple(found[name]) for name in names})


def with_python(trace: Trace, answer: Mapping[str, Any]) -> Trace:
    """Add what only Python knows: files of modules, and what a parent used when it imported them
    ahead; take away the listings that searched for modules.
    """
    paths = dict(trace.paths)
    temporary = temporary_folder() + os.sep
    for path, use in answer["preloaded"].items():
        if path not in paths and not path.startswith(temporary):
            paths[path] = _use(*use)
    for path, stamp in answer["loaded"].items():
        found = paths.get(path) or Use(READ, tuple(stamp) if stamp else _stamp(path))
        paths[path] = replace(found, how=found.how | READ)
    searches = answer["listings"]
    for path, use in trace.paths.items():
        if use.how & LISTED and trace.listings.get(path, 0) <= searches.get(path, 0):
            paths[path] = replace(use, how=use.how & ~LISTED)
    return replace(trace, paths=paths)


def without(trace: Trace, before: Trace) -> Trace:
    """Leave out the packages that a kernel had loaded before its first cell, except R's own."""
    known = {p for p in before.paths if PACKAGES.search(p) and "/R/library/base/" not in p}
    return replace(trace, paths={p: use for p, use in trace.paths.items() if p not in known})


def inside(trace: Trace, folder: str) -> Iterator[tuple[str, Use]]:
    """Yield what is in a folder, by the names there: `.` is the folder itself."""
    start = folder + os.sep
    for path, use in trace.paths.items():
        if path.startswith(start):
            yield path[len(start) :], use
        elif path == folder:
            yield ".", use


def in_blog(trace: Trace, top: Path, cwd: Path, root: Path | None) -> Trace:
    """Name what was used between `top` and the working directory by its path in the blog.

    What is linked there has the stamp of the file; only the folders themselves are the run's own.
    """
    if root is None or top == cwd:
        return trace
    own = f"{cwd}{os.sep}"
    paths = dict(trace.paths)
    for name, use in inside(trace, str(top)):
        here = f"{top / name}{os.sep}"
        if not here.startswith(own):
            place = str(root / name)  # `.` is the root itself
            is_link = use.stamp is None or not own.startswith(here)
            paths.setdefault(place, use if is_link else replace(use, stamp=_stamp(place)))
    return replace(trace, paths=paths)


def has_written(trace: Trace, path: str) -> bool:
    """True if a path was written to, made, renamed or removed."""
    use = trace.paths.get(path)
    return use is not None and bool(use.how & (WROTE | MADE))


def has_made(trace: Trace, path: str) -> bool:
    """True if a path was made before anything of it was used."""
    use = trace.paths.get(path)
    return use is not None and bool(use.how & MADE)


def packaged(trace: Trace) -> list[str]:
    """Return the files of installed packages that were read."""
    found = (path for path, use in trace.paths.items() if use.stamp and use.how & (READ | RAN))
    sources = (source_of(path) for path in found if PACKAGES.search(path))
    return [path for path in sources if not path.endswith((".pth", ".egg-link", "pyvenv.cfg"))]


def elsewhere(
    trace: Trace, base: Path, known: Iterable[str], blog: Path | None = None
) -> Iterator[tuple[str, Use]]:
    """Yield what is neither in the run's own folders nor in a package, and is a dependency; of
    `blog` all is one.

    `known`: folders that are there anyway, such as the blog's: to ask for one of those above it
    tells nothing.
    """
    temporary = temporary_folder()
    own = f"{base}{os.sep}", f"{temporary}{os.sep}{PREFIX}"  # its folder, and those of other runs
    above = _above([*known, *(p for p, use in trace.paths.items() if use.how & (READ | RAN))])
    fonts = _scanned_fonts(trace, blog)
    searched = set(os.environ.get("PATH", "").split(os.pathsep))
    made = tuple(f"{path}/" for path in _made_folders(trace, temporary))
    for path, use in trace.paths.items():
        if path.startswith(own) or _is_packaged(path, blog) or path in (str(base), temporary):
            continue
        if use.how & MADE and (not use.how & ASKED or path.startswith(made)):
            continue
        if use.stamp is None and path.startswith(made):
            continue
        if not use.how & ~(ASKED | WROTE) and use.is_folder and path in above:
            continue
        if _is_common(path, use, searched) or path in fonts:
            continue
        if use.how & ~WROTE:
            yield path, use


def _is_packaged(path: str, blog: Path | None) -> bool:
    """True for a path in a folder of packages; in the blog, whatever its own folder is called, only
    for those that Python and R have."""
    here = f"{path}/"
    if blog and here.startswith(f"{blog}/"):
        return bool(_INSTALLED.search(here, len(str(blog))))
    return bool(PACKAGES.search(here))


def _made_folders(trace: Trace, temporary: str) -> list[str]:
    """Return the temporary folders that the run has made, which nobody knows beforehand."""
    made = (path for path, use in trace.paths.items() if use.how & MADE)
    return [path for path in made if path.rpartition("/")[0] == temporary]


def _is_common(path: str, use: Use, searched: Collection[str]) -> bool:
    """True for a common program, and for the places where it was searched for before."""
    folder, _, name = path.rpartition("/")
    return name in PROGRAMS and folder in (_PLACES if use.stamp else searched)


def _scanned_fonts(trace: Trace, blog: Path | None) -> set[str]:
    """Return what Matplotlib looks for once on a machine, whose fonts it then remembers: fonts of
    the system and of the user, and their folders. Those of the blog are its own.
    """
    own = (f"{blog}{os.sep}", f"{os.path.realpath(blog)}{os.sep}") if blog else ()
    users = f"{Path.home()}/.", f"{Path.home()}/Library/"
    found = {
        path
        for path in filter(_FONT.search, trace.paths)
        if path.startswith(users) or (path.startswith(_SYSTEM) and not path.startswith(own))
    }
    scans = any("/fonts" in path and trace.paths[path].how & LISTED for path in found)
    return found if scans or any(path.endswith("/fc-list") for path in trace.paths) else set()


def _above(paths: Iterable[str]) -> set[str]:
    found: set[str] = {"/"}
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in found:
            found.add(path)
    return found


def _stamp(path: str) -> Stamp | None:
    try:
        return tuple(stamp_of(Path(path).stat()))
    except OSError:
        return None


def _use(how: int, stamp: list[int] | None) -> Use:
    return Use(how, None if stamp is None else tuple(stamp))
