#!/usr/bin/env bash
# pangu 6.1.0, which sets a space between Chinese and Latin letters, takes Markdown apart: bold and italic words
# lose their emphasis, links and pictures their address, and a line with '##' before a word becomes a heading.
#
# Expected: space_text sets spaces between signs of two scripts alone, so the text is read by CommonMark as before,
# with spaces in it: 这是**重点key**的 becomes 这是**重点 key**的, as its README speaks of text and web pages.
# Seen: "** 重点 key**" with a space behind the first mark, which no longer opens anything; (图 fig.png) as the
# address of a picture, which is then text; "## 标题 A" from ##标题A, which was no heading.
# Source: pangu/_core.py sets spaces around '*', '#' and quotes next to Chinese signs as around operators; it looks
# for code in backquotes, tags and complete addresses only. markdown-it-py 4.0.0 shows what becomes of the text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pangu==6.1.0 markdown-it-py==4.0.0 2>"$folder/pip.log"
cat > "$folder/spaces.py" <<'PYTHON'
from importlib.metadata import version

import pangu
from markdown_it import MarkdownIt

TEXTS = {
    "这是**重点key**的": ("这是 ** 重点 key** 的", "<strong>", False),
    "用*斜体word*写": ("用 * 斜体 word * 写", "<em>", False),
    "前文**word词**后": ("前文 **word 词 ** 后", "<strong>", False),
    "参见[图1](图/fig1图.png)": ("参见 [图 1](图/fig1 图.png)", "<a ", False),
    "![图pic](图fig.png)": ("![图 pic](图 fig.png)", "<img ", False),
    "##标题A": ("## 标题 A", "<h2>", True),
    "用`代码code`吧": ("用 `代码code` 吧", "<code>", True),
    "__重点key__": ("__重点 key__", "<strong>", True),
}
read = MarkdownIt("commonmark").render
print("pangu", version("pangu"), "markdown-it-py", version("markdown-it-py"))
for text, (expected, tag, has) in TEXTS.items():
    spaced = pangu.space_text(text)
    print(f"{text} -> {spaced} | {tag} before: {tag in read(text)}, after: {tag in read(spaced)}")
    assert spaced == expected and (tag in read(spaced)) is has
    assert (tag in read(text)) is (tag != "<h2>")
PYTHON
"$folder/venv/bin/python" "$folder/spaces.py"
