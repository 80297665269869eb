// Tabs, cards of references, notes and values, and the switch that wraps code. Without this script a
// page has the same text: tabs are sections with headings, and references are links.
(() => {
  "use strict";
  const texts = document.currentScript.dataset;
  const all = (parts, kind) =>
    parts.flatMap((part) => [...(part.matches?.(kind) ? [part] : []), ...part.querySelectorAll(kind)]);
  const stored = (key, value) => {
    try {
      if (value !== undefined) localStorage.setItem(key, value);
      return localStorage.getItem(key);
    } catch { return null; }
  };
  const make = (name, className, text = "") =>
    Object.assign(document.createElement(name), { className, textContent: text });

  // Tabs: a choice is remembered by its title, and made in all groups that have it.
  const groups = [];
  let count = 0;

  function makeTabs(box) {
    const panels = [...box.children].filter((each) => each.matches(".tab"));
    if (panels.length < 2 || box.querySelector(":scope > .tab-list")) return;
    const list = make("div", "tab-list");
    list.setAttribute("role", "tablist");
    const tabs = panels.map((panel) => {
      const title = panel.querySelector(":scope > .tab-title");
      const tab = make("button", "", title.textContent.trim());
      count += 1;
      Object.assign(tab, { type: "button", id: `tab-${count}` });
      panel.id ||= `tab-panel-${count}`;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      list.append(tab);
      return tab;
    });
    const group = { name: box.dataset.group || "", tabs, panels };
    group.show = (at) => tabs.forEach((tab, place) => {
      tab.setAttribute("aria-selected", place === at);
      tab.tabIndex = place === at ? 0 : -1;
      panels[place].hidden = place !== at;
    });
    tabs.forEach((tab, at) => {
      tab.addEventListener("click", () => choose(group, at));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = (at + step + tabs.length) % tabs.length;
        choose(group, next);
        tabs[next].focus();
      });
    });
    box.prepend(list);
    groups.push(group);
    const wanted = tabs.findIndex((tab) => tab.textContent === stored(`tabs:${group.name}`));
    group.show(Math.max(wanted, 0));
  }

  function choose(group, at) {
    const title = group.tabs[at].textContent;
    stored(`tabs:${group.name}`, title);
    for (const other of groups) {
      const same = other.name === group.name && other.tabs.findIndex((tab) => tab.textContent === title);
      if (same !== false && same >= 0) other.show(same);
    }
    group.show(at);
  }

  // A link to something in a tab or a fold opens it.
  function reveal() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const panel = target.closest(".tab[hidden]");
    for (const group of panel ? groups : []) {
      const at = group.panels.indexOf(panel);
      if (at >= 0) choose(group, at);
    }
    const fold = target.closest("details");
    if (fold) fold.open = true;
    if (panel || fold) target.scrollIntoView();
  }

  // One card for all: what a reference, a note or a citation leads to, or where a value is from.
  const card = make("div", "card");
  card.setAttribute("role", "tooltip");
  card.id = "reference-card";
  let owner = null;
  let timer = 0;

  function copyOf(target) {
    const whole = target.closest("figure, table, .theorem, .math, math, li") || target;
    const copy = whole.cloneNode(true);
    for (const part of copy.querySelectorAll("iframe, .copy, .expand, .anchor, .back, .reversefootnote")) part.remove();
    for (const part of [copy, ...copy.querySelectorAll("[id]")]) part.removeAttribute("id");
    copy.querySelectorAll("[loading]").forEach((each) => each.removeAttribute("loading"));
    if (copy.matches("li")) {
      const box = make("div", "");
      box.append(...copy.childNodes);
      return [box];
    }
    const parts = [copy];
    if (/^H[1-6]$/.test(whole.tagName) && whole.nextElementSibling?.matches("p")) parts.push(copyOf(whole.nextElementSibling)[0]);
    return parts;
  }

  function content(item) {
    const { expression, note, cell } = item.dataset;
    if (expression !== undefined) {
      const code = make("p", "");
      code.append(make("code", "", expression));
      const parts = [code];
      if (cell) {
        const from = make("p", "");
        from.append(Object.assign(make("a", "", note), { href: cell }));
        parts.push(from);
      }
      const ran = document.querySelector("#provenance time");
      if (ran) parts.push(make("p", "", texts.ran.replace("{date}", ran.textContent)));
      return parts;
    }
    const target = document.getElementById(decodeURIComponent(item.hash.slice(1)));
    return target ? copyOf(target) : [];
  }

  function show(item) {
    clearTimeout(timer);
    if (owner === item) return;
    hide();
    const parts = content(item);
    if (!parts.length) return;
    card.replaceChildren(...parts);
    owner = item;
    item.setAttribute("aria-describedby", card.id);
    document.body.append(card);
    place(item);
  }

  function place(item) {
    const at = item.getBoundingClientRect();
    const column = item.closest(".prose")?.getBoundingClientRect();
    const beside = item.matches(".footnote, .citation") && column && column.left > 268;
    card.classList.toggle("beside", Boolean(beside));
    const { offsetWidth: width, offsetHeight: height } = card;
    const left = beside ? column.left - width - 24 : Math.min(Math.max(at.left, 16), document.documentElement.clientWidth - width - 16);
    const above = at.bottom + height + 16 > innerHeight && at.top > height + 16;
    const top = beside ? at.top - 8 : above ? at.top - height - 8 : at.bottom + 8;
    card.style.left = `${Math.max(left, 8) + scrollX}px`;
    card.style.top = `${top + scrollY}px`;
  }

  function hide() {
    clearTimeout(timer);
    owner?.removeAttribute("aria-describedby");
    owner = null;
    card.remove();
  }

  const later = (work, wait) => { clearTimeout(timer); timer = setTimeout(work, wait); };

  function offerCard(item) {
    const isValue = item.matches(".value");
    if (isValue) {
      item.tabIndex = 0;
      item.setAttribute("role", "button");
    }
    item.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") later(() => show(item), 120); });
    item.addEventListener("pointerleave", () => later(hide, 250));
    item.addEventListener("focus", () => show(item));
    item.addEventListener("blur", () => later(hide, 150));
    item.addEventListener("click", (event) => {
      const isTap = event.pointerType === "touch" || event.pointerType === "pen";
      if (isValue || (isTap && item.matches(".footnote, .citation, .code-note"))) {
        event.preventDefault();
        show(item);
      } else hide();
    });
    if (isValue) item.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); show(item); } });
  }

  card.addEventListener("pointerenter", () => clearTimeout(timer));
  card.addEventListener("pointerleave", () => later(hide, 250));
  card.addEventListener("focusin", () => clearTimeout(timer));
  card.addEventListener("focusout", () => later(hide, 150));
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("pointerdown", (event) => { if (owner && !card.contains(event.target) && event.target !== owner) hide(); });

  function addWrapSwitches(parts) {
    const isWide = (pre) => pre && pre.scrollWidth > pre.clientWidth + 1;
    const wide = all(parts, ".highlight").filter((block) => isWide(block.querySelector("pre")));
    for (const block of wide) {
      const toggle = make("button", "copy wrap-switch", texts.wrap);
      toggle.type = "button";
      toggle.setAttribute("aria-pressed", "false");
      toggle.addEventListener("click", () => toggle.setAttribute("aria-pressed", block.classList.toggle("wrap")));
      block.append(toggle);
    }
  }

  // A diagram has a picture for each theme: the one that the reader chose counts, not the system's.
  function followTheme(parts) {
    const { theme } = document.documentElement.dataset;
    for (const source of all(parts, ".diagram source")) {
      source.media = theme ? (theme === "dark" ? "all" : "not all") : "(prefers-color-scheme: dark)";
    }
  }

  function complete(parts) {
    followTheme(parts);
    all(parts, ".tabs").forEach(makeTabs);
    all(parts, "a.cross-reference, a.footnote, a.citation, a.code-note, .value[data-expression]").forEach(offerCard);
    addWrapSwitches(parts);
  }

  function start() {
    complete([document]);
    new MutationObserver(() => followTheme([document]))
      .observe(document.documentElement, { attributeFilter: ["data-theme"] });
    reveal();
    addEventListener("hashchange", reveal);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  document.addEventListener("evergreen:inserted", ({ detail }) => complete(detail));
})();
