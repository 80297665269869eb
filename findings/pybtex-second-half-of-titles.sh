#!/usr/bin/env bash
# pybtex 0.26.1: its two ways to the style "plain" write another title: one sets "A survey", the other
# "a survey".
#
# Expected: the word behind a colon keeps its capital, as BibTeX's plain.bst has it, whose change.case$
# leaves the first letter behind ": " alone; pybtex's own change.case$ for .bst files does.
# Seen: pybtex's style in Python, which is the default, sets "Deep learning: a survey". Titles of journals
# that begin their subtitle with a name, "Networks: Bayes and after", lose its capital too.
# Source: pybtex/style/formatting/unsrt.py, format_title: the text is capitalized as a whole;
# pybtex/bibtex/utils.py, change_case.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pybtex==0.26.1 2>"$folder/pip.log"
cat > "$folder/titles.py" <<'PYTHON'
from importlib.metadata import version

from pybtex import format_from_string
from pybtex.bibtex.utils import change_case

TITLE = "Deep Learning: A Survey"
ENTRY = f"@misc{{a, author={{Ann Lee}}, title={{{TITLE}}}, year=2020}}"
shown = format_from_string(ENTRY, "plain", output_backend="text").strip()
print("pybtex", version("pybtex"))
print("style in Python:", shown)
print("change.case$:   ", change_case(TITLE, "t"))
assert "Deep learning: a survey." in shown
assert change_case(TITLE, "t") == "Deep learning: A survey"
PYTHON
"$folder/venv/bin/python" "$folder/titles.py"
