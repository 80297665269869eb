"""Inside a Python kernel: keep the named values at a checkpoint; go on from it in a fresh kernel.

`save` writes to a folder: `values.pickle` (see `values`), `state.pickle` (see `global_state`), and
`about.json`, which the builder reads. In a fresh kernel `expect` is called first, then the cells
that run again are run, then `restore` is called. A name that was not kept is hidden: if code asks
for it, its name is appended to a file, which tells the builder that the run is not valid.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import importlib
import json
import os
import pickle
import re
import signal
import sys
import threading
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

ABOUT, STATE = "about.json", "state.pickle"
_OWN = frozenset("In Out exit quit get_ipython open __builtins__ __builtin__".split())
_HISTORY = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[iod]h|_exit_code|__\w+__")
"""Names that IPython and Python themselves put among the post's names."""
_LONGEST = 1 << 16
"""Length of texts and bytes that are kept without being named."""
_HELPERS = ("loky", "resource_tracker", "multiprocessing.forkserver")
"""Processes that hold no state of the post."""

_values: Any = sys.modules.get("_values")
_state: Any = sys.modules.get("_global_state")
_fingerprint: Any = sys.modules.get("_fingerprint")

_base = _folder = ""
_before: dict[str, Any] = {}
"""What the kernel was like before the first cell."""
_hidden: set[str] = set()


def begin(base: str, folder: str) -> None:
    """Remember what the kernel is like before the first cell.

    `base` is the folder of the run, `folder` the post's working directory in it.
    """
    global _base, _folder
    _base, _folder = os.path.realpath(base), os.path.join(os.path.realpath(folder), "")
    _state.begin(_base)
    _before.update(_process())


def save(folder: str, names: Sequence[str], again: Sequence[str], hidden: Sequence[str]) -> None:
    """Write a checkpoint with the values of some names.

    `again` are names that cells bind which run again in the fresh kernel; `hidden` are names that
    an earlier checkpoint did not keep. Nothing observable changes in this kernel.
    """
    about: dict[str, Any] = {"problems": list(_problems())}
    state, namespace = _state.take(), _namespace()
    warned = _state.warned()
    try:
        about |= _save(folder, names, again, hidden, namespace, state, warned)
    except _values.CannotKeep as error:
        about["problems"].append(["", str(error)])
    finally:
        _state.put(state)
        _state.put_warned(warned)
    with open(os.path.join(folder, ABOUT), "w", encoding="utf-8") as file:
        json.dump(about, file, ensure_ascii=False)


def expect(asked: str, hidden: Sequence[str]) -> None:
    """Hide names from now on: a name that code asks for is appended to the file `asked`."""
    _hidden.update(hidden)
    names = _Builtins(vars(builtins))
    names.place = asked
    _namespace()["__builtins__"] = names


def restore(folder: str, result: str) -> None:
    """Restore the values and the state of a checkpoint, and write to a file what is wrong.

    The result is a JSON object: `wrong` is why the whole restoration failed, or "", `changed` are
    names that cells have bound again to something else than what they were.
    """
    found: dict[str, Any] = {"wrong": "", "changed": []}
    try:
        _restore(folder, found)
    except BaseException as error:
        found["wrong"] = f"{type(error).__name__}: {error}"
    with open(result, "w", encoding="utf-8") as file:
        json.dump(found, file)


def _save(
    folder: str,
    names: Sequence[str],
    again: Sequence[str],
    hidden: Sequence[str],
    namespace: dict[str, Any],
    state: Any,
    warned: Any,
) -> dict[str, Any]:
    missing = [name for name in names if name not in namespace]
    if missing:
        return {"problems": [[name, "it is not defined here"] for name in missing]}
    # A class that is defined again has to stay the one that others are derived from.
    definitions = (type, types.FunctionType)
    by_definition = {n for n in again if isinstance(namespace.get(n), definitions)}
    named = {name: namespace[name] for name in names if name not in by_definition}
    own = {k: v for k, v in namespace.items() if k not in _OWN and not _HISTORY.fullmatch(k)}
    rest = {name: value for name, value in own.items() if name not in named}
    plain = {name: value for name, value in rest.items() if _is_plain(value)}
    modules = {
        name: value.__name__
        for name, value in rest.items()
        if isinstance(value, types.ModuleType) and value.__name__ in sys.modules
    }
    imported = {n: v for n, v in rest.items() if n not in modules and _is_imported(v)}
    done = {*plain, *modules, *imported}
    defined = {name: rest[name] for name in again if name in rest and name not in done}
    loaded = [name for name in sys.modules if _is_package(name)]
    try:
        values = {**named, **plain, **imported}
        referred = _values.write(values, namespace, defined, folder)
    except _values.CannotKeep:
        _refuse_each(folder, named, namespace, defined)
        raise
    gone = set(hidden) - own.keys()
    whole = {
        "state": state,
        "warned": warned,
        "modules": modules,
        "loaded": loaded,
        "defined": {name: _fingerprint.fingerprint(value) for name, value in defined.items()},
        "referred": sorted(referred),
        "again": sorted(name for name in again if name not in own),
        "own": _fingerprint.own_modules(_folder),
        "settings": _fingerprint.settings(_modules(own)),
        "patches": _fingerprint.patches(namespace, _folder),
        "shell": _state.shell(),
        "count": sys.modules["IPython"].get_ipython().execution_count,
    }
    with open(os.path.join(folder, STATE), "wb") as file:
        _dump_state(whole, file)
    _refuse_paths(folder)
    hides = sorted((rest.keys() - done - defined.keys()) | gone)
    kinds = {name: type(value).__qualname__ for name, value in named.items()}
    return {"kept": kinds, "hidden": hides, "problems": list(_problems())}


