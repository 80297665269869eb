"""What an execution was observed to use: facts, each a kind and a name with a value that can be
looked up again. A record holds while every one of its facts has the same value now.

    python                  version of the interpreter
    platform                operating system and machine
    package NAME            version of a distribution that was imported
    source NAME             hash of a distribution that was not installed from an index
    beside NAME …           imported packages whose names nothing beside the post has
    file PATH               hash of a file beside the post; "" where there is none
    folder PATH             hash of the names in a folder beside the post that was listed
    outside PATH            hash of a file anywhere else
    data NAME               hash of a declared file, or the stand-in that took its place
    variable NAME           hash of a declared environment variable
    kernel NAME             command of a kernel that cannot be observed: declared facts only
    limit NAME              a setting that cut an output
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evergreen.workspace import Job, Workspace, files_read, folders_read, is_changed

Facts = Mapping[str, str]

MACHINE = ("python", "platform", "package", "source", "beside", "outside", "kernel")
"""Kinds that belong to the machine, not to the site."""

CHANGED_WHILE_RUNNING = "changed while it ran"
"""A value that no file has: such a record never holds."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the facts of one post are looked up."""

    bundle: Path
    data: Mapping[str, str] = field(default_factory=dict)
    """Declared name → hash, or its stand-in."""
    limits: Mapping[str, str] = field(default_factory=dict)
    posts: frozenset[str] = frozenset()
    """Names below the bundle that are posts: they do not stand beside one."""


def observed(job: Job, workspace: Workspace, answer: Mapping[str, Any]) -> dict[str, str]:
    """The facts of a run that has ended, from its folder and from what the kernel's probe says."""
    bundle = job.bundle or workspace.cwd
    facts = {"python": answer["python"], "platform": answer["platform"]}
    facts |= {f"package {name}": version for name, version, _ in answer["packages"]}
    facts |= {f"source {name}": _digest(text.encode()) for name, text in answer["sources"]}
    if answer["packages"]:
        facts["beside " + " ".join(sorted(_top_levels(answer, workspace)))] = ""
    read = files_read(workspace)
    facts |= {f"file {name}": _file_fact(bundle, workspace, name) for name in read}
    packages = {name.rpartition("/")[0] for name in read if name.endswith(".py")}
    listed = {*folders_read(workspace), *answer["listed"]} - packages | {*answer["listed"]}
    facts |= {f"folder {name}": _listing(bundle / name, job.posts) for name in sorted(listed)}
    facts |= {f"outside {_at_home(path)}": hash_file(Path(path)) for path in answer["outside"]}
    return facts


def declared(job: Job) -> dict[str, str]:
    """The facts that hold for any kernel: data, environment variables."""
    facts = {f"data {name}": path.name for name, path in job.data.items()}
    facts |= {f"data {name}": stand_in_value(script) for name, script in job.stand_ins.items()}
    return facts | {f"variable {name}": variable_value(name) for name in job.options.env}


def offered(job: Job, workspace: Workspace) -> dict[str, str]:
    """For a kernel that cannot be observed: its command, and every file beside the post."""
    bundle = job.bundle or workspace.cwd
    facts = {f"kernel {job.notebook.kernel}": _kernel_value(job.notebook.kernel)}
    return facts | {
        f"file {name}": _file_fact(bundle, workspace, name) for name in workspace.offered
    }


def first_difference(
    facts: Facts, here: Surroundings, kinds_left_out: Iterable[str] = ()
) -> tuple[str, str, str] | None:
    """The first fact that does not hold: (its name, its value then, its value now)."""
    for fact, then in facts.items():
        kind, _, name = fact.partition(" ")
        if kind not in kinds_left_out and (now := _LOOK_UP[kind](name, here)) != then:
            return fact, then, now
    return None


def missing_packages(facts: Facts) -> list[str]:
    """Distributions of the facts that this machine does not have: the code cannot run here."""
    names = [fact.removeprefix("package ") for fact in facts if fact.startswith("package ")]
    return [name for name in names if not package_version(name)]


