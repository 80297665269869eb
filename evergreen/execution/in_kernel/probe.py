"""Inside a Python kernel: record what the post uses, from the first cell to the last.

This file's source is sent to the kernel and becomes a module there, hidden from the post. It
records files that are opened or searched for, folders that are listed, and modules that are
searched for and imported, by audit hooks and wrapped functions of `os`. Reads in the working
folder that bypass Python (C libraries, child processes) are found by the builder from access times.
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
"""Path → whether it existed when Python code first asked for it; without files that it made."""
_made: set[str] = set()
_changed: dict[str, int] = {}
"""Paths of `_found` that were created or changed after the run began and before they were first
asked for → status change time in ns."""
_listed: dict[str, bool] = {}
"""Folder → whether it existed."""
_tried: set[str] = set()
"""Top-level modules that were not loaded when they were searched for."""
_searched: dict[str, set[str]] = {}
"""Folder → names of modules that were searched for in it, except where packages are installed and
where Python looks anyway."""
_usual: set[str] = set()
"""Where Python looks before the first cell, except in the working folder."""
_parts: set[str] = set()
"""Modules in packages that were searched for."""
_distributions: set[str] = set()
_groups: set[str] = set()
_CUSTOMIZERS = ("sitecustomize", "usercustomize")
_DEPTH = 12
"""Frames that are looked at for who asks."""
_before: set[str] = set()
_searches_in: dict[str, int] = {}
_is_traced = False
_folder = ""
_system: tuple[str, ...] = ()
_started = 0
_to_reset: set[str] = set()
_stat, _open, _dumps = os.stat, open, json.dumps
"""Saved before the post can replace them."""
_shared: dict[str, Any] = sys.__dict__.setdefault("_evergreen", {})
"""State shared with the parent that imported packages ahead (see `kernels.importing`)."""

_loading: Any = sys.modules.get("_loading")

_STANDARD: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset()) or frozenset(
    [
        *sys.builtin_module_names,
        *(e.partition(".")[0] for e in os.listdir(os.path.dirname(os.__file__))),
    ]
)
"""Top-level modules of Python, which tells them itself since 3.10."""
_BROWSERS = ("importlib", "pkg_resources")
"""Callers whose listings do not count: they search for modules."""


def begin(folder: str, system: tuple[str, ...], is_traced: bool) -> None:
    """Start to record what is used, except in the system's folders (path prefixes).

    Where a tracer sees the kernel, only what it cannot know: what modules were searched for, and
    which listings are part of a search.
    """
    global _folder, _system, _started, _is_traced
    _is_traced = is_traced
    _folder, _system = os.path.realpath(folder), system
    _to_reset.add(_folder)
    _reset_access_times()
    _started = _stat(_folder).st_ctime_ns
    _before.update(sys.modules)
    _usual.update(entry for entry in sys.path if not _is_ours(os.path.abspath(entry)))
    _tried.update(name for name in _CUSTOMIZERS if name not in sys.modules)
    sys.meta_path.insert(0, _Searches())
    if is_traced:
        sys.addaudithook(_note_search)
        return
    for path in _shared.get("used", ()):
        if not path.startswith(tempfile.gettempdir()):
            _note_path(path, False)
    sys.addaudithook(_note)
    for plain in (os.stat, os.lstat, os.access):
        setattr(os, plain.__name__, _noting(plain))


def end(place: str) -> None:
    """Write a report of what was used to a file, as JSON.

    - python, platform, path: version, system and module path of the interpreter
    - modules: imported modules, top-level ones and their direct children → file
    - before: top-level modules that were loaded before the run → file
    - missing: top-level modules that were not imported, and modules of namespace packages
    - found: top-level modules that were searched for and imported
    - distributions, entry_points: names of those, and groups of these, that were looked up in the
      metadata of what is installed; `*` for all
    - asked, outside: path in the working folder, elsewhere → whether it existed
    - young: paths that changed after the run began → status change time in ns when first asked for
    - listed: folder → whether it existed
    - searched: folder → names of modules that were searched for in it; it is relative in the
      working folder
    - listings: folder → how often it was listed to search for modules
    - loaded: file of a module → its stamp when it was read, or nothing
    - variables: environment variables that the post's own code asked for; `*` for all
    - preloaded: path that the parent used when it imported packages ahead → use and stamp, as the
      tracer notes them
    """
    _reset_access_times()
    read = _loading.loaded if _loading else {}
    files = {os.path.abspath(file): stamp for file, stamp in read.items()}
    files.update((_file(sys.modules[name]), None) for name in _CUSTOMIZERS if name in sys.modules)
    loaded = {name: _file(module) for name, module in list(sys.modules.items())}
    fresh = {name: file for name, file in loaded.items() if name not in _before and file}
    for file in () if _is_traced else fresh.values():
        _note_path(file, False)
    searches_folder = any(
        _is_ours(os.path.abspath(entry)) for entry in sys.path if isinstance(entry, str)
    )
    if searches_folder and (names := _installed(fresh)):
        _searched.setdefault(_folder, set()).update(names)
    inside = _folder + os.sep
    missing = (_tried - set(sys.modules) - _STANDARD) | _parts_missing()
    report = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "path": [os.path.abspath(entry) for entry in sys.path if entry],
        "modules": {name: file for name, file in fresh.items() if name.count(".") < 2},
        "before": {name: loaded[name] for name in _before if loaded.get(name) and "." not in name},
        "missing": sorted(missing),
        "found": sorted(_tried - missing - _STANDARD - _before),
        "distributions": sorted(_distributions),
        "entry_points": sorted(_groups),
        "asked": {p[len(inside) :]: there for p, there in _found.items() if p.startswith(inside)},
        "outside": {p: there for p, there in _found.items() if not p.startswith(inside)},
        "young": _changed,
        "listed": {os.path.relpath(p, _folder) if _is_ours(p) else p: _listed[p] for p in _listed},
        "searched": {
            os.path.relpath(p, _folder) if _is_ours(p) else p: sorted(names)
            for p, names in _searched.items()
        },
        "listings": _searches_in,
        "variables": sorted(sys.modules["_variables"].asked),
        "loaded": {
            file: stamp or []
            for file, stamp in {**dict.fromkeys(fresh.values()), **files}.items()
            if _counts(file)
        },
        "preloaded": {p: how for p, how in _shared.get("used", {}).items() if not _is_known(p)},
    }
    with _open(place, "w", encoding="utf-8") as out:
        out.write(_dumps(report))


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    """Record an audit event; must be fast and must not raise."""
    try:
        if _to_reset:
            _reset_access_times()
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


def _is_known(path: str) -> bool:
    return "-packages" + os.sep in path or f"{path}{os.sep}".startswith(_system)


def _counts(path: str) -> bool:
    return "-packages" + os.sep in path or not path.startswith(_system)


def _note_search(event: str, arguments: tuple[Any, ...]) -> None:
    """Count the listings that search for modules; an audit hook."""
    if event in ("os.listdir", "os.scandir"):
        with contextlib.suppress(Exception):
            caller = sys._getframe(1).f_code.co_filename
            path = os.path.abspath(os.fsdecode(arguments[0] or "."))
            if any(name in caller for name in _BROWSERS):
                _searches_in[path] = _searches_in.get(path, 0) + 1
            elif "pkgutil" in caller and _is_shared(path):
                _distributions.add("*")


def _is_shared(folder: str) -> bool:
    """True for a folder of installed packages into which any distribution may put modules."""
    return "-packages" in folder and not os.path.exists(os.path.join(folder, "__init__.py"))


def _note_open(path: Any, mode: str | None, flags: int) -> None:
    """Record an open file. The first access decides: a file that the run wrote first is not a
    dependency.
    """
    writes = flags & (os.O_TRUNC | os.O_EXCL) or flags & os.O_ACCMODE == os.O_WRONLY
    _note_path(path, writes)


def _note_path(path: Any, made: object) -> None:
    if not isinstance(path, (str, bytes, os.PathLike)) or not path:
        return
    path = os.path.abspath(os.fsdecode(path))
    if path in _found or path in _made or path.endswith(".pyc") or path == _folder:
        return
    if f"{path}{os.sep}".startswith(_system) and not _is_ours(path):
        return
    if made:
        _made.add(path)
        return
    try:
        _found[path] = bool(status := _stat(path))
        if max(status.st_mtime_ns, status.st_ctime_ns) > _started:
            _changed[path] = status.st_ctime_ns
    except OSError:
        _found[path] = False


def _note_listing(path: Any) -> None:
    caller = sys._getframe(2).f_code.co_filename
    if isinstance(path, int):
        return
    path = os.path.abspath(os.fsdecode(path or "."))
    if any(name in caller for name in _BROWSERS):
        if _is_ours(path):
            _to_reset.add(path)
    elif _is_ours(path) or not f"{path}{os.sep}".startswith(_system):
        _listed.setdefault(path, os.path.isdir(path))


def _reset_access_times() -> None:
    """Reset the access times of folders that the import system listed, not the post."""
    while _to_reset:
        path = _to_reset.pop()
        os.utime(path, ns=(0, _stat(path).st_mtime_ns))


def _noting(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function of `os` without audit event, to record the paths in the working folder."""

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
    """Record a path in the working folder; a pseudo file such as `<string>` is not a path."""
    with contextlib.suppress(Exception):
        full = "" if isinstance(path, int) else os.path.abspath(os.fsdecode(path))
        if _is_ours(full) and not full.endswith(">"):
            _note_path(full, False)


