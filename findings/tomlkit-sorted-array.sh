#!/usr/bin/env bash
# tomlkit 0.15.2: an array that was sorted is written in its old order, and later changes hit the
# wrong elements.
#
# Expected: tomlkit's arrays are lists whose changes are in the document; `append`, `insert`, `reverse`
# and `del` are.
# Seen: after `sort()` the list is [1, 2, 3] and the document says [3, 1, 2]. `del tags[0]` then takes
# 1 from the list and 3 from the document: they do not hold the same numbers any more.
# Source: tomlkit/items.py, Array: a list, and next to it the elements as they are written; `list.sort`
# changes the first alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tomlkit==0.15.2 2>"$folder/pip.log"
cat > "$folder/sort.py" <<'PYTHON'
import tomllib
from importlib.metadata import version

import tomlkit


def states(change):
    document = tomlkit.parse("tags = [3, 1, 2]")
    change(document["tags"])
    return document.unwrap()["tags"], tomllib.loads(document.as_string())["tags"]


def sort_and_remove_first(tags):
    tags.sort()
    del tags[0]


seen = {
    "reverse": states(lambda tags: tags.reverse()),
    "sort": states(lambda tags: tags.sort()),
    "sort, del [0]": states(sort_and_remove_first),
}
print("tomlkit", version("tomlkit"))
for name, (held, written) in seen.items():
    print(f"{name:13} held: {held}, written: {written}")
assert seen["reverse"] == ([2, 1, 3], [2, 1, 3])
assert seen["sort"] == ([1, 2, 3], [3, 1, 2])
assert seen["sort, del [0]"] == ([2, 3], [1, 2])
PYTHON
"$folder/venv/bin/python" "$folder/sort.py"
