#!/usr/bin/env bash
# rich 15.0.0: importing rich.console, rich.progress or rich.style draws a number from Python's
# global random generator.
#
# Expected: an import leaves the generator alone, so that `random.seed(1)` gives the same numbers
# whether the import comes before or behind it.
# Seen: with the import behind the seed, all later numbers are others; `import rich` alone draws
# nothing, because it loads its modules late. A notebook that shows a progress bar for the first time
# behind its seed has other results than one that does not.
# Source: rich/style.py: `_id_generator = count(getrandbits(24))` at module level.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check rich==15.0.0 2>"$folder/pip.log"
cat > "$folder/draw.py" <<'PYTHON'
import subprocess
import sys
from importlib.metadata import version


def first(imported: str) -> str:
    code = f"import random; random.seed(1); {imported}; print(random.random())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout


plain = first("pass")
same = {name: first(f"import {name}") == plain for name in ("rich", "rich.console", "rich.progress")}
print("rich", version("rich"))
print("the same number behind the import:", same)
assert same == {"rich": True, "rich.console": False, "rich.progress": False}, same
PYTHON
"$folder/venv/bin/python" "$folder/draw.py"
