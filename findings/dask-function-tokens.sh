#!/usr/bin/env bash
# Dask 2026.8.0: the token of a function of a notebook changes with its line number; that of a function of
# a module does not change with its code.
#
# Expected: two functions have one token if and only if they do the same, so that a pure task is
# computed again exactly when its code changed.
# Seen: a comment above a function of `__main__` gives it another token. After another body and a reload,
# a function of a module has its old token, so a task by it counts as known, though it returns another
# value now.
# Source: dask/tokenize.py, _normalize_pickle: functions of `__main__` are pickled by value, with the line
# in their code object; all others by reference, which is the name alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check dask==2026.8.0 2>"$folder/pip.log"
cat > "$folder/tokens.py" <<'PYTHON'
import importlib
import sys
from pathlib import Path

import dask
from dask.base import tokenize

CODE = "def step(x):\n    return x + 1\n"
sys.dont_write_bytecode = True


def of_notebook(code):
    names = {"__name__": "__main__"}
    exec(compile(code, "cell", "exec"), names)
    return tokenize(names["step"])


def of_module(code):
    Path(sys.path[0], "steps.py").write_text(code)
    importlib.invalidate_caches()
    return tokenize(importlib.reload(importlib.import_module("steps")).step)


commented, other = f"# Add one.\n{CODE}", CODE.replace("1", "1000")
seen = {
    "notebook, the same code again": of_notebook(CODE) == of_notebook(CODE),
    "notebook, a comment above": of_notebook(CODE) == of_notebook(commented),
    "module, another body": of_module(CODE) == of_module(other),
}
print("Dask", dask.__version__, "| the same token:")
print("\n".join(f"  {name}: {same}" for name, same in seen.items()))
assert list(seen.values()) == [True, False, True], seen
assert importlib.import_module("steps").step(1) == 1001
PYTHON
"$folder/venv/bin/python" "$folder/tokens.py"
