#!/usr/bin/env bash
# nbclient 0.11.0 with ipykernel 7.4.0: what a task prints while a later cell awaits it is in no cell.
#
# Expected: a notebook that nbclient runs has the text that the same notebook has in Jupyter, which shows it
# below the cell that started the task.
# Seen: the text is lost, though the task has run: its result is there. What a thread prints in the same
# case is kept, below the cell that waits for it.
# Source: nbclient/client.py, async_execute_cell: only messages whose parent is the running cell are read;
# ipykernel marks what a task prints with the cell that created it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  nbclient==0.11.0 nbformat==5.11.1 ipykernel==7.4.0 2>"$folder/pip.log"
cat > "$folder/tasks.py" <<'PYTHON'
from importlib.metadata import version

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

TASK = (
    "import asyncio\nasync def work():\n    await asyncio.sleep(0.5)\n    print('working')\n    return 7\n"
    "task = asyncio.create_task(work())",
    "await task",
)
THREAD = (
    "import threading, time\ndef work():\n    time.sleep(0.5)\n    print('working')\n"
    "thread = threading.Thread(target=work)\nthread.start()",
    "thread.join()",
)


def texts(sources):
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return [
        [output.get("text") or output.data["text/plain"] for output in cell.outputs]
        for cell in notebook.cells
    ]


task, thread = texts(TASK), texts(THREAD)
print("nbclient", version("nbclient"), "ipykernel", version("ipykernel"))
print("a task:  ", task)
print("a thread:", thread)
assert task == [[], ["7"]]
assert thread == [[], ["working\n"]]
PYTHON
"$folder/venv/bin/python" "$folder/tasks.py" 2>/dev/null
