#!/usr/bin/env bash
# feedparser 6.0.14: an empty MathML or SVG element with attributes loses its end.
#
# Expected: `<mspace width="1em"/>` in the HTML of an entry stays an empty element, as it does
# without attributes.
# Seen: it becomes `<mspace width="1em">`, with no end. A browser that shows the cleaned text puts
# all that follows inside of it. `<mspace width="1em"></mspace>` keeps its end.
# Source: feedparser/html.py, the patterns that write `<x/>` out as `<x></x>` allow no attributes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check feedparser==6.0.14 2>"$folder/pip.log"
cat > "$folder/read.py" <<'PYTHON'
import html

import feedparser

ENTRY = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="html">'
    "{}</content></entry></feed>"
)


def cleaned(element: str) -> str:
    text = f"<p><math><mi>x</mi>{element}<mi>y</mi></math></p>"
    value = feedparser.parse(ENTRY.format(html.escape(text))).entries[0].content[0].value
    return value.split("<mi>x</mi>")[1].split("<mi>y</mi>")[0]


seen = [cleaned(e) for e in ("<mspace/>", '<mspace width="1em"/>', '<mspace width="1em"></mspace>')]
print("feedparser", feedparser.__version__)
print("\n".join(seen))
assert seen == ["<mspace></mspace>", '<mspace width="1em">', '<mspace width="1em"></mspace>'], seen
PYTHON
"$folder/venv/bin/python" "$folder/read.py"
