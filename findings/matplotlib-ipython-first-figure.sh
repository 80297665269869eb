#!/usr/bin/env bash
# Matplotlib 3.8.4 with IPython 9.18.1: the first cell of a notebook that draws shows no figure.
#
# Expected: a cell that imports pyplot and draws has its figure below it, as every later cell has.
# Seen: the first cell has no picture, the second one has. Nothing is printed. pip finds no conflict
# between the two, so notebooks that pin an older Matplotlib on a new kernel lose one figure.
# Source: Matplotlib before 3.9 imports IPython.core.pylabtools.backend2gui, which IPython 9 no longer
# has; matplotlib_inline/backend_inline.py takes the ImportError for a circular import and returns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check "matplotlib==3.8.4" "numpy<2" \
  "ipython==9.18.1" "ipykernel==7.4.0" "jupyter-client==8.10.0" 2>"$folder/pip.log"
cat > "$folder/draw.py" <<'PYTHON'
from importlib.metadata import version

from jupyter_client.manager import start_new_kernel

CELLS = (
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "plt.plot([1, 2]);",
)
manager, client = start_new_kernel(extra_arguments=["--log-level=50"])
pictures = []
try:
    for cell in CELLS:
        asked, count = client.execute(cell), 0
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != asked:
                continue
            count += "image/png" in message["content"].get("data", {})
            if message["content"].get("execution_state") == "idle":
                break
        pictures.append(count)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
print("Matplotlib", version("matplotlib"), "IPython", version("ipython"))
print("pictures of the two cells:", pictures)
assert pictures == [0, 1], pictures
PYTHON
MPLBACKEND=module://matplotlib_inline.backend_inline "$folder/venv/bin/python" "$folder/draw.py" 2>/dev/null
