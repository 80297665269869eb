#!/usr/bin/env bash
# python-liquid 2.3.6 and liquidjs 10.30.1: the same template gives other numbers and lists in each.
#
# Expected: both follow Shopify's Liquid, as they say: `split` leaves out empty parts at the end (2
# parts), a half is rounded away from zero (3), a number in a text is read up to the first other
# letter ("1e2" is 1), a division of integers is an integer (-5 / 2 = -3).
# Seen: python-liquid counts 4 parts, rounds 2.5 to 2 as Python does, and reads "1e2" as 100.0;
# liquidjs divides 5 by 2 to 2.5 and reads "1e2" as 100. No two of the three agree on all.
# Source: liquid/builtin/filters of python-liquid (str.split, round, float); liquidjs, filters/math;
# Shopify/liquid, standardfilters.rb and utils.rb (String#split, Float#round, String#to_i).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-liquid==2.3.6 2>"$folder/pip.log"
(cd "$folder" && npm install --silent --no-fund --no-audit liquidjs@10.30.1 >npm.log 2>&1)
cat > "$folder/templates.json" <<'JSON'
["{{ \"a,b,,\" | split: \",\" | size }}", "{{ 2.5 | round }}", "{{ \"1e2\" | plus: 1 }}", "{{ -5 | divided_by: 2 }}"]
JSON
cat > "$folder/render.py" <<'PYTHON'
import json
import sys

from liquid import Template

print(json.dumps([Template(text).render() for text in json.load(open(sys.argv[1]))]))
PYTHON
cat > "$folder/render.cjs" <<'JS'
const {Liquid} = require("liquidjs");
const engine = new Liquid();
const texts = require("./templates.json");
console.log(JSON.stringify(texts.map((text) => engine.parseAndRenderSync(text))));
JS
python=$("$folder/venv/bin/python" "$folder/render.py" "$folder/templates.json")
js=$(node "$folder/render.cjs")
echo "python-liquid 2.3.6: $python"
echo "liquidjs 10.30.1:    $js"
test "$python" = '["4", "2", "101.0", "-3"]'
test "$js" = '["2","3","101","-2.5"]'
