#!/usr/bin/env bash
# lunr 2.3.9: a word that is copied with its full stop or brackets from a page does not find the page;
# and a question whose required words include "the" finds nothing at all.
#
# Expected: questions go through the same steps as pages: "print()" and "(dogs)" are the words print
# and dogs, and "+the +cat" finds what "the cat" finds, as "the" is a stop word.
# Seen: `print()`, `(dogs)`, `cat.` and `C++` find nothing though `print`, `dogs`, `cat` and `C` do;
# "+the" asks for a word that no index can have.
# Source: lunr.js: the index's pipeline is trimmer, stop words, stemmer; the pipeline for questions is
# the stemmer alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix . lunr@2.3.9
cat > search.cjs <<'JS'
const assert = require("node:assert");
const lunr = require("lunr");
const pages = ["The cat.", "Call print() first", "A book on C++", "Animals (dogs)"];
const index = lunr(function () {
  this.ref("id");
  this.field("text");
  pages.forEach((text, id) => this.add({ id, text }));
});
const questions = [
  ["cat", "cat."], ["print", "print()"], ["C", "C++"], ["dogs", "(dogs)"], ["the cat", "+the +cat"],
];
console.log("lunr", lunr.version);
for (const [page, pair] of questions.entries()) {
  const [plain, signs] = pair.map((text) => index.search(text).map((found) => pages[found.ref]));
  console.log(`${pair[0]}:`, plain, `| ${pair[1]}:`, signs);
  assert.deepEqual([plain, signs], [[pages[page % 4]], []]);
}
JS
node search.cjs
