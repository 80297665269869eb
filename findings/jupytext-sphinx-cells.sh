#!/usr/bin/env bash
# jupytext 1.19.6: its format py:sphinx does not know sphinx-gallery's own cell marker `# %%`.
#
# Expected: a script for sphinx-gallery becomes the same blocks as sphinx-gallery itself makes: text
# and code alternate, and the comments below `# %%` are text.
# Seen: only lines of hash signs divide; `# %%` and the words below it stay comments in one code cell.
# Source: jupytext/cell_reader.py, SphinxGalleryScriptCellReader: its patterns are rows of 20 or more
# `#`, `""` and `###`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check jupytext==1.19.6 sphinx-gallery==0.22.1 2>"$folder/pip.log"
cat > "$folder/plot_example.py" <<'PYTHON'
"""
Title
=====
"""
x = 1

# %%
# Words between
# two blocks of code.

y = 2
PYTHON
cat > "$folder/blocks.py" <<'PYTHON'
import sys
from importlib.metadata import version

import jupytext
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

_, blocks = split_code_and_text_blocks(sys.argv[1])
cells = jupytext.read(sys.argv[1], fmt="py:sphinx").cells
theirs = [block.type for block in blocks]
made = [cell.cell_type for cell in cells]
print("sphinx-gallery", version("sphinx-gallery"), theirs)
print("jupytext", version("jupytext"), made)
assert theirs == ["text", "code", "text", "code"], theirs
assert made == ["code", "markdown", "code"], made
assert "# %%\n# Words between" in cells[-1].source
PYTHON
"$folder/venv/bin/python" "$folder/blocks.py" "$folder/plot_example.py"
