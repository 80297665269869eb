#!/usr/bin/env bash
# clean-css 5.3.3 drops nested rules of CSS, and where "&" is not first, the rule behind as well: of
# "a{color:red;.b &{color:blue}}p{margin:0}" only "a{color:red}" is left.
#
# Expected: what it does not know is left as it is, as it leaves @layer and @container, or at least the other rules are.
# Seen: a rule that begins with "&" is dropped, with a warning; one that begins with another selector takes the next
# rule of the sheet with it. The answer holds warnings, but no errors, and tools that print the styles show neither.
# Source: clean-css reads the inside of a rule as properties; at a "}" that it does not expect it takes what follows for
# the selector of a rule, finds it not valid and ignores it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit clean-css@5.3.3 >/dev/null
cat > nested.js <<'JS'
const assert = require("node:assert");
const CleanCSS = require("clean-css");

const sheets = {
  "a{color:red;&:hover{color:#00f}}p{margin:0}": "a{color:red}p{margin:0}",
  "a{color:red;.b &{color:#00f}}p{margin:0}": "a{color:red}",
  "@layer x{a{color:red}}p{margin:0}": "@layer x{a{color:red}}p{margin:0}",
  "@container (width > 9em){a{color:red}}": "@container (width > 9em){a{color:red}}",
};
console.log("clean-css", require("clean-css/package.json").version);
for (const [sheet, expected] of Object.entries(sheets)) {
  const { styles, warnings, errors } = new CleanCSS().minify(sheet);
  console.log(`${sheet} -> ${styles} | ${warnings.length} warnings, ${errors.length} errors`);
  assert.strictEqual(styles, expected);
  assert.strictEqual(errors.length, 0);
}
JS
node nested.js
