#!/usr/bin/env bash
# html2text 2025.4.15: where a line is wrapped, a dash, a plus sign or a number becomes a list.
#
# Expected: Markdown that is made of one paragraph is one paragraph when it is rendered; html2text escapes
# such a sign where it begins the paragraph.
# Seen: "… - as here" becomes a paragraph and a list where the dash comes to stand at the beginning of a
# line; so do "… + more" and "… 1. That". One word more or less, and all is well.
# Source: html2text/__init__.py: signs are escaped when text is read (escape_md_section), lines are
# wrapped at the end (optwrap), at 78 signs, which is the default.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  html2text==2025.4.15 markdown-it-py==4.3.0 2>"$folder/pip.log"
cat > "$folder/wrap.py" <<'PYTHON'
import re
from importlib.metadata import version

from html2text import html2text
from markdown_it import MarkdownIt


def blocks(text):
    html = MarkdownIt().render(html2text(f"<p>{text}</p>"))
    return re.findall(r"<(p|ul|ol)>", html)


LINE = "These are the words that just fill a line of Markdown up to its right margin,"
print("html2text", version("html2text"))
for sign, found in (("- as here", "ul"), ("+ more", "ul"), ("1. That is all", "ol")):
    seen = [blocks(text) for text in (sign, f"{LINE} {sign}", f"{LINE[:-20]} {sign}")]
    print(f"{sign:16} alone: {seen[0]}, behind a full line: {seen[1]}, behind a shorter one: {seen[2]}")
    assert seen == [["p"], ["p", found], ["p"]]
PYTHON
"$folder/venv/bin/python" "$folder/wrap.py"
