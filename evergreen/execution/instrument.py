"""What a run used, asked of its kernel: `probe` is put into it before the first step, and answers
after the last.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evergreen.execution import widgets
from evergreen.execution.in_kernel import capture, probe, seeding, system
from evergreen.execution.workspace import Workspace
from evergreen.model import Environment, ExecuteOptions, Notebook
from evergreen.paths import read_made
from evergreen.records.imports import imported, top_levels

if TYPE_CHECKING:
    from evergreen.execution.client import CellRunner

_INSIDE = (capture, probe, seeding, system)
_FORM: Mapping[str, tuple[type, type | None]] = {
    **dict.fromkeys(("python", "platform"), (str, None)),
    **dict.fromkeys(("path", "missing"), (list, None)),
    **dict.fromkeys(("modules", "before"), (dict, str)),
    **dict.fromkeys(("asked", "outside", "listed"), (dict, bool)),
    "young": (dict, int),
    "searched": (dict, list),
}
"""The parts of an answer (see `probe.end`): what each is, and its values."""
_BEGIN = """
import sys, types
for name, source in sources.items():
    module = sys.modules[name] = types.ModuleType(name)
    exec(source, vars(module))
sys.modules["_capture"].begin(folder, limit)
if seed is not None:
    sys.modules["_seeding"].begin(seed)
sys.modules["_probe"].begin(cwd, sys.modules["_system"].system_folders(cwd))
"""
_END = """
import sys
sys.modules["_probe"].end(path)
sys.modules["_capture"].end()
"""


def begin(client: CellRunner, workspace: Workspace, options: ExecuteOptions) -> None:
    """Start to capture, seed and observe. Raises RuntimeError where that cannot be."""
    client.ask(
        _code(
            _BEGIN,
            sources=_sources(),
            folder=str(workspace.folder),
            cwd=str(workspace.cwd),
            limit=options.max_output,
            seed=options.seed,
        )
    )


def end(client: CellRunner, workspace: Workspace, notebook: Notebook) -> Mapping[str, Any] | None:
    """The probe's answer (see `probe.end`); None where the code has left nobody to answer.

    With it `named`: the modules that the code imports by name, and `widgets`: the state of those
    that it made. Raises KernelDied.
    """
    path = workspace.folder / "answer.json"
    states = _widgets(client, workspace)
    try:
        client.ask(_code(_END, path=str(path)))
        answer = json.loads(read_made(path))
    except (RuntimeError, TimeoutError, OSError, ValueError):  # RecursionError is a RuntimeError
        return None
    if not _is_answer(answer):
        return None
    named = sorted(top_levels(step.source for step in notebook.steps))
    return {**answer, "named": named, "widgets": states}


def _widgets(client: CellRunner, workspace: Workspace) -> dict[str, Any]:
    path = workspace.folder / "widgets.json"
    try:
        client.ask(_code(widgets.ASK, path=str(path)))
        return widgets.read_state(path.read_text("utf-8"))
    except (RuntimeError, TimeoutError, OSError, ValueError):
        return {}


def _is_answer(answer: Any) -> bool:
    """Whether this has the form of an answer: the post may have written the file."""
    if not isinstance(answer, dict) or not answer.keys() >= _FORM.keys():
        return False
    given: Iterator[tuple[Any, Any, Any]] = ((answer[name], *form) for name, form in _FORM.items())
    return all(
        isinstance(value, kind)
        and all(isinstance(name, str) and "\0" not in name for name in value)
        and (not inner or all(isinstance(each, inner) for each in value.values()))
        for value, kind, inner in given
    )


def environment(answer: Mapping[str, Any] | None) -> Environment:
    """What the page says of an answer: the versions of the packages that the code names."""
    if answer is None:
        return Environment()
    packages = tuple((p.name, p.version) for p in imported(answer) if p.named)
    return Environment(answer["python"], answer["platform"], packages)


@functools.cache
def _sources() -> dict[str, str]:
    """The text of each module that is put into a kernel, by its name there."""
    files = {f"_{each.__name__.rpartition('.')[2]}": each.__file__ for each in _INSIDE}
    return {name: Path(file or "").read_text("utf-8") for name, file in files.items()}


def _code(code: str, **values: Any) -> str:
    """Code that leaves no name behind among the post's."""
    return f"exec({code!r}, {values!r})"
