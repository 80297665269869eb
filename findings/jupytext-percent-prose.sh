#!/usr/bin/env bash
# jupytext 1.19.6: prose with a line that begins with `%%` ends its cell in a percent script; the rest
# of it comes back as code.
#
# Expected: a notebook that is written as a script and read again has the cells that it had; jupytext
# escapes what it would take for a marker, as it comments magics in code.
# Seen: TeX's comment `%% …` in a formula becomes the line `# %% …`, which begins a code cell. The
# formula is cut in two, and its second half is code that is not Python. The same text survives in a
# cell whose marker is `"""`.
# Source: jupytext/cell_to_text.py, DoublePercentCellExporter and markdown_to_text: lines of text get a
# comment sign, and nothing else.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check jupytext==1.19.6 2>"$folder/pip.log"
cat > "$folder/prose.py" <<'PYTHON'
import jupytext
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

FORMULA = "$$\nx = 1\n%% the same as above\ny = 2\n$$"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def again(**metadata):
    prose = new_markdown_cell(FORMULA, metadata=metadata)
    notebook = new_notebook(cells=[prose, new_code_cell("1")], metadata={"kernelspec": KERNEL})
    script = jupytext.writes(notebook, "py:percent")
    return [(cell.cell_type, cell.source) for cell in jupytext.reads(script, "py:percent").cells]


print("jupytext", jupytext.__version__)
print("as a comment:", again())
print("as a string:", again(cell_marker='"""'))
assert [kind for kind, _ in again()] == ["markdown", "code", "code"]
assert again()[0] == ("markdown", "$$\nx = 1")
assert again(cell_marker='"""') == [("markdown", FORMULA), ("code", "1")]
PYTHON
"$folder/venv/bin/python" "$folder/prose.py"