def _dump_state(whole: Any, file: Any) -> None:
    try:
        pickle.dump(whole, file, 4)
    except OSError:
        raise
    except Exception as error:  # an option of a library may be anything
        raise _values.CannotKeep("the settings of a library", str(error)) from None


def _refuse_each(
    folder: str, named: Mapping[str, Any], namespace: dict[str, Any], defined: Mapping[str, Any]
) -> None:
    """Raise CannotKeep with the name of the first value that cannot be kept by itself."""
    for name, value in named.items():
        try:
            _values.write({name: value}, namespace, defined, folder)
        except _values.CannotKeep as error:
            raise _values.CannotKeep(f"'{name}' cannot be kept", str(error)) from None


def _refuse_paths(folder: str) -> None:
    """Raise CannotKeep if a value contains the path of this run's folder."""
    path = _base.encode()
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            tail = b""
            while part := file.read(1 << 20):
                if path in tail + part:
                    raise _values.CannotKeep("a value", "it has the path of this run's folder")
                tail = part[-len(path) :]


def _restore(folder: str, found: dict[str, Any]) -> None:
    namespace = _namespace()
    with open(os.path.join(folder, STATE), "rb") as file:
        whole = pickle.load(file)
    defined = {
        k: _fingerprint.fingerprint(namespace[k]) for k in whole["defined"] if k in namespace
    }
    changed = [name for name, then in whole["defined"].items() if defined.get(name) != then]
    for name in {*changed, *whole["again"]} & namespace.keys():
        del namespace[name]
    found["changed"] = changed
    _hidden.update({*changed, *whole["again"]})
    if lost := sorted(set(changed) & set(whole["referred"])):
        raise _Changed(f"'{lost[0]}' has changed since its definition, and a kept value uses it")
    for name in {**whole["own"], **dict.fromkeys(whole["loaded"])}:
        if name in whole["own"] or name.partition(".")[0] in sys.modules:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    for name, module in whole["modules"].items():
        namespace[name] = importlib.import_module(module)
    _state.put({k: v for k, v in whole["state"].items() if k in ("tensorflow", "sys.path")})
    namespace.update(_values.read(namespace, folder))
    _state.put(whole["state"])
    _compare("the module", whole["own"], _fingerprint.own_modules(_folder))
    own = {k: v for k, v in namespace.items() if k not in _OWN}
    _compare("the setting", whole["settings"], _fingerprint.settings(_modules(own)))
    patches = _fingerprint.patches(namespace, _folder)
    _compare("the function", dict.fromkeys(whole["patches"], ""), dict.fromkeys(patches, ""))
    _compare("IPython's", whole["shell"], _state.shell())
    if problem := next(_problems(), None):
        raise _Changed(": ".join(problem))
    sys.modules["IPython"].get_ipython().execution_count = whole["count"]
    _state.put_warned(whole["warned"])


class _Changed(Exception):
    """The restored kernel is not as the other one was."""


def _compare(what: str, then: Mapping[str, str], now: Mapping[str, str]) -> None:
    for name in sorted(then.keys() | now.keys()):
        if name in then and then[name] != now.get(name):
            raise _Changed(f"{what} {name} was changed by a cell that does not run again")
    if what == "the function" and (more := sorted(now.keys() - then.keys())):
        raise _Changed(f"{what} {more[0]} is replaced by a cell that runs again")


