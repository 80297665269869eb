#!/usr/bin/env bash
# FlexSearch 0.8.212: a search for the year 2025 finds a page about 2024 that has a 5 on it.
#
# Expected: an index with the default settings, "strict" in particular, finds whole words: a year finds
# itself, and the part of a number finds nothing.
# Seen: "2025" finds the page "From 2024 on, in 5 cities" next to the right one; "456" finds the number
# 123456. Of words a part finds nothing.
# Source: flexsearch, encoder.js: with `numeric`, which is the default, numbers are cut after every three
# digits, and each piece is a term of its own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix . flexsearch@0.8.212
cat > search.cjs <<'JS'
const assert = require("node:assert");
const { Index } = require("flexsearch");
const pages = ["From 2024 on, in 5 cities", "From 2025 on", "The number is 123456"];
const index = new Index();
pages.forEach((text, id) => index.add(id, text));
const found = (question) => index.search(question).map((id) => pages[id]).sort();
const seen = {};
for (const question of ["2025", "456", "num"]) seen[question] = found(question);
console.log("FlexSearch 0.8.212", seen);
assert.deepEqual(seen, { 2025: pages.slice(0, 2), 456: [pages[2]], num: [] });
JS
node search.cjs
