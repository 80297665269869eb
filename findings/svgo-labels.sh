#!/usr/bin/env bash
# SVGO 4.1.0: a drawing with `aria-labelledby` keeps the attribute and loses the id that it refers to.
#
# Expected: the default settings keep what a drawing says to a screen reader: title and desc stay since
# version 4, and ids that are used, as by `href`, stay or are renamed in both places.
# Seen: `aria-labelledby="t d"` stays and points to nothing, as the ids of title and desc are removed as
# unused; `role="img"` is removed too. A page that sets the drawing inline has a picture without a name.
# Source: svgo/plugins/cleanupIds.js knows references by `href`, `url(#…)` and animations;
# removeUnknownsAndDefaults.js removes `role` unless keepRoleAttr is set.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix . svgo@4.1.0
cat > labels.mjs <<'JS'
import assert from "node:assert";
import { optimize, VERSION } from "svgo";
const drawing = (attributes, content) =>
  optimize(`<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${content}</svg>`).data;
const named = drawing(
  'role="img" aria-labelledby="t d"',
  '<title id="t">Loss</title><desc id="d">It falls.</desc><path d="M0 0h1"/>',
);
const linked = drawing("", '<path id="long" d="M0 0h9"/><text><textPath href="#long">a</textPath></text>');
console.log("SVGO", VERSION);
console.log(named);
console.log(linked);
assert.match(named, /aria-labelledby="t d"><title>Loss<\/title><desc>It falls\.<\/desc>/);
assert.doesNotMatch(named, /id=|role=/);
assert.match(linked, /id="a".*href="#a"/);
JS
node labels.mjs
