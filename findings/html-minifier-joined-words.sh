#!/usr/bin/env bash
# html-minifier-terser 7.2.0: words of a chart's labels, and numbers in `data` and `output`, are joined
# with the words beside them.
#
# Expected: `collapseWhitespace` makes one space of many between words and elements within a line; it keeps
# the one before `<b>`, and before `<svg>` as a whole.
# Seen: `Loss <tspan>0.1</tspan> at 5` in an SVG's text becomes `Loss<tspan>0.1</tspan>at 5`, which is drawn
# without spaces; "in <data value=5>five</data> days" becomes "infivedays".
# Source: src/htmlminifier.js, inlineTags: elements that are not in the list count as blocks; of HTML's
# elements within a line `data`, `output`, `meter` and others are not there, and of SVG's none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix . html-minifier-terser@7.2.0
cat > words.cjs <<'JS'
const assert = require("node:assert");
const { minify } = require("html-minifier-terser");
const texts = {
  "<p>in  <b>five</b>  days</p>": "<p>in <b>five</b> days</p>",
  "<p>in  <data value=\"5\">five</data>  days</p>": "<p>in<data value=\"5\">five</data>days</p>",
  "<p>is  <output>5</output>  now</p>": "<p>is<output>5</output>now</p>",
  "<svg><text>Loss  <tspan>0.1</tspan>  at 5</text></svg>":
    "<svg><text>Loss<tspan>0.1</tspan>at 5</text></svg>",
};
(async () => {
  console.log("html-minifier-terser 7.2.0");
  for (const [text, expected] of Object.entries(texts)) {
    const seen = await minify(text, { collapseWhitespace: true });
    console.log(seen);
    assert.equal(seen, expected);
  }
})();
JS
node words.cjs
