#!/usr/bin/env bash
# ipykernel 7.4.0 with jupyter_client: an exception whose text holds a lone surrogate is reported as
# another exception, and its traceback is lost.
#
# Expected: the reply names the ValueError that the cell raised, with the surrogate escaped or
# replaced, as Python's own traceback shows it.
# Seen: no error among the outputs; the reply names a UnicodeEncodeError with an empty traceback.
# Source: jupyter_client/session.py, json_packer: it encodes with "surrogateescape", which covers
# only the surrogates U+DC80 to U+DCFF. Half a surrogate pair from cut-off JSON or a Windows file
# name is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check ipykernel==7.4.0 jupyter-client==8.10.0 2>"$folder/pip.log"
cat > "$folder/ask.py" <<'PYTHON'
from importlib.metadata import version

from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(extra_arguments=["--log-level=50"])
try:
    asked = client.execute("raise ValueError('half a pair: \\ud83d')")
    reply = None
    while reply is None:
        message = client.get_shell_msg(timeout=60)
        if message["parent_header"].get("msg_id") == asked:
            reply = message["content"]
    errors = 0
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != asked:
            continue
        errors += message["msg_type"] == "error"
        if message["content"].get("execution_state") == "idle":
            break
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
print("ipykernel", version("ipykernel"), "jupyter_client", version("jupyter-client"))
print("errors among the outputs:", errors)
print("reply:", reply["status"], reply["ename"], "lines of traceback:", len(reply["traceback"]))
seen = (errors, reply["status"], reply["ename"], len(reply["traceback"]))
assert seen == (0, "error", "UnicodeEncodeError", 0), seen
PYTHON
"$folder/venv/bin/python" "$folder/ask.py" 2>/dev/null
