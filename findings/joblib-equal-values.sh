#!/usr/bin/env bash
# joblib 1.6.0: values that are equal, and of one type, have different hashes, so a cached function
# runs again.
#
# Expected: the cache of joblib.Memory goes by the value of an argument. joblib's hash sees to that for
# the order of dictionaries and sets, and for strings that are one object or two.
# Seen: a list that holds one list twice and a list that holds two equal lists differ, as do an array
# and a contiguous array of the same numbers, and a table and the same table joined of its rows. Data
# that were read from a file are so not found in a cache that was filled before they were written.
# Source: joblib/hashing.py: the hash is of a pickle, whose memo tells references from copies (only
# strings and bytes are left out of it); for arrays it takes the strides too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  joblib==1.6.0 numpy==2.4.6 pandas==3.0.0 2>"$folder/pip.log"
cat > "$folder/equal.py" <<'PYTHON'
import json
import sys

import joblib
import numpy as np
import pandas as pd

memory = joblib.Memory(sys.argv[1], verbose=0)
runs = []


@memory.cache
def count(values):
    runs.append(1)
    return len(values)


def runs_for(*arguments):
    before = len(runs)
    for argument in arguments:
        count(argument)
    return len(runs) - before


tags = ["en"]
shared = [tags, tags]
every_second = np.arange(6)[::2]
table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
joined = pd.concat([table[:1], table[1:]])
assert shared == json.loads(json.dumps(shared))
assert table.equals(joined) and list(table.dtypes) == list(joined.dtypes)
seen = {
    "dictionaries in two orders": runs_for({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "a list, written and read": runs_for(shared, json.loads(json.dumps(shared))),
    "an array and its copy": runs_for(every_second, every_second.copy()),
    "a table and its joined rows": runs_for(table, joined),
}
print("joblib", joblib.__version__, "| runs for two equal arguments:")
print("\n".join(f"  {name}: {number}" for name, number in seen.items()))
assert list(seen.values()) == [1, 2, 2, 2], seen
PYTHON
"$folder/venv/bin/python" "$folder/equal.py" "$folder/cache"
