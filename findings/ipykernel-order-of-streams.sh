#!/usr/bin/env bash
# ipykernel 7.4.0: a warning comes behind all that the cell prints, also behind what it prints later.
#
# Expected: what a cell writes to stdout and stderr is shown in the order in which it was written, as it is
# between prints and figures: `display` between two prints stays between them.
# Seen: "before", "after", and then the warning from between the two. With `flush=True`, or half a second
# between them, the order is right.
# Source: ipykernel/iostream.py: each stream has a buffer of its own, which is sent after 0.2 s or at the end
# of the cell; a write to the other stream does not send it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  nbclient==0.11.0 nbformat==5.11.1 ipykernel==7.4.0 2>"$folder/pip.log"
cat > "$folder/order.py" <<'PYTHON'
from importlib.metadata import version

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

CELLS = {
    "warning": "import sys\nprint('before')\nprint('W', file=sys.stderr)\nprint('after')",
    "flushed": "print('before', flush=True)\nprint('W', file=sys.stderr, flush=True)\nprint('after')",
    "figure": "from IPython.display import display\nprint('before')\ndisplay('W')\nprint('after')",
}
notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS.values()])
NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
seen = {
    name: [output.get("text") or output.data["text/plain"] for output in cell.outputs]
    for name, cell in zip(CELLS, notebook.cells, strict=True)
}
print("ipykernel", version("ipykernel"), seen)
assert seen == {
    "warning": ["before\nafter\n", "W\n"],
    "flushed": ["before\n", "W\n", "after\n"],
    "figure": ["before\n", "'W'", "after\n"],
}
PYTHON
"$folder/venv/bin/python" "$folder/order.py" 2>/dev/null
