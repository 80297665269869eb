#!/usr/bin/env bash
# gray-matter 4.0.3: front matter that is not valid is an error once; the second reading of the same
# text returns a page without front matter.
#
# Expected: the same text gives the same result, an error that names the line, however often it is read.
# Seen: the second call does not fail. Its data are empty, and the YAML is part of the content: a build
# that goes on after an error, or builds twice, publishes the front matter as text.
# Source: gray-matter/index.js: a file goes into the cache before its front matter is parsed, and stays
# there when parsing fails. Only calls with options pass the cache by.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix . gray-matter@4.0.3
cat > read.cjs <<'JS'
const assert = require("node:assert");
const matter = require("gray-matter");
const text = "---\ntitle: [draft\n---\nWords.\n";
const read = (...options) => {
  try {
    const { data, content } = matter(text, ...options);
    return { data, content };
  } catch (error) {
    return error.name;
  }
};
const seen = [read(), read(), read({}), read({})];
console.log("gray-matter 4.0.3", seen);
assert.deepEqual(seen, ["YAMLException", { data: {}, content: text }, "YAMLException", "YAMLException"]);
JS
node read.cjs
