#!/usr/bin/env bash
# sympy 1.14.0 reads the ends of names as accents when it prints LaTeX: Symbol("local") is a script "lo", "what" a "w"
# with a hat, "subprime" a primed "sub", "enorm" the norm of "e"; indices are read in the same way.
#
# Expected: a name that is a word of several letters is printed as this word; only names of Greek letters are
# translated, and accents behind such a letter or a single one ("xhat", "alphadot").
# Seen: local \mathcal{lo}, numerical \mathcal{numeri}, chat \hat{c}, toolbar \bar{tool}, V_local V_{\mathcal{lo}},
# while total, model and loss stay.
# Source: sympy/printing/latex.py, translate: after Greek letters each name that ends with one of the modifiers (hat,
# dot, bar, cal, norm, prime, abs, mag, ...) is cut there, in any case of letters, whatever is before it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check sympy==1.14.0 2>"$folder/pip.log"
cat > "$folder/names.py" <<'PYTHON'
import sympy

NAMES = {
    "local": r"\mathcal{lo}",
    "numerical": r"\mathcal{numeri}",
    "chat": r"\hat{c}",
    "what": r"\hat{w}",
    "toolbar": r"\bar{tool}",
    "subprime": "{sub}'",
    "enorm": r"\left\|{e}\right\|",
    "V_local": r"V_{\mathcal{lo}}",
    "total": "total",
    "model": "model",
    "loss": "loss",
}
print("sympy", sympy.__version__)
for name, expected in NAMES.items():
    found = sympy.latex(sympy.Symbol(name))
    print(name, found)
    assert found == expected
PYTHON
"$folder/venv/bin/python" "$folder/names.py"
