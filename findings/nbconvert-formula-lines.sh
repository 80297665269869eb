#!/usr/bin/env bash
# nbconvert 7.17.2 with mistune 3.4.0: a line of an inline formula that begins like a list, a quote or a
# heading cuts the formula in two; the same lines in a formula of $$ do not.
#
# Expected: nbconvert shows a text cell as Jupyter does, which takes all formulas out before it reads
# Markdown. A formula of $ that goes on in the next line with "- b" is one formula.
# Seen: `a $x` is a paragraph and `- y$` a list; so with a number, ">" and "#". Formulas of $$ stay whole.
# Source: nbconvert/filters/markdown_mistune.py: $$ and environments are rules for blocks, $ is a rule
# for what is inside of a paragraph, which ends before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check nbconvert==7.17.2 mistune==3.4.0 \
  2>"$folder/pip.log"
cat > "$folder/lines.py" <<'PYTHON'
import re
from importlib.metadata import version

from nbconvert.filters import markdown2html


def tags(text):
    return re.findall(r"<(p|ul|ol|blockquote|h1)\b", markdown2html(text))


print("nbconvert", version("nbconvert"), "mistune", version("mistune"))
for sign, found in (("-", "ul"), ("1.", "ol"), (">", "blockquote"), ("#", "h1")):
    inline, block = tags(f"a $x\n{sign} y$ b"), tags(f"$$\nx\n{sign} y\n$$")
    print(f"{sign:3} inline: {inline}, block: {block}")
    assert inline[:2] == ["p", found] and block == ["p"]
PYTHON
"$folder/venv/bin/python" "$folder/lines.py"
