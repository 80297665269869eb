"""What runs inside a Python kernel, before the first cell and after the last one: it notes what the
post uses.

This file's text is sent to the kernel and becomes a module there, out of the post's sight; it uses
the standard library alone, because nothing else can be counted on in a post's environment. Noted
are files that are opened or asked for, folders that are listed, and modules that are looked for and
imported. Who reads the run's own folder without Python shows in access times, which the builder
looks at.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import platform
import shutil
import sys
import tempfile
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType
    from typing import Any

_found: dict[str, bool] = {}
"""Path → whether it was there when Python code first asked for it; not those that it made."""
_made: set[str] = set()
_young: dict[str, int] = {}
"""Of `_found`, what had come or changed since the run began when it was first asked for: when its
status last changed, in nanoseconds."""
_listed: dict[str, bool] = {}
"""Folder → whether it was there."""
_tried: set[str] = set()
"""Top-level modules that were not there when they were asked for."""
_searched: dict[str, set[str]] = {}
"""Folder below the run's → names of modules that were looked for in it."""
_before: set[str] = set()
_folder = ""
_system: tuple[str, ...] = ()
_started = 0
_unsettled: set[str] = set()
_stat, _open, _dumps = os.stat, open, json.dumps
"""As they are before the post can change them."""
_shared: dict[str, Any] = sys.__dict__.setdefault("_evergreen", {})
"""What a parent that imported packages ahead shares with this file (see `kernels.importing`)."""

_BROWSERS = ("importlib", "pkgutil", "pkg_resources")
"""Whose listings tell nothing of the post: they look for modules."""


def begin(folder: str, system: tuple[str, ...]) -> None:
    """Start to note what is used, in the run's folder and elsewhere but below the system's."""
    global _folder, _system, _started
    _folder, _system = os.path.realpath(folder), system
    _unsettled.add(_folder)
    _settle()
    _started = _stat(_folder).st_ctime_ns
    _before.update(sys.modules)
    for path in _shared.get("opened", ()):
        if not path.startswith(tempfile.gettempdir()):
            _note_path(path, False)
    sys.meta_path.insert(0, _Searches())
    sys.addaudithook(_note)
    for plain in (os.stat, os.lstat, os.access):
        setattr(os, plain.__name__, _noting(plain))


def end(place: str) -> None:
    """Write what was used to a file, as JSON.

    python, platform, path: of this interpreter; modules, before: imported modules, top-level ones
    with those right below them, and their files, and those that were there from the start; missing:
    top-level modules that were looked for in vain; asked, outside: paths below the run's folder and
    elsewhere, and whether they were there; young: those that were no older than the run, with when
    their status had last changed when they were first asked for, in nanoseconds; listed: folders,
    and whether they were there; searched: folders below the run's, with the modules that were
    looked for in them.
    """
    _settle()
    loaded = {name: _file(module) for name, module in list(sys.modules.items())}
    fresh = {name: file for name, file in loaded.items() if name not in _before and file}
    for file in fresh.values():
        _note_path(file, False)
    beside = any(_is_ours(os.path.abspath(entry)) for entry in sys.path if isinstance(entry, str))
    if beside and (names := _installed(fresh)):
        _searched.setdefault(_folder, set()).update(names)
    inside = _folder + os.sep
    answer = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "path": [os.path.abspath(entry) for entry in sys.path if entry],
        "modules": {name: file for name, file in fresh.items() if name.count(".") < 2},
        "before": {name: loaded[name] for name in _before if loaded.get(name) and "." not in name},
        "missing": sorted(_tried - set(sys.modules) - sys.stdlib_module_names),
        "asked": {p[len(inside) :]: there for p, there in _found.items() if p.startswith(inside)},
        "outside": {p: there for p, there in _found.items() if not p.startswith(inside)},
        "young": _young,
        "listed": {os.path.relpath(p, _folder) if _is_ours(p) else p: _listed[p] for p in _listed},
        "searched": {os.path.relpath(p, _folder): sorted(s) for p, s in _searched.items()},
    }
    with _open(place, "w", encoding="utf-8") as out:
        out.write(_dumps(answer))


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    """The audit hook: it must be quick, and never raise."""
    try:
        if _unsettled:
            _settle()
        if event == "open":
            _note_open(*arguments)
        elif event == "sqlite3.connect":
            _note_path(arguments[0], arguments[0] == ":memory:")
        elif event in ("os.listdir", "os.scandir"):
            _note_listing(arguments[0])
        elif event in ("subprocess.Popen", "os.posix_spawn", "os.exec"):
            _note_command(arguments[1])
        elif event == "os.system":
            _note_command(os.fsdecode(arguments[0]))
    except Exception:
        pass