def _note_command(words: Any) -> None:
    """Record the arguments of a child process: a missing file leaves no other trace.

    A bare program name is searched on PATH, not in the working folder; options are not paths.
    """
    words = [words] if isinstance(words, (str, bytes)) else words
    for word in " ".join(map(os.fsdecode, words)).split():
        if not word.startswith("-") and (os.sep in word or not shutil.which(word)):
            _note_asked(word)


def _parts_missing() -> set[str]:
    """Return the modules that were searched for in vain in packages without a file of their own."""
    found = set()
    for name in _parts - set(sys.modules):
        package = sys.modules.get(name.rpartition(".")[0])
        if package is not None and not _file(package):
            found.add(name)
    return found


class _Searches:
    """A meta path finder that finds nothing but records what is searched for, and where."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Record the search and return None."""
        with contextlib.suppress(Exception):
            self.note(name, path)

    def find_distributions(self, context: Any = None) -> Iterable[Any]:
        """Return nothing; note which metadata `importlib.metadata` looks for."""
        with contextlib.suppress(Exception):
            _note_metadata(getattr(context, "name", None), sys._getframe(1))
        return ()

    def note(self, name: str, path: Iterable[str] | None) -> None:
        """Record the search for a module in the folders of a path."""
        top, _, tail = name.rpartition(".")
        if not tail.isidentifier():
            return
        (_parts if top else _tried).add(name)
        library = os.path.dirname(os.__file__) if name in _STANDARD else None
        for entry in sys.path if path is None else path:
            if entry == library:
                return
            if path is None and entry in _usual:
                continue
            entry = entry if os.path.isabs(entry) and ".." not in entry else os.path.abspath(entry)
            if _is_ours(entry) or not _is_known(entry + os.sep):
                _searched.setdefault(entry, set()).add(tail)


def _note_metadata(name: str | None, frame: Any) -> None:
    """Note a distribution that is looked up, or the group of entry points that asks for all."""
    if name is not None:
        _distributions.add(name)
        return
    for _ in range(_DEPTH):
        frame = frame.f_back
        if frame is None:
            break
        if frame.f_code.co_name == "entry_points" and "params" in frame.f_locals:
            _groups.add(frame.f_locals["params"].get("group") or "*")
            return
    _distributions.add("*")


def _installed(files: Mapping[str, str]) -> set[str]:
    """Return the top-level modules that belong to installed packages."""
    return {name for name, file in files.items() if "." not in name and "-packages" in file}


def _is_ours(path: str) -> bool:
    return path == _folder or path.startswith(_folder + os.sep)


def _file(module: ModuleType) -> str:
    """Return a module's file, without triggering a lazy import."""
    file = module.__dict__.get("__file__") if isinstance(module, types.ModuleType) else None
    return os.path.abspath(file) if isinstance(file, str) and file else ""
