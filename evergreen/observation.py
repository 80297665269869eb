"""What a run used, asked of its kernel: `probe` is put into it before the first step, and answers
after the last.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat.v4 as nbf

from evergreen import probe
from evergreen.kernels.client import Client
from evergreen.model import Environment, ExecuteOptions, Notebook
from evergreen.workspace import Workspace

_BEGIN = """
import sys as _sys, types as _types
_sys.modules["_probe"] = _types.ModuleType("_probe")
exec({source!r}, vars(_sys.modules["_probe"]))
_sys.modules["_probe"].begin({folder!r}, {seed!r}, {limit!r})
del _sys, _types
"""
_END = """print(__import__("sys").modules["_probe"].end({modules!r}))"""


def begin(client: Client, workspace: Workspace, options: ExecuteOptions) -> None:
    """Start to observe. Raises RuntimeError where the kernel cannot be observed."""
    source = Path(probe.__file__).read_text("utf-8")
    folder, seed, limit = str(workspace.cwd), options.seed, options.max_output
    _ask(client, _BEGIN.format(source=source, folder=folder, seed=seed, limit=limit))


def end(client: Client, notebook: Notebook) -> Mapping[str, Any]:
    """The probe's answer (see `probe.end`)."""
    return json.loads(_ask(client, _END.format(modules=sorted(_imports(notebook)))))


def environment(answer: Mapping[str, Any] | None) -> Environment:
    """What the page says of an answer: the versions of the packages that the code names."""
    if answer is None:
        return Environment()
    packages = tuple((name, version) for name, version, named in answer["packages"] if named)
    return Environment(answer["python"], answer["platform"], packages)


def packages_named(notebook: Notebook) -> tuple[str, ...]:
    """Top-level modules that a Python notebook imports by name, less the standard library's."""
    if notebook.kernel != "python3":
        return ()
    return tuple(sorted(_imports(notebook) - sys.stdlib_module_names))


def _ask(client: Client, code: str) -> str:
    """What code of ours prints in the kernel; it leaves no trace in the post's history."""
    node = nbf.new_code_cell(code)
    client.nb.cells.append(node)
    client.execute_cell(node, len(client.nb.cells) - 1, store_history=False)
    errors = [output for output in node.outputs if output.output_type == "error"]
    if errors:
        raise RuntimeError(f"the kernel's probe failed: {errors[0].ename}: {errors[0].evalue}")
    return "".join(output.get("text", "") for output in node.outputs)


def _imports(notebook: Notebook) -> set[str]:
    """Top-level modules that the cells import by name; a cell that is no plain Python has none."""
    names: set[str] = set()
    for step in notebook.steps:
        try:
            tree = ast.parse(step.source)
        except SyntaxError:  # magics, or an error that the run will show
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names
