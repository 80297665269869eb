#!/usr/bin/env bash
# cloudpickle 3.1.3: two functions that share a variable no longer share it, even in one pickle.
#
# Expected: objects that refer to one thing before refer to one thing afterwards when they are pickled
# together; pickle does so for lists, instances and everything else.
# Seen: each function gets its own cell. After a call that counts, the other function still sees the
# old count. Two lists in the same pickle stay one list.
# Source: cloudpickle/cloudpickle.py, _function_getstate and the reducer of cells: a cell is made anew
# for each function, with the value that it has.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check cloudpickle==3.1.3 2>"$folder/pip.log"
cat > "$folder/share.py" <<'PYTHON'
import pickle

import cloudpickle


def counter():
    count = 0

    def up():
        nonlocal count
        count += 1

    def now():
        return count

    return up, now


up, now = counter()
up()
items = []
again, shown, one, other = pickle.loads(cloudpickle.dumps((up, now, items, items)))
again()
print("cloudpickle", cloudpickle.__version__)
print("the count after one more call:", shown(), "| the lists are one:", one is other)
assert (now(), shown(), one is other) == (1, 1, True)
PYTHON
"$folder/venv/bin/python" "$folder/share.py"
