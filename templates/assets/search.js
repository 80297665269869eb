// The search page. The index is loaded at the first search.
(() => {
  "use strict";
  const texts = document.currentScript.dataset;
  const form = document.querySelector(".search");
  const status = document.querySelector(".search-status");
  const list = document.querySelector(".search-results");
  const root = document.documentElement;
  const own = root.lang;
  const PAGE = 10;
  // The index has each of these characters as a word; see evergreen/site/search_index.py.
  const sign = "[\\u3005-\\u3007\\u3041-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}]";
  const signs = new RegExp(`${sign}+`, "gu");
  const gaps = new RegExp(`(?<=${sign})(</mark>)? (?=[^A-Za-z0-9])`, "gu");
  const word = /[\p{L}\p{M}\p{N}_]+(?:[-.'’+#]+[\p{L}\p{M}\p{N}_]+)*[+#]*/gu;
  // Words of titles come first.
  const ranking = { metaWeights: { title: 100 } };
  const engines = new Map();
  let queue = Promise.resolve();
  let asked = 0;

  // Each language needs its own instance of the module, which reads the language from the page when
  // it starts.
  async function engine(language) {
    if (!engines.has(language)) {
      const made = await import(new URL(`${texts.bundle}pagefind.js?${language}`, location.href));
      made.options({ excerptLength: /^(zh|ja)/.test(language) ? 70 : 30, ranking });
      root.lang = language;
      made.init();
      root.lang = own;
      engines.set(language, made);
    }
    return engines.get(language);
  }

  // A result has every part of the query: words, and runs of characters that are adjacent in it.
  // Punctuation is no part.
  function parts(query) {
    const words = query.replace(signs, " ").match(word) ?? [];
    return [...words.map((one) => [one]), ...[...query.matchAll(signs)].map(([run]) => [...run])];
  }

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  // Returns the results for one part, by id. If no word begins as the part does, Pagefind returns
  // the pages with the longest word that the part begins with: "the" for "theremin".
  async function findPart(index, part) {
    const { results } = await index.search(part.join(" "));
    const { results: exact } = results.length ? await index.search(`"${part.join(" ")}"`) : { results };
    if (part.length > 1) {
      // All results of adjacent characters have the same score; those of the characters differ.
      const scores = new Map(results.map((one) => [one.id, one.score]));
      return new Map(exact.map((one) => [one.id, { ...one, score: scores.get(one.id) ?? 0 }]));
    }
    const found = new Map(results.map((one) => [one.id, one]));
    if (exact.length || !found.size) return found;
    const { excerpt, meta } = await results[0].data();
    const marked = [...excerpt.matchAll(/<mark>(.*?)<\/mark>/gs)].map(([, text]) => text);
    return plain([...marked, meta.title].join(" ")).includes(plain(part[0])) ? found : new Map();
  }

  // Returns the results in one language, best first. Pagefind cannot run two searches at once.
  async function find(language, query) {
    const index = await engine(language);
    const found = [];
    for (const part of parts(query)) found.push(await findPart(index, part));
    if (!found.length) return [];
    const [first, ...others] = found;
    const all = [...first.values()].filter(({ id }) => others.every((other) => other.has(id)));
    const score = ({ id, score }) => others.reduce((sum, other) => sum + other.get(id).score, score);
    return all.sort((a, b) => score(b) - score(a));
  }

  // Searches in the language of the page and, after few results, in the others, without duplicates.
  async function findAll(query) {
    const results = await find(own, query);
    const languages = texts.languages.split(" ").filter((language) => language !== own);
    if (results.length >= PAGE || !languages.length) return results;
    for (const language of languages) results.push(...(await find(language, query)).slice(0, PAGE));
    const pages = await Promise.all(results.map((result) => result.data()));
    const seen = new Set();
    return results.filter((_, place) => !seen.has(slug(pages[place])) && seen.add(slug(pages[place])));
  }

  // A page's date ("-" for none), language and slug: UTF-8 in hexadecimal behind one letter.
  const bytes = (text) => Uint8Array.from(text.slice(1).match(/../g), (digits) => parseInt(digits, 16));
  const facts = ({ meta }) => new TextDecoder().decode(bytes(meta.page)).split(" ");
  const slug = (page) => facts(page).slice(2).join(" ");
  const joined = (text) => text.replace(gaps, "$1");

  // Keeps the text and the marks of an excerpt, and drops all other markup.
  function excerpt(html) {
    const made = document.createElement("p");
    for (const node of new DOMParser().parseFromString(joined(html), "text/html").body.childNodes) {
      const text = node.textContent;
      if (node.nodeName !== "MARK") made.append(text);
      else if (made.lastChild?.nodeName === "MARK") made.lastChild.append(text);
      else made.append(Object.assign(document.createElement("mark"), { textContent: text }));
    }
    return made;
  }

  function item({ url, meta, excerpt: html }) {
    const [day, lang] = facts({ meta });
    const made = document.createElement("li");
    const link = document.createElement("a");
    link.href = encodeURI(url);
    link.textContent = joined(meta.title);
    if (lang !== own) made.lang = link.hreflang = lang;
    made.append(link, excerpt(html));
    if (day !== "-") {
      const date = document.createElement("time");
      date.dateTime = day;
      date.textContent = new Date(day).toLocaleDateString(own, { dateStyle: "long", timeZone: "UTC" });
      made.append(date);
    }
    return made;
  }

  function clear() {
    list.replaceChildren();
    if (list.nextElementSibling?.nodeName === "BUTTON") list.nextElementSibling.remove();
  }

  async function show(results, from = 0) {
    const pages = await Promise.all(results.slice(from, from + PAGE).map((result) => result.data()));
    const more = document.createElement("button");
    more.textContent = texts.more;
    more.addEventListener("click", async () => {
      const draw = await show(results, from + PAGE);
      more.remove();
      draw();
    });
    return () => {
      if (!from) clear();
      list.append(...pages.map(item));
      if (results.length > from + PAGE) list.after(more);
    };
  }

  async function search(query) {
    const number = ++asked;
    list.ariaBusy = "true";
    let text = "";
    let draw = clear;
    try {
      // Searches run one after another, in order.
      queue = queue.catch(() => {}).then(() => (query && number === asked ? findAll(query) : []));
      const results = await queue;
      draw = await show(results);
      const found = results.length === 1 ? texts.foundOne : results.length ? texts.found : texts.none;
      text = query && found.replace("{count}", results.length);
    } catch {
      text = texts.failed;
    }
    if (number !== asked) return;
    draw();
    status.textContent = text;
    list.ariaBusy = "false";
  }

  let waiting;
  const input = form.elements.q;
  const now = () => {
    const query = input.value.trim();
    history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
    search(query);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); now(); });
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(now, 200); });
  input.value = new URLSearchParams(location.search).get("q") ?? "";
  if (input.value) search(input.value.trim());
})();
