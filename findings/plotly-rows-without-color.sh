#!/usr/bin/env bash
# Plotly 7.1.0: Plotly Express leaves out rows whose value for `color`, `symbol` or `facet_col` is
# missing.
#
# Expected: of a table with three points, three are drawn, the one whose group is not known under a name of
# its own, or there is a warning. A missing `hover_name` is no reason to drop a point.
# Seen: two points and no word about the third, with `color`, `symbol` and `facet_col` alike. The bars of the
# same table are together half as long as its numbers.
# Source: plotly/express/_core.py, make_figure: the table is divided by group_by with drop_null_keys.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  plotly==7.1.0 pandas==3.0.0 numpy==2.4.6 2>"$folder/pip.log"
cat > "$folder/rows.py" <<'PYTHON'
import pandas as pd
import plotly
import plotly.express as px

TABLE = pd.DataFrame({"x": [1, 2, 3], "kind": ["a", "b", None]})
seen = {
    name: sum(len(trace.x) for trace in px.scatter(TABLE, x="x", y="x", **{name: "kind"}).data)
    for name in ("hover_name", "color", "symbol", "facet_col")
}
total = sum(sum(bar.y) for bar in px.bar(TABLE, x="x", y="x", color="kind").data)
print("Plotly", plotly.__version__, "| points of 3:", seen, "| sum of the bars, of 6:", total)
assert seen == {"hover_name": 3, "color": 2, "symbol": 2, "facet_col": 2}, seen
assert total == 3
PYTHON
"$folder/venv/bin/python" "$folder/rows.py"
