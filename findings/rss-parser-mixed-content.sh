#!/usr/bin/env bash
# rss-parser 3.13.0: the content of an Atom entry as XHTML comes out with its words in another order.
#
# Expected: `<p>a <b>big</b> cat</p>` in content of the type "xhtml" is that paragraph, as the same content
# of the type "html" is.
# Seen: `<p>a  cat<b>big</b></p>`: all text first, then all elements. Sentences with links or formulas say
# something else, and still look like sentences.
# Source: rss-parser/lib/utils.js, getContent: it writes XML from what xml2js has read, which holds the
# text and the children of an element apart, without their order.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix . rss-parser@3.13.0
cat > read.cjs <<'JS'
const assert = require("node:assert");
const Parser = require("rss-parser");
const PARAGRAPH = "<p>a <b>big</b> cat</p>";
const CONTENTS = {
  html: `<content type="html"><![CDATA[${PARAGRAPH}]]></content>`,
  xhtml: `<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">${PARAGRAPH}</div></content>`,
};
const read = async (content) => {
  const text = `<feed xmlns="http://www.w3.org/2005/Atom"><entry>${content}</entry></feed>`;
  return (await new Parser().parseString(text)).items[0].content.match(/<p>.*<\/p>/)[0];
};
(async () => {
  const seen = { html: await read(CONTENTS.html), xhtml: await read(CONTENTS.xhtml) };
  console.log("rss-parser 3.13.0", seen);
  assert.deepEqual(seen, { html: PARAGRAPH, xhtml: "<p>a  cat<b>big</b></p>" });
})();
JS
node read.cjs
