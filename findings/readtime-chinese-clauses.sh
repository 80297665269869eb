#!/usr/bin/env bash
# readtime 3.0.0 counts a Chinese clause as one word: 1,680 characters, which take four minutes or more to read, are
# 41 seconds. In HTML without line breaks it joins the last word of a paragraph to the first of the next.
#
# Expected: Chinese, which has no blanks, is counted by characters or by usual word lengths; English words in two
# paragraphs are two words.
# Seen: 28 characters in three clauses count as three words, so the marks of punctuation decide. "<p>one</p><p>two</p>"
# is one word, with a line break between the tags it is two.
# Source: readtime/utils.py splits the text at \W+ and divides by 265 words a minute; parse_html joins the texts of
# elements without a blank, and sets a full stop behind headings only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check readtime==3.0.0 2>"$folder/pip.log"
cat > "$folder/minutes.py" <<'PYTHON'
from importlib.metadata import version

import readtime

CLAUSES = "今天我们用神经网络识别手写数字，先读入数据。再训练模型！"
chinese = readtime.of_text(CLAUSES * 60).seconds
english = readtime.of_text("word " * 600).seconds
joined = readtime.of_html("<p>one two</p>" * 100).seconds
parted = readtime.of_html("<p>one two</p>\n" * 100).seconds
print("readtime", version("readtime"))
print(f"{len(CLAUSES * 60)} characters: {chinese} s, 600 words: {english} s")
print(f"200 words in 100 paragraphs: {joined} s, with line breaks {parted} s")
assert (chinese, english) == (41, 136)
assert joined < 0.6 * parted
PYTHON
"$folder/venv/bin/python" "$folder/minutes.py"