class _Builtins(dict):  # type: ignore[type-arg]
    """The built-in names, which Python looks up last: notes those of hidden values."""

    place = ""

    def __missing__(self, name: str) -> Any:
        if name in vars(builtins):
            return vars(builtins)[name]
        if name in _hidden:
            with open(self.place, "a", encoding="utf-8") as file:
                file.write(f"{name}\n")
        raise KeyError(name)


def _namespace() -> dict[str, Any]:
    found: dict[str, Any] = sys.modules["__main__"].__dict__
    return found


def _is_plain(value: Any) -> bool:
    """True for a value that cannot change, is short, and does not name the run's folder."""
    kind = type(value)
    if kind is tuple:
        return len(value) < 100 and all(map(_is_plain, value))
    if kind in (str, bytes):
        path = _base if kind is str else _base.encode()
        return len(value) <= _LONGEST and path not in value
    return kind in _fingerprint.SIMPLE


def _is_imported(value: Any) -> bool:
    """True for a function or a class of an installed module, under its own name."""
    kinds = (type, types.FunctionType, types.BuiltinFunctionType)
    if not isinstance(value, kinds) or not _fingerprint.is_importable(value):
        return False
    owner = getattr(value, "__self__", None)
    return owner is None or isinstance(owner, types.ModuleType)


def _is_package(name: str) -> bool:
    """True for a module below a package that is no part of Python, and not private."""
    top = name.partition(".")[0]
    parts = name.split(".")
    is_public = not any(part.startswith("_") for part in parts)
    return is_public and top not in _STANDARD and top not in _LATE


_STANDARD: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset())  # since Python 3.10
_LATE = frozenset("IPython ipykernel traitlets zmq tornado jupyter_client cloudpickle".split())


def _modules(names: Mapping[str, Any]) -> list[Any]:
    """Return the modules among some values, without those of the post's folder."""
    found = {id(each): each for each in names.values() if isinstance(each, types.ModuleType)}
    return [each for each in found.values() if not _file(each).startswith(_folder)]


def _file(module: Any) -> str:
    file = vars(module).get("__file__")
    return file if isinstance(file, str) else ""


# --- what no checkpoint can keep ------------------------------------------------------------------


def _problems() -> Iterator[list[str]]:
    """Yield what of this process's state cannot be kept, each with its reason."""
    now = _process()
    for thread in now["threads"] - _before["threads"]:
        yield [f"the thread {thread}", "it still runs"]
    if now["tasks"] > _before["tasks"]:
        yield ["an asynchronous task", "it still runs"]
    for command in _children():
        yield [f"the process {command}", "it still runs"]
    for name, what in _CHANGED.items():
        if changed := sorted(k for k, v in now[name].items() if _before[name].get(k) != v):
            yield [f"{what} {changed[0]}", "it was replaced"]
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and pyplot.get_fignums():
        yield ["a figure of pyplot", "it is still open: close it"]


_CHANGED = {
    "signals": "the handler of the signal",
    "streams": "the stream",
    "builtins": "the built-in function",
    "hooks": "the hook",
}


def _process() -> dict[str, Any]:
    """Return what of this process is compared with its beginning."""
    # Compiled modules leave a name with underscores of their own there (pybind11).
    names = {k: v for k, v in vars(builtins).items() if not k.startswith("__")}
    shown = {k: v for k, v in names.items() if k not in _SHELL}
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1, signal.SIGHUP)
    return {
        "threads": {each.name for each in threading.enumerate() if not _is_monitor(each)},
        "tasks": _tasks(),
        "signals": {number.name: signal.getsignal(number) for number in signals},
        "streams": {"stdout": sys.stdout, "stderr": sys.stderr},
        "builtins": shown,
        "hooks": {"except": sys.excepthook, "trace": sys.gettrace(), "profile": sys.getprofile()},
    }


_SHELL = frozenset("_ display get_ipython exit quit copyright credits license help".split())
"""Built-in names that IPython sets while a cell runs."""


def _is_monitor(thread: Any) -> bool:
    """True for the thread of tqdm, which only looks whether a bar is late."""
    return type(thread).__module__.startswith("tqdm")


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # no event loop runs
        return 0


def _children() -> Iterator[str]:
    """Yield the commands of the processes that the post has started."""
    for task in _listed("/proc/self/task"):
        for child in _text(f"/proc/self/task/{task}/children").split():
            command = _text(f"/proc/{child}/cmdline").replace("\0", " ").strip()
            state = _text(f"/proc/{child}/stat").rpartition(")")[2].split()[:1]
            if state != ["Z"] and not any(name in command for name in _HELPERS):
                yield command[:60] or child


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
