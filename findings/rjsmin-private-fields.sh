#!/usr/bin/env bash
# rjsmin 1.3.0: a class with two private fields, without semicolons, is a syntax error when minified.
#
# Expected: a minified script does what the script does. rjsmin keeps the line breaks that end a statement:
# those between public fields stay, and those before `!` and behind a template literal.
# Seen: `#b = 1` and `#c = 2` come to stand in one line, and the script does not start. A regular expression
# behind `=>` loses spaces, and no longer finds what it found: there nothing fails at all.
# Source: rjsmin.py: a line break is kept only before certain signs, among which `#` is not; a regular
# expression is known by the sign before it, among which `>` is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check rjsmin==1.3.0 2>"$folder/pip.log"
cat > "$folder/scripts.py" <<'PYTHON'
import re
import subprocess
from importlib.metadata import version

from rjsmin import jsmin

SCRIPTS = {
    "public fields": ("class A {\n  b = 1\n  c = 2\n}\nconsole.log(new A().c)", "2", "2"),
    "private fields": (
        "class A {\n  #b = 1\n  #c = 2\n  d = this.#c\n}\nconsole.log(new A().d)", "2", "SyntaxError"
    ),
    "regexp behind =": ("const t = /a  b/\nconsole.log(t.test('a  b'))", "true", "true"),
    "regexp behind =>": ("const t = s => /a  b/.test(s)\nconsole.log(t('a  b'))", "true", "false"),
}


def run(script):
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True)
    return done.stdout.strip() or re.findall(r"^\w*Error", done.stderr, re.MULTILINE)[0]


print("rjsmin", version("rjsmin"))
for name, (script, before, after) in SCRIPTS.items():
    seen = run(script), run(jsmin(script))
    print(f"{name:17} prints {seen[0]!r}, minified {seen[1]!r}")
    assert seen == (before, after)
PYTHON
"$folder/venv/bin/python" "$folder/scripts.py"