def _note_open(path: Any, mode: str | None, flags: int) -> None:
    """The first access decides: what the run wrote first, it does not depend on."""
    writes = flags & (os.O_TRUNC | os.O_EXCL) or flags & os.O_ACCMODE == os.O_WRONLY
    _note_path(path, writes)


def _note_path(path: Any, made: object) -> None:
    if not isinstance(path, (str, bytes, os.PathLike)) or not path:
        return
    path = os.path.abspath(os.fsdecode(path))
    if path in _found or path in _made or path.endswith(".pyc") or path == _folder:
        return
    if path.startswith(_system) and not _is_ours(path):
        return
    if made:
        _made.add(path)
        return
    try:
        _found[path] = bool(status := _stat(path))
        if max(status.st_mtime_ns, status.st_ctime_ns) > _started:
            _young[path] = status.st_ctime_ns
    except OSError:
        _found[path] = False


def _note_listing(path: Any) -> None:
    caller = sys._getframe(2).f_code.co_filename
    if isinstance(path, int):
        return
    path = os.path.abspath(os.fsdecode(path or "."))
    if any(name in caller for name in _BROWSERS):
        if _is_ours(path):
            _unsettled.add(path)
    elif _is_ours(path) or not f"{path}{os.sep}".startswith(_system):
        _listed.setdefault(path, os.path.isdir(path))


def _settle() -> None:
    """Set the access times of folders back in which modules were looked for, not by the post."""
    while _unsettled:
        path = _unsettled.pop()
        os.utime(path, ns=(0, _stat(path).st_mtime_ns))


def _noting(plain: Callable[..., Any]) -> Callable[..., Any]:
    """A function of `os` that notes what it is asked for in the run's folder: nothing else does."""

    @functools.wraps(plain)
    def noting(path: Any, *arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        if "dir_fd" not in options:
            _note_asked(path)
        return plain(path, *arguments, **options)

    noting.__module__ = "os"
    for able in vars(os).values():
        if isinstance(able, set) and plain in able:
            able.add(noting)
    return noting


def _note_asked(path: Any) -> None:
    """Note a path in the run's folder; what has no file, such as `<string>`, is no path."""
    with contextlib.suppress(Exception):
        full = "" if isinstance(path, int) else os.path.abspath(os.fsdecode(path))
        if _is_ours(full) and not full.endswith(">"):
            _note_path(full, False)


def _note_command(words: Any) -> None:
    """Note what a child process is told: a name that is not there leaves no other trace.

    A bare name of a program is looked for on the PATH, not in the run's folder, and options are
    no names.
    """
    words = [words] if isinstance(words, (str, bytes)) else words
    for word in " ".join(map(os.fsdecode, words)).split():
        if not word.startswith("-") and (os.sep in word or not shutil.which(word)):
            _note_asked(word)


class _Searches:
    """A finder that finds nothing: it notes what is looked for, and where."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """None."""
        with contextlib.suppress(Exception):
            self.note(name, path)

    def note(self, name: str, path: Iterable[str] | None) -> None:
        """Note a search for a module in the folders of a path."""
        top, _, tail = name.rpartition(".")
        if not tail.isidentifier():
            return
        if not top:
            _tried.add(name)
        library = os.path.dirname(os.__file__) if name in sys.stdlib_module_names else None
        for entry in sys.path if path is None else path:
            if entry == library:
                return
            if not os.path.isabs(entry) or _is_ours(entry):
                entry = os.path.abspath(entry)
                if _is_ours(entry):
                    _searched.setdefault(entry, set()).add(tail)


def _installed(files: Mapping[str, str]) -> set[str]:
    """The top-level modules among some that belong to packages."""
    return {name for name, file in files.items() if "." not in name and "-packages" in file}


def _is_ours(path: str) -> bool:
    return path == _folder or path.startswith(_folder + os.sep)


def _file(module: ModuleType) -> str:
    """Where a module is from, without waking one that is imported when it is touched."""
    file = module.__dict__.get("__file__") if isinstance(module, types.ModuleType) else None
    return os.path.abspath(file) if isinstance(file, str) and file else ""
