#!/usr/bin/env bash
# tabulate 0.10.0, which pandas' to_markdown uses, prints strings as numbers where a whole column looks like numbers:
# the version "1.10" becomes 1.1, beside "1.9" the older one, and "1_000.0" becomes 1000.
#
# Expected: values that are strings are printed as they are, aligned at most; numbers are formatted.
# Seen: ["1.10", "1.9"] gives 1.1 and 1.9; ["2.0", "3.10"] gives 2 and 3.1; postal codes "01234" lose nothing, since
# whole numbers are left as text. One word in the column saves all.
# DataFrame.to_markdown of a column of strings shows the same.
# Source: tabulate/__init__.py finds the type of a column by float(text), and formats each value with float(value) and
# "g"; disable_numparse=True turns it off.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tabulate==0.10.0 pandas==2.3.3 2>"$folder/pip.log"
cat > "$folder/versions.py" <<'PYTHON'
from importlib.metadata import version

import pandas
from tabulate import tabulate


def column(*values, **options):
    """Return the values as they are printed."""
    lines = tabulate([[each] for each in values], tablefmt="plain", **options).splitlines()
    return [line.strip() for line in lines]


print("tabulate", version("tabulate"), "pandas", pandas.__version__)
for values, expected in {
    ("1.10", "1.9"): ["1.1", "1.9"],
    ("2.0", "3.10"): ["2", "3.1"],
    ("01234", "5"): ["01234", "5"],
    ("1_000.0", "2"): ["1000", "2"],
    ("1.10", "dev"): ["1.10", "dev"],
}.items():
    print(values, column(*values))
    assert column(*values) == expected, column(*values)
assert column("1.10", "1.9", disable_numparse=True) == ["1.10", "1.9"]
table = pandas.DataFrame({"版本": ["1.10", "1.9"]}).to_markdown(index=False)
print(table)
assert "1.10" not in table and "1.1 |" in table
PYTHON
"$folder/venv/bin/python" "$folder/versions.py"
