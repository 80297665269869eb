"""What a run used, asked of its kernel: `probe` is put into it before the first step, and answers
after the last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat.v4 as nbf

from evergreen import conduct, probe
from evergreen.imports import imported, top_levels
from evergreen.kernels.client import Client
from evergreen.model import Environment, ExecuteOptions, Notebook
from evergreen.workspace import Workspace

_BEGIN = """
import sys as _sys, types as _types
for _name, _source in {sources!r}:
    _sys.modules[_name] = _types.ModuleType(_name)
    exec(_source, vars(_sys.modules[_name]))
_sys.modules["_conduct"].begin({seed!r}, {limit!r})
_sys.modules["_probe"].begin({folder!r})
del _sys, _types, _name, _source
"""
_END = """__import__("sys").modules["_probe"].end()"""


def begin(client: Client, workspace: Workspace, options: ExecuteOptions) -> None:
    """Start to observe. Raises RuntimeError where the kernel cannot be observed."""
    sources = [(f"_{m.__name__.rpartition('.')[2]}", _text(m.__file__)) for m in (conduct, probe)]
    folder, seed, limit = str(workspace.cwd), options.seed, options.max_output
    _ask(client, _BEGIN.format(sources=sources, folder=folder, seed=seed, limit=limit))


def end(client: Client, notebook: Notebook) -> Mapping[str, Any] | None:
    """The probe's answer (see `probe.end`); None where the code has left nobody to answer.

    With it `named`: the modules that the code imports by name.
    """
    try:
        answer = json.loads(_ask(client, _END))
    except (RuntimeError, ValueError):
        return None
    return {**answer, "named": sorted(top_levels(step.source for step in notebook.steps))}


def environment(answer: Mapping[str, Any] | None) -> Environment:
    """What the page says of an answer: the versions of the packages that the code names."""
    if answer is None:
        return Environment()
    packages = tuple((p.name, p.version) for p in imported(answer) if p.named)
    return Environment(answer["python"], answer["platform"], packages)


def _text(file: str | None) -> str:
    return Path(file or "").read_text("utf-8")


def _ask(client: Client, code: str) -> str:
    """What code of ours shows in the kernel; it leaves no trace in the post's history."""
    node = nbf.new_code_cell(code)
    client.nb.cells.append(node)
    client.execute_cell(node, len(client.nb.cells) - 1, store_history=False)
    errors = [output for output in node.outputs if output.output_type == "error"]
    if errors:
        raise RuntimeError(f"the kernel's probe failed: {errors[0].ename}: {errors[0].evalue}")
    shown = (output for output in node.outputs if output.output_type == "display_data")
    return "".join(output.data["text/plain"] for output in shown)
