#!/usr/bin/env bash
# latex2mathml 3.81.1: `\sqrt10` is the root of 10, and `\binom42` has one number, though `x^10` and
# `\frac12` are read as TeX reads them.
#
# Expected: in TeX the argument of a command without braces is one digit: `\sqrt10` is the root of 1 and a
# 0 next to it, `\binom42` is 4 over 2, as `x^10` is x to the 1 and a 0, and `\frac12` a half.
# Seen: the commands take all digits. For the binomial, both go above and nothing below: an mfrac with one
# child, which MathML does not allow. `\binom{4}{2}` is right. Nothing is reported.
# Source: latex2mathml/tokenizer.py, PATTERN: a number is a token, with exceptions for `^`, `_` and `\frac`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check latex2mathml==3.81.1 2>"$folder/pip.log"
cat > "$folder/digits.py" <<'PYTHON'
from importlib.metadata import version
from xml.etree import ElementTree

from latex2mathml.converter import convert

WANTED = {"msqrt", "mfrac", "msup"}


def read(formula):
    """Return the first root, fraction or power as the texts of its children."""
    tree = ElementTree.fromstring(convert(formula))
    found = next(node for node in tree.iter() if node.tag.rpartition("}")[2] in WANTED)
    return [child.text for child in found]


print("latex2mathml", version("latex2mathml"))
for formula, children in {
    r"x^10": ["x", "1"],
    r"\frac12": ["1", "2"],
    r"\sqrt10": ["10"],
    r"\binom42": ["42"],
}.items():
    print(f"{formula:9} {read(formula)}")
    assert read(formula) == children
PYTHON
"$folder/venv/bin/python" "$folder/digits.py"
