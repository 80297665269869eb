#!/usr/bin/env bash
# feed 6.0.0: an entry's description is a summary in Atom and the whole content in JSON Feed; a category
# that Atom shows is called "undefined" in RSS.
#
# Expected: one entry says the same in the three formats: JSON Feed has a field `summary` as Atom has, and a
# category may have a `term` or a `name`, as its type in TypeScript allows.
# Seen: a reader of the JSON feed takes "A word on it." for the content. RSS has `<category>undefined`, which
# readers list as a tag; JSON Feed has no tag. Nothing is reported.
# Source: feed/src/json.ts writes the description into content_html; rss2.ts and json.ts know `name` alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix . feed@6.0.0
cat > formats.cjs <<'JS'
const assert = require("node:assert");
const { Feed } = require("feed");
const feed = new Feed({ id: "http://x.example/", title: "T", copyright: "", updated: new Date(0) });
feed.addItem({
  title: "One",
  link: "http://x.example/1",
  date: new Date("2020-01-02T00:00:00Z"),
  description: "A word on it.",
  category: [{ term: "birds" }],
});
const { url, title, ...json } = JSON.parse(feed.json1()).items[0];
const [rss, atom] = [feed.rss2(), feed.atom1()].map((text) =>
  text
    .match(/<(item|entry)>[^]*<\/\1>/)[0]
    .match(/<(description|summary|category).*/g)
    .sort(),
);
console.log("RSS", rss);
console.log("Atom", atom);
console.log("JSON", json);
assert.ok(rss.includes("<category>undefined</category>"));
assert.ok(atom.some((line) => line.includes('term="birds"')));
assert.ok(atom.some((line) => line.startsWith("<summary")));
assert.equal(json.content_html, "A word on it.");
assert.deepEqual([json.summary, json.tags], [undefined, []]);
JS
node formats.cjs
