// A page becomes another one in place. What the server sent is kept as a tree of its own, the draft;
// only where the new page differs from that is the document changed. So whatever scripts and the
// reader have done to it (buttons, open folds, a theme, focus, scroll) stays.
"use strict";

const Patch = (() => {
  const LONGEST = 400; // nodes of a list that are compared each with each

  const pair = (draft, live, pairs) => {
    pairs.set(draft, live);
    let a = draft.firstChild;
    let b = live.firstChild;
    for (; a && b; a = a.nextSibling, b = b.nextSibling) pair(a, b, pairs);
  };

  const text = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.outerHTML : `${node.nodeName} ${node.data}`);

  // Nodes that may become each other.
  const akin = (a, b) =>
    a.nodeName === b.nodeName && (a.id || "") === (b.id || "") && a.dataset?.frame === b.dataset?.frame
    && a.nodeName !== "SCRIPT";

  // The longest list of equal nodes in both, as pairs of places.
  function anchors(a, b) {
    if (a.length * b.length > LONGEST * LONGEST) return [];
    const [x, y] = [a.map(text), b.map(text)];
    const length = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        length[i][j] = x[i] === y[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
      }
    }
    const found = [];
    for (let i = 0, j = 0; i < a.length && j < b.length; ) {
      if (x[i] === y[j]) found.push([i++, j++]);
      else if (length[i + 1][j] >= length[i][j + 1]) i++;
      else j++;
    }
    return found;
  }

  class Patcher {
    constructor(draft, live) {
      this.draft = draft;
      this.pairs = new WeakMap();
      this.inserted = [];
      pair(draft, live, this.pairs);
    }

    // Make the document what another tree says; the elements that are new in it.
    become(next) {
      this.inserted = [];
      this.element(this.draft, next);
      return this.inserted;
    }

    // The same for one element of the page.
    part(selector, next) {
      this.inserted = [];
      const draft = this.draft.querySelector(selector);
      if (draft) this.element(draft, next);
      return this.inserted;
    }

    element(old, next) {
      this.attributes(old, next);
      this.children(old, next);
    }

    attributes(old, next) {
      const live = this.pairs.get(old);
      for (const { name, value } of [...next.attributes]) {
        if (old.getAttribute(name) === value) continue;
        if (name === "href" && old.matches("link[rel=stylesheet]")) this.style(old, value);
        else live?.setAttribute(name, value);
        old.setAttribute(name, value);
      }
      for (const { name } of [...old.attributes]) {
        if (next.hasAttribute(name)) continue;
        old.removeAttribute(name);
        live?.removeAttribute(name);
      }
    }

    // The old style sheet stays until the new one is there: no page without style in between.
    style(old, href) {
      const before = this.pairs.get(old);
      const after = before.cloneNode();
      after.href = href;
      after.onload = after.onerror = () => before.remove();
      before.after(after);
      this.pairs.set(old, after);
    }

    children(old, next) {
      const all = [...old.childNodes];
      const now = [...next.childNodes];
      let start = 0;
      while (start < all.length && start < now.length && all[start].isEqualNode(now[start])) start++;
      let end = 0;
      const most = Math.min(all.length, now.length) - start;
      while (end < most && all.at(-1 - end).isEqualNode(now.at(-1 - end))) end++;
      const a = all.slice(start, all.length - end);
      const b = now.slice(start, now.length - end);
      let [i, j] = [0, 0];
      for (const [x, y] of [...anchors(a, b), [a.length, b.length]]) {
        this.stretch(old, a.slice(i, x), b.slice(j, y), all[start + x] ?? null);
        [i, j] = [x + 1, y + 1];
      }
    }

    // What stands before a node that stays: those that are akin become each other, in order.
    stretch(parent, rest, nodes, behind) {
      for (const node of nodes) {
        const place = rest.findIndex((each) => akin(each, node));
        if (place < 0) {
          this.insert(parent, node, rest[0] ?? behind);
          continue;
        }
        for (const gone of rest.splice(0, place)) this.remove(gone);
        const same = rest.shift();
        if (same.nodeType === Node.ELEMENT_NODE) this.element(same, node);
        else if (same.data !== node.data) this.write(same, node.data);
      }
      for (const gone of rest) this.remove(gone);
    }

    write(old, data) {
      old.data = data;
      const live = this.pairs.get(old);
      if (live) live.data = data;
    }

    insert(parent, node, before) {
      const draft = document.importNode(node, true);
      const live = document.importNode(node, true);
      pair(draft, live, this.pairs);
      parent.insertBefore(draft, before);
      const home = this.pairs.get(parent);
      const place = before && this.pairs.get(before);
      if (home) home.insertBefore(live, place?.parentNode === home ? place : null);
      if (live.nodeType === Node.ELEMENT_NODE) this.inserted.push(live);
    }

    remove(old) {
      this.pairs.get(old)?.remove();
      old.remove();
    }
  }

  return { Patcher };
})();
