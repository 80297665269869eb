#!/usr/bin/env bash
# Jinja2 3.1.6: a bytecode cache keeps what a filter returned, not only compiled code.
#
# Expected: with a bytecode cache on disk, another implementation of a filter counts at the next start
# for each use of it; the cache depends on the template alone because it holds the template alone.
# Seen: the filter of a constant, `{{ "x" | mark }}`, is called when the template is compiled, and its
# result is in the cache. The next process, with a new `mark`, shows the old result there and the new
# one for `{{ name | mark }}` in the same line.
# Source: jinja2/optimizer.py, which evaluates expressions of constants; jinja2/bccache.py, whose key
# is the name and the source of the template.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check jinja2==3.1.6 2>"$folder/pip.log"
cat > "$folder/fold.py" <<'PYTHON'
import sys
from importlib.metadata import version

import jinja2

folder, sign = sys.argv[1:]
environment = jinja2.Environment(
    loader=jinja2.DictLoader({"page": "{{ 'x' | mark }} {{ name | mark }}"}),
    bytecode_cache=jinja2.FileSystemBytecodeCache(folder),
)
environment.filters["mark"] = lambda text: f"{text}{sign}"
shown = environment.get_template("page").render(name="y")
print("Jinja2", version("jinja2"), "| filter adds", sign, "| page:", shown)
assert shown == f"x1 y{sign}"
PYTHON
mkdir "$folder/cache"
"$folder/venv/bin/python" "$folder/fold.py" "$folder/cache" 1
"$folder/venv/bin/python" "$folder/fold.py" "$folder/cache" 2
