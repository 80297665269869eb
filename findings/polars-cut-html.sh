#!/usr/bin/env bash
# polars 2.1.0 cuts text in the HTML of a table, which a notebook shows, after 30 characters, as in a terminal; the rest
# is nowhere in the page, not in a title or a hidden part either. Lists are cut after their second value.
#
# Expected: a terminal has few columns, so print(frame) cuts; HTML wraps, so _repr_html_ holds the whole text.
# Seen: 30 characters and "…" in both. A page that is made of a notebook cannot be searched for the rest. Two rows that
# differ in their ends only look equal. Chinese text is cut after 30 characters too, which are twice as wide.
# Source: polars' _repr_html_ asks for each value's text in Rust with the same limit as for terminals,
# POLARS_FMT_STR_LEN; Config.set_fmt_str_lengths raises both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check polars==2.1.0 2>"$folder/pip.log"
cat > "$folder/table.py" <<'PYTHON'
import re

import polars

TEXTS = ["https://example.org/a/long/address/1", "https://example.org/a/long/address/2", "数" * 31]
frame = polars.DataFrame({"text": TEXTS, "list": [list(range(9))] * 3})
html = frame._repr_html_()
cells = re.findall(r"<td>(.*?)</td>", html)
print("polars", polars.__version__)
print(cells)
assert cells[2] == cells[4] == "&quot;https://example.org/a/long/add…"
assert cells[6] == f"&quot;{'数' * 30}…"
assert cells[3] == "[0, 1, … 8]" and not any(text in html for text in TEXTS)
with polars.Config(fmt_str_lengths=100):
    assert all(text in frame._repr_html_() for text in TEXTS)
PYTHON
"$folder/venv/bin/python" "$folder/table.py"