def describe(fact: str, then: str, now: str) -> str:
    """A difference in words: `tensorflow 2.20.0 → 2.21.0`, `data/train.csv changed`."""
    kind, _, name = fact.partition(" ")
    if kind in ("python", "platform"):
        return f"{kind} {then} → {now}"
    if kind == "package":
        return f"{name} {then} → {now or 'not installed'}"
    if kind == "beside":
        return f"{now} stands beside the post and hides a package"
    if kind == "variable":
        return f"the environment variable {name} changed"
    if kind == "data":
        return _describe_data(name, then, now)
    if kind == "limit":
        return f"{name} {then} → {now}"
    verbs = {(True, False): "removed", (False, True): "added"}
    return f"{name} {verbs.get((bool(then), bool(now)), 'changed')}"


def stand_in_value(script: str) -> str:
    """The value of a data fact where a script's substitute took the file's place."""
    return f"stand-in {script}"


def variable_value(name: str) -> str:
    """A short hash of a variable's value, which may be a secret; "" where it is not set."""
    value = os.environ.get(name)
    return "" if value is None else _digest(value.encode("utf-8", "surrogateescape"))[:16]


def hash_file(path: Path) -> str:
    """SHA-256 of a file; "" where there is none. Read again only when its size or time changed."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return ""
    return _hash_stamped(path, status.st_size, status.st_mtime_ns)


@functools.cache
def package_version(name: str) -> str:
    """The version of a distribution here; "" where it is not installed."""
    from importlib import metadata  # 30 ms that only posts with packages pay

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


@functools.lru_cache(maxsize=65536)
def _hash_stamped(path: Path, size: int, modified: int) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


@functools.cache
def _source_value(name: str) -> str:
    from importlib import metadata

    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return ""
    if not distribution.read_text("direct_url.json"):
        return ""
    return _digest((distribution.read_text("RECORD") or "").encode())


@functools.cache
def _kernel_value(name: str) -> str:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        return " ".join(KernelSpecManager().get_kernel_spec(name).argv)
    except NoSuchKernel:
        return ""


def _file_fact(bundle: Path, workspace: Workspace, name: str) -> str:
    """The hash of what the run was offered under a name."""
    source, copy = bundle / name, workspace.cwd / name
    if not is_changed(workspace, name):
        return hash_file(copy)
    try:
        status = source.stat()
    except OSError:
        return CHANGED_WHILE_RUNNING
    same = (status.st_size, status.st_mtime_ns) == workspace.offered[name]
    return hash_file(source) if same else CHANGED_WHILE_RUNNING


def _top_levels(answer: Mapping[str, Any], workspace: Workspace) -> set[str]:
    """Imported top-level names that are not files of the bundle."""
    own = {name.partition("/")[0].removesuffix(".py") for name in workspace.offered}
    return set(answer["modules"]) - own - sys.stdlib_module_names


def _beside(names: str, here: Surroundings) -> str:
    try:
        there = {name.removesuffix(".py") for name in os.listdir(here.bundle)}
    except OSError:
        return ""
    return " ".join(sorted(there & set(names.split())))


def _listing(folder: Path, posts: frozenset[str]) -> str:
    """A hash of the names in a folder, less posts and Python's caches."""
    try:
        names = sorted(set(os.listdir(folder)) - {"__pycache__"} - posts)
    except OSError:
        return ""
    return _digest("\n".join(names).encode("utf-8", "surrogateescape"))


def _at_home(path: str) -> str:
    home = str(Path.home())
    return f"~{path[len(home) :]}" if path.startswith(home + os.sep) else path


def _describe_data(name: str, then: str, now: str) -> str:
    if then.startswith("stand-in"):
        return f"the real {name} is here now"
    return f"the declared {name} {'changed' if now else 'was removed'}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_LOOK_UP: dict[str, Callable[[str, Surroundings], str]] = {
    "python": lambda _, here: platform.python_version(),
    "platform": lambda _, here: f"{platform.system()} {platform.machine()}",
    "package": lambda name, here: package_version(name),
    "source": lambda name, here: _source_value(name),
    "beside": _beside,
    "file": lambda name, here: hash_file(here.bundle / name),
    "folder": lambda name, here: _listing(here.bundle / name, here.posts),
    "outside": lambda name, here: hash_file(Path(name).expanduser()),
    "data": lambda name, here: here.data.get(name, ""),
    "variable": lambda name, here: variable_value(name),
    "kernel": lambda name, here: _kernel_value(name),
    "limit": lambda name, here: here.limits.get(name, ""),
}
