// The preview in the browser: it listens for what was saved, changes the page in place, and shows
// faults over the page and a small bar. It is the first script of a page, so that it sees the page
// as the server sent it.
(() => {
  const own = document.currentScript;
  const { token } = own.dataset;
  const home = new URL(own.src);
  const root = document.documentElement;
  const first = [...root.attributes].map(({ name, value }) => [name, value]);
  let { path, version } = own.dataset;
  let patcher;
  let socket;
  let state = {};
  let early = [];
  let ui;

  // --- the page ----------------------------------------------------------------------------------

  function remember() {
    const draft = root.cloneNode(true);
    for (const { name } of [...draft.attributes]) draft.removeAttribute(name);
    for (const [name, value] of first) draft.setAttribute(name, value);
    patcher = new Patch.Patcher(draft, root);
  }

  const policy = (tree) =>
    (tree.querySelector("meta[http-equiv=Content-Security-Policy]")?.content ?? "")
      .split("; ").filter((rule) => !rule.startsWith("script-src")).join("; ");

  const scripts = (tree) =>
    [...tree.querySelectorAll("script[src]")].map((script) => script.getAttribute("src")).join(" ");

  // What a document cannot take in: another policy, other scripts.
  const isOther = (next) => policy(patcher.draft) !== policy(next) || scripts(patcher.draft) !== scripts(next);

  function becomePage(message) {
    const next = new DOMParser().parseFromString(message.html, "text/html").documentElement;
    if (isOther(next)) return reload();
    version = message.version;
    keepingPlace(() => announce(patcher.become(next)));
    mark();
  }

  function becomeCell(message) {
    const holder = new DOMParser().parseFromString(message.html, "text/html");
    const next = holder.getElementById(`cell-${message.number}`);
    if (next) keepingPlace(() => announce(patcher.part(`#cell-${message.number}`, next)));
    mark();
  }

  // A picture that was saved may have the address that it had, and a missing one is there now: the
  // browser does not ask again by itself.
  function renewPictures() {
    for (const image of document.images) {
      const url = new URL(image.currentSrc || image.src, location.href);
      if (url.origin !== location.origin || image.closest("[srcset]") && image.naturalWidth) continue;
      const own = new URL(image.src, location.href);
      own.searchParams.set("saved", Date.now());
      image.src = own.href;
    }
  }

  // Scripts of the page may have something to add to what is new in it.
  const announce = (inserted) => {
    if (inserted.length) document.dispatchEvent(new CustomEvent("evergreen:inserted", { detail: inserted }));
  };

  // What stands at the top of the window stays there, whatever grows above it.
  function keepingPlace(change) {
    const focused = document.activeElement;
    const id = focused?.id;
    const anchor = scrollY > 0 ? document.elementFromPoint(innerWidth / 2, 4)?.closest("main *") : null;
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (anchor?.isConnected) {
      const moved = anchor.getBoundingClientRect().top - before;
      if (Math.abs(moved) > 1) scrollBy({ top: moved, behavior: "instant" });
    }
    if (id && !focused.isConnected) document.getElementById(id)?.focus({ preventScroll: true });
  }

  // --- when a document has to be loaded again ------------------------------------------------------

  const folds = () => [...document.querySelectorAll("details")];

  function reload() {
    const kept = { at: location.pathname, y: scrollY, open: folds().map((fold) => fold.open), focus: document.activeElement?.id };
    try { sessionStorage.setItem("evergreen", JSON.stringify(kept)); } catch { /* then it begins at the top */ }
    location.reload();
  }

  function restore() {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem("evergreen"));
      sessionStorage.removeItem("evergreen");
    } catch { /* there is nothing to restore */ }
    if (kept?.at !== location.pathname) return;
    folds().forEach((fold, number) => { if (number in kept.open) fold.open = kept.open[number]; });
    scrollTo({ top: kept.y, behavior: "instant" });
    if (kept.focus) document.getElementById(kept.focus)?.focus({ preventScroll: true });
  }

  // --- marks on cells ------------------------------------------------------------------------------

  function mark() {
    const failing = new Set((state.problems ?? []).map((problem) => problem.cell));
    const sets = {
      "evergreen-waiting": new Set(state.waiting ?? []),
      "evergreen-running": new Set([state.running]),
      "evergreen-differing": new Set(state.differing ?? []),
      "evergreen-failing": failing,
    };
    for (const cell of document.querySelectorAll(".cell[id^=cell-]")) {
      const number = Number(cell.id.slice(5));
      for (const [name, numbers] of Object.entries(sets)) cell.classList.toggle(name, numbers.has(number));
    }
  }

  // --- the bar and the panels ----------------------------------------------------------------------

  const make = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children.filter(Boolean));
    return made;
  };

  const COMMANDS = [
    ["interrupt", "Interrupt", "KeyI"],
    ["restart", "Restart and run all", "KeyR"],
    ["clean", "Run clean now", "KeyC"],
  ];

  function build() {
    const host = make("evergreen-preview");
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = make("link", { rel: "stylesheet", href: new URL("bar.css", home).href });
    const dot = make("span", { className: "dot" });
    const mark = make("span", { className: "mark", hidden: true });
    const status = make("span", { role: "status", className: "status" });
    const buttons = COMMANDS.map(([what, label, code]) => make("button", {
      type: "button", textContent: label, title: `Alt+Shift+${code.slice(3)}`, hidden: true, name: what,
      onclick: () => send({ do: what }),
    }));
    const warnings = make("details", { className: "warnings", hidden: true });
    const bar = make("div", { className: "bar", ariaLabel: "Preview" }, dot, mark, status, ...buttons, warnings);
    bar.setAttribute("role", "region");
    const panels = make("div", { className: "panels" });
    shadow.append(sheet, bar, panels);
    root.append(host);
    ui = { host, dot, mark, status, buttons, warnings, panels };
    new ResizeObserver(() => stand(standing)).observe(document.body);
  }

  function place(problem) {
    const link = make(problem.link ? "a" : "button", { className: "place", textContent: problem.place });
    if (problem.link) link.href = problem.link;
    else link.onclick = () => send({ do: "edit", path: problem.path, line: problem.line });
    return link;
  }

  function panel(problem) {
    const made = make("section", { className: "panel" });
    made.setAttribute("role", "alert");
    made.append(
      make("button", { type: "button", className: "close", textContent: "×", ariaLabel: "Close", onclick: () => made.remove() }),
      make("p", {}, place(problem)),
      make("p", { className: "message", textContent: problem.message }),
    );
    if (problem.advice) made.append(make("p", { className: "advice", textContent: problem.advice }));
    if (problem.details) made.append(make("pre", { textContent: problem.details.replace(/\x1b\[[0-9;]*[A-Za-z]/g, ""), tabIndex: 0 }));
    return made;
  }

  let standing = [];

  // At the cell where there is one, else over the top of the window; one below the other.
  function stand(panels) {
    let top = 14;
    for (const [problem, made] of panels) {
      const cell = problem.cell && document.getElementById(`cell-${problem.cell}`);
      made.classList.toggle("fixed", !cell);
      if (cell) made.style.top = `${cell.getBoundingClientRect().bottom + scrollY + 8}px`;
      else {
        made.style.top = `${top}px`;
        top += made.offsetHeight + 8;
      }
    }
  }

  let shown = "";

  function show() {
    if (!ui) return;
    const { problems = [], warnings = [] } = state;
    const lost = !socket || socket.readyState !== WebSocket.OPEN;
    const busy = ["starting", "running", "confirming"].includes(state.phase);
    ui.dot.className = `dot${lost ? " lost" : problems.length ? " bad" : busy ? " busy" : ""}`;
    ui.mark.hidden = !state.mark;
    ui.mark.textContent = state.mark ?? "";
    ui.status.textContent = lost ? "the preview has ended" : state.text || "preview";
    for (const button of ui.buttons) {
      button.hidden = !state.code || lost || (button.name === "interrupt" && !busy);
    }
    ui.warnings.hidden = !warnings.length;
    const words = `${warnings.length} warning${warnings.length === 1 ? "" : "s"}`;
    const lines = warnings.map((each) => make("p", {}, place(each), `: ${[each.message, each.advice].filter(Boolean).join(": ")}`));
    ui.warnings.replaceChildren(make("summary", { textContent: words }), ...lines);
    const now = JSON.stringify(problems);
    if (now !== shown) {
      shown = now;
      standing = problems.map((problem) => [problem, panel(problem)]);
      ui.panels.replaceChildren(...standing.map(([, made]) => made));
      // A traceback ends with what matters; printed text may be above it.
      for (const pre of ui.panels.querySelectorAll("pre")) pre.scrollTop = pre.scrollHeight;
    }
    stand(standing);
    mark();
  }

  // --- the stream ----------------------------------------------------------------------------------

  const TAKE = {
    page: becomePage,
    cell: becomeCell,
    pictures: renewPictures,
    state: (message) => { state = message; show(); },
    move: (message) => { location.replace(message.url); },
    reload,
  };

  function take(message) {
    if (!patcher) early.push(message);
    else TAKE[message.type]?.(message);
  }

  function send(message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  let pause = 250;

  function listen() {
    const address = new URL("events", home);
    address.protocol = "ws:";
    address.search = new URLSearchParams({ token, path, version });
    socket = new WebSocket(address);
    socket.onopen = () => { pause = 250; show(); };
    socket.onmessage = ({ data }) => take(JSON.parse(data));
    socket.onclose = () => {
      show();
      setTimeout(again, pause);
      pause = Math.min(pause * 1.6, 4000);
    };
  }

  // Another server has another token: its page is loaded instead.
  async function again() {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      if (!(await answer.text()).includes(token)) return reload();
    } catch { /* there is no server */ }
    listen();
  }

  document.addEventListener("readystatechange", () => {
    if (document.readyState !== "interactive") return;
    remember();
    build();
    restore();
    for (const message of early.splice(0)) take(message);
    show();
  });
  addEventListener("keydown", (event) => {
    const found = COMMANDS.find(([, , code]) => code === event.code);
    if (!found || !event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    send({ do: found[0] });
  });
  addEventListener("resize", () => stand(standing));
  listen();
})();
