#!/usr/bin/env bash
# python-frontmatter 1.3.0 changes a post that is only read and written: the first line of the text loses its
# indentation, so that a block of code at the beginning becomes a paragraph; keys are sorted, 1.10 is 1.1.
#
# Expected: loads and dumps are inverses as far as a reader of the post can tell: the text is the one below the
# second '---', and the keys stand in the order in which their author wrote them, as a mapping of Python keeps it.
# Seen: "    x = 1" and "    y = 2" give "x = 1" and "    y = 2", which CommonMark reads as one paragraph; title,
# date, tags come back as date, tags, title. A date with its zone and a list in brackets survive as values.
# Source: frontmatter/__init__.py strips the text of white space at both ends, not of blank lines alone;
# default_handlers.py calls yaml.dump with its default, which sorts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-frontmatter==1.3.0 markdown-it-py==4.0.0 \
  2>"$folder/pip.log"
cat > "$folder/post.py" <<'PYTHON'
from importlib.metadata import version

import frontmatter
from markdown_it import MarkdownIt

POST = """---
title: 训练
date: 2021-01-01 10:00:00 +0800
tags: [甲, b]
python: 1.10
---

    x = 1
    y = 2

文字。
"""
read = MarkdownIt("commonmark").render
body = POST.split("---\n")[2]
post = frontmatter.loads(POST)
print("python-frontmatter", version("python-frontmatter"))
print(read(body), read(post.content), frontmatter.dumps(post), sep="\n")
assert read(body).startswith("<pre><code>x = 1\ny = 2\n</code></pre>")
assert read(post.content).startswith("<p>x = 1\ny = 2</p>")
keys = [line.partition(":")[0] for line in frontmatter.dumps(post).splitlines() if ": " in line]
assert keys == ["date", "python", "title"] and "python: 1.1\n" in frontmatter.dumps(post)
PYTHON
"$folder/venv/bin/python" "$folder/post.py"
