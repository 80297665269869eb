#!/usr/bin/env bash
# pagefind 1.6.0: a word that is on no page finds all pages with a word that it begins with.
#
# Expected: a search for "aardvark" finds nothing on a site whose pages have "a tree", "a lake" and
# "a museum"; the beginning of a word finds longer words, not the other way round.
# Seen: all three pages, because "aardvark" begins with "a". "zebra", of which no beginning is a word of
# the site, finds nothing. Of two words the absent one is passed over: "tree zebra" finds the tree.
# Source: pagefind_web, search.rs: a term that nothing begins with is shortened until it is a word
# of the index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix . pagefind@1.6.0
cat > index.mjs <<'JS'
import { createIndex } from "pagefind";
const { index } = await createIndex({});
const pages = { "/tree/": "This is a tree.", "/lake/": "By a lake.", "/museum/": "In a museum." };
for (const [url, content] of Object.entries(pages))
  await index.addCustomRecord({ url, content, language: "en" });
await index.writeFiles({ outputPath: "./site/pagefind" });
process.exit(0);
JS
cat > search.mjs <<'JS'
import assert from "node:assert";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
const server = createServer(async (request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  response.end(await readFile(`./site${path}`));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const pagefind = await import("./site/pagefind/pagefind.js");
await pagefind.options({
  basePath: `http://127.0.0.1:${server.address().port}/pagefind/`,
  baseUrl: "/",
});
const found = async (question) => {
  const { results } = await pagefind.search(question);
  const pages = await Promise.all(results.map((result) => result.data()));
  return pages.map((page) => page.url).sort().join(" ");
};
const seen = {};
for (const question of ["aardvark", "zebra", "tree zebra"]) seen[question] = await found(question);
console.log("pagefind 1.6.0", seen);
assert.deepEqual(seen, { aardvark: "/lake/ /museum/ /tree/", zebra: "", "tree zebra": "/tree/" });
process.exit(0);
JS
node index.mjs
echo '{"type": "module"}' > site/package.json
node search.mjs
