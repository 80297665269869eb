// Optional features of a page. The script is in the head so that the chosen theme applies before the
// first paint.
(() => {
  "use strict";
  const root = document.documentElement;
  const texts = document.currentScript.dataset;
  const stored = (() => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  })();
  if (stored) root.dataset.theme = stored;

  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  };

  const button = (className, text, click) => {
    const made = element("button", className, text);
    made.type = "button";
    made.addEventListener("click", click);
    return made;
  };

  // Finds elements in some parts of the page, including those parts themselves.
  const all = (parts, kind) =>
    parts.flatMap((part) => [...(part.matches?.(kind) ? [part] : []), ...part.querySelectorAll(kind)]);

  function switchTheme() {
    const shown = root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    root.dataset.theme = shown === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* without storage, the choice ends with the page */ }
  }

  function addThemeSwitch() {
    for (const found of document.querySelectorAll(".theme-switch")) {
      found.hidden = false;
      found.addEventListener("click", switchTheme);
    }
  }

  function addCopyButtons(parts) {
    if (!navigator.clipboard) return;
    for (const block of all(parts, ".highlight")) {
      const copy = button("copy", texts.copy, async () => {
        await navigator.clipboard.writeText(block.querySelector("code").textContent);
        copy.textContent = texts.copied;
        setTimeout(() => { copy.textContent = texts.copy; }, 1500);
      });
      block.append(copy);
    }
  }

  function addAnchors(parts) {
    for (const part of all(parts, ".prose :is(h2, h3, h4, .cell)[id], .prose [id] > figcaption")) {
      const id = part.id || part.parentElement.id;
      const link = Object.assign(element("a", "anchor", "#"), { href: `#${id}`, title: texts.link, ariaLabel: texts.link });
      link.addEventListener("click", () => navigator.clipboard?.writeText(link.href));
      part.append(link);
    }
  }

  function foldLongOutputs(parts) {
    for (const output of all(parts, "pre.output").filter((each) => each.scrollHeight >= 520)) {
      output.classList.add("long");
      const expand = button("expand", texts.expand, () => {
        output.classList.remove("long");
        expand.remove();
      });
      output.after(expand);
    }
  }

  // Scrollable boxes must be reachable by keyboard. All are measured before one is changed, so that
  // the page is laid out once.
  function focusScrollers(parts) {
    const scrolls = (box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    for (const box of all(parts, "pre, .scroll, .output, math, .toc div").filter(scrolls)) box.tabIndex = 0;
  }

  // The contents are folded where they are above the text, not beside it.
  function unfoldContents() {
    const fold = document.querySelector(".toc > details");
    if (!fold) return;
    let beside;
    const follow = () => {
      const now = getComputedStyle(fold.parentElement).position === "absolute";
      if (now !== beside) fold.open = beside = now;
    };
    addEventListener("resize", follow);
    follow();
  }

  function followHeadings() {
    const links = new Map();
    for (const link of document.querySelectorAll(".toc a")) {
      const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (heading) links.set(heading, link);
    }
    if (!links.size) return;
    let current;
    const follow = () => {
      const passed = [...links.keys()].filter((heading) => heading.getBoundingClientRect().top < innerHeight * 0.4);
      const link = links.get(passed.at(-1));
      if (link === current) return;
      current?.removeAttribute("aria-current");
      link?.setAttribute("aria-current", "true");
      current = link;
    };
    addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
    follow();
  }

  // For browsers without text-autospace: a thin space between Chinese and Latin text.
  function spaceScripts() {
    if (CSS.supports("text-autospace", "normal")) return;
    const han = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}";
    const edge = new RegExp(`(?<=[${han}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[${han}])`, "gu");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (edge.test(node.data) && !node.parentElement.closest("pre, code, math, script")) {
        node.data = node.data.replace(edge, "\u2009");
      }
    }
  }

  // Replaces the still picture of a chart by a sandboxed frame.
  function showCharts(parts) {
    const figures = all(parts, ".chart[data-frame]");
    const frames = figures.map((figure) => {
      const { frame: src, title, width, height } = figure.dataset;
      const frame = Object.assign(document.createElement("iframe"), { src, title, height, loading: "lazy" });
      frame.setAttribute("sandbox", "allow-scripts");
      if (width) frame.width = width;
      figure.prepend(frame);
      return frame;
    });
    if (!frames.length) return;
    addEventListener("message", ({ source, data }) => {
      const frame = frames.find((each) => each.contentWindow === source);
      const height = Math.ceil(Number(data?.chartHeight));
      if (!frame || !(height > 0 && height < 5000)) return;
      frame.height = height;
      for (const still of frame.parentElement.querySelectorAll(":scope > :not(iframe, figcaption)")) still.remove();
    });
  }

  // Loads what opens over the page, the first time that it is wanted.
  const overlays = () => import(texts.overlays);

  // A large picture opens over the page; the link itself leads to the file.
  function enlargePictures(parts) {
    for (const link of all(parts, "a.enlarge")) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        overlays().then(({ enlarge }) => enlarge(link, texts.close)).catch(() => location.assign(link.href));
      });
    }
  }

  // Comments are only loaded at the reader's request, or after signing in.
  function offerComments() {
    const offer = document.querySelector(".load-comments");
    if (!offer) return;
    offer.hidden = false;
    offer.addEventListener("click", () => {
      offer.disabled = true;
      document.head.append(Object.assign(document.createElement("script"), { src: offer.dataset.script }));
    });
    if (/[?&](giscus|utterances)=/.test(location.search)) offer.click();
  }

  // Cards of notes and values are loaded when the reader does something for the first time.
  function offerCards() {
    for (const kind of texts.script ? ["pointerover", "focusin", "scroll"] : []) {
      addEventListener(kind, () => overlays().then(({ loadCards }) => loadCards(texts)), { once: true });
    }
  }

  // The search opens over the page, by `/` or Ctrl-K.
  function addSearchKeys() {
    if (!texts.search) return;
    addEventListener("keydown", (event) => {
      const { key, ctrlKey, metaKey, altKey, target } = event;
      const isTyping = target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.nodeName);
      const isSlash = key === "/" && !isTyping && !ctrlKey && !metaKey && !altKey;
      const isShortcut = key.toLowerCase() === "k" && (ctrlKey || metaKey) && !altKey;
      if (!isSlash && !isShortcut) return;
      event.preventDefault();
      const input = document.querySelector("main .search [name=q]");
      if (input) input.select();
      else overlays().then(({ openSearch }) => openSearch(texts.search)).catch(() => location.assign(texts.search));
    });
  }

  function complete(parts) {
    addCopyButtons(parts);
    addAnchors(parts);
    foldLongOutputs(parts);
    focusScrollers(parts);
    showCharts(parts);
    enlargePictures(parts);
  }

  document.addEventListener("DOMContentLoaded", () => {
    addThemeSwitch();
    unfoldContents();
    complete([document]);
    followHeadings();
    spaceScripts();
    offerComments();
    offerCards();
    addSearchKeys();
  });
  // The preview sends this event after it has changed the page.
  document.addEventListener("evergreen:inserted", ({ detail }) => complete(detail));
})();
