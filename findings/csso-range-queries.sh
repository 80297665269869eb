#!/usr/bin/env bash
# csso 5.0.5: rules for `@media (width >= 400px)` are gone from the minified style sheet, and so are nested
# rules; clean-css 5.3.3 keeps the first and loses others.
#
# Expected: a minifier keeps what it does not know, as csso does with `@container (width >= 400px)` and
# `@scope`, or it reports an error.
# Seen: csso returns no rule at all for the range query, which every browser has read since 2023, and drops
# `& b {…}` out of a rule; it returns no warning. clean-css keeps the query, and drops nested rules and
# the whole of `@scope`, with a warning that names the braces.
# Source: csso/lib/clean/Atrule.js drops a media rule whose query has no children, and one that css-tree
# did not understand is a text without children; Raw.js drops such texts from a rule.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix . csso@5.0.5 clean-css@5.3.3
cat > rules.cjs <<'JS'
const assert = require("node:assert");
const csso = require("csso");
const CleanCSS = require("clean-css");
const kept = (text, marks) => marks.filter((mark) => text.includes(mark)).join(" ") || "nothing";
const sheets = [
  ["@media (min-width: 400px){a{color:red}}", ["color"], "color", "color"],
  ["@media (width >= 400px){a{color:red}}", ["color"], "nothing", "color"],
  ["@container (width >= 400px){a{color:red}}", ["color"], "color", "color"],
  ["@scope (main){a{color:red}}", ["color"], "color", "nothing"],
  ["a{color:red;& b{margin:0}}", ["color", "margin"], "color", "color"],
];
console.log("csso", csso.version, "and clean-css 5.3.3 keep:");
for (const [sheet, marks, first, second] of sheets) {
  const seen = [csso.minify(sheet).css, new CleanCSS().minify(sheet).styles];
  console.log(`${sheet}:`, seen.map((text) => kept(text, marks)).join(" | "));
  assert.deepEqual(seen.map((text) => kept(text, marks)), [first, second]);
}
JS
node rules.cjs
