// Search: on its own page, and in a dialog over any page (see evergreen.js). The index is loaded at
// the first search, of each word only the part that may have it; see evergreen/site/search.
(() => {
  "use strict";
  const script = document.currentScript;
  const texts = script.dataset;
  const box = script.closest("dialog")?.querySelector(".search-box") ?? document.querySelector(".search-box");
  const form = box.querySelector(".search");
  const status = box.querySelector(".search-status");
  const list = box.querySelector(".search-results");
  const input = form.elements.q;
  const own = texts.lang;
  const BOTH = "both"; // text and code, beside the fields "words" and "code" of the index
  const PAGE = 10;
  const MOST_PARTS = 24; // of a query: every one is looked for in a file
  const MOST_READ = 40; // posts that are read to look for words that must be adjacent

  // Words: as in evergreen/site/search/words.py.
  const RUN = "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005-\\u3007\\u3041-\\u3096\\u309d-\\u309f\\u30a1-\\u30fa\\u30fc-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}\\uac00-\\ud7a3";
  const LETTER = `(?:(?![${RUN}])[\\p{L}\\p{N}\\p{M}])`;
  // Halfwidth kana become kana when they are folded.
  const tokens = new RegExp(`([${RUN}\\uff66-\\uff9f]+)|${LETTER}+(?:\\+\\+(?=\\d)|[+#]+(?![+#]|${LETTER}))?`, "gu");
  const runs = new RegExp(`^[${RUN}]`, "u");
  const letters = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ı: "i", ς: "σ" };
  const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").normalize("NFC").toLowerCase()
    .replace(/[ßæœøłđıς]/g, (letter) => letters[letter]);
  const isRun = (word) => runs.test(word);
  const tokensOf = (text) => [...text.matchAll(tokens)].map((found) => ({ word: fold(found[0]), at: found.index, end: found.index + found[0].length }));
  const pairsOf = (run) => {
    const signs = [...run];
    return signs.length < 2 ? [] : signs.slice(1).map((sign, at) => signs[at] + sign);
  };

  // Words that a question has and an answer need not have.
  const FILLERS = new Set(("a an and are as at be by can could do does for from how i in is it me my of on or our "
    + "should that the there this to was we what when where which who why will with work works would you your "
    + "aber als auf aus bei das dem den der die ein eine einem einen einer es für fur gibt ich im in ist kann man "
    + "mit nicht oder sich sind soll und von vom wann warum was welche wer wie wo zu zum zur").split(" "));
  const SIGN = "[\\p{Script=Han}\\p{Script=Katakana}ー]";
  const ASKING = new RegExp("什么是|是什么|有什么用|有什么|为什么|为何|什么时候|什么|怎么样|(?:怎么|怎样|如何)(?:解决|处理|使用|[做用写解算办](?=$|[才呢吗呀]))?|有哪些|是哪些|哪些|哪个|哪里|有多少|多少|能不能|可不可以|可以|是否|应该|吗|呢|的|了|"
    + "とは何ですか|とは何か|とは|って何|ですか|ますか|でしょうか|どうやって|どうすれば|なぜ|"
    + `(?<=${SIGN})[のをがはにでと](?=${SIGN}|$)|`
    + "무엇인가요|무엇인가|무엇입니까|무엇|어떻게|어떤|어디에서|어디에|어디서|어디|언제|누가|얼마나|왜|하나요|인가요|입니까|습니까|나요|까요", "u");
  // Words between the words of a question, each also a part of other words.
  const LINKING = new RegExp(`${ASKING.source}|的|之后|之前|以后|以前|之|和|与|跟|及|在|是|有|把|用|让|对|从|会|能|要|から|まで|より|など`, "u");
  // Verbs end in hiragana: "置きかた" is looked for as "置", which "置いて" has.
  const HIRAGANA = /[\u3041-\u309f]+/u;
  const PARTICLE = /(?:에서는|에서|으로|이란|라는|은|는|이|가|을|를|의|에|로|와|과|도|란)$/u;

  // Languages that write a noun and what it is a kind of as one word.
  const COMPOUNDING = new Set(["de", "nl", "sv", "da", "nb", "nn", "no", "is", "fi"]);

  const isCompounding = (lang) => COMPOUNDING.has(lang.split("-")[0]);

  // Files

  const files = new Map();
  let renewal = "no-cache";
  function load(name, options) {
    if (!files.has(name)) {
      const loading = fetch(`${texts.index}${name}.bin`, options).then(unpack);
      files.set(name, loading);
      loading.catch(() => files.delete(name));
    }
    return files.get(name);
  }

  // Some hosts undo the compression on the way.
  async function unpack(response) {
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    const bytes = await response.arrayBuffer();
    const [first, second] = new Uint8Array(bytes);
    if (first !== 0x1f || second !== 0x8b) return new TextDecoder().decode(bytes);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }

  let index;
  function contents() {
    index ??= load("index", { cache: renewal }).then(readContents);
    index.catch(() => { index = undefined; });
    return index;
  }

  const names = (text, length = 12) => text.match(new RegExp(`.{${length}}`, "g")) ?? [];

  function readContents(text) {
    const found = JSON.parse(text);
    const posts = names(found.posts);
    const langs = found.lang.flatMap(([number, count]) => Array(count).fill(found.langs[number]));
    return {
      posts,
      langOf: (post) => langs[post] ?? found.langs[0],
      hasCompounds: found.langs.some(isCompounding),
      sameAs: translations(names(found.keys, 24)),
      words: names(found.words),
      code: names(found.code),
      spellings: names(found.spellings),
    };
  }

  // Returns a function from a post to the first post that is the same text in some language.
  function translations(keys) {
    const first = new Map();
    const parents = keys.map((_, post) => post);
    const root = (post) => (parents[post] === post ? post : root(parents[post]));
    keys.forEach((pair, post) => {
      for (const key of [`s${pair.slice(0, 12)}`, `f${pair.slice(12)}`]) {
        if (first.has(key)) parents[root(post)] = root(first.get(key));
        else first.set(key, post);
      }
    });
    return (post) => (keys.length ? root(post) : post);
  }

  const table = Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
    return byte >>> 0;
  });
  const crc32 = (text) => ~new TextEncoder().encode(text).reduce((sum, byte) => (sum >>> 8) ^ table[(sum ^ byte) & 255], -1) >>> 0;

  async function shard(shards, key) {
    const name = shards[crc32(key) & (shards.length - 1)];
    return !name || name[0] === "-" ? "" : load(name);
  }

  const lines = new Map(); // of shards, by their text
  function linesOf(text) {
    if (!lines.has(text)) lines.set(text, text ? text.split("\n") : []);
    return lines.get(text);
  }

  // Returns post → weight of a line's word.
  function weights(line) {
    const [, steps, signs] = line.split("\t");
    let post = 0;
    return steps.split(",").map((step, at) => [(post += Number(step)), signs.charCodeAt(at) - 33]);
  }

  // A weight is 24 · title + 8 · (1 heading, 2 tag) + text: a title goes before all texts.
  const value = (weight) => [0, 3, 4][Math.floor(weight / 24)] + [0, 0.6, 1][Math.floor(weight / 8) % 3] + (weight % 8) / 7;

  // Words that a word of the query stands for: [word, line, how well it fits].

  const stem = (word) => {
    if (!/^[a-z]{4,}$/.test(word)) return word.replace(/(?<=...)[+#]+$/, ""); // not of "C#"
    let found = word.replace(/([^aeiou])ies$/, "$1y").replace(/(ss|sh|ch|x|z)es$/, "$1").replace(/([^su])s$/, "$1");
    const cut = found.replace(/(?:ing|ed)$/, "");
    if (cut.length >= 3 && /[aeiouy]/.test(cut)) found = cut.replace(/([bdfgmnprt])\1$/, "$1");
    return found.length > 3 ? found.replace(/e$/, "").replace(/y$/, "i") : found;
  };
  const ending = (word) => (/^[a-z]{5,}$/.test(word) ? word.replace(/(?<=.{5})ung(?:en)?$|(?:ern|em|en|er|es|e|n|s)$/, "") : word);
  // "trennt" and "trennen": of German verbs, whose forms end like other words of English.
  const infinitive = (word) => word.replace(/(?<=^[a-z]{4,})(?:test|tet|ten|te|st|t)$/, "en");
  const isVerb = (word, other) => infinitive(word) === other || infinitive(other) === word;

  async function formsOf(word, shards) {
    const found = [];
    const text = await shard(shards, [...word].slice(0, 3).join(""));
    for (const line of linesOf(text)) {
      if (!line.startsWith(word.slice(0, 3))) continue;
      const other = line.slice(0, line.indexOf("\t"));
      if (other === word) found.push([other, line, 1]);
      else if (stem(other) === stem(word)) found.push([other, line, 0.7]);
      else if ((ending(word).length > 3 && ending(other) === ending(word)) || isVerb(word, other)) found.push([other, line, 0.6]);
      else if (word.length > 2 && other.startsWith(word)) found.push([other, line, 0.2 + (0.4 * word.length) / other.length]);
    }
    return found;
  }

  // True if one word becomes the other by one slip: two near letters exchanged, one left out, added
  // or wrong (that only in longer words), or "f" and "ph".
  function isSlip(word, other) {
    if (word.replaceAll("ph", "f") === other.replaceAll("ph", "f")) return true;
    const more = other.length - word.length;
    if (Math.abs(more) > 1) return false;
    let at = 0;
    while (at < word.length && word[at] === other[at]) at++;
    const rest = word.slice(at);
    const right = other.slice(at);
    if (more === 1) return rest === right.slice(1);
    if (more === -1) return rest.slice(1) === right;
    for (const far of [1, 2]) {
      const swapped = rest[far] + rest.slice(1, far) + rest[0] + rest.slice(far + 1);
      if (far < rest.length && swapped === right) return true;
    }
    return word.length > 5 && rest.slice(1) === right.slice(1);
  }

  const isCorrected = (word) => word.length > 4 && /^\p{L}+$/u.test(word);

  async function corrected(word, found) {
    if (!isCorrected(word)) return [];
    const near = await Promise.all([`^${word.slice(0, 2)}`, `${word.slice(-2)}$`].map((key) => shard(found.spellings, key)));
    return [...new Set(near.flatMap((text) => text.split("\n")))].filter((other) => isSlip(word, other));
  }

  const exactly = async (words, shards, fit) => {
    const forms = await Promise.all(words.map((word) => formsOf(word, shards)));
    return forms.flatMap((each) => each.filter(([, , exact]) => exact === 1).map(([word, line]) => [word, line, fit]));
  };

  // Compounds that end with a word: "Verlustfunktion" of "Funktion".
  async function compoundsOf(word, shards, found) {
    if (!found.hasCompounds || shards !== found.words || !isCorrected(word)) return [];
    const parts = [...new Set([word, ending(word)])].filter((part) => part.length > 4);
    const ends = await Promise.all(parts.map((part) => shard(found.spellings, `${part.slice(-2)}$`)));
    const others = [...new Set(ends.flatMap((text) => text.split("\n")))];
    return exactly(others.filter((other) => parts.some((part) => other.length > part.length + 2 && other.endsWith(part))), shards, 0.3);
  }

  // Returns {posts: post → score, words: those that were found} of a word. Equal scores for all forms
  // of a word would put a post that has the word itself behind one that has many others.
  function collect(forms, count, compounds = [], fits = () => true) {
    const posts = new Map();
    const all = [
      ...forms.map(([, line, fit]) => [weights(line), fit]),
      ...compounds.map(([, line, fit]) => [weights(line).filter(([post]) => fits(post)), fit]),
    ];
    const having = new Set(all.flatMap(([pairs]) => pairs.map(([post]) => post)));
    const rarity = Math.log(1 + count / (0.5 + having.size));
    for (const [pairs, fit] of all) {
      for (const [post, weight] of pairs) posts.set(post, Math.max(posts.get(post) ?? 0, value(weight) * fit * rarity));
    }
    forms.sort((one, other) => other[2] - one[2]);
    return { posts, words: new Set([...forms, ...compounds].map(([word]) => word)) };
  }

  // Returns what a word finds, with the words that it stands for if they must be side by side.
  async function findWord(word, shards, found) {
    const count = found.posts.length;
    let forms = await formsOf(word, shards);
    if (!forms.length && /ae|oe|ue/.test(word)) forms = await formsOf(word.replace(/(?<=[aou])e/g, ""), shards);
    const known = collect(forms, count, await compoundsOf(word, shards, found), (post) => isCompounding(found.langOf(post)));
    if (known.posts.size) return [known];
    const apart = await findApart(word, shards, found);
    if (apart.length || shards !== found.words) return apart.length ? apart : [known];
    const others = await corrected(word, found);
    return [{ ...collect(await exactly(others, shards, 0.5), count), corrected: others }];
  }

  // A word that is nowhere may be two in the text: "440 Hz" of "440Hz", "data set" of "dataset".
  async function findApart(word, shards, found) {
    const pieces = word.replace(/(?<=\d)x(?=\d)/g, " ").match(/\p{L}+|\p{N}+/gu) ?? [];
    const cuts = pieces.length > 1 && pieces.length < 4 ? [pieces] : [];
    const starts = linesOf(await shard(shards, [...word].slice(0, 3).join(""))).map((line) => line.slice(0, line.indexOf("\t")));
    for (const start of starts) {
      const rest = word.slice(start.length);
      if (start.length > 2 && rest.length > 2 && word.startsWith(start) && isCorrected(word)) cuts.push([start, rest]);
    }
    for (const cut of cuts) {
      const parts = await Promise.all(cut.map(async (piece) => collect((await formsOf(piece, shards)).filter(([, , fit]) => fit > 0.5), found.posts.length)));
      if (inAll(parts).size) return parts.map((part, at) => ({ ...part, follows: at > 0 }));
    }
    return [];
  }

  async function findPair(pair, shards, count) {
    const [first, second] = [...pair];
    const keys = second ? [first + (second.codePointAt(0) & 3)] : [0, 1, 2, 3].map((bits) => first + bits);
    const parts = await Promise.all(keys.map((key) => shard(shards, key)));
    const forms = [...new Set(parts)].flatMap((text) => linesOf(text).filter((line) => line.startsWith(second ? `${pair}\t` : first)));
    return collect(forms.map((line) => [line.slice(0, line.indexOf("\t")), line, 1]), count);
  }

  // Returns the posts that all parts have, with their scores. If there are none, those suffice for a
  // sentence, or for three parts and more, that have all of them but one. A name is found whole.
  function both(found, { isSentence, isName, units }) {
    const posts = inAll(found);
    const lost = found.filter((each) => !each.posts.size);
    if (posts.size || isName || units < (isSentence && !lost.length ? 2 : 3) || lost.length > 1) return posts;
    const without = (lost.length ? lost : found).map((one) => [...inAll(found.filter((each) => each !== one))]);
    return new Map(without.flat().sort((a, b) => a[1] - b[1]));
  }

  function inAll(found) {
    const [first, ...others] = [...found].sort((a, b) => a.posts.size - b.posts.size);
    const posts = new Map();
    for (const [post, score] of first.posts) {
      if (others.every((other) => other.posts.has(post))) {
        posts.set(post, others.reduce((sum, other) => sum + other.posts.get(post), score));
      }
    }
    return posts;
  }

  // The characters of a run count together as much as one word.
  async function findRun(run, shards, found) {
    const pairs = pairsOf(run);
    const parts = await Promise.all((pairs.length ? pairs : [run]).map((pair) => findPair(pair, shards, found.posts.length)));
    const posts = inAll(parts);
    for (const [post, score] of posts) posts.set(post, (score / parts.length) * (1 + Math.log(parts.length)));
    return { posts, run, words: new Set([run]) };
  }

  // Returns the fewest pieces of a run, each of two characters or more, that some post has all of:
  // "字符串" and "语言" of "语言字符串". In hiragana two characters are mostly an ending.
  async function findPieces(run, shards, found) {
    const signs = [...run];
    const parts = await Promise.all(pairsOf(run).map((pair) => findPair(pair, shards, found.posts.length)));
    let best = signs.length;
    let cut = [];
    for (const post of new Set(parts.flatMap(({ posts }) => [...posts.keys()]))) {
      const pieces = [signs[0]];
      parts.forEach(({ posts }, at) => {
        if (posts.has(post)) pieces.push(pieces.pop() + signs[at + 1]);
        else pieces.push(signs[at + 1]);
      });
      if (pieces.length < best && pieces.every((piece) => [...piece].length > 1 && !/^[\u3041-\u309f]{2}$/.test(piece))) {
        best = pieces.length;
        cut = pieces;
      }
    }
    const isShort = (piece) => [...piece ?? ""].length === 2;
    return Promise.all(cut.map(async (piece, at) => {
      const part = await findRun(piece, shards, found);
      return isShort(piece) && isShort(cut[at - 1]) ? { ...part, near: cut[at - 1] } : part;
    }));
  }

  // True if a post has the characters of a run side by side, not only each pair of them.
  async function isThere({ run, posts }, field) {
    const STEP = 4; // the best posts mostly have it, and are shown
    const best = [...posts].sort((a, b) => b[1] - a[1]);
    if ([...run].length < 3 || best.length > MOST_READ) return best.length > 0;
    for (let from = 0; from < best.length; from += STEP) {
      const pages = await Promise.all(best.slice(from, from + STEP).map(([post]) => read(post)));
      if (pages.some((page) => textsOf(page, field).some((text) => fold(text).includes(run)))) return true;
    }
    return false;
  }

  // Returns what a run or its parts find: "死锁" and "条件" of "死锁的条件有哪些".
  async function findAsked(run, shards, found, isAlone) {
    if (!isAlone && !run.split(LINKING).some(Boolean)) return [];
    const whole = await findRun(run, shards, found);
    if (await isThere(whole, shards === found.code ? "code" : "words")) return [whole];
    const stem = /^[\uac00-\ud7a3]+$/.test(run) ? run.replace(PARTICLE, "") : run;
    let scattered; // what different posts have
    for (const [text, words] of [[stem, ASKING], [run, ASKING], [stem, LINKING], [run, HIRAGANA]]) {
      const pieces = text.split(words).filter(Boolean);
      if (pieces.some((piece) => [...piece].length > 1) || (pieces.length && !isAlone)) {
        const parts = await Promise.all(pieces.map(async (piece) => {
          const part = await findRun(piece, shards, found);
          const apart = part.posts.size ? [] : await findPieces(piece, shards, found);
          return apart.length ? apart : [part];
        }));
        const all = parts.flat();
        if (!all.every(({ posts }) => posts.size)) continue;
        if (inAll(all).size) return all;
        scattered ??= all;
      }
    }
    return scattered ?? [whole];
  }

  // Puts words together that the text has as one: "440Hz" of "440 Hz".
  async function together(asked, single, shards, found) {
    const all = await Promise.all(asked.map(single));
    const isLost = (parts) => parts.some((part) => !part.posts.size || part.corrected?.length);
    for (let at = all.length - 2; at >= 0; at--) {
      if (isRun(asked[at]) || isRun(asked[at + 1]) || !(isLost(all[at]) || isLost(all[at + 1]))) continue;
      const forms = (await formsOf(asked[at] + asked[at + 1], shards)).filter(([, , fit]) => fit > 0.5);
      if (forms.length) all.splice(at, 2, [collect(forms, found.posts.length)]);
    }
    return all.flat();
  }

  // The numbers of a version or a decimal, in words: they must be side by side.
  function decimals(text, tokens) {
    const found = [];
    tokens.forEach(({ word, at }, number) => {
      const last = tokens[number - 1];
      const isNext = last && /^[.,]$/.test(text.slice(last.end, at)) && /\d$/.test(last.word) && /^\d/.test(word);
      if (isNext) found.at(-1).push(word);
      else found.push([word]);
    });
    return found;
  }

  // Returns what a part finds in the text or in the code of a post.
  function either(parts, others) {
    if (parts.length !== 1 || others.length !== 1) return parts.length && inAll(parts).size ? parts : others;
    const [text, code] = [parts[0], others[0]];
    if (text.corrected?.length) return code.posts.size ? others : parts;
    const posts = new Map(text.posts);
    for (const [post, score] of code.posts) posts.set(post, Math.max(posts.get(post) ?? 0, score));
    return [{ ...text, posts, words: new Set([...text.words, ...code.words]) }];
  }

  // Returns what each part of the query finds; every result has all of them.
  async function findAll(query, field, found) {
    const shards = found[field] ?? found.words;
    const quoted = [...query.matchAll(/"([^"]+)"|“([^”]+)”|„([^“]+)“|«([^»]+)»/gu)].map((each) => each.slice(1).find(Boolean));
    const folded = fold(query);
    const tokens = tokensOf(folded).slice(0, MOST_PARTS);
    const parts = tokens.map(({ word }) => word);
    const needed = parts.filter((word) => !FILLERS.has(word));
    const asked = needed.length ? needed : parts;
    const look = (word, among) => (isRun(word) ? findAsked(word, among, found, asked.length === 1) : findWord(word, among, found));
    const single = async (word) => (field === BOTH ? either(await look(word, found.words), await look(word, found.code)) : look(word, shards));
    const all = await together(asked, single, shards, found);
    // One character says little: it is looked for where the query has it, as in "K值".
    const touching = tokens.slice(1).map((token, at) => [tokens[at], token])
      .filter(([one, other]) => one.end === other.at && [one, other].some(({ word }) => isRun(word) && [...word].length < 2 && !LINKING.test(word)))
      .map((pair) => pair.map(({ word }) => word));
    const sayings = quoted.map((text) => tokensOf(fold(text)).map(({ word }) => word));
    const numbers = decimals(folded, tokens);
    const units = all.length - tokens.length + numbers.length; // a number counts as one part
    const phrases = [...[...sayings, ...numbers].filter((words) => words.length > 1), ...touching];
    const signed = folded.split(/\s+/).map((text) => text.replace(/[.,:;?!]+$/, ""))
      .filter((text) => /^[.#@$]\p{L}|[\p{L}\p{N}](?:[.:_]+(?=[\p{L}\p{N}])|[+#]+)/u.test(text));
    const isSentence = needed.length < parts.length;
    const isLost = all.some(({ posts }) => !posts.size);
    const corrections = all.flatMap(({ posts, words, corrected }) => (posts.size ? corrected ?? (isLost ? [[...words][0]] : []) : []));
    return { all, units, phrases, signed, isSentence, isName: signed.length > 0 && !/\s/.test(folded), corrections };
  }

  // Results, best first: [post, score]; the page's language counts for a little more.
  async function find(query, field) {
    const found = await contents();
    const asked = await findAll(query.trim(), field, found);
    const { all, corrections } = asked;
    if (!all.length) return { results: [], all, corrections };
    const posts = [...both(all, asked)].map(([post, score]) => [post, score * (found.langOf(post) === own ? 1.3 : 1)]);
    posts.sort((a, b) => b[1] - a[1] || b[0] - a[0]);
    const seen = new Map();
    for (const [post, score] of posts) {
      const same = found.sameAs(post);
      const other = seen.get(same);
      if (!other || (found.langOf(post) === own && found.langOf(other[0]) !== own)) seen.set(same, other ? [post, Math.max(score, other[1])] : [post, score]);
    }
    const results = [...seen.values()].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
    const page = await adjacent({ ...asked, results, field, isPart: !inAll(all).size });
    page.results = page.results.map(([post, score]) => ({ post, score, lang: found.langOf(post) }));
    return page;
  }

  const read = async (post) => JSON.parse(await load((await contents()).posts[post]));
  const textsOf = (page, field) => [
    ...(field === "code" ? [] : [page.title, ...page.parts.flatMap(([, heading, text]) => [heading, text])]),
    ...(field === "words" ? [] : page.parts.map((part) => part[3])),
  ];

  // Leaves out posts that have the characters of a run, or quoted words, but not side by side; and
  // puts those first that have all words of the query side by side, or a name with its signs.
  async function adjacent(page) {
    const { results, all, phrases, signed, field } = page;
    const isPart = (part) => (word) => (part.run ? word.includes(part.run) : part.words.has(word));
    const joined = all.flatMap((part, at) => (part.follows ? [[isPart(all[at - 1]), isPart(part)]] : []));
    const long = all.filter(({ run }) => run && [...run].length > 2);
    const several = all.length > 1;
    const near = all.filter((part) => part.near);
    if (!long.length && !phrases.length && !several && !signed.length) return page;
    const head = results.slice(0, MOST_READ);
    const isExact = long.length || phrases.length || joined.length || near.length;
    const looked = await Promise.all((isExact ? head : head.slice(0, PAGE)).map(async ([post, score]) => {
      const content = await read(post);
      const texts = textsOf(content, field);
      const folded = texts.map((text) => tokensOf(text).map(({ word }) => word));
      const fits = long.every((part) => !part.posts.has(post) || folded.some((words) => words.some(isPart(part))))
        && near.every((part) => !part.posts.has(post) || isNear(content, field, part.near, part.run))
        && joined.every((pair) => folded.some((words) => follows(words, pair)))
        && phrases.every((phrase) => folded.some((words) => follows(words, phrase.map((word) => (other) => other === word || (isRun(word) && other.includes(word))))));
      const isWhole = several && folded.some((words) => follows(words, all.map(isPart)));
      const isSigned = signed.length && texts.map(fold).some((text) => signed.every((name) => text.includes(name)));
      return fits && [post, score * (isWhole || isSigned ? 1.5 : 1), isSigned];
    }));
    page.isLiteral = looked.some((each) => each && each[2]);
    page.results = [...looked.filter(Boolean).sort((a, b) => b[1] - a[1] || b[0] - a[0]), ...results.slice(looked.length)];
    return page;
  }

  // True if two pieces of a run are about one thing: in one sentence, or one of them in the title or
  // the section's heading. "推荐系统" is not what has "系统" here and "推荐" there.
  function isNear(page, field, one, other) {
    const close = new RegExp(`${one}[^。！？；.!?;]{0,12}${other}|${other}\\S?${one}`, "u");
    const has = (text) => text.includes(one) || text.includes(other);
    if (field !== "code" && has(fold(page.title))) return true;
    return page.parts.some(([, heading, text, code]) => {
      const shown = fold({ words: text, code, both: `${text}。${code}` }[field]);
      const headed = field === "code" ? "" : fold(heading);
      const both = `${headed}。${shown}`;
      return close.test(both) || (has(headed) && both.includes(one) && both.includes(other));
    });
  }

  const follows = (words, tests) => words.some((_, at) => tests.every((test, next) => at + next < words.length && test(words[at + next])));

  // Excerpts

  // Returns the places of what was found in a text: [start, end].
  function placesIn(text, all) {
    const places = [];
    for (const { word, at, end } of tokensOf(text)) {
      all.forEach((part, number) => {
        if (part.run) {
          const signs = [...text.slice(at, end)];
          for (let from = word.indexOf(part.run); from >= 0; from = word.indexOf(part.run, from + 1)) {
            // A folded run may have fewer characters than the text: then all of it is marked.
            const same = word.length === end - at && signs.length;
            places.push(same ? [at + from, at + from + part.run.length, number] : [at, end, number]);
          }
        } else if (part.words.has(word)) places.push([at, end, number]);
      });
    }
    return places.sort((a, b) => a[0] - b[0]);
  }

  function marked(element, text, places, from = 0, to = text.length) {
    let at = from;
    for (const [start, end] of places) {
      if (start < at || end > to) continue;
      element.append(text.slice(at, start));
      const mark = document.createElement("mark");
      mark.textContent = text.slice(start, end);
      element.append(mark);
      at = end;
    }
    element.append(text.slice(at, to));
    return element;
  }

  const count = (places) => new Set(places.map(([, , number]) => number)).size;

  // Returns the start and end of the part of a text that has most of what was found.
  function bestPart(text, places) {
    const wide = runs.test(text.replace(/[\s\p{P}A-Za-z0-9]+/gu, "")) ? 80 : 190;
    let best = [0, -1];
    for (const [start] of places) {
      const inside = count(places.filter(([at, end]) => at >= start && end <= start + wide));
      if (inside > best[1]) best = [start, inside];
    }
    let from = Math.max(0, Math.min(best[0] - wide / 3, text.length - wide)) | 0;
    let to = Math.min(text.length, from + wide) | 0;
    const space = text.lastIndexOf(" ", from);
    if (from && from - space < 20) from = space + 1;
    if (from && /[\udc00-\udfff]/.test(text[from])) from++;
    const next = text.indexOf(" ", to);
    if (to < text.length && next >= 0 && next - to < 20) to = next;
    if (/[\udc00-\udfff]/.test(text[to] ?? "")) to++;
    return [from, to];
  }

  const make = (name, properties) => Object.assign(document.createElement(name), properties);

  function excerpt(text, places, isCode) {
    const [from, to] = bestPart(text, places);
    const made = make(isCode ? "code" : "p");
    if (from) made.append("…");
    marked(made, text, places, from, to);
    if (to < text.length) made.append("…");
    return made;
  }

  // Returns the sections that have most of the query's parts, best first.
  function sections(page, all, field) {
    const found = page.parts.map(([anchor, heading, text, code], at) => {
      const inText = field === "code" ? [] : placesIn(text, all);
      const inCode = field === "words" ? [] : placesIn(code, all);
      const headed = field === "code" ? [] : placesIn(heading, all);
      const isCode = field === "code" || count(inCode) > count([...inText, ...headed]);
      const score = count([...inText, ...inCode, ...headed]) + count(headed) / 2;
      return { anchor, heading, text: isCode ? code : text, places: isCode ? inCode : inText, headed, at, isCode, score };
    });
    return found.filter(({ score }) => score).sort((a, b) => b.score - a.score || a.at - b.at);
  }

  function item({ page, lang }, all, field) {
    const made = make("li");
    if (lang !== own) made.lang = lang;
    const link = marked(make("a", { href: page.url }), page.title, field === "code" ? [] : placesIn(page.title, all));
    if (lang !== own) link.hreflang = lang;
    made.append(link);
    const found = sections(page, all, field);
    const first = found[0] ?? { text: page.parts.find(([, , text]) => text)?.[2] ?? "", places: [], anchor: "" };
    const intro = excerpt(first.text || page.parts[0][2], first.text ? first.places : [], first.isCode);
    if (intro.textContent) made.append(first.isCode ? make("pre") : intro);
    if (intro.textContent && first.isCode) made.querySelector("pre").append(intro);
    const named = found.filter(({ anchor, heading }) => anchor && heading).slice(0, 3);
    if (named.length) {
      const places = make("ul", { className: "search-sections" });
      for (const { anchor, heading, headed } of named) {
        const place = make("li");
        place.append(marked(make("a", { href: `${page.url}#${encodeURIComponent(anchor)}` }), heading, headed));
        places.append(place);
      }
      made.append(places);
    }
    if (page.date) made.append(make("time", { dateTime: page.date, textContent: date(page.date) }));
    return made;
  }

  // As `Language.date` in evergreen/render/languages.py.
  function date(day) {
    const [year, month, number] = day.split("-").map(Number);
    const values = { year, month, day: number, name: texts.months.split("|")[month - 1] };
    return texts.date.replace(/\{(\w+)(?::0?(\.?)(\d+))?\}/g, (_, name, dot, width) => {
      const text = String(values[name]);
      if (!width) return text;
      return dot ? text.slice(0, Number(width)) : text.padStart(Number(width), "0");
    });
  }

  // The page

  const withText = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function clear() {
    list.replaceChildren();
    if (list.nextElementSibling?.nodeName === "BUTTON") list.nextElementSibling.remove();
  }

  async function draw({ results, all, field }, from = 0) {
    const shown = results.slice(from, from + PAGE);
    const pages = await Promise.all(shown.map(async (each) => ({ ...each, page: await read(each.post) })));
    return () => {
      if (!from) clear();
      list.append(...pages.map((each) => item(each, all, field)));
      if (results.length <= from + PAGE) return;
      const more = make("button", { type: "button", textContent: texts.more });
      more.addEventListener("click", async () => {
        const append = await draw({ results, all, field }, from + PAGE);
        more.remove();
        append();
      });
      list.after(more);
    };
  }

  // Searches the text; then the code, if no text has the words as they are written; then posts that
  // have some of them in the text and others in the code.
  async function results(query, isCode) {
    const look = async (field) => ({ ...await find(query, field), field });
    const isWhole = ({ results, corrections, isPart }) => results.length && !corrections.length && !isPart;
    if (isCode) return look("code");
    const text = await look("words");
    if (isWhole(text) && (!text.isName || text.isLiteral)) return text;
    const code = await look("code");
    if (isWhole(code) && (!isWhole(text) || code.isLiteral)) return code;
    const both = isWhole(text) || text.isName ? text : await look(BOTH);
    return [both, text, code].find(isWhole) ?? [text, code, both].find((each) => each.results.length) ?? code;
  }

  let asked = 0;
  async function search(query, isCode, retry = true) {
    const number = ++asked;
    list.ariaBusy = "true";
    let text = "";
    let show = clear;
    try {
      if (query) {
        const found = await results(query, isCode);
        show = await draw(found);
        const many = found.results.length;
        const plain = many === 1 ? texts.foundOne : many ? texts.found : texts.none;
        text = withText(plain, { count: many });
        if (many && found.corrections.length) text += ` · ${withText(texts.instead, { words: [...new Set(found.corrections)].join(", ") })}`;
        if (many && found.field === "code" && !isCode) text += ` · ${texts.onlyCode}`;
      }
    } catch {
      // The site may have been published anew since the index was loaded.
      if (retry) {
        index = undefined;
        renewal = "reload"; // a server that knows whole seconds may say that the index is as it was
        files.clear();
        if (number === asked) return search(query, isCode, false);
      }
      text = texts.failed;
    }
    if (number !== asked) return undefined;
    show();
    status.textContent = text;
    list.ariaBusy = "false";
    return undefined;
  }

  const isPage = !script.closest("dialog");
  let waiting;
  const now = () => {
    clearTimeout(waiting);
    const query = input.value.trim();
    const isCode = form.elements.code.checked;
    if (isPage) {
      const address = `?q=${encodeURIComponent(query)}${isCode ? "&code=on" : ""}`;
      history.replaceState(null, "", query ? address : location.pathname);
    }
    search(query, isCode);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); now(); });
  form.elements.code.addEventListener("change", now);
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(now, 200); });
  // The arrow keys go from one result to the next.
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [input, ...list.querySelectorAll(":scope > li > a")];
    const at = stops.indexOf(document.activeElement);
    if (!step || at < 0 || !stops[at + step]) return;
    event.preventDefault();
    stops[at + step].focus();
  });
  if (!isPage) {
    if (input.value) now();  // a reader may type while this loads
    return;
  }
  const parameters = new URLSearchParams(location.search);
  input.value = parameters.get("q") ?? input.value;
  form.elements.code.checked = parameters.get("code") === "on";
  if (input.value) now();
})();
