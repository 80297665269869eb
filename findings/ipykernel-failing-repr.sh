#!/usr/bin/env bash
# ipykernel 7.4.0: where a value's __repr__ raises, the reply to the cell names no exception.
#
# Expected: the reply and the error among the outputs name the same exception, as they do for every
# other exception of a cell.
# Seen: the output is a ZeroDivisionError; the reply has the status "error", but the name "NoneType"
# and the text "None". A tool that reports failures from replies alone says "NoneType: None".
# Source: ipykernel/ipkernel.py, do_execute: the reply takes its name from the result's error, which
# is None where the display hook failed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check ipykernel==7.4.0 jupyter-client==8.10.0 2>"$folder/pip.log"
cat > "$folder/ask.py" <<'PYTHON'
from importlib.metadata import version

from jupyter_client.manager import start_new_kernel

CODE = "class Value:\n    def __repr__(self):\n        return 1 / 0\nValue()"
manager, client = start_new_kernel(extra_arguments=["--log-level=50"])
try:
    asked = client.execute(CODE)
    reply = None
    while reply is None:
        message = client.get_shell_msg(timeout=60)
        if message["parent_header"].get("msg_id") == asked:
            reply = message["content"]
    shown = None
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != asked:
            continue
        if message["msg_type"] == "error":
            shown = message["content"]["ename"]
        if message["content"].get("execution_state") == "idle":
            break
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
print("ipykernel", version("ipykernel"))
print("output:", shown)
print("reply: ", reply["status"], reply["ename"], reply["evalue"])
seen = (shown, reply["status"], reply["ename"], reply["evalue"])
assert seen == ("ZeroDivisionError", "error", "NoneType", "None"), seen
PYTHON
"$folder/venv/bin/python" "$folder/ask.py" 2>/dev/null
